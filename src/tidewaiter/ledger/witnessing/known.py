"""Whose log a checkpoint is of, and by which keys a partner's log and witness sign.

A log or witness key that another followed is known for as long as its node lists it: 32 days after
the document that replaced it (the wire contract, "Who a node is").
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeVar

from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as own
from tidewaiter.keys import ring
from tidewaiter.ledger import cosignature, note

LATEST: Final = datetime(9999, 12, 31, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Owner:
    """The partner whose log has an origin, and the keys that may sign its head."""

    administration: str
    origin: str
    verifiers: tuple[note.Verifier, ...]


def owner(origin: str, at: datetime) -> Owner | None:
    """The active partner whose log it is: of two that name one, who was a partner first."""
    if origin == own.origin():
        return None
    named = [each for each in identity.partners() if each.log_origin == origin]
    first = min(named, key=lambda each: each.added, default=None)
    if first is None or not first.active:
        return None
    vkeys = [each.log_vkey for each in _documents(first.administration, at)]
    keys = [key for key in _read(vkeys, note.verifier) if key.name == origin]
    return Owner(first.administration, origin, tuple(keys))


def witnesses(at: datetime) -> list[str]:
    """The active partners that witness."""
    return [each.administration for each in identity.partners() if each.active]


def keys_of_witness(administration: str, at: datetime) -> list[cosignature.Witness]:
    """The keys by which that partner cosigns."""
    vkeys = [each.witness_vkey for each in _documents(administration, at)]
    return _read(vkeys, cosignature.verifier)


def cosigner(text: bytes, log: Owner, at: datetime) -> str:
    """The active partner, not the log's own, that cosigned a note; "" where none is known to.

    So who saw it is known, whoever brings it.
    """
    _, lines = note.parts(text)
    named = {note.signature(each)[0] for each in lines}
    for partner in identity.partners():
        code = partner.administration
        name = partner.witness_vkey.partition("+")[0]
        if not partner.active or code == log.administration or name not in named:
            continue
        try:
            if cosignature.held(text, keys_of_witness(code, at)):
                return code
        except note.BadNote:
            continue
    return ""


def every_key_of_log(administration: str, origin: str) -> list[note.Verifier]:
    """Every key that ever signed that partner's log, the newest first."""
    vkeys = [each.log_vkey for each in identity.documents(administration)]
    return [key for key in _read(vkeys, note.verifier) if key.name == origin]


def every_key_of_witness(administration: str) -> list[cosignature.Witness]:
    """Every key by which that partner ever cosigned, the newest first."""
    vkeys = [each.witness_vkey for each in identity.documents(administration)]
    return _read(vkeys, cosignature.verifier)


def moment(seconds: int) -> datetime:
    """A POSIX time as a moment, the latest that there is where it lies beyond."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return LATEST


def _documents(administration: str, at: datetime) -> list[identity.Document]:
    """The latest document of a partner, and those that it replaced within 32 days."""
    found: list[identity.Document] = []
    replaced: datetime | None = None
    for each in identity.documents(administration):  # the newest first
        if replaced is not None and replaced + ring.LISTED_FOR <= at:
            break
        found.append(each)
        replaced = each.kept
    return found


def _read(vkeys: list[str], reader: Callable[[str], T]) -> list[T]:
    """The keys among these that can be read, each once."""
    found: dict[str, T] = {}
    for vkey in vkeys:
        if vkey and vkey not in found:
            try:
                found[vkey] = reader(vkey)
            except note.BadNote:
                continue
    return list(found.values())
