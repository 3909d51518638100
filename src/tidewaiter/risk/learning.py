"""What is learnt and looked for: norms and the model, and the profiles that are in use.

All of it is kept under the version that assessments name.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from tidewaiter.controls import queries as controlled
from tidewaiter.documents import queries as declarations
from tidewaiter.risk import errors, queries
from tidewaiter.risk.models import Artefact, Profile

if TYPE_CHECKING:
    import polars as pl

CHUNK: Final = 10_000  # declarations in memory at once
TRAINED_ON: Final = 100_000  # declarations that a model is taught with at most, the newest
NORMS_FROM: Final = 200_000  # declarations that norms are taken from at most, the newest
_UNREAD: Final = (
    *("description", "marks", "importer_name", "exporter_name", "ucr"),
    *("containers", "seals", "transport_documents"),
)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was learnt: its version, the items it was taught with, how well it ranks."""

    model: str
    rows: int
    metrics: dict[str, Any]


def learn_norms(*, at: datetime, always: bool = False) -> str | None:
    """Take norms from our newest declarations; their version, None where too little is new."""
    import polars as pl

    from tidewaiter.risk import library, norms

    before = Artefact.objects.active(Artefact.NORMS)
    ids = declarations.ids()
    if not always and before is not None and len(ids) < 1.1 * before.rows:
        return None
    parts = [
        norms.clean(declarations.items_frame(some).select(norms.LEARNT_FROM))
        for some in _parts(ids[-NORMS_FROM:])
    ]
    usual = norms.learn(pl.concat(parts))
    version = library.keep(queries.models_folder(), library.norms_file(usual))
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
    version = library.keep(queries.models_folder(), file)
    Artefact.objects.put(Artefact.MODEL, version, made_at=at, rows=items.height, metrics=metrics)
    learn_norms(at=at, always=True)
    return Trained(version, items.height, metrics)


def _labelled(labels: "pl.DataFrame | None") -> "pl.DataFrame":
    import polars as pl

    if labels is None:
        found = controlled.outcomes(newest=TRAINED_ON)
        told = found.select("declaration", outcome=pl.col("not_conform").cast(pl.Int64))
        items = _taught_with(told["declaration"].to_list())
        return items.join(told, on="declaration", how="inner", maintain_order="left")
    ids = declarations.ids(references=labels["reference"].to_list())
    items = _taught_with(ids[-TRAINED_ON:])
    return items.join(labels, on="reference", how="inner", maintain_order="left")


def _taught_with(ids: Sequence[int]) -> "pl.DataFrame":
    """Their items without the texts and lists, which a model does not read: memory stays small."""
    import polars as pl

    return pl.concat([declarations.items_frame(some).drop(_UNREAD) for some in _parts(ids)])


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, max(len(ids), 1), CHUNK):
        yield ids[start : start + CHUNK]


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
