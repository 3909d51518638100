"""How far a restored node has come back, partner by partner; which receipts a restore voided."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tidewaiter.exchange import telling
from tidewaiter.exchange.life import State
from tidewaiter.exchange.models import Correspondent, Outbound, Rejoining, Restore
from tidewaiter.exchange.restoring import kinds, numbering
from tidewaiter.exchange.restoring.models import Rejoining as Row
from tidewaiter.identity import queries as partners
from tidewaiter.ledger import queries as ledger
from tidewaiter.problem import N_

WORDS = {
    "excused": N_("We go on without it."),
    "stated": N_("It said which serials were used."),
    "fault": N_("It shows of our log what cannot be."),
    "silent": N_("It gives no usable answer."),
    "asked": N_("It was asked which serials were used."),
    "looked": N_("It showed what it cosigned of our log."),
    "waiting": N_("It was not asked yet."),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far we have got with a partner."""

    partner: str
    standing: str  # a key of WORDS
    words: str  # of the standing, to be translated
    detail: str  # what was wrong, "" where nothing was
    size: int  # entries of our log under the newest checkpoint that it showed


@dataclass(frozen=True, slots=True)
class Rejoin:
    """A node on its way back, with the partners that it waits for."""

    fence: ledger.Fenced
    partners: tuple[Progress, ...]

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The partners without whose answer the fence stays."""
        done = {"excused", "stated"}
        return tuple(each.partner for each in self.partners if each.standing not in done)


def rejoining() -> Rejoin | None:
    """How far this node has come back; None where it is not fenced."""
    fence = ledger.fenced()
    if fence is None:
        return None
    rows = {row.partner: row for row in Rejoining.objects.filter(fence=fence.raised)}
    active = [each.administration for each in partners.partners() if each.active]
    return Rejoin(fence, tuple(_progress(code, rows.get(code)) for code in active))


def first(partner: str, due: Any, at: datetime) -> Any:
    """Of what can go to a partner, its `node.state` alone where one does: it takes nothing else.

    It was restored, and stands still until it has our answer. So does our own question go alone,
    until it is taken: under which serials the partner takes what follows, its receipt says.
    """
    asking = Outbound.objects.filter(recipient=partner, type=kinds.RESTORED, state=State.WAITING)
    if asking.exists():
        return due.filter(type=kinds.RESTORED)
    if not Restore.objects.filter(partner=partner, told_at__gt=at - telling.VALID_FOR).exists():
        return due
    state = due.filter(type=kinds.STATE)
    return state if state.exists() else due


def voided(partner: str, index: int, received_at: datetime) -> bool:
    """Whether a partner's receipt is void: it names an index that its restored log lost."""
    return Restore.voided(partner, index, received_at)


def absurd(partner: str, *, sent: int, received: int) -> str:
    """What of a partner's `node.state` cannot be, "" where all can.

    Believed, it would have us wait for messages that nobody wrote, or leave no serial for ours.
    """
    row = Correspondent.objects.filter(pk=partner).first() or Correspondent()
    if not numbering.believable(sent, known=row.highest):
        return f"sent is {sent}, and we know of {row.highest} messages"
    if not numbering.believable(received, known=row.last_serial):
        return f"received is {received}, and we gave out {row.last_serial} serials"
    return ""


def _progress(code: str, row: Row | None) -> Progress:
    standing, detail = "waiting", ""
    if row is not None:
        standing, detail = _standing(row)
    return Progress(code, standing, WORDS[standing], detail, row.size if row else 0)


def _standing(row: Row) -> tuple[str, str]:
    if row.excused:
        return "excused", row.excused_by
    if row.fault:
        return "fault", row.fault
    if row.stated_at is not None:
        return "stated", ""
    if row.reason:
        return "silent", row.reason
    if row.taken_at is not None:
        return "asked", ""
    return ("looked", "") if row.looked_at is not None else ("waiting", "")


def restored_since(partner: str, moment: datetime) -> bool:
    """Whether that partner told of a restore since then: it may still stand behind its fence."""
    return Restore.objects.filter(partner=partner, told_at__gte=moment).exists()
