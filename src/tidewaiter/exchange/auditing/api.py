"""REST: what passed with one partner in a period, and what became of every serial."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import field_validator

from tidewaiter import clock
from tidewaiter.exchange.auditing import dossier, queries, table
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.permission import Permission, permitted

router = Router(tags=["exchange"])
MOST = 200


class Period(Schema):
    """A partner and a half-open period, narrowed where more is said."""

    partner: str = Field(max_length=2)
    since: datetime
    until: datetime
    direction: Literal["", "in", "out"] = ""
    type: str = Field("", max_length=120, pattern=r"^[!-~]*$")
    state: Literal[
        "", "accepted", "waiting", "held", "refused", "expired", "withdrawn", "forgotten"
    ] = ""

    @field_validator("since", "until")
    @classmethod
    def in_utc(cls, value: datetime) -> datetime:
        """A moment without an offset is UTC."""
        return clock.parse(value.isoformat() + ("" if value.tzinfo else "Z"))

    def wanted(self) -> queries.Wanted:
        """As the queries take it."""
        return queries.Wanted(
            partner=self.partner,
            since=self.since,
            until=self.until,
            side=self.direction,
            type=self.type,
            state=self.state,
        )


class Passage(Schema):
    """A message with its receipt and its places in the two logs."""

    id: UUID
    time: datetime
    direction: Literal["in", "out"]
    serial: int
    type: str
    agreement: str | None
    clause: str | None
    handling: str | None
    state: str
    problem: str | None
    digest: str | None
    forgotten: bool
    logindex: int | None
    covered: bool
    cosigned: bool
    altered: bool
    former: list[int]
    receipt: str | None
    received: datetime | None
    partner_logindex: int | None
    receipt_holds: bool | None
    held_back: str | None
    salt: str | None


class Page(Schema):
    """Messages, the newest first, and where the next page begins."""

    items: list[Passage]
    next: str | None


@router.get("/exchange/audit", response=Page)
@permitted(Permission.EXCHANGE_AUDIT)
def passages(
    request: HttpRequest,
    period: Query[Period],
    cursor: str = "",
    limit: int = queries.PAGE,
    salts: bool = False,
) -> dict[str, Any]:
    """What passed, the newest first; salts only of what may be disclosed, each noted as read."""
    most = min(max(limit, 1), MOST)
    rows = queries.page(
        request.viewer,  # type: ignore[attr-defined]
        period.wanted(),
        cursor=cursor,
        limit=most,
        disclose=salts,
        at=clock.real(),
    )
    following = rows[-1].place.written() if len(rows) == most else None
    return {"items": [table.values(row) for row in rows], "next": following}


@router.get("/exchange/audit/summary", response=dict[str, Any])
@permitted(Permission.EXCHANGE_AUDIT)
def summary(request: HttpRequest, period: Query[Period]) -> dict[str, Any]:
    """The period in numbers, and what became of every serial from its first to its last."""
    viewer, wanted = request.viewer, period.wanted()  # type: ignore[attr-defined]
    return dossier.head(wanted, tally.summary(viewer, wanted), tally.serials(viewer, wanted))
