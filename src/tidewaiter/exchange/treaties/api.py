"""REST: agreements proposed, signed and ended over the exchange."""

from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status

from tidewaiter import clock
from tidewaiter.exchange.treaties import actions
from tidewaiter.permission import Permission, permitted

router = Router(tags=["agreements"])


class Told(Schema):
    """How the agreement stands, which parties are told and which are no partners of ours."""

    digest: str
    state: str
    signed_by: list[str]
    missing: list[str]
    told: list[str]
    untold: list[str]


class Notice(Schema):
    """A word about an agreement, with its reason."""

    notice: Literal["suspend", "resume", "terminate"]
    reason: str


@router.post("/proposals", response={201: Told})
@permitted(Permission.AGREEMENT_SIGN)
def propose(request: HttpRequest) -> Status[actions.Told]:
    """Register the document in the body, sign it and send it to its other parties."""
    told = actions.propose(source=request.body, at=clock.real(), by=_name(request))
    return Status(201, told)


@router.post("/agreements/{digest}/proposal", response={201: Told})
@permitted(Permission.AGREEMENT_SIGN)
def propose_here(request: HttpRequest, digest: str) -> Status[actions.Told]:
    """Sign what is registered here and send it to its other parties."""
    return Status(201, actions.propose_here(digest=digest, at=clock.real(), by=_name(request)))


@router.post("/agreements/{digest}/acceptance", response={201: Told})
@permitted(Permission.AGREEMENT_SIGN)
def accept(request: HttpRequest, digest: str) -> Status[actions.Told]:
    """Sign what a partner proposed, and tell it our signature."""
    return Status(201, actions.accept(digest=digest, at=clock.real(), by=_name(request)))


@router.post("/agreements/{digest}/notices", response={201: Told})
@permitted(Permission.AGREEMENT_SIGN)
def notice(request: HttpRequest, digest: str, body: Notice) -> Status[actions.Told]:
    """Suspend, resume or terminate at once, and tell the other parties."""
    told = actions.notice(
        digest=digest,
        notice=body.notice,
        reason=body.reason,
        at=clock.real(),
        by=_name(request),
    )
    return Status(201, told)


def _name(request: HttpRequest) -> str:
    name: str = request.viewer.name  # type: ignore[attr-defined]
    return name
