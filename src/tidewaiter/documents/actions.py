"""What may be done with declarations: take them in, correct, move along their life, keep a lane.

Screen, API, command, watched folder and bulk import call the same `take`: one is a batch of one.
"""

import gc
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from tidewaiter.documents import batch as batches
from tidewaiter.documents import correction, errors, facts, intake, life, reference, registries
from tidewaiter.documents import declaration as canonical
from tidewaiter.documents.batch import Batch, Taken
from tidewaiter.documents.finding import Finding
from tidewaiter.documents.intake import Fate, Held, Verdict
from tidewaiter.documents.models import (
    STEP,
    Answer,
    Counter,
    Declaration,
    Item,
    Mention,
    Step,
    Version,
    moment,
    slices,
)
from tidewaiter.work import actions as work

COMMIT: Final = 2_000  # declarations a transaction
MANY: Final = 500  # of them make a transaction after which others are let write
_TRIES: Final = 3
_DECLARATION: Final = (
    *("id", "reference", "state", "reasons", "version", "digest"),
    *("taken_at", "moved_at", "taken_by"),
    *facts.Header._fields,
)
_VERSION: Final = (
    *("declaration_id", "number", "body", "digest", "findings", "at"),
    *("source", "format", "line", "start", "length"),
)
_ITEM: Final = ("declaration_id", *facts.Goods._fields)


@dataclass(frozen=True, slots=True)
class One:
    """What became of one declaration handed in."""

    fate: Fate
    reference: str  # ours; empty where it was refused and none is held
    id: int | None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class TakenReport:
    """What became of a batch; `taken` stands in its order."""

    taken: tuple[One, ...]

    @property
    def ids(self) -> list[int]:
        """The declarations that are new or corrected, each once: they are what is judged."""
        kept = (Fate.NEW, Fate.CORRECTED)
        found = (one.id for one in self.taken if one.fate in kept and one.id is not None)
        return list(dict.fromkeys(found))

    def count(self, *fates: Fate) -> int:
        """How many met one of these fates."""
        return sum(one.fate in fates for one in self.taken)

    @property
    def findings(self) -> list[Finding]:
        """What the taking itself found."""
        return [one.finding for one in self.taken if one.finding is not None]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge says of one declaration: `score` from 0 to 1, reasons as code and parameters."""

    declaration: int  # id
    lane: str  # green, yellow, red
    score: float
    reasons: Sequence[dict[str, object]] = ()  # [{"code": …, "parameters": {…}}]


def take(
    declarations: Sequence[Taken] | Batch, *, at: datetime, by: str, assess: bool = True
) -> TakenReport:
    """Take declarations in: keep what is new, apply corrections, name duplicates and refusals.

    One transaction for each 2,000; then, unless not `assess`, the judges judge what was taken.
    """
    batch = declarations if isinstance(declarations, Batch) else batches.of(declarations)
    taken: list[One] = []
    for start in range(0, len(batch), COMMIT):
        part = batch if len(batch) <= COMMIT else batch.part(start, start + COMMIT)
        taken += _kept(part, at=at, by=by).taken
        give_way(len(part))
    report = TakenReport(tuple(taken))
    if assess and report.ids:
        for name in registries.judges:
            registries.judges.get(name)(report.ids, at)
    return report


def give_way(rows: int) -> None:
    """Let others write, after a commit of so many rows: SQLite's lock knows no queue."""
    if rows >= MANY:
        work.give_way()


def move(number: str, event: life.Event, *, by: str, at: datetime, note: str = "") -> life.State:
    """Move one declaration along its life; where it now stands.

    Raises DeclarationUnknown, MoveRefused, Overtaken.
    """
    try:
        declaration = Declaration.objects.get(reference=number)
    except Declaration.DoesNotExist:
        raise errors.DeclarationUnknown(reference=number) from None
    try:
        if not declaration.step(event, by=by, at=at, note=note):
            raise errors.Overtaken(reference=number)
    except life.IllegalMove as illegal:
        raise errors.MoveRefused(
            reference=number,
            state=illegal.state.value,
            event=illegal.event.value,
            possible=", ".join(illegal.possible) or "-",
        ) from None
    return life.State(declaration.state)


def move_many(
    numbers: Iterable[str], event: life.Event, *, by: str, at: datetime, note: str = ""
) -> list[str]:
    """Move all of these that stand where `event` is legal; the references that moved."""
    moved: list[int] = []
    for some in slices(list(numbers)):
        query = Declaration.objects.filter(reference__in=some)
        moved += query.step(event, by=by, at=at, note=note)
    return [
        number
        for some in slices(moved)
        for number in Declaration.objects.filter(pk__in=some).values_list("reference", flat=True)
    ]


def judged(judgements: Iterable[Judgement], *, at: datetime) -> int:
    """Keep lane, score and reasons with the declarations; how many. Call it with one batch."""
    when = moment(at)
    rows = [
        (
            one.lane,
            one.score,
            json.dumps(list(one.reasons), ensure_ascii=False),
            when,
            one.declaration,
        )
        for one in judgements
    ]
    with transaction.atomic():
        Declaration.objects.judged(rows)
    return len(rows)


def judged_rows(rows: Sequence[tuple[int, str, float, str]], *, at: datetime) -> int:
    """As `judged`, for many: rows of id, lane, score, and the reasons as a JSON list already."""
    when = moment(at)
    with transaction.atomic():
        Declaration.objects.judged(
            (lane, score, reasons, when, pk) for pk, lane, score, reasons in rows
        )
    return len(rows)


def reword(rows: Sequence[tuple[int, str, str]]) -> int:
    """Put other reasons in place of those kept: id, the JSON list before, the one after; how many.

    What was judged anew in between stays as it is.
    """
    return Declaration.objects.reworded(rows)


def keep_answer(*, by: str, key: str, request: str, status: int, body: str, at: datetime) -> None:
    """Keep what a request with an Idempotency-Key was answered; `request` is its SHA-256."""
    Answer.objects.keep(by=by, key=key, request=request, status=status, body=body, at=at)


def _kept(batch: Batch, *, at: datetime, by: str) -> TakenReport:
    for attempt in range(_TRIES):
        try:
            with _uncollected(), transaction.atomic():
                report = TakenReport(tuple(_keep(batch, at=at, by=by)))
                _hand_on(batch, report, at)
                return report
        except IntegrityError:  # another process took one of these numbers in between
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage is collected while others wait: among a batch's rows it takes 100 ms."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _keep(batch: Batch, *, at: datetime, by: str) -> list[One]:
    numbers = list({header.local_reference for header in batch.headers})
    verdicts = intake.sort(batch, _held(numbers))
    fresh = [verdict.position for verdict in verdicts if verdict.fate is Fate.NEW]
    numbered = _insert(batch, fresh, at=at, by=by)
    found = {verdict.position: _one(verdict, numbered) for verdict in verdicts}
    for position, corrects in enumerate(batch.corrections):
        if corrects:
            found[position] = _correct(batch, position, at=at, by=by)
    return [found[position] for position in range(len(batch))]


def _one(verdict: Verdict, numbered: dict[int, tuple[int, str]]) -> One:
    if verdict.held is not None:
        return One(verdict.fate, verdict.held.reference, verdict.held.id, verdict.finding)
    at = verdict.position if verdict.twin is None else verdict.twin
    if at not in numbered:
        return One(verdict.fate, "", None, verdict.finding)
    pk, number = numbered[at]
    return One(verdict.fate, number, pk, verdict.finding)


def _held(numbers: Sequence[str]) -> dict[intake.Identity, Held]:
    held: dict[intake.Identity, Held] = {}
    columns = ("local_reference", "declarant", "id", "reference", "digest", "version", "state")
    for some in slices(numbers):
        rows = Declaration.objects.filter(local_reference__in=some).values_list(*columns)
        for number, declarant, *rest in rows:
            held[number, declarant] = Held(*rest)
    corrected = {one.id: identity for identity, one in held.items() if one.version > 1}
    if corrected:
        digests: dict[int, set[str]] = {}
        kept = Version.objects.filter(declaration__in=corrected)
        for pk, digest in kept.values_list("declaration", "digest"):
            digests.setdefault(pk, set()).add(digest)
        for pk, identity in corrected.items():
            held[identity] = replace(held[identity], earlier=frozenset(digests[pk]))
    return held


def _insert(
    batch: Batch, positions: Sequence[int], *, at: datetime, by: str
) -> dict[int, tuple[int, str]]:
    """Keep these as new: lodged and accepted. Their ids and references by position."""
    if not positions:
        return {}
    first = Counter.objects.reserve("declaration", len(positions))
    us = settings.ADMINISTRATION
    numbered = {
        position: (pk, reference.made(pk, year=at.year, administration=us))
        for pk, position in enumerate(positions, first)
    }
    when, today = moment(at), at.date().isoformat()
    digests, headers, state = batch.digests, batch.headers, life.State.ACCEPTED.value
    Declaration.objects.insert(
        _DECLARATION,
        (
            (
                *(pk, number, state, "[]", 1, digests[position], when, when, by),
                *_dated(headers[position], today),
            )
            for position, (pk, number) in numbered.items()
        ),
    )
    Version.objects.insert(
        _VERSION,
        (_version(batch, position, pk, 1, when) for position, (pk, _) in numbered.items()),
    )
    _children(batch, {position: pk for position, (pk, _) in numbered.items()})
    lodged = (life.Event.LODGE.value, "", life.State.LODGED.value, when, by, "")
    accepted = (
        *(life.Event.ACCEPT.value, life.State.LODGED.value, life.State.ACCEPTED.value),
        *(when, by, ""),
    )
    Step.objects.insert(
        STEP, ((pk, *step) for pk, _ in numbered.values() for step in (lodged, accepted))
    )
    return numbered


def _children(batch: Batch, ids: dict[int, int]) -> None:
    Item.objects.insert(
        _ITEM, ((pk, *goods) for position, pk in ids.items() for goods in batch.goods[position])
    )
    Mention.objects.insert(
        ("declaration_id", "kind", "value"),
        ((pk, *said) for position, pk in ids.items() for said in batch.mentions[position]),
    )


def _dated(header: facts.Header, today: str) -> facts.Header:
    return header if header.lodged_on else header._replace(lodged_on=today)


def _version(batch: Batch, position: int, pk: int, number: int, when: object) -> tuple[object, ...]:
    source = batch.sources[position]
    return (
        *(pk, number, batch.bodies[position], batch.digests[position]),
        *(batch.findings[position], when),
        *(source.sha256, source.format, source.line, source.start, source.length),
    )


def _correct(change: Batch, at_position: int, *, at: datetime, by: str) -> One:
    """Apply one correction: a new content under the same number, a version more."""
    said = batches.decode(change.bodies[at_position])
    held = _corrected(said)
    if held is None:
        number = said.id or said.local_reference
        return _one(intake.refused(change, at_position, "correction-unknown", number), {})
    declaration = Declaration.objects.select_for_update().get(pk=held.id)
    before = batches.decode(declaration.versions.get(number=held.version).body)
    result = correction.apply(before, said)
    if result.declaration is None:
        line = change.sources[at_position].line
        found = next(one for one in result.findings if one.refuses)
        found = found.within(change.files[at_position], line)
        return One(Fate.REFUSED, held.reference, held.id, found)
    source, file = change.sources[at_position], change.files[at_position]
    batch = batches.of([Taken(result.declaration, source, result.findings, file)])
    verdict = intake.correction(batch, held)
    if verdict.fate is not Fate.CORRECTED:
        return _one(verdict, {})
    declaration.step(life.Event.CORRECT, by=by, at=at)
    columns = _dated(batch.headers[0], declaration.lodged_on.isoformat())._asdict()
    columns.update(digest=batch.digests[0], lane=None, score=None, reasons="[]", assessed_at=None)
    if not declaration.rewrite(columns):
        raise errors.Overtaken(reference=held.reference)
    Version.objects.insert(_VERSION, [_version(batch, 0, held.id, held.version + 1, moment(at))])
    declaration.clear(facts.mentions(before))
    _children(batch, {0: held.id})
    return _one(verdict, {})


def _corrected(change: canonical.Declaration) -> Held | None:
    """What a correction corrects: by the number of customs, else by the declarant's own."""
    number, declarant = change.local_reference, facts.header(change).declarant
    if change.id:
        by_number = Declaration.objects.filter(Q(reference=change.id) | Q(customs_id=change.id))
        found = list(by_number.values_list("local_reference", "declarant")[:2])
        if len(found) == 1:
            number, declarant = found[0]
    return _held([number]).get((number, declarant))


def _hand_on(batch: Batch, report: TakenReport, at: datetime) -> None:
    """Give what an earlier system found to the room that keeps inspections."""
    found = []
    for outcome in batch.outcomes:
        one = report.taken[outcome.position]
        if one.fate in (Fate.NEW, Fate.CORRECTED) and one.id is not None:
            on = date.fromisoformat(outcome.on) if outcome.on else at.date()
            found.append(
                registries.Inspected(one.id, one.reference, outcome.result, outcome.offence, on)
            )
    if found:
        for name in registries.outcomes:
            registries.outcomes.get(name)(found)
