"""What the outside can ask of the exchange: send, release, receive; partners; our own document.

What machines do with it later (sign, deliver, handle) is in `jobs`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

from tidewaiter.exchange import (
    deciding,
    drafting,
    errors,
    gaps,
    message,
    receiving,
    redeciding,
    telling,
)
from tidewaiter.exchange.attachments import actions as enclosing
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.collecting import actions as collecting
from tidewaiter.exchange.life import Event, State, before
from tidewaiter.exchange.models import Correspondent, Gap, Inbound, Outbound
from tidewaiter.exchange.onward import actions as onward
from tidewaiter.exchange.onward import terms
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.exchange.restoring import actions as restoring
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as identity_queries
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.problem import N_
from tidewaiter.work import actions as work

MOST_LINES: Final = 2_000  # of a batch that is sent
VALID_FOR: Final = timedelta(days=7)


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


def send(
    *,
    data: dict[str, Any],
    at: datetime,
    files: Sequence[attachment.File] = (),
    then: Callable[[Sent], None] = lambda _: None,
    **order: Any,
) -> Sent:
    """Send one message: decide and cut down, then write, sign and log in one transaction.

    The other arguments are `send_batch`'s; `files` go as attachments, images without what they
    tell of themselves: that takes seconds, so with files it is called outside of transactions.
    What has to be written with the message, `then` writes in its transaction. `rests_on` are the
    messages of partners without which this would not be: where another than `to` gave them, their
    clauses say whether it goes, or their originators are asked first. Raises NotPermitted
    with the reason where no clause permits it, UnreadableData where `data` does not keep the type's
    schema, UnknownPartner, PartnerSuspended, NoSuchType, TooLarge, StrayAttachments, and what
    `attachments.actions.enclosed` raises.
    """
    rests_on = order.pop("rests_on", ())
    wanted = _order(at=at, **order)
    with enclosing.enclosed(data, files, wanted, us=us(), at=at) as enclosed:
        decided = _decided([enclosed.data], wanted, at=at, rests_on=rests_on)
        with transaction.atomic():
            sent = _send(decided, wanted, at=at, now=True)[0]
            enclosed.write(sent.id)
            then(sent)
    return sent


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
    enclosing.no_strays(datas)
    if not datas:
        return []
    wanted = _order(at=at, **order)
    decided = _decided(datas, wanted, at=at)
    with transaction.atomic():
        return _send(decided, wanted, at=at, now=False)


def release(*, id: UUID, by: str, at: datetime) -> Released:  # noqa: A002 (the page's own name)
    """Release a held message, as one of the people whom its clause asks for.

    Raises NoSuchMessage, NotHeld, ReleasedAlready, NoLongerPermitted.
    """
    with transaction.atomic():
        row = Outbound.objects.locked(id)
        if row is None:
            raise errors.NoSuchMessage(id=str(id))
        if row.state != State.HELD or row.expires_at <= at:
            raise errors.NotHeld(id=str(id), state=row.state)
        if by in row.released_by:
            raise errors.ReleasedAlready(id=str(id), person=by)
        if not deciding.in_force(row.agreement, row.recipient, at):
            raise errors.NoLongerPermitted(agreement=row.agreement)
        row.release(by)
        _go(row, at=at)
    return Released(id, row.state, tuple(row.released_by))


def consented(*, id: UUID, at: datetime) -> Released:  # noqa: A002
    """An originator has spoken: what waited for its word goes, or is taken back.

    Raises NoSuchMessage.
    """
    with transaction.atomic():
        row = Outbound.objects.locked(id)
        if row is None:
            raise errors.NoSuchMessage(id=str(id))
        refused = onward.refused(row)
        stands = row.state == State.HELD and row.expires_at > at
        if not refused and stands and deciding.in_force(row.agreement, row.recipient, at):
            _go(row, at=at)
    if refused and row.state in before(Event.WITHDRAW):
        return withdraw(id=id, by=viewer.machine(), at=at)
    return Released(id, row.state, tuple(row.released_by))


def _go(row: Outbound, *, at: datetime) -> None:
    """Let a held message go where nothing is waited for any more: people, a key, a word."""
    if len(row.released_by) < row.approval or row.problem == redeciding.KEY or onward.stands(row):
        return
    row.let_go(row.serial or Correspondent.objects.serials(row.recipient, 1), at=at)
    drafting.log([row], keys.sign, us=us(), at=at)
    Outbound.objects.seal([row])
    wake([row.recipient], at=at)


def withdraw(*, id: UUID, by: str | Viewer, at: datetime) -> Released:  # noqa: A002
    """Take back a message of ours that was not delivered; where it has a serial, its partner hears.

    It may be on its way while it is taken back: a receipt that says so still counts. Raises
    NoSuchMessage, NotToWithdraw.
    """
    who = drafting.sender(by)
    with transaction.atomic():
        row = Outbound.objects.locked(id)
        if row is None:
            raise errors.NoSuchMessage(id=str(id))
        if not row.agreement or not row.withdraw(who.name, at=at):
            raise errors.NotToWithdraw(id=str(id), state=row.state)
        if row.serial is not None:
            gaps.tell_withdrawn(
                row.recipient,
                [row.serial],
                reason="refused",
                us=us(),
                sign=keys.sign,
                at=at,
                by=who.name,
            )
        identity.audit(who, N_("withdrawing"), [str(id)], [], at)
    return Released(id, row.state, tuple(row.released_by))


def receive(
    lines: Sequence[bytes], *, at: datetime, address: str = "", certificate: str = ""
) -> list[str]:
    """Take the lines of one POST; a signed receipt for each, in order.

    What is accepted is durable, with its log entry and what housekeeping says, in one commit before
    a receipt is signed. `certificate` is the digest of the one that the connection showed. Raises
    TooFast where the partner, or the address by lines that fail, is above its rate; nothing is
    taken then.
    """
    door = receiving.Door(
        us=settings.ADMINISTRATION,
        rate=settings.EXCHANGE_RATE,
        failing_rate=settings.EXCHANGE_FAILING_RATE,
        address=address,
        partner=(identity_queries.partner_by_tls(certificate) or "") if certificate else "",
    )
    return receiving.receive(lines, door, at=at)


def tell(
    *,
    to: str,
    type: str,  # noqa: A002 (the contract's own name)
    data: Mapping[str, Any],
    at: datetime,
    by: str = "machine",
    in_reply_to: str = "",
    expires: datetime | None = None,
) -> Sent:
    """Send a housekeeping message: serial, signature and log entry in the caller's transaction."""
    with transaction.atomic():
        row = telling.tell(
            to=to,
            type=type,
            data=data,
            us=us(),
            sign=keys.sign,
            at=at,
            by=by,
            in_reply_to=in_reply_to,
            expires=expires,
        )
    return _sent(row)


def add_partner(*, document: str, thumbprint: str, at: datetime) -> str:
    """Register a node by its signed document and the thumbprint that came out of band.

    Its administration. Raises identity's BadDocument and PartnerKnown.
    """
    with transaction.atomic():
        partner = identity.add_partner(document=document, thumbprint=thumbprint, at=at)
        treaties.introduce(partner.administration, at)
        wake([partner.administration], at=at)
    return partner.administration


def resume_partner(*, administration: str, at: datetime) -> None:
    """Let messages pass again, what waited at once. Raises UnknownPartner."""
    with transaction.atomic():
        identity.resume_partner(administration=administration)
        Correspondent.objects.heard([administration])
        wake([administration], at=at)


def start(*, at: datetime) -> None:
    """What a node does first when it is served: every partner is tried at once."""
    if ledger.standing_still():
        restoring.resume(at=at)
        return
    keys.complete()
    publishing.publish(at=at)
    keys.settle()  # a rotation may have been cut short: its key has been published now
    with transaction.atomic():
        Correspondent.objects.forget_waits()
        Outbound.objects.due_now()
        Inbound.objects.due_now(at)
        collecting.start(at=at)
        resume(at=at)


def resume(*, at: datetime) -> None:
    """Put what waits back into the queue of jobs, should a job have been lost."""
    if ledger.standing_still():
        restoring.resume(at=at)
        return
    waiting = Outbound.objects.filter(state=State.WAITING).order_by()
    wake(list(waiting.values_list("recipient", flat=True).distinct()), at=at)
    if Outbound.objects.unsealed().exists():
        work.enqueue("exchange.seal", {}, at=at, key="seal")
    if Inbound.objects.unhandled(at).exists():
        work.enqueue("exchange.handle", {}, at=at, key="handle")
    if Gap.objects.exists():
        work.enqueue("exchange.ask", {}, at=at, key="ask", not_before=Gap.objects.next(at))
    if Outbound.objects.waiting_for_key(redeciding.KEY).exists():
        work.enqueue("exchange.unlock", {}, at=at, key="unlock")
    collecting.resume(at=at)


def wake(codes: Sequence[str], *, at: datetime) -> None:
    """Have these partners sent what waits for them, each when its wait is over."""
    telling.wake(codes, at=at)


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


@dataclass(frozen=True, slots=True)
class _Decided:
    """What is to be written: the drafts, on what they rest, of whom they tell."""

    rows: list[Outbound]
    sources: Sequence[terms.Source]
    subjects: list[str]


def _decided(
    datas: Sequence[dict[str, Any]],
    order: drafting.Order,
    *,
    at: datetime,
    rests_on: Sequence[str] = (),
) -> _Decided:
    """Decide and cut down; nothing is written yet, so that the writer is held shortly."""
    ledger.hold()
    rows = drafting.drafts(order, datas, us=us(), at=at)
    sources = onward.bind(rows, rests_on, order.to, at=at)
    if onward.waits(sources, order.to):
        for row in rows:
            row.state = State.HELD
    return _Decided(rows, sources, drafting.subjects(datas))


def _send(decided: _Decided, order: drafting.Order, *, at: datetime, now: bool) -> list[Sent]:
    """Write what was decided, in the caller's transaction; signed and logged where it goes now."""
    rows, sources = decided.rows, decided.sources
    free = [row for row in rows if row.state == State.WAITING]
    if sources:  # before the log, in the order in which everybody locks them
        Correspondent.objects.lock({order.to, *(each.partner for each in sources)})
    if free:
        first = Correspondent.objects.serials(order.to, len(free))
        for serial, row in enumerate(free, first):
            row.serial = serial
    if free and now:
        drafting.log(free, keys.sign, us=us(), at=at)
        wake([order.to], at=at)
    elif free:
        work.enqueue("exchange.seal", {}, at=at, key="seal")
    Outbound.objects.add(rows, numbered=bool(sources))
    for ask in onward.ground(rows, sources, order.to, at=at):
        question: dict[str, Any] = {"to": ask.partner, "type": onward.TYPE, "by": order.by}
        place: dict[str, Any] = {"about": str(ask.source), "purpose": "", "handling": ""}
        said = send(data=ask.data, at=at, **question, **place)
        ask.consent.asked(said.id, at=at)
    ids = [str(row.message_id) for row in rows]
    identity.audit(order.by, N_("sending"), ids, decided.subjects, at)
    return [_sent(row) for row in rows]


def _sent(row: Outbound) -> Sent:
    withheld = tuple(row.withheld)
    return Sent(row.message_id, row.serial, row.state, row.agreement, row.clause, withheld)
