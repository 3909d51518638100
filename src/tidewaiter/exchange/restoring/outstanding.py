"""Questions of a restore that are open though the node takes part again.

A partner that it went on without, or that was suspended, is asked when it is back. Until it has
taken the question nothing else goes to it (`queries.first`): which serials it has, nobody else
knows. Each in the caller's transaction, with the partner's row locked.
"""

from collections.abc import Mapping
from datetime import datetime

from tidewaiter import clock, jose
from tidewaiter.exchange import drafting, message, telling
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Former, Outbound, Rejoining
from tidewaiter.exchange.receipt import REFUSED
from tidewaiter.exchange.restoring import asking, numbering
from tidewaiter.exchange.restoring.kinds import RESTORED


def settled(
    partner: str,
    words: Mapping[int, Heard],
    *,
    us: message.Origin,
    sign: telling.Sign,
    at: datetime,
) -> Mapping[int, Heard]:
    """Put our question under another serial where the partner says that it has that one.

    The words that are left, to be settled as those of any message.
    """
    asked = Outbound.objects.filter(pk__in=list(words), type=RESTORED, state=State.WAITING)
    left = dict(words)
    for question in asked:
        said = words[question.pk].receipt
        if said.outcome != REFUSED:
            Rejoining.objects.took(partner, str(question.message_id), at=at)
            _behind(question, us=us, sign=sign, at=at)
        elif said.problem == asking.TAKEN:
            try:
                asking.elsewhere(question, since(question), us=us, sign=sign, at=at)
            except numbering.NoSerial:
                continue  # it is refused for good
            del left[question.pk]
    return left


def again(row: Rejoining, *, us: message.Origin, sign: telling.Sign, at: datetime) -> bool:
    """Sign our question anew where it is about to expire, or has; whether it was."""
    found = asking.asked(row)
    if found is None or found.serial is None:
        return False
    waits = found.state == State.WAITING and asking.outdated(found, at)
    if not waits and found.state != State.EXPIRED:
        return False
    asking.signed_anew(found, found.serial, since(found), us=us, sign=sign, at=at)
    telling.wake([row.partner], at=at)
    return True


def since(question: Outbound) -> datetime:
    """When the backup was taken, as the question says."""
    return clock.parse(message.read(jose.read(question.jws).payload).data["since"])


def _behind(question: Outbound, *, us: message.Origin, sign: telling.Sign, at: datetime) -> None:
    """What was written meanwhile, and was not sent, comes behind the serial that was free."""
    partner, serial = question.recipient, question.serial
    waiting = Outbound.objects.filter(recipient=partner, state=State.WAITING, serial__lt=serial)
    rows = list(waiting.filter(pk__gt=question.pk).order_by("serial").select_for_update())
    if not rows:
        return
    sealed = [row for row in rows if row.jws]
    Former.objects.keep(sealed, at=at)
    for number, row in enumerate(rows, Correspondent.objects.serials(partner, len(rows))):
        row.serial = number
    for row in sealed:
        row.draft = message.encoded(message.read(jose.read(row.jws).payload).data).decode()
    drafting.log(sealed, sign, us=us, at=at)
    for row in rows:
        Rejoining.keep_signed(row)
