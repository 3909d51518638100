"""What becomes of each declaration of a batch: new, duplicate, correction, or refused. Pure.

Same declarant and local reference number with the same content is a duplicate; with other content
it is refused (`number-reused`), unless it is lodged as a correction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from tidewaiter.documents import life
from tidewaiter.documents.batch import Batch
from tidewaiter.documents.finding import Finding, find

Identity = tuple[str, str]  # local reference number, declarant


class Fate(StrEnum):
    """What is done with one declaration of a batch."""

    NEW = "accepted"
    DUPLICATE = "duplicate"
    CORRECTED = "corrected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Held:
    """What is already kept under an identity."""

    id: int
    reference: str
    digest: str
    version: int
    state: str
    earlier: frozenset[str] = frozenset()  # digests of its other versions, where there are any


@dataclass(frozen=True, slots=True)
class Verdict:
    """The fate of the declaration at `position`; `held` what it repeats or corrects."""

    position: int
    fate: Fate
    held: Held | None = None
    twin: int | None = None  # position in the same batch of what it repeats
    finding: Finding | None = None


def sort(batch: Batch, held: Mapping[Identity, Held]) -> list[Verdict]:
    """The fate of each that is no correction, in order; the first of a number counts."""
    verdicts: list[Verdict] = []
    first: dict[Identity, int] = {}
    for position, header in enumerate(batch.headers):
        if batch.corrections[position]:
            continue
        identity = (header.local_reference, header.declarant)
        known = held.get(identity)
        if not all(identity):
            rule = "declarant-missing" if header.local_reference else "reference-missing"
            verdicts.append(refused(batch, position, rule))
        elif known is not None:
            verdicts.append(_repeated(batch, position, known))
        elif identity not in first:
            first[identity] = position
            verdicts.append(Verdict(position, Fate.NEW))
        elif batch.digests[first[identity]] == batch.digests[position]:
            verdicts.append(Verdict(position, Fate.DUPLICATE, twin=first[identity]))
        else:
            verdicts.append(refused(batch, position, "number-reused", identity[0]))
    return verdicts


def correction(corrected: Batch, held: Held) -> Verdict:
    """The fate of the one correction whose outcome is `corrected`: applied, repeated, too late."""
    if corrected.digests[0] == held.digest:
        return Verdict(0, Fate.DUPLICATE, held)
    if life.State(held.state) not in life.sources(life.Event.CORRECT):
        return refused(corrected, 0, "correction-late", held.reference, held)
    return Verdict(0, Fate.CORRECTED, held)


def refused(
    batch: Batch, position: int, rule: str, found: str = "", held: Held | None = None
) -> Verdict:
    """Refused by `rule`, with the place where it stands."""
    source = batch.sources[position]
    finding = find(rule, "", source.line, found=found).within(batch.files[position])
    return Verdict(position, Fate.REFUSED, held, finding=finding)


def _repeated(batch: Batch, position: int, held: Held) -> Verdict:
    digest = batch.digests[position]
    if digest == held.digest or digest in held.earlier:
        return Verdict(position, Fate.DUPLICATE, held)
    number = batch.headers[position].local_reference
    return refused(batch, position, "number-reused", number, held)
