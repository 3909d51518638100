"""What the outside can ask of `risk`: assess, learn, cut the lanes, decide on a lane.

Alerts and signals are in `messages`. Assessing is set-wise: one declaration is a batch of one.
"""

import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from tidewaiter.controls import actions as controls
from tidewaiter.controls import queries as controlled
from tidewaiter.documents import actions as documents
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.identity.viewer import Viewer
from tidewaiter.risk import errors, lanes, queries, score
from tidewaiter.risk.models import Artefact, Assessment, Cuts, Decision, Profile
from tidewaiter.work import actions as work

if TYPE_CHECKING:
    import polars as pl

    from tidewaiter.risk import knowing

CHUNK = 10_000  # declarations in memory at once
COMMIT = 2_000  # declarations a transaction
TRAINED_ON = 500_000  # declarations that a model is taught with at most, the newest
NORMS_FROM = 200_000  # declarations that norms are taken from at most, the newest
RECENT = 20_000  # scores that the lanes are cut by
_COLUMNS = (
    *("declaration", "reference", "probability", "score", "lane", "reasons", "messages"),
    *("red", "yellow", "model", "profiles", "norms"),
)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Assessed:
    """What assessing came to."""

    assessed: int
    lanes: dict[str, int]
    seconds: float


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was learnt: its version, the items it was taught with, how well it ranks."""

    model: str
    rows: int
    metrics: dict[str, Any]


def judge(ids: Sequence[int], at: datetime) -> None:
    """Assess declarations that were just taken (documents.judges)."""
    assess(ids, at=at)


def assess(ids: Sequence[int], *, at: datetime, progress: Progress | None = None) -> Assessed:
    """Assess these declarations, set-wise; what follows from the lanes is put into the queue.

    Raises BadModel.
    """
    from tidewaiter.risk import assess as assessor

    began = time.perf_counter()
    knowledge, versions = queries.knowledge(at)
    lanes_found: Tally[str] = Tally(dict.fromkeys(score.LANES, 0))
    for start in range(0, len(ids), CHUNK):
        some = list(ids[start : start + CHUNK])
        items = declarations.items_frame(some)
        result = assessor.assess(items, some, knowledge, at)
        references = dict(
            items.select("declaration", "reference").unique("declaration").iter_rows()
        )
        missing = [pk for pk in some if pk not in references]
        references.update(declarations.references(missing))
        _write(result, references, knowledge.cuts, versions, at)
        lanes_found.update(result["lane"].to_list())
        if progress is not None:
            progress(start + len(some))
    if ids:
        _look_ahead(at)
    total = sum(lanes_found.values())
    return Assessed(total, dict(lanes_found), round(time.perf_counter() - began, 3))


def _write(
    result: "pl.DataFrame",
    references: dict[int, str],
    cuts: lanes.Thresholds,
    versions: "knowing.Versions",
    at: datetime,
) -> None:
    tail = (cuts.red, cuts.yellow, versions.model, versions.profiles, versions.norms)
    for part in result.iter_slices(COMMIT):
        rows = list(part.iter_rows())
        kept = [
            (pk, references[pk], chance, value, lane, told, _messages(told), *tail)
            for pk, chance, value, lane, told in rows
        ]
        with transaction.atomic():
            Assessment.objects.keep(at, _COLUMNS, kept)
            documents.judged_rows(
                [(pk, lane, value, told) for pk, _, value, lane, told in rows], at=at
            )
            work.enqueue("risk.follow", {"ids": [row[0] for row in rows]}, at=at)


def _messages(told: str) -> str:
    if '"message_id"' not in told:
        return ""
    return " ".join(dict.fromkeys(hit.message_id for hit in queries.hits(told) if hit.message_id))


def _look_ahead(at: datetime) -> None:
    """Have lanes cut, and norms taken, anew where enough has come since the last time."""
    work.enqueue("risk.recut", {}, at=at, key="recut")


def follow(ids: Sequence[int], *, at: datetime) -> int:
    """What follows from lanes: inspections are opened for red and yellow; green is released where
    the node names a power for it. How many inspections are new."""
    standing = queries.standing(ids)
    papers_of = declarations.summaries(list(standing))
    held = {papers.State.ACCEPTED.value, papers.State.CORRECTED.value}
    waiting = {pk: one for pk, one in papers_of.items() if one.state in held}
    looked = controlled.inspected(list(waiting))
    wanted = [
        controls.Wanted(
            declaration=pk,
            reference=one.reference,
            office=one.office,
            lane=one.lane,
            score=one.score,
            message_id=standing[pk]["messages"].partition(" ")[0],
        )
        for pk, one in waiting.items()
        if one.lane in {"red", "yellow"} and pk not in looked
    ]
    opened = 0
    for start in range(0, len(wanted), 100):
        with transaction.atomic():
            opened += controls.open_many(wanted[start : start + 100], by="risk", at=at)
    power = settings.RISK_GREEN_RELEASE_POWER
    green = [one.reference for pk, one in waiting.items() if one.lane == "green"]
    if power and green:
        controls.release_many(green, power=power, by="risk", at=at)
    return opened


def recut(*, at: datetime, always: bool = False) -> lanes.Thresholds | None:
    """Cut the lanes by what can be inspected and the recent scores; None where nothing changed."""
    before = Cuts.objects.newest()
    recent = list(
        Assessment.objects.now().order_by("-pk").values_list("pk", "score", "at")[:RECENT]
    )
    fresh = [row for row in recent if before is None or row[0] > before.newest]
    if not always and (not fresh or 20 * len(fresh) < len(recent)):
        return None
    if len(recent) < lanes.ENOUGH and not always:
        return None
    moments = [when for _, _, when in recent]
    days = max(1.0, (max(moments) - min(moments)).total_seconds() / 86_400) if recent else 0.0
    capacity = lanes.Capacity(
        red_a_day=settings.RISK_RED_A_DAY or None,
        yellow_a_day=settings.RISK_YELLOW_A_DAY or None,
        red_share=settings.RISK_RED_PER_CENT / 100,
        yellow_share=settings.RISK_YELLOW_PER_CENT / 100,
    )
    least = lanes.Thresholds(
        settings.RISK_RED_LEAST_PER_CENT / 100, settings.RISK_YELLOW_LEAST_PER_CENT / 100
    )
    found = lanes.thresholds([value for _, value, _ in recent], days, capacity)
    cut = lanes.Thresholds(max(found.red, least.red), max(found.yellow, least.yellow))
    Cuts.objects.put(
        made_at=at,
        red=cut.red,
        yellow=cut.yellow,
        scores=len(recent),
        newest=recent[0][0] if recent else 0,
    )
    return cut


def learn_norms(*, at: datetime, always: bool = False) -> str | None:
    """Take norms from our newest declarations; their version, None where too little is new."""
    from tidewaiter.risk import library, norms

    before = Artefact.objects.active(Artefact.NORMS)
    ids = declarations.ids()
    if not always and before is not None and len(ids) < 1.1 * before.rows:
        return None
    items = declarations.items_frame(ids[-NORMS_FROM:])
    usual = norms.learn(norms.clean(items))
    version = library.keep(settings.MODELS_DIR, library.norms_file(usual))
    Artefact.objects.put(Artefact.NORMS, version, made_at=at, rows=len(ids))
    return version


def train(*, at: datetime, seed: int = 1, labels: "pl.DataFrame | None" = None) -> Trained:
    """Teach a model with the outcomes of controls and use it from now on; norms are taken too.

    `labels` (reference, outcome 0 or 1) stand for the outcomes where they are given. The figures
    are of the newest fifth of the items, judged by a model that was taught with the rest.
    Raises TooFewOutcomes.
    """
    from tidewaiter.risk import library, model, teaching

    items = _labelled(labels)
    try:
        file = model.train(items, seed=seed)
        metrics = teaching.held_out(items, seed=seed)
    except model.TooFew as few:
        raise errors.TooFewOutcomes(rows=few.rows, positive=few.positive) from None
    version = library.keep(settings.MODELS_DIR, file)
    Artefact.objects.put(Artefact.MODEL, version, made_at=at, rows=items.height, metrics=metrics)
    learn_norms(at=at, always=True)
    return Trained(version, items.height, metrics)


def _labelled(labels: "pl.DataFrame | None") -> "pl.DataFrame":
    import polars as pl

    if labels is None:
        found = controlled.outcomes()
        told = found.select("declaration", outcome=pl.col("not_conform").cast(pl.Int64))
        told = told.tail(TRAINED_ON)
        items = declarations.items_frame(told["declaration"].to_list())
        return items.join(told, on="declaration", how="inner", maintain_order="left")
    ids = declarations.ids(references=labels["reference"].to_list())
    items = declarations.items_frame(ids[-TRAINED_ON:])
    return items.join(labels, on="reference", how="inner", maintain_order="left")


def decide_lane(*, reference: str, lane: str, by: Viewer, at: datetime, note: str = "") -> None:
    """Set the lane of a declaration as a person decides; what was proposed stays on record.

    Raises NoSuchLane, DeclarationUnknown, NoSuchAssessment, LaneTaken.
    """
    if lane not in score.LANES:
        raise errors.NoSuchLane(lane=lane[:60])
    summary = queries.seen(by, reference, at=at)
    standing = Assessment.objects.now().filter(declaration=summary.id).first()
    if standing is None:
        raise errors.NoSuchAssessment(reference=reference)
    with transaction.atomic():
        Decision.objects.keep(
            declaration=summary.id,
            reference=reference,
            proposed=standing.lane,
            before=summary.lane,
            lane=lane,
            note=note,
            by=by.name,
            at=at,
        )
        documents.judged_rows([(summary.id, lane, standing.score, standing.reasons)], at=at)
        if lane == "green":
            _stand_down(reference, by=by.name, at=at, note=note)
        elif not controlled.inspected([summary.id]):
            wanted = controls.Wanted(
                *(summary.id, reference, summary.office), lane=lane, score=standing.score
            )
            controls.open_many([wanted], by=by.name, at=at)


def _stand_down(reference: str, *, by: str, at: datetime, note: str) -> None:
    if controlled.standing(reference) is not None:
        controls.cancel(reference=reference, by=by, at=at, note=note)


def add_profile(*, text: bytes, by: str, at: datetime) -> tuple[str, str]:
    """Keep a profile's text as a draft; its id and version. Raises BadProfile."""
    from tidewaiter.risk import profiles

    try:
        profile = profiles.read(text)
    except profiles.NotAProfile as fault:
        raise errors.BadProfile(line=fault.line, reason=fault.reason) from None
    Profile.objects.draft(profile.id, profile.version, text.decode(), by=by, at=at)
    return profile.id, profile.version


def turn_profile(*, profile: str, on: bool, by: str, at: datetime) -> str:
    """Activate the newest version of a profile, or retire it; the version. Raises NoSuchProfile."""
    from tidewaiter.risk import profiles

    newest = Profile.objects.filter(profile=profile).order_by("-pk").first()
    if newest is None:
        shipped = {one.id: text for one, text in profiles.shipped()}
        if profile not in shipped:
            raise errors.NoSuchProfile(profile=profile[:60])
        add_profile(text=shipped[profile], by=by, at=at)
        newest = Profile.objects.get(profile=profile)
    Profile.objects.turn(profile, newest.version, "active" if on else "retired", by=by, at=at)
    return newest.version


def backtest_profile(*, text: bytes, at: datetime) -> dict[str, Any]:
    """What a profile would have selected among the declarations held, and what was found in them.

    {"profile", "selected", "found"}: declarations. Raises BadProfile.
    """
    from tidewaiter.risk import norms, profiles

    try:
        profile = profiles.read(text)
    except profiles.NotAProfile as fault:
        raise errors.BadProfile(line=fault.line, reason=fault.reason) from None
    knowledge, _ = queries.knowledge(at)
    selected: set[int] = set()
    ids = declarations.ids()
    for start in range(0, len(ids), CHUNK):
        items = norms.clean(declarations.items_frame(ids[start : start + CHUNK]))
        found = profiles.find(norms.beside(items, knowledge.usual), [profile])
        numbers = items["declaration"].to_list()
        selected.update(numbers[row] for row, _ in found)
    outcomes = controlled.outcomes(sorted(selected))
    return {
        "profile": profile.id,
        "selected": len(selected),
        "found": int(outcomes["not_conform"].sum()),
    }
