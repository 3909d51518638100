"""What an auditor may read of the exchange with one partner: what passed, in which order, proven.

A passage is a message that used a serial, either way. The period is half-open and counts by the
message's own signed `time`, so that both sides of one exchange see the same passages in it.
"""

import heapq
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from itertools import islice
from typing import Any, Final, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import BooleanField, Case, Q, QuerySet, Value, When

from tidewaiter import clock, jose
from tidewaiter.exchange import drafting, receipt
from tidewaiter.exchange.auditing import acknowledged, alteration, disclosure, errors, place
from tidewaiter.exchange.auditing.acknowledged import Acknowledged
from tidewaiter.exchange.auditing.passage import Passage as Passage
from tidewaiter.exchange.auditing.passage import Side
from tidewaiter.exchange.auditing.passage import Wanted as Wanted
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Former, Inbound, Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as partners
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import queries as ledger
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

PAGE: Final = 50
AT_ONCE: Final = 500  # passages read, and noted in the read-audit, together
ACCEPTED: Final = "accepted"
FORGOTTEN: Final = "forgotten"
UNSETTLED: Final = (State.WAITING, State.HELD, State.REFUSED, State.EXPIRED, State.WITHDRAWN)
STATES: Final = (ACCEPTED, *(each.value for each in UNSETTLED), FORGOTTEN)
LOGGED: Final = {"in": "received_at", "out": "sent_at"}  # when about it was logged
HEAVY: Final = ("draft", "asked", "withheld")
_CODE: Final = re.compile("[A-Z]{2}")
Message = Inbound | Outbound


@dataclass(frozen=True, slots=True)
class Span:
    """A log of ours and what was logged in it: until it was closed, None for the one of now."""

    size: int  # entries under the newest checkpoint
    cosigned: int  # … and under the newest that others cosigned
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Heads:
    """How far our logs are signed and cosigned; `by` are who cosigned the one of now."""

    spans: tuple[Span, ...]  # the oldest first
    by: tuple[str, ...]

    @property
    def proving(self) -> int:
        """Entries of the log of now that a file can prove: the cosigned, else the signed."""
        return self.spans[-1].cosigned or self.spans[-1].size

    def of(self, logged: datetime) -> Span:
        """The log in which stands what was logged then."""
        return next(each for each in self.spans if each.until is None or logged < each.until)

    def within(self, side: str, which: Literal["size", "cosigned"]) -> Q:
        """The messages of one way whose entries are under a checkpoint."""
        moment = LOGGED[side]
        found, since = Q(pk__in=[]), None
        for span in self.spans:
            part = Q(log_index__lt=getattr(span, which))
            if since is not None:
                part &= Q(**{f"{moment}__gte": since})
            if span.until is not None:
                part &= Q(**{f"{moment}__lt": span.until})
            found, since = found | part, span.until
        return found


def heads() -> Heads:
    """How far our logs are signed and cosigned now."""
    newest, seen = ledger.checkpoint(), ledger.cosigned()
    spans = [Span(each.size, each.size, each.closed_at) for each in ledger.closed_logs()]
    spans.append(Span(newest.size if newest else 0, seen.size if seen else 0, None))
    return Heads(tuple(spans), tuple(seen.by) if seen else ())


def page(
    viewer: Viewer,
    wanted: Wanted,
    *,
    at: datetime,
    cursor: str = "",
    limit: int = PAGE,
    disclose: bool = False,
) -> list[Passage]:
    """What passed, the newest first. Raises Forbidden, UnknownPartner, EmptyPeriod, BadCursor."""
    known(viewer, wanted)
    try:
        before = place.read(cursor) if cursor else None
    except place.NoSuchPlace as error:
        raise errors.BadCursor(cursor=str(error)) from None
    rows: list[Message] = []
    for side in place.SIDES:
        rows += narrowed(side, wanted, before)[:limit]
    rows.sort(key=_place, reverse=True)
    return _made(viewer, rows[:limit], heads(), disclose=disclose, at=at)


def every(
    viewer: Viewer, wanted: Wanted, *, under: Heads, at: datetime, disclose: bool = False
) -> Iterator[Passage]:
    """All that passed, the oldest first. Raises as `page` does."""
    known(viewer, wanted)
    ways: list[Iterator[Message]] = [
        narrowed(side, wanted).reverse().iterator(chunk_size=AT_ONCE) for side in place.SIDES
    ]
    merged = heapq.merge(*ways, key=_place)
    while rows := list(islice(merged, AT_ONCE)):
        yield from _made(viewer, rows, under, disclose=disclose, at=at)


def known(viewer: Viewer, wanted: Wanted) -> None:
    """Raises Forbidden, EmptyPeriod; UnknownPartner where nothing ever passed with that code."""
    if not viewer.may(Permission.EXCHANGE_AUDIT):
        raise identity_errors.Forbidden(permission=Permission.EXCHANGE_AUDIT.value)
    if wanted.until <= wanted.since:
        raise errors.EmptyPeriod(since=clock.text(wanted.since), until=clock.text(wanted.until))
    code = wanted.partner
    if not _CODE.fullmatch(code):
        raise identity_errors.UnknownPartner(administration=code[:2].replace("\0", ""))
    passed = Outbound.objects.filter(recipient=code), Inbound.objects.filter(sender=code)
    if partners.partner(code) is None and not any(rows.exists() for rows in passed):
        raise identity_errors.UnknownPartner(administration=code)


def narrowed(side: str, wanted: Wanted, before: place.Place | None = None) -> QuerySet[Any]:
    """The messages one way, the newest first, each with `kept`: whether its bytes are here."""
    rows: QuerySet[Any]
    if side == "in":
        rows = Inbound.objects.filter(sender=wanted.partner)
    else:
        rows = Outbound.objects.filter(recipient=wanted.partner, serial__isnull=False)
    if wanted.side not in {"", side}:
        rows = rows.none()
    rows = rows.filter(sent_at__gte=wanted.since, sent_at__lt=wanted.until)
    if wanted.type:
        rows = rows.filter(type=wanted.type)
    if wanted.state:
        rows = rows.filter(_standing(side, wanted.state))
    if before is not None:
        rows = rows.filter(_before(side, before))
    empty = When(jws="", then=Value(value=False))
    kept = Case(empty, default=Value(value=True), output_field=BooleanField())
    heavy = () if side == "in" else HEAVY
    return rows.defer(*heavy).annotate(kept=kept).order_by("-sent_at", "-pk")


def _standing(side: str, state: str) -> Q:
    if state == FORGOTTEN:
        return Q(jws="", log_index__isnull=False)
    if side == "out":
        return Q(state=State.DELIVERED if state == ACCEPTED else state)
    return Q() if state == ACCEPTED else Q(pk__in=[])


def _before(side: str, before: place.Place) -> Q:
    """What of one side stands before a place, that is after it in a list of the newest first."""
    earlier = Q(sent_at__lt=before.time)
    if side == before.side:
        return earlier | Q(sent_at=before.time, pk__lt=before.pk)
    return earlier | Q(sent_at=before.time) if side < before.side else earlier


def _place(row: Message) -> place.Place:
    return place.Place(row.sent_at, "in" if isinstance(row, Inbound) else "out", row.pk)


def _made(
    viewer: Viewer, rows: Sequence[Message], under: Heads, *, disclose: bool, at: datetime
) -> list[Passage]:
    """These rows as passages; what is disclosed of them is noted in the read-audit."""
    if not rows:
        return []
    keys = _keys(rows[0].recipient if isinstance(rows[0], Outbound) else rows[0].sender)
    former = _former(rows)
    altered = _altered(rows, former, under)
    made = [
        _passage(viewer, row, former.get(row.message_id, ()), altered, under, keys) for row in rows
    ]
    if not disclose:
        return [_closed(each) for each in made]
    shown = [
        _opened(each, row) if not each.held_back else _closed(each)
        for each, row in zip(made, rows, strict=True)
    ]
    documents = [jws for each in shown for jws in (each.document, *_of(each.former)) if jws]
    opened = [json.loads(jose.read(each).payload) for each in documents]
    read = [str(each.id) for each in shown if each.document]
    if read:
        about = drafting.subjects([event.get("data") for event in opened])
        identity.audit(viewer, N_("message"), read, about, at)
    return shown


def _of(former: tuple[tuple[int, str], ...]) -> list[str]:
    return [jws for _, jws in former]


def salt(document: str) -> str:
    """The salt that stands in a message, in base64url."""
    return str(json.loads(jose.read(document).payload).get("salt", ""))


def _opened(passage: Passage, row: Message) -> Passage:
    """With its document, and the salt that stands in it."""
    return replace(passage, document=row.jws, salt=salt(row.jws))


def _closed(passage: Passage) -> Passage:
    """With the entries alone."""
    return replace(passage, former=tuple((index, "") for index, _ in passage.former))


def _passage(
    viewer: Viewer,
    row: Message,
    former: tuple[tuple[int, str], ...],
    altered: frozenset[tuple[UUID, int]],
    under: Heads,
    key: acknowledged.Key,
) -> Passage:
    index, kept = row.log_index, bool(row.kept)  # type: ignore[union-attr]
    ours = isinstance(row, Outbound)
    side: Side = "out" if ours else "in"
    log = under.of(getattr(row, LOGGED[side]))
    changed = any(
        (row.message_id, each) in altered for each in (index, *(place for place, _ in former))
    )
    return Passage(
        place=_place(row),
        id=row.message_id,
        side=side,
        partner=row.recipient if isinstance(row, Outbound) else row.sender,
        time=row.sent_at,
        serial=row.serial or 0,
        type=row.type,
        agreement=row.agreement,
        clause=row.clause,
        handling=row.handling,
        state=_state(row),
        problem=row.problem if isinstance(row, Outbound) else "",
        digest=row.digest,
        log_index=index,
        receipt=_receipt(row, key),
        forgotten=index is not None and not kept,
        forgotten_at=row.forgotten_at,
        former=tuple(
            (place, "" if (row.message_id, place) in altered else jws) for place, jws in former
        ),
        covered=index is not None and index < log.size,
        cosigned=index is not None and index < log.cosigned,
        closed=log.until is not None,
        altered=changed,
        held_back=held_back(viewer, row.type, kept=kept, logged=index is not None)
        or (disclosure.ALTERED if changed else ""),
    )


def held_back(viewer: Viewer, type_: str, *, kept: bool, logged: bool) -> str:
    """Why the viewer is not shown a message's document and salt; "" where they are shown."""
    may_read = viewer.may(Permission.MESSAGE_READ)
    return disclosure.held_back(type_, kept=kept, logged=logged, may_read=may_read)


def _state(row: Message) -> str:
    if isinstance(row, Inbound) or row.state == State.DELIVERED:
        return ACCEPTED
    return row.state


def _receipt(row: Message, key: acknowledged.Key) -> Acknowledged:
    if isinstance(row, Inbound):
        return Acknowledged(receipt.ACCEPTED, row.received_at, row.log_index)
    final = row.state in {State.DELIVERED, State.REFUSED}
    said = acknowledged.read(
        row.receipt,
        partner=row.recipient,
        us=settings.ADMINISTRATION,
        id=str(row.message_id),
        digest=row.digest,
        key=key,
    )
    return acknowledged.borne_out(said, accepted=row.state == State.DELIVERED, final=final)


def _keys(partner: str) -> Callable[[str], Mapping[str, Any] | None]:
    """The partner's public keys, pinned now or once, each looked up once."""
    return lru_cache(maxsize=64)(lambda kid: partners.keys_of(partner, kid))


def _former(rows: Sequence[Message]) -> dict[UUID, tuple[tuple[int, str], ...]]:
    """The entries of what was signed of these before it was decided anew, with their JWS."""
    ours = [row.message_id for row in rows if isinstance(row, Outbound)]
    found: dict[UUID, tuple[tuple[int, str], ...]] = {}
    for row in Former.objects.filter(message_id__in=ours).order_by("pk"):
        before = found.get(row.message_id, ())
        found[row.message_id] = (*before, (row.log_index, row.jws))
    return found


def _altered(
    rows: Sequence[Message], former: Mapping[UUID, tuple[tuple[int, str], ...]], under: Heads
) -> frozenset[tuple[UUID, int]]:
    """The messages, with the place in the log, of which another document is kept than was logged.

    Of what stands in a log of ours that was closed, the document alone is held against the row.
    """
    found: set[tuple[UUID, int]] = set()
    papers: dict[int, tuple[bytes, bytes]] = {}
    whose: dict[int, UUID] = {}
    for row in rows:
        kept = [(index, jws, None) for index, jws in former.get(row.message_id, ()) if jws]
        if row.jws and row.log_index is not None:
            kept.append((row.log_index, row.jws, _columns(row)))  # type: ignore[arg-type]
        ours = under.of(getattr(row, LOGGED[_side(row)])).until is None
        for index, jws, columns in kept:
            salted = alteration.salt(jws, columns)
            if salted is None or index in papers:  # one place, one message
                found.add((row.message_id, index))
            elif ours:
                papers[index], whose[index] = (jws.encode(), salted), row.message_id
    return frozenset(found | {(whose[index], index) for index in ledger.altered(papers)})


def _columns(row: Message) -> alteration.Columns:
    us = settings.ADMINISTRATION
    return alteration.Columns(
        id=str(row.message_id),
        sender=us if isinstance(row, Outbound) else row.sender,
        recipient=row.recipient if isinstance(row, Outbound) else us,
        serial=row.serial,
        type=row.type,
        agreement=row.agreement,
        clause=row.clause,
        handling=row.handling,
        time=row.sent_at,
        digest=row.digest,
    )


def _side(row: Message) -> Side:
    return "out" if isinstance(row, Outbound) else "in"
