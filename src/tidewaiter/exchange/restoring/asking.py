"""The question of a restored node, `node.restored`, and what a partner's receipt for it means.

It is signed and logged as every message; its serial cannot have been used (`numbering`). In the
caller's transaction, with the partner's row locked.
"""

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from tidewaiter import clock, identifier
from tidewaiter.exchange import drafting, message, telling
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.life import Event, State
from tidewaiter.exchange.models import Correspondent, Former, Outbound, Rejoining
from tidewaiter.exchange.receipt import REFUSED
from tidewaiter.exchange.restoring import numbering
from tidewaiter.exchange.restoring.kinds import RESTORED

AGAIN: Final = timedelta(seconds=60)  # after which a partner that took it and is silent hears again
TAKEN: Final = "bad-serial"


def question(
    row: Rejoining, since: datetime, *, us: message.Origin, sign: telling.Sign, at: datetime
) -> Outbound:
    """The question to that partner: the one that was written, anew where it is about to expire."""
    (partner,) = Correspondent.objects.lock([row.partner])
    found = asked(row)
    if found is None:
        serial = numbering.first(given=partner.last_serial, receipted=receipted(row.partner))
        found = _written(row, serial, since, us=us, sign=sign, at=at)
    elif found.state == State.WAITING and outdated(found, at):
        assert found.serial is not None
        signed_anew(found, found.serial, since, us=us, sign=sign, at=at)
    return found


def outdated(found: Outbound, at: datetime) -> bool:
    """Whether it is about to expire, or was signed by a clock that was put back since."""
    return found.expires_at <= at + telling.VALID_FOR / 2 or found.sent_at > at + AGAIN


def asked(row: Rejoining) -> Outbound | None:
    """The question that was written to that partner."""
    return Outbound.objects.filter(message_id=UUID(row.question)).first() if row.question else None


def receipted(partner: str, *, below: int = message.MOST_SERIAL) -> int:
    """The highest serial that the partner certainly has: we hold its receipt."""
    have = Outbound.objects.filter(recipient=partner, state=State.DELIVERED, serial__lt=below)
    return have.order_by("-serial").values_list("serial", flat=True).first() or 0


def answered(
    row: Rejoining,
    asked: Outbound,
    word: Heard,
    since: datetime,
    *,
    us: message.Origin,
    sign: telling.Sign,
    at: datetime,
) -> bool:
    """Note what the partner's receipt says of the question; whether it is to be sent at once again.

    `bad-serial` means that it has that serial: then the question is put under another.
    """
    Correspondent.objects.heard([row.partner])
    Outbound.objects.tried([asked.pk])
    said = word.receipt
    if said.outcome != REFUSED:
        facts = {"receipt": word.compact, "problem": "", "detail": "", "next_at": None}
        Outbound.objects.settle(Event.ACCEPT, {asked.pk: facts}, at=at)
        row.note_down(taken_at=at, reason="", failures=0, next_at=at + AGAIN)
        return False
    if said.problem != TAKEN or asked.serial is None:
        row.failed(f"it refused the question: {said.problem}: {said.detail}", next_at=at + AGAIN)
        return False
    try:
        elsewhere(asked, since, us=us, sign=sign, at=at)
    except numbering.NoSerial as error:
        row.failed(str(error), next_at=at + AGAIN)
        return False
    return True


def elsewhere(
    asked: Outbound, since: datetime, *, us: message.Origin, sign: telling.Sign, at: datetime
) -> None:
    """Put the question under the next serial that may be free. Raises NoSerial."""
    partner, tried = asked.recipient, asked.serial
    assert tried is not None
    serial = numbering.following(tried, receipted=receipted(partner, below=tried))
    signed_anew(asked, serial, since, us=us, sign=sign, at=at)
    Correspondent.objects.beyond(partner, serial)


def _written(
    row: Rejoining,
    serial: int,
    since: datetime,
    *,
    us: message.Origin,
    sign: telling.Sign,
    at: datetime,
) -> Outbound:
    made = Outbound(
        message_id=identifier.uuid7(at),
        recipient=row.partner,
        serial=serial,
        type=RESTORED,
        expires_at=at + telling.VALID_FOR,
        sent_at=at,
        draft=_data(since),
        salt=secrets.token_bytes(32),
        state=State.WAITING,
        by="machine",
    )
    drafting.log([made], sign, us=us, at=at)
    Outbound.objects.add([made])
    Correspondent.objects.beyond(row.partner, serial)
    row.note_down(question=str(made.message_id))
    found = asked(row)
    assert found is not None
    return found


def signed_anew(
    found: Outbound,
    serial: int,
    since: datetime,
    *,
    us: message.Origin,
    sign: telling.Sign,
    at: datetime,
) -> None:
    """The question under another serial or for longer: what was signed before is kept beside it."""
    Former.objects.keep([found], at=at)
    found.serial, found.sent_at, found.expires_at = serial, at, at + telling.VALID_FOR
    found.state, found.draft = State.WAITING, _data(since)
    drafting.log([found], sign, us=us, at=at)
    Rejoining.keep_signed(found)


def _data(since: datetime) -> str:
    return message.encoded({"since": clock.text(since)}).decode()
