"""What the screens read beside the doors of the ledger: how many alarms are open, who is late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.conf import settings

from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as own
from tidewaiter.ledger import cosignature, note, standing
from tidewaiter.ledger.alarms.queries import Alarmed
from tidewaiter.ledger.models import Alarm, Checkpoint
from tidewaiter.ledger.screens import statement
from tidewaiter.ledger.screens.statement import Statement
from tidewaiter.ledger.witnessing import known
from tidewaiter.ledger.witnessing.queries import Standing, cosigned_at, witnesses

PATIENCE: Final = 3  # periods that a witness may take before it is late


class Punctual(StrEnum):
    """How a partner keeps up with our log as its witness."""

    UP_TO_DATE = "up-to-date"
    LATE = "late"
    NEVER = "never"
    SUSPENDED = "suspended"
    NOTHING = "nothing"  # there is nothing to cosign yet


@dataclass(frozen=True, slots=True)
class Witness:
    """A partner as our witness, and its log as we witness it."""

    standing: Standing
    punctual: Punctual
    behind: int  # entries of our newest checkpoint that it did not cosign


@dataclass(frozen=True, slots=True)
class Evidence:
    """The two statements of an alarm, judged again by the keys that are known here."""

    first: Statement | None
    second: Statement | None
    relation: statement.Relation
    proven: bool  # whether the proof that goes with them holds
    url: str  # where the partner's node is


def open_alarms() -> int:
    """How many alarms nobody has seen to."""
    return Alarm.objects.filter(acknowledged_at=None).count()


def witnessing(at: datetime) -> list[Witness]:
    """Every partner: how far it cosigned our log, how far we follow its log."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    due = _due(at)
    active = {each.administration for each in identity.partners() if each.active}
    return [
        Witness(
            standing=each,
            punctual=_punctual(each, due, active, newest),
            behind=max(0, newest - (each.cosigned_ours or 0)),
        )
        for each in witnesses()
    ]


def cosigners() -> tuple[str, ...]:
    """Who cosigned our newest checkpoint."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first()
    found = cosigned_at(newest) if newest else None
    return found.by if found else ()


def evidence(alarm: Alarmed) -> Evidence:
    """What an alarm's two notes say, and whose signatures under them hold."""
    logs, witnesses_ = _logs(alarm), _witnesses()
    first = statement.read(alarm.first, logs, witnesses_)
    second = statement.read(alarm.second, logs, witnesses_)
    partner = identity.partner(alarm.administration)
    relation = statement.relation(first, second, alarm.proof)
    return Evidence(
        first=first,
        second=second,
        relation=relation,
        proven=relation is statement.Relation.PROVEN or standing.holds(alarm.proof, alarm.first),
        url=partner.url if partner else "",
    )


def _due(at: datetime) -> int:
    """The size of the newest checkpoint that every witness had the time to cosign."""
    late = at - PATIENCE * timedelta(seconds=settings.WITNESS_PERIOD)
    rows = Checkpoint.objects.filter(signed_at__lte=late).order_by("-size")
    return rows.values_list("size", flat=True).first() or 0


def _punctual(each: Standing, due: int, active: set[str], newest: int) -> Punctual:
    if each.administration not in active:
        return Punctual.SUSPENDED
    if not newest:
        return Punctual.NOTHING
    if each.cosigned_ours is None:
        return Punctual.NEVER if due else Punctual.NOTHING
    return Punctual.LATE if each.cosigned_ours < due else Punctual.UP_TO_DATE


def _logs(alarm: Alarmed) -> list[note.Verifier]:
    """Every key that ever signed that log: a statement can be old."""
    if alarm.origin == own.origin():
        return [note.verifier(vkey) for vkey in own.note_verifiers()]
    return known.every_key_of_log(alarm.administration, alarm.origin)


def _witnesses() -> dict[cosignature.Witness, str]:
    """Every witness key that is known here, our own with them, and whose it is."""
    us = settings.ADMINISTRATION
    found = {cosignature.verifier(vkey): us for vkey in own.witness_verifiers()}
    for partner in identity.partners():
        code = partner.administration
        found |= dict.fromkeys(known.every_key_of_witness(code), code)
    return found
