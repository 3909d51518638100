"""What others may read of declarations: frames and ids for judges, lists and views for people.

Judges read without a viewer, for they show nothing; whatever is shown to a person passes through
the viewer's permissions and office, and is audited.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from django.db.models import Count, Q, QuerySet

from tidewaiter import identifier
from tidewaiter.documents import batch, csvfile, errors, importing, life, registries
from tidewaiter.documents.actions import One
from tidewaiter.documents.facts import Kind
from tidewaiter.documents.finding import Finding
from tidewaiter.documents.models import (
    Answer,
    Declaration,
    Declarations,
    Item,
    Mention,
    Step,
    Version,
    slices,
)
from tidewaiter.documents.sheet import (
    Filter,
    Page,
    Reason,
    Sheet,
    SheetItem,
    SheetStep,
    SheetVersion,
    SourceDocument,
)
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.problem import N_, Word
from tidewaiter.vault import queries as vault

if TYPE_CHECKING:
    import polars as pl

WAITING = "waiting"  # a Filter's state: whatever waits for somebody
_WAITING = (life.State.ACCEPTED, life.State.CORRECTED, life.State.UNDER_CONTROL)
_CHUNK = 50_000  # declarations whose items are in memory as tuples at once
_FOUND = 2_000  # declarations that one search term finds at most
_LINES = ("containers", "seals", "transport_documents")
_MADE = ("reasons", "items", "steps", "versions", "findings")


def items_frame(ids: Sequence[int] | None = None) -> "pl.DataFrame":
    """The goods items of these declarations (all, without `ids`) as `frame.SCHEMA` has them.

    Ordered by declaration and item. A declaration without items has no row.
    """
    import polars as pl

    from tidewaiter.documents import frame

    if ids is None:
        parts = [frame.of(rows) for rows in _all_rows(frame.FIELDS)]
    else:
        parts = []
        for some in slices(sorted(set(ids))):
            if some[-1] - some[0] < len(some):  # one after the other, as an import numbers them
                query = Item.objects.filter(declaration__gte=some[0], declaration__lte=some[-1])
            else:
                query = Item.objects.filter(declaration__in=some)
            parts.append(frame.of(list(_ordered(query).values_list(*frame.FIELDS))))
    return pl.concat(parts) if parts else frame.of([])


def _all_rows(fields: Sequence[str]) -> Any:
    last = 0
    while True:
        ids = list(
            Declaration.objects.filter(pk__gt=last)
            .order_by("pk")
            .values_list("pk", flat=True)[:_CHUNK]
        )
        if not ids:
            return
        within = Item.objects.filter(declaration__gt=last, declaration__lte=ids[-1])
        yield list(_ordered(within).values_list(*fields))
        last = ids[-1]


def _ordered(query: "QuerySet[Item]") -> "QuerySet[Item]":
    return query.order_by("declaration_id", "sequence")


def ids(
    *,
    unassessed: bool = False,
    references: Sequence[str] | None = None,
    states: Sequence[life.State] | None = None,
) -> list[int]:
    """Ids of declarations, ascending: all, those never judged, those named, those in a state."""
    query = Declaration.objects.order_by("pk")
    if unassessed:
        query = query.filter(assessed_at__isnull=True)
    if states is not None:
        query = query.filter(state__in=states)
    if references is None:
        return list(query.values_list("pk", flat=True))
    found: list[int] = []
    for some in slices(list(references)):
        found += query.filter(reference__in=some).values_list("pk", flat=True)
    return sorted(found)


def references(ids: Sequence[int]) -> dict[int, str]:
    """The references of these declarations by id."""
    found: dict[int, str] = {}
    for some in slices(list(ids)):
        found.update(Declaration.objects.filter(pk__in=some).values_list("pk", "reference"))
    return found


def matching(kind: str, values: Sequence[str]) -> list[int]:
    """Ids of declarations that mention one of `values`, ascending.

    kind: ucr, container, seal, transport_document, party (an identifier), name (folded), hs6.
    """
    found: set[int] = set()
    for some in slices(list(values)):
        if kind == "hs6":
            found.update(Item.objects.filter(hs6__in=some).values_list("declaration", flat=True))
        else:
            mentioned = Mention.objects.filter(kind=kind, value__in=some)
            found.update(mentioned.values_list("declaration", flat=True))
    return sorted(found)


@dataclass(frozen=True, slots=True)
class Summary:
    """The line by which a declaration is known in lists of the rooms above."""

    id: int
    reference: str
    local_reference: str
    kind: str
    state: str
    lane: str  # empty while it is not judged
    score: float | None
    office: str
    declarant: str
    importer: str
    importer_name: str
    exporter: str
    exporter_name: str
    departure: str
    destination: str
    lodged_on: date
    taken_at: datetime
    item_count: int


def summaries(ids: Sequence[int]) -> dict[int, Summary]:
    """The summaries of these declarations by id; for rooms that have asked who may see them."""
    found: dict[int, Summary] = {}
    names = list(Summary.__dataclass_fields__)
    for some in slices(list(ids)):
        for row in Declaration.objects.filter(pk__in=some).values(*names):
            found[row["id"]] = Summary(**{**row, "lane": row["lane"] or ""})
    return found


def declaration(viewer: Viewer, reference: str, *, at: datetime, word: Word = str) -> Sheet:
    """One declaration with its items, life and versions. Audited.

    Raises DeclarationUnknown, also for one of another office than the viewer's.
    """
    row = _seen(viewer).filter(reference=reference).values().first()
    if row is None:
        raise errors.DeclarationUnknown(reference=reference[:40])
    found = _sheets([cast(Mapping[str, Any], row)], word)[0]
    steps = Step.objects.filter(declaration=found.id).order_by("at", "id")
    versions = Version.objects.filter(declaration=found.id).order_by("number")
    told = versions.values_list("findings", flat=True).last() or ""
    names = tuple(SheetVersion.__dataclass_fields__)
    whole = replace(
        found,
        steps=tuple(SheetStep(**one) for one in steps.values(*SheetStep.__dataclass_fields__)),
        versions=tuple(SheetVersion(**one) for one in versions.values(*names)),
        findings=tuple(_worded(told, word)),
    )
    identity.audit(viewer, N_("declaration"), [reference], whole.about, at)
    return whole


def declarations(
    viewer: Viewer,
    wanted: Filter,
    *,
    at: datetime,
    cursor: str = "",
    limit: int = 50,
    word: Word = str,
) -> Page:
    """The newest declarations that the viewer may see and `wanted` leaves. Audited.

    `cursor` is the `older` of the page before. Raises CursorUnknown.
    """
    query = _narrowed(_seen(viewer), wanted)
    if cursor:
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise errors.CursorUnknown(cursor=cursor[:80])
        query = query.filter(pk__lt=int(cursor))
    rows = list(query.order_by("-pk").values()[: limit + 1])
    found = _sheets(cast(list[Mapping[str, Any]], rows[:limit]), word)
    about = [one for sheet in found for one in sheet.about]
    identity.audit(viewer, N_("declarations"), [one.reference for one in found], about, at)
    return Page(tuple(found), str(found[-1].id) if len(rows) > limit else "")


def written(viewer: Viewer, reference: str, format_name: str, *, at: datetime) -> bytes:
    """One declaration as it now stands, in a format. Audited.

    Raises DeclarationUnknown, FormatUnknown, FormatNotWritten.
    """
    form = importing.named(format_name)
    if form.write is None:
        raise errors.FormatNotWritten(format=form.name, reason="there is no writer")
    found = declaration(viewer, reference, at=at)
    body = Version.objects.get(declaration=found.id, number=found.version).body
    try:
        return form.write(batch.decode(body))
    except ValueError as error:
        raise errors.FormatNotWritten(format=form.name, reason=str(error)[:200]) from None


def source(viewer: Viewer, reference: str, number: int, *, at: datetime) -> SourceDocument:
    """The document that a version was read from; of a file of rows, its own row. Audited.

    Raises DeclarationUnknown, and what the vault raises when it is gone.
    """
    found = declaration(viewer, reference, at=at)
    row = Version.objects.filter(declaration=found.id, number=number).first()
    if row is None or not row.source:
        raise errors.DeclarationUnknown(reference=reference[:40])
    form = importing.named(row.format)
    name = f"{reference}-{number}{form.extensions[0]}"
    if not row.length:
        return SourceDocument(name, form.media_types[0], vault.read(row.source))
    head = vault.read(row.source, start=0, length=csvfile.CELL).partition(b"\n")[0].rstrip(b"\r")
    record = vault.read(row.source, start=row.start, length=row.length)
    return SourceDocument(name, form.media_types[0], b"\r\n".join((head, record, b"")))


def fates(taken: Sequence[One]) -> list[dict[str, object]]:
    """What became of declarations handed in, and where they stand; for their own declarant."""
    ids = [one.id for one in taken if one.id is not None]
    held = Declaration.objects.in_bulk(ids)
    told = []
    for one in taken:
        said: dict[str, object] = {"outcome": one.fate.value, "reference": one.reference or None}
        if one.id is not None:
            row = held[one.id]
            score = None if row.score is None else round(row.score, 6)
            said |= {
                "local_reference": row.local_reference,
                "state": row.state,
                "lane": row.lane,
                "score": score,
            }
        if one.finding is not None:
            said["rule"] = one.finding.rule
        told.append(said)
    return told


def offices(viewer: Viewer) -> list[str]:
    """The offices that declarations the viewer may see were lodged at."""
    rows = _seen(viewer).exclude(office="").values_list("office", flat=True)
    return sorted(rows.distinct()[:500])


def answered(by: str, key: str, request: str) -> tuple[int, str] | None:
    """Status and body that this request was answered before, by its Idempotency-Key.

    Raises KeyReused where the key came with another request.
    """
    row = Answer.objects.filter(by=by, key=key).first()
    if row is None:
        return None
    if row.request != request:
        raise errors.KeyReused(key=key[:80])
    return row.status, row.body


def _seen(viewer: Viewer) -> Declarations:
    if not viewer.may(Permission.DECLARATION_READ):
        return Declaration.objects.none()
    every = Declaration.objects.all()
    return every if viewer.everywhere else every.filter(office=viewer.office or "")


def waiting(viewer: Viewer) -> dict[str, int]:
    """How many declarations wait for somebody, by lane ("" is not judged); Filter's `waiting`."""
    rows = _narrowed(_seen(viewer), Filter(state=WAITING)).values_list("lane")
    return {lane or "": count for lane, count in rows.order_by("lane").annotate(n=Count("pk"))}


def _narrowed(query: Declarations, wanted: Filter) -> Declarations:
    if any("\0" in getattr(wanted, name) for name in ("lane", "state", "kind", "office", "q")):
        return query.none()  # PostgreSQL has no such text
    if wanted.state == WAITING:
        query = query.filter(state__in=_WAITING)
        wanted = replace(wanted, state="")
    for name in ("lane", "state", "kind", "office"):
        if value := getattr(wanted, name):
            query = query.filter(**{name: value})
    if wanted.q:
        text = wanted.q.strip()
        values = {text, text.upper(), identifier.fold(text), identifier.container(text) or text}
        mentioned = Mention.objects.filter(kind__in=list(Kind), value__in=values)
        ids = list(mentioned.values_list("declaration", flat=True)[:_FOUND])
        query = query.filter(
            Q(reference=text.upper())
            | Q(local_reference=text)
            | Q(customs_id=text, customs_id__gt="")
            | Q(pk__in=ids)
        )
    return query


def _sheets(rows: Sequence[Mapping[str, Any]], word: Word) -> list[Sheet]:
    items: dict[int, list[SheetItem]] = {}
    names = tuple(SheetItem.__dataclass_fields__)
    query = Item.objects.filter(declaration__in=[row["id"] for row in rows])
    for one in _ordered(query).values("declaration_id", *names):
        items.setdefault(one.pop("declaration_id"), []).append(SheetItem(**one))
    made = []
    plain = [name for name in Sheet.__dataclass_fields__ if name not in _MADE]
    for row in rows:
        lists: dict[str, Any] = {
            name: tuple(filter(None, row[name].split("\n"))) for name in _LINES
        }
        kept = {name: row[name] for name in plain if name not in _LINES}
        kept["lane"] = row["lane"] or ""
        made.append(
            Sheet(
                **kept,
                **lists,
                reasons=_reasons(row["reasons"], word),
                items=tuple(items.get(row["id"], ())),
            )
        )
    return made


def _reasons(text: str, word: Word) -> tuple[Reason, ...]:
    listed = json.loads(text or "[]")
    sentences = [""] * len(listed)
    for name in registries.wordings:
        sentences = registries.wordings.get(name)(listed, word)
    return tuple(
        Reason(str(one.get("code", "")), one.get("parameters", {}), sentence)
        for one, sentence in zip(listed, sentences, strict=True)
    )


def _worded(text: str, word: Word) -> list[str]:
    told = []
    for one in json.loads(text or "[]"):
        finding = Finding(
            one["rule"], one["field"], one["line"], parameters=one.get("parameters", {})
        )
        place = f"{finding.place}: " if finding.place else ""
        told.append(place + finding.said(word))
    return told
