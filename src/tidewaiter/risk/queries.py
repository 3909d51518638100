"""What the outside may read of risk: assessments with their reasons, the workbench, alerts.

What is shown to a person passes through the viewer's office, and is audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils.translation import get_language, gettext

from tidewaiter.documents import queries as declarations
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.problem import N_, Word
from tidewaiter.risk import errors, lanes, reasons, score
from tidewaiter.risk.models import (
    Answer,
    Artefact,
    Assessment,
    Cuts,
    Decision,
    Notice,
    Profile,
    Signal,
)

if TYPE_CHECKING:
    import polars as pl

    from tidewaiter.risk import assess, knowing


@dataclass(frozen=True, slots=True)
class Reason:
    """A ground in words."""

    text: str
    code: str
    weight: float
    source: str  # model, profile, signal …
    item: int
    partner: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Judged:
    """An assessment as it is shown; `decided` where a person set the lane."""

    reference: str
    lane: str  # that stands
    proposed: str
    score: float
    probability: float
    red: float
    yellow: float
    at: datetime
    model: str
    profiles: str
    norms: str
    reasons: tuple[Reason, ...]
    decided: "Decided | None"


@dataclass(frozen=True, slots=True)
class Decided:
    """A person's decision on a lane."""

    lane: str
    before: str
    proposed: str
    by: str
    at: datetime
    note: str


def kept() -> "knowing.Kept":
    """What the tables say of what assessments rest on now."""
    from tidewaiter.risk import knowing

    model, norms = Artefact.objects.active(Artefact.MODEL), Artefact.objects.active(Artefact.NORMS)
    unsettled = Notice.objects.unsettled()
    stamp = Signal.objects.counted(unsettled).aggregate(n=Count("pk"), last=Max("pk"))
    newest = Notice.objects.order_by("-pk").values_list("word", flat=True).first()
    return knowing.Kept(
        folder=models_folder(),
        model=model.version if model else "",
        norms=norms.version if norms else "",
        profiles=active_profiles(),
        cuts=cuts(),
        signals=_signals,
        signals_stamp=(stamp["n"], stamp["last"], newest, *unsettled),
        hasher=_hash,
    )


def knowledge(at: datetime) -> "tuple[assess.Knowledge, knowing.Versions]":
    """What an assessment at `at` rests on, and its versions. Raises BadModel."""
    from tidewaiter.risk import knowing

    return knowing.gather(kept(), at)


def models_folder() -> Path:
    """Where the files of what was learnt are."""
    folder: Path = settings.MODELS_DIR
    return folder


def cuts() -> lanes.Thresholds:
    """Where the lanes are cut now."""
    newest = Cuts.objects.newest()
    return lanes.Thresholds(newest.red, newest.yellow) if newest else lanes.START


def active_profiles() -> tuple[str, ...]:
    """The texts of the profiles in use: those that ship, but where another version was turned on
    or off, and those that were added; by id."""
    from tidewaiter.risk import profiles

    texts = {one.id: text.decode() for one, text in profiles.shipped()}
    known = Profile.objects.exclude(state="draft").order_by("pk")
    for profile, state, text in known.values_list("profile", "state", "text"):
        if state == "active":
            texts[profile] = text
        elif texts.get(profile) == text:
            del texts[profile]
    return tuple(texts[name] for name in sorted(texts))


def profile_text(profile: str) -> bytes:
    """The newest text of a profile, added here or shipped. Raises NoSuchProfile."""
    from tidewaiter.risk import profiles

    row = Profile.objects.filter(profile=profile).order_by("-pk").first()
    if row is not None:
        return row.text.encode()
    for one, text in profiles.shipped():
        if one.id == profile:
            return text
    raise errors.NoSuchProfile(profile=profile[:60])


def profile_list() -> list[dict[str, str]]:
    """Every profile with its newest version, state and title in the reader's language."""
    from tidewaiter.risk import profiles

    active = {one.id: one for one in map(profiles.read, map(str.encode, active_profiles()))}
    rows = {one.id: (one, "active") for one in active.values()}
    for row in Profile.objects.order_by("pk"):
        if row.profile not in active:
            rows[row.profile] = (profiles.read(row.text.encode()), row.state)
    language = get_language() or "en"
    return [
        {
            "profile": one.id,
            "version": one.version,
            "state": state,
            "title": one.title.get(language[:2], one.title["en"]),
        }
        for one, state in (rows[name] for name in sorted(rows))
    ]


def _signals() -> "pl.DataFrame":
    import polars as pl

    from tidewaiter.risk import matching

    names = ("word", "source", "partner", "message_id", "number", "agreement", "offence")
    rows = Signal.objects.counted(Notice.objects.unsettled()).values_list(
        *(f"notice__{name}" for name in (*names, "certainty")), "part", "kind", "value", "until_at"
    )
    schema = {**matching.SIGNALS, "until": pl.Datetime("us", "UTC")}
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def _hash(text: str, agreement: str) -> str | None:
    from tidewaiter.agreements import generalisation
    from tidewaiter.agreements import queries as agreements

    signed = agreements.by_digest(agreement)
    key = agreements.key(signed.agreement.id) if signed else None
    return None if key is None else generalisation.pseudonym(text, key)


def worded(hits: Sequence[score.Hit]) -> tuple[Reason, ...]:
    """Hits in the words of the active language, in their order."""
    words = _profile_words()
    return tuple(
        Reason(
            text=reasons.word(hit.code, hit.parameters, gettext, words.get),
            code=hit.code,
            weight=hit.weight,
            source=hit.source,
            item=hit.item,
            partner=hit.partner,
            message_id=hit.message_id,
        )
        for hit in hits
    )


def wordings(listed: Sequence[dict[str, Any]], word: Word) -> list[str]:
    """The sentence of each reason that `documents` kept (documents.wordings)."""
    words = _profile_words()
    return [
        reasons.word(str(one.get("code", "")), one.get("parameters", {}), word, words.get)
        for one in listed
    ]


def say(text: str) -> str:
    """`text` in the active language, for values that are worded where they are made."""
    return gettext(text)


def _profile_words() -> dict[str, str]:
    from tidewaiter.risk import profiles

    language = (get_language() or "en")[:2]
    shipped = {one.id: one for one, _ in profiles.shipped()}
    added = {
        row.profile: profiles.read(row.text.encode()) for row in Profile.objects.order_by("pk")
    }
    known = {**shipped, **added}
    return {name: one.reason.get(language, one.reason["en"]) for name, one in known.items()}


def assessment(viewer: Viewer, reference: str, *, at: datetime) -> Judged:
    """The assessment of a declaration that stands. Raises NoSuchAssessment, DeclarationUnknown."""
    summary = seen(viewer, reference, at=at)
    row = Assessment.objects.now().filter(declaration=summary.id).first()
    if row is None:
        raise errors.NoSuchAssessment(reference=reference)
    return _judged(row, summary.lane)


def seen(viewer: Viewer, reference: str, *, at: datetime) -> declarations.Summary:
    """The line of a declaration that the viewer may see, audited. Raises DeclarationUnknown."""
    from tidewaiter.documents import errors as paper_errors

    found = declarations.summaries(declarations.ids(references=[reference]))
    summary = next(iter(found.values()), None)
    if summary is None or not (viewer.everywhere or summary.office == (viewer.office or "")):
        raise paper_errors.DeclarationUnknown(reference=reference)
    about = (summary.importer, summary.exporter, summary.declarant)
    identity.audit(viewer, N_("assessment"), [reference], [one for one in about if one], at)
    return summary


def _judged(row: Assessment, lane: str) -> Judged:
    last = Decision.objects.filter(declaration=row.declaration).order_by("-pk").first()
    decided = (
        Decided(last.lane, last.before, last.proposed, last.by, last.at, last.note)
        if last
        else None
    )
    return Judged(
        reference=row.reference,
        lane=lane or row.lane,
        proposed=row.lane,
        score=row.score,
        probability=row.probability,
        red=row.red,
        yellow=row.yellow,
        at=row.at,
        model=row.model,
        profiles=row.profiles,
        norms=row.norms,
        reasons=worded(score.kept(row.reasons)),
        decided=decided,
    )


def assessed_by(messages: Sequence[str]) -> list[int]:
    """Declarations whose standing assessment rests on one of these messages, ascending."""
    clause = Q(pk=None)
    for one in messages:
        clause |= Q(messages__contains=one)
    rows = Assessment.objects.now().exclude(messages="").filter(clause)
    return sorted(rows.values_list("declaration", flat=True))


def standing(ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Lane, score and messages of the standing assessments of these declarations."""
    found: dict[int, dict[str, Any]] = {}
    for start in range(0, len(ids), 2_000):
        rows = Assessment.objects.now().filter(declaration__in=list(ids[start : start + 2_000]))
        for row in rows.values("declaration", "reference", "lane", "score", "messages"):
            found[row["declaration"]] = dict(row)
    return found


def answered(by: str, key: str, request: str) -> tuple[int, str] | None:
    """Status and body that this request was answered before, by its Idempotency-Key.

    Raises KeyUsedOtherwise where the key came with another request.
    """
    row = Answer.objects.filter(by=by, key=key).first()
    if row is None:
        return None
    if row.request != request:
        raise errors.KeyUsedOtherwise()
    return row.status, row.body
