"""What others may read of declarations: frames and ids for judges, lists and views for people.

Judges read without a viewer, for they show nothing; whatever is shown to a person passes through
the viewer's permissions and office, and is audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from tidewaiter.documents import life
from tidewaiter.documents.models import Declaration, Item, Mention, slices

if TYPE_CHECKING:
    import polars as pl

_CHUNK = 50_000  # declarations whose items are in memory as tuples at once


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
        for some in slices(sorted(ids)):
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
