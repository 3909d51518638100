"""One of the two statements of an alarm, taken apart for people: what it says and who signed it.

A signed note (C2SP signed-note, tlog-checkpoint, tlog-cosignature), judged again by the keys that
are known here: an alarm's page believes no column.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from tidewaiter.ledger import contradiction, cosignature, note


class Signed(StrEnum):
    """What the log's own signature on a statement is worth."""

    HOLDS = "holds"
    FALSE = "false"  # a line names a known key and does not hold
    UNKNOWN = "unknown"  # by no key that is known here


@dataclass(frozen=True, slots=True)
class Statement:
    """What a log said of itself: so many entries, under this root."""

    note: str
    origin: str  # "" where the note cannot be read
    size: int
    root: str  # hexadecimal
    signed: Signed
    keys: tuple[str, ...]  # `name+id` of the log's keys that signed it
    cosigned: tuple[tuple[str, int], ...]  # (administration, POSIX seconds)
    others: tuple[str, ...]  # names of lines by keys that are not known here


class Relation(StrEnum):
    """How two statements stand to each other."""

    SAME_SIZE = "same-size"
    LARGER = "larger"  # the second says more
    SMALLER = "smaller"
    PROVEN = "proven"  # the larger does not begin with the smaller: the proof shows it
    SAME = "same"
    ONE = "one"  # there are not two that can be read


def read(
    text: str,
    logs: Sequence[note.Verifier],
    witnesses: Mapping[cosignature.Witness, str],
) -> Statement | None:
    """The statement in a note; None where there is no note. Never raises."""
    if not text.strip():
        return None
    whole = text.encode()
    try:
        body, lines = note.parts(whole)
        head = note.checkpoint(body)
    except note.BadNote:
        return Statement(text, "", 0, "", Signed.UNKNOWN, (), (), ())
    signed, keys = _signed(whole, logs)
    cosigned = _cosigned(whole, witnesses)
    known = {one.name for one in logs} | {one.name for one in witnesses}
    others = tuple(dict.fromkeys(name for name in map(_name, lines) if name not in known))
    return Statement(
        note=text,
        origin=head.origin,
        size=head.size,
        root=head.root.hex(),
        signed=signed,
        keys=keys,
        cosigned=cosigned,
        others=tuple(each for each in others if each),
    )


def relation(first: Statement | None, second: Statement | None, proof: str = "") -> Relation:
    """How the second stands to the first; `proof`, of two sizes, is judged and not believed."""
    if first is None or second is None or not first.origin or not second.origin:
        return Relation.ONE
    if first.size == second.size:
        return Relation.SAME if first.root == second.root else Relation.SAME_SIZE
    small, large = sorted((each.size, bytes.fromhex(each.root)) for each in (first, second))
    if proof and contradiction.proven(proof, small, large):
        return Relation.PROVEN
    return Relation.LARGER if second.size > first.size else Relation.SMALLER


def _signed(whole: bytes, logs: Sequence[note.Verifier]) -> tuple[Signed, tuple[str, ...]]:
    try:
        _, held = note.opened(whole, logs)
    except note.FalseSignature:
        return Signed.FALSE, ()
    except note.BadNote:
        return Signed.UNKNOWN, ()
    return Signed.HOLDS, tuple(f"{one.name}+{one.id.hex()}" for one in held)


def _cosigned(
    whole: bytes, witnesses: Mapping[cosignature.Witness, str]
) -> tuple[tuple[str, int], ...]:
    """Who cosigned, each once; a line that does not hold counts for nothing."""
    found: dict[str, int] = {}
    for one, administration in witnesses.items():
        try:
            held = cosignature.held(whole, [one])
        except note.BadNote:
            continue
        for each in held:
            found[administration] = max(each.time, found.get(administration, 0))
    return tuple(sorted(found.items()))


def _name(line: str) -> str:
    try:
        return note.signature(line)[0]
    except note.BadNote:
        return ""


SIDES: Final = ("first", "second", "proof")  # what of an alarm can be downloaded
