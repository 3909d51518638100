"""What partners show of our own log, weighed: which checkpoint we go back to. Pure.

Believed is what our own log key signed. Of several the largest counts, when all are of one tree:
two roots for one size are two trees under one name, and no restore mends that.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tidewaiter.ledger import note


class NotOurs(ValueError):
    """A partner shows a checkpoint under our log's name that is not ours; the message says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A checkpoint of our log as a partner shows it; the empty tree where it cosigned none."""

    partner: str
    size: int = 0  # entries
    root: bytes = b""
    note: str = ""


class TwoTrees(ValueError):
    """Our own log signed two trees; the message names who shows them."""


def ours(notes: Sequence[bytes], origin: str, log: Sequence[note.Verifier], *, by: str) -> Shown:
    """What a partner shows of the log `origin` among checkpoints of any; its largest.

    Raises NotOurs where one under that name is not signed by a key of the log.
    """
    found = Shown(by)
    for each in notes:
        if each.partition(b"\n")[0] != origin.encode():
            continue
        try:
            read = note.read(each, *[one for one in log if one.name == origin])
        except note.BadNote as error:
            raise NotOurs(f"it shows a checkpoint of our log that does not hold: {error}") from None
        if read.size > found.size:
            found = Shown(by, read.size, read.root, each.decode("utf-8"))
    return found


def newest(shown: Sequence[Shown]) -> Shown | None:
    """The largest tree of these; None where nobody has any. Raises TwoTrees."""
    best: Shown | None = None
    by_size: dict[int, Shown] = {}
    for each in shown:
        if not each.size:
            continue
        other = by_size.setdefault(each.size, each)
        if other.root != each.root:
            raise TwoTrees(f"{other.partner} and {each.partner} show other trees of {each.size}")
        if best is None or each.size > best.size:
            best = each
    return best


def signed_lines(whole: str, origin: str) -> str:
    """The note as the log itself signed it: without the lines of its witnesses."""
    text, _, lines = whole.rpartition("\n\n")
    own = [line for line in lines.splitlines() if line.startswith(f"{note.DASH}{origin} ")]
    return note.signed(text + "\n", [line + "\n" for line in own])
