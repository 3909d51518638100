"""Serials without a gap: what became of every serial of a range, as runs of the same fate.

The wire contract, "A message": serials count from 1 without gaps for each ordered pair. Pure; one
pass over what there is, whatever the width of the range.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

MISSING: Final = "missing"  # nothing here says what became of it
WITHDRAWN: Final = "withdrawn"  # its originator says that it does not come


@dataclass(frozen=True, slots=True)
class Run:
    """Serials from `first` to `last`, both in it, that met the same fate."""

    first: int
    last: int
    fate: str

    @property
    def count(self) -> int:
        """How many serials."""
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Account:
    """What became of every serial from `first` to `last`; both 0 where none was used."""

    first: int
    last: int
    runs: tuple[Run, ...]

    @property
    def whole(self) -> bool:
        """Whether every serial is accounted for."""
        return all(run.fate != MISSING for run in self.runs)

    @property
    def count(self) -> int:
        """How many serials the range has."""
        return self.last - self.first + 1 if self.last else 0

    def of(self, *fates: str) -> tuple[Run, ...]:
        """The runs of these fates, by serial."""
        return tuple(run for run in self.runs if run.fate in fates)

    def counted(self) -> dict[str, int]:
        """How many serials met each fate."""
        found: dict[str, int] = {}
        for run in self.runs:
            found[run.fate] = found.get(run.fate, 0) + run.count
        return found


NOTHING: Final = Account(0, 0, ())


def account(first: int, last: int, known: Iterable[tuple[int, str]]) -> Account:
    """What became of every serial of a range; `known` is (serial, fate), in order of serial.

    A serial that is not known is MISSING. What lies outside of the range is passed over.
    """
    if last < first:
        return NOTHING
    return Account(first, last, tuple(_joined(_every(first, last, known))))


def explained(found: Account, named: Mapping[int, str]) -> Account:
    """The same with a fate for those of the missing serials that `named` tells one of."""
    if found.whole or not named:
        return found
    pieces: list[Run] = []
    for run in found.runs:
        if run.fate != MISSING:
            pieces.append(run)
            continue
        told = sorted(each for each in named if run.first <= each <= run.last)
        pieces += _every(run.first, run.last, ((each, named[each]) for each in told))
    return Account(found.first, found.last, tuple(_joined(pieces)))


def written(runs: Iterable[Run]) -> str:
    """Runs as people write serials: 3–5, 9."""
    return ", ".join(
        str(run.first) if run.first == run.last else f"{run.first}–{run.last}" for run in runs
    )


def _every(first: int, last: int, known: Iterable[tuple[int, str]]) -> Iterator[Run]:
    due = first  # the next serial that we say something of
    for serial, fate in known:
        if not due <= serial <= last:
            continue
        if serial > due:
            yield Run(due, serial - 1, MISSING)
        yield Run(serial, serial, fate)
        due = serial + 1
    if due <= last:
        yield Run(due, last, MISSING)


def _joined(runs: Iterable[Run]) -> Iterator[Run]:
    """Neighbours of one fate as one run."""
    held: Run | None = None
    for run in runs:
        if held is not None and held.fate == run.fate:
            held = Run(held.first, run.last, run.fate)
            continue
        if held is not None:
            yield held
        held = run
    if held is not None:
        yield held
