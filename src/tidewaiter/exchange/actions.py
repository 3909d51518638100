"""What the outside can ask of the exchange: send, release, receive; partners; our own document.

What machines do with it later (sign, deliver, handle) is in `jobs`.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, OperationalError, connection, transaction

from tidewaiter import identifier
from tidewaiter.exchange import (
    deciding,
    document,
    drafting,
    envelope,
    errors,
    intake,
    knowledge,
    message,
    receipt,
    types,
)
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Inbound, Outbound, Paper, Rate, Refusal
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own_keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.problem import N_
from tidewaiter.work import actions as work

MOST_LINES: Final = 2_000  # of a batch that is sent
VALID_FOR: Final = timedelta(days=7)
GAP_MS: Final = 5  # how often a POST looks whether it may write …
TURNS: Final = 6_000  # … and how many times: for 30 s
RACES: Final = 3  # how often a batch is settled anew where another took one of its messages


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was written into the outbox: held until released, or waiting."""

    id: UUID
    serial: int | None  # None while it is held
    state: str
    agreement: str
    clause: str
    withheld: tuple[str, ...]  # fields that the clause does not let out


@dataclass(frozen=True, slots=True)
class Released:
    """What a release came to."""

    id: UUID
    state: str
    released_by: tuple[str, ...]


def send(*, data: dict[str, Any], at: datetime, **order: Any) -> Sent:
    """Send one message: decide, cut down, write, sign and log in one transaction.

    The other arguments are `send_batch`'s. Raises NotPermitted with the reason where no clause
    permits it, UnreadableData where `data` does not keep the type's schema, UnknownPartner,
    PartnerSuspended, NoSuchType, TooLarge.
    """
    return _send([data], _order(at=at, **order), at=at, now=True)[0]


def send_batch(*, datas: Sequence[dict[str, Any]], at: datetime, **order: Any) -> list[Sent]:
    """Send many messages of a kind: decided whole, all or nothing, answers in order.

    `to`, `type`, `purpose` and `handling` are needed; `mode` is `spontaneous`, `needs` the type's
    required fields, `expires` 7 days on; `conversation`, `in_reply_to` and `about` (what the data
    of an `about` type names otherwise) may be given. `by` names who sends; with `person=True` this
    counts as a person's release. They are written in one transaction of at most 2,000 lines;
    signing and logging follow as a job. Raises as `send`, and TooManyLines.
    """
    if len(datas) > MOST_LINES:
        raise errors.TooManyLines(count=len(datas), limit=MOST_LINES)
    return _send(datas, _order(at=at, **order), at=at, now=False) if datas else []


def release(*, id: UUID, by: str, at: datetime) -> Released:  # noqa: A002 (the page's own name)
    """Release a held message, as one of the people whom its clause asks for.

    Raises NoSuchMessage, NotHeld, ReleasedAlready, NoLongerPermitted.
    """
    with transaction.atomic():
        row = Outbound.objects.filter(message_id=id).select_for_update().first()
        if row is None:
            raise errors.NoSuchMessage(id=str(id))
        if row.state != State.HELD or row.expires_at <= at:
            raise errors.NotHeld(id=str(id), state=row.state)
        if by in row.released_by:
            raise errors.ReleasedAlready(id=str(id), person=by)
        if not deciding.in_force(row.agreement, row.recipient, at):
            raise errors.NoLongerPermitted(agreement=row.agreement)
        row.release(by)
        if len(row.released_by) >= row.approval:
            row.let_go(Correspondent.objects.serials(row.recipient, 1), at=at)
            drafting.log([row], keys.sign, us=us(), at=at)
            Outbound.objects.seal([row])
            wake([row.recipient], at=at)
    return Released(id, row.state, tuple(row.released_by))


def receive(lines: Sequence[bytes], *, at: datetime, address: str = "") -> list[str]:
    """Take the lines of one POST; a signed receipt for each, in order.

    What is accepted is durable, with its log entry and its handling, in one commit before a
    receipt is signed. Raises TooFast where the partner, or the address by lines that fail, is
    above its rate; nothing is taken then.
    """
    _held_to_rate(f"address:{address}", 0, settings.EXCHANGE_FAILING_RATE, at)
    known = knowledge.Known(settings.ADMINISTRATION, at)
    judged = intake.judge(lines, known, keys.open)
    senders = sorted({each.arrival.sender for each in judged if each.signed})
    for sender in senders:
        count = sum(each.arrival.sender == sender for each in judged)
        _held_to_rate(f"partner:{sender}", count, settings.EXCHANGE_RATE, at)
    for race in range(RACES):
        try:
            with _promptly():
                answers = _take(judged, known, senders, address=address, at=at)
            break
        except IntegrityError:
            if race == RACES - 1:
                raise
    return [_receipt(answer, at) for answer in answers]


def add_partner(*, document: str, thumbprint: str, at: datetime) -> str:
    """Register a node by its signed document and the thumbprint that came out of band.

    Its administration. Raises identity's BadDocument and PartnerKnown.
    """
    with transaction.atomic():
        partner = identity.add_partner(document=document, thumbprint=thumbprint, at=at)
        wake([partner.administration], at=at)
    return partner.administration


def resume_partner(*, administration: str, at: datetime) -> None:
    """Let messages pass again, what waited at once. Raises UnknownPartner."""
    with transaction.atomic():
        identity.resume_partner(administration=administration)
        Correspondent.objects.heard([administration])
        wake([administration], at=at)


def own_document(*, at: datetime) -> str:
    """This node's signed document; issued anew where what it says has changed."""
    facts = document.Facts(
        administration=settings.ADMINISTRATION,
        name=settings.NODE_NAME,
        url=settings.NODE_URL,
        keys=own_keys.published(),
        log_origin=own_keys.origin(),
        log_vkey=own_keys.note_verifier(),
        accepts=types.names(),
    )
    content = document.content(facts)
    latest = Paper.objects.newest()
    if latest is None or latest.content != content:
        signed = keys.sign(document.payload(facts, at), typ=document.TYP)
        Paper.objects.issue(content, signed, at=at)
        latest = Paper.objects.newest()
    assert latest is not None
    return latest.document


def start(*, at: datetime) -> None:
    """What a node does first when it is served: every partner is tried at once."""
    with transaction.atomic():
        Correspondent.objects.forget_waits()
        resume(at=at)


def resume(*, at: datetime) -> None:
    """Put what waits back into the queue of jobs, should a job have been lost."""
    waiting = Outbound.objects.filter(state=State.WAITING).order_by()
    wake(list(waiting.values_list("recipient", flat=True).distinct()), at=at)
    if Outbound.objects.unsealed().exists():
        work.enqueue("exchange.seal", {}, at=at, key="seal")
    if Inbound.objects.unhandled(at).exists():
        work.enqueue("exchange.handle", {}, at=at, key="handle")


def wake(codes: Sequence[str], *, at: datetime) -> None:
    """Have these partners sent what waits for them, each when its wait is over."""
    waits = dict(
        Correspondent.objects.filter(pk__in=codes, next_at__gt=at).values_list("pk", "next_at")
    )
    for code in codes:
        work.enqueue(
            "exchange.deliver", {"partner": code}, at=at, key=code, not_before=waits.get(code, at)
        )


def us() -> message.Origin:
    """This node, as its messages name it."""
    return message.Origin(settings.ADMINISTRATION, settings.NODE_URL)


def _order(
    *,
    to: str,
    type: str,  # noqa: A002 (the contract's own name)
    purpose: str,
    handling: str,
    at: datetime,
    by: str | Viewer,
    mode: str = "spontaneous",
    needs: Sequence[str] | None = None,
    expires: datetime | None = None,
    conversation: str | None = None,
    in_reply_to: str | None = None,
    about: str | None = None,
    person: bool | None = None,
) -> drafting.Order:
    sender = drafting.sender(by)
    return drafting.Order(
        to=to,
        type=type,
        purpose=purpose,
        mode=mode,
        handling=handling,
        needs=None if needs is None else tuple(needs),
        expires_at=expires or at + VALID_FOR,
        conversation=conversation or "",
        in_reply_to=in_reply_to or "",
        about=about or "",
        by=sender,
        person=sender.kind != "machine" if person is None else person,
    )


def _send(
    datas: Sequence[dict[str, Any]], order: drafting.Order, *, at: datetime, now: bool
) -> list[Sent]:
    rows = drafting.drafts(order, datas, us=us(), at=at)
    free = [row for row in rows if row.state == State.WAITING]
    with transaction.atomic():
        if free:
            first = Correspondent.objects.serials(order.to, len(free))
            for serial, row in enumerate(free, first):
                row.serial = serial
        if free and now:
            drafting.log(free, keys.sign, us=us(), at=at)
            wake([order.to], at=at)
        elif free:
            work.enqueue("exchange.seal", {}, at=at, key="seal")
        Outbound.objects.add(rows)
        ids = [str(row.message_id) for row in rows]
        identity.audit(order.by, N_("sending"), ids, drafting.subjects(datas), at)
    return [
        Sent(row.message_id, row.serial, row.state, row.agreement, row.clause, tuple(row.withheld))
        for row in rows
    ]


def _take(
    judged: Sequence[intake.Judged],
    known: knowledge.Known,
    senders: Sequence[str],
    *,
    address: str,
    at: datetime,
) -> list[receipt.Answer]:
    correspondents = Correspondent.objects.lock(senders) if senders else []
    found = intake.record(judged)
    outcomes = intake.settle(judged, found, known, at)
    pairs = list(zip(judged, outcomes, strict=True))
    accepted = [each.arrival for each, outcome in pairs if outcome is None]
    if accepted:
        entries = [(each.compact.encode("ascii"), each.message.salt) for each in accepted]  # type: ignore[union-attr]
        indexes = ledger.append_many(entries, at=at)
        rows = [
            intake.row(each, index=index, receipt_id=identifier.uuid7(at), at=at)
            for each, index in zip(accepted, indexes, strict=True)
        ]
        Inbound.objects.add(rows)
        found.logged(rows)
        work.enqueue("exchange.handle", {}, at=at, key="handle")
    refused = intake.refusals(judged, outcomes, address=address, at=at)
    if refused:
        Refusal.objects.note(refused, at=at)
    _count(judged, senders, address=address, at=at)
    for sender in senders:
        identity.seen(sender, at)
    waited = [each.pk for each in correspondents if each.failures]
    if waited:
        Correspondent.objects.heard(waited)
        wake(waited, at=at)
    return [
        intake.answer(each.arrival, outcome, found.first(each.arrival), at)
        for each, outcome in pairs
    ]


@contextmanager
def _promptly() -> Iterator[None]:
    """A transaction that begins in the first gap that another writer leaves.

    SQLite by itself looks for one every 100 ms, and an import leaves gaps of some 20 ms: a partner
    would wait for seconds.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        with transaction.atomic():
            yield
        return
    with connection.cursor() as cursor, ExitStack() as stack:
        cursor.execute(f"PRAGMA busy_timeout = {GAP_MS}")
        try:
            for attempt in range(TURNS):
                try:
                    stack.enter_context(transaction.atomic())
                    break
                except OperationalError:
                    if attempt == TURNS - 1:
                        raise
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {GAP_MS * TURNS}")
        yield


def _receipt(answer: receipt.Answer, at: datetime) -> str:
    made = answer.id or identifier.uuid7(at)
    payload = receipt.build(answer, us=settings.ADMINISTRATION, id=made, at=at)
    return keys.sign(payload, typ=envelope.TYP)


def _held_to_rate(key: str, more: int, limit: int, at: datetime) -> None:
    count = Rate.objects.counted(key, _minute(at))
    if count and count + more > limit:
        raise errors.TooFast(limit=limit, seconds=60 - at.second)


def _count(
    judged: Sequence[intake.Judged], senders: Sequence[str], *, address: str, at: datetime
) -> None:
    for sender in senders:
        lines = sum(each.signed and each.arrival.sender == sender for each in judged)
        Rate.objects.add(f"partner:{sender}", _minute(at), lines)
    failed = sum(not each.signed for each in judged)
    if failed:
        Rate.objects.add(f"address:{address}", _minute(at), failed)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
