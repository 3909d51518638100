"""What may be read of partners' export declarations, and where they differ from ours."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import identifier, quantity
from tidewaiter.agreements import generalisation
from tidewaiter.agreements import queries as agreements
from tidewaiter.documents import errors, queries
from tidewaiter.documents.models import PartnerPaper
from tidewaiter.documents.sheet import Sheet, SheetItem
from tidewaiter.documents.theirs import naming
from tidewaiter.identity import actions as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

MOST: Final = 20  # papers beside one of ours


@dataclass(frozen=True, slots=True)
class Paper:
    """A partner's export declaration as it is kept."""

    message_id: str
    partner: str
    number: str
    handling: str
    sent_at: datetime
    received_at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both papers say, or one of them; "" where it is not said."""

    name: str  # marked for gettext
    ours: str
    theirs: str
    differs: bool  # both say it, and not the same


def papers(viewer: Viewer, *, at: datetime, partner: str = "", limit: int = 100) -> list[Paper]:
    """Partners' export declarations, the newest first, for who sees every office. Audited."""
    if not (viewer.may(Permission.DECLARATION_READ) and viewer.everywhere):
        return []
    rows = PartnerPaper.objects.order_by("-pk")
    rows = rows.filter(partner=partner) if partner else rows
    found = [_paper(row) for row in rows[:limit]]
    if found:
        said = [one.message_id for one in found]
        identity.audit(viewer, N_("partners' declarations"), said, [], at)
    return found


def beside(viewer: Viewer, reference: str, *, at: datetime) -> list[tuple[Paper, list[Line]]]:
    """The partners' papers of the same goods as ours, compared with it. Audited.

    Raises DeclarationUnknown.
    """
    sheet = queries.declaration(viewer, reference, at=at)
    return compared(sheet)


def compared(sheet: Sheet) -> list[tuple[Paper, list[Line]]]:
    """As `beside`, for a declaration that the viewer sees already."""
    named = naming.of_paper(sheet.ucr, sheet.containers, sheet.transport_documents)
    found = known_as(named, PartnerPaper.objects.pseudonymous())
    rows = PartnerPaper.objects.naming(found)[:MOST] if found else []
    return [(paper, _lines(sheet, paper.body)) for paper in map(_paper, rows)]


def known_as(named: Sequence[naming.Named], digests: Iterable[str]) -> list[naming.Named]:
    """What a paper of ours names as partners may name it: as it is compared, and under the
    pseudonyms of these agreements whose key is here."""
    found = naming.plain(named)
    written = dict.fromkeys([*named, *found])
    for digest in digests:
        signed = agreements.by_digest(digest)
        key = agreements.key(signed.agreement.id) if signed else None
        if key is None:
            continue
        found += [(kind, generalisation.pseudonym(value, key)) for kind, value in written]
    return found


def of_message(viewer: Viewer, message_id: UUID) -> list[str]:
    """Our declarations of the goods that a partner's paper is of, that the viewer sees."""
    row = PartnerPaper.objects.filter(message_id=str(message_id)).first()
    if row is None:
        return []
    ids: set[int] = set()
    for kind, value in row.mentions.values_list("kind", "value"):
        ids.update(queries.matching(kind, [value, identifier.container(value) or value]))
    known = queries.summaries(sorted(ids)).values()
    office = viewer.office or ""
    return [one.reference for one in known if viewer.everywhere or one.office == office]


def export(viewer: Viewer, reference: str, *, at: datetime) -> bytes:
    """Our export declaration in JSON, as it goes out. Raises NotAnExport, DeclarationUnknown."""
    found = queries.summaries(queries.ids(references=[reference]))
    for one in found.values():
        if one.kind != "export":
            raise errors.NotAnExport(reference=reference, kind=one.kind)
    return queries.written(viewer, reference, "json", at=at)


def _paper(row: PartnerPaper) -> Paper:
    return Paper(**{name: getattr(row, name) for name in Paper.__dataclass_fields__})


def _lines(sheet: Sheet, body: Mapping[str, Any]) -> list[Line]:
    shipment = _part(body, "goods_shipment")
    items = [one for one in shipment.get("goods_items", ()) if isinstance(one, dict)]
    theirs_containers = [
        value for kind, value in naming.of_declaration(body) if kind == "container"
    ]
    said = (
        (N_("Exporter"), sheet.exporter_name or sheet.exporter, _exporter(body, shipment)),
        (N_("Consignee"), sheet.importer_name or sheet.importer, _consignee(shipment)),
        (N_("Containers"), ", ".join(sheet.containers), ", ".join(theirs_containers)),
        (N_("HS codes"), _codes(one.hs_code for one in sheet.items), _codes(map(_code, items))),
        (N_("Goods items"), str(len(sheet.items) or ""), str(len(items) or "")),
        (N_("Net mass"), _mass(_net(sheet.items)), _mass(_their_net(items))),
    )
    return [
        Line(name, ours, theirs, bool(ours and theirs) and _plain(ours) != _plain(theirs))
        for name, ours, theirs in said
        if ours or theirs
    ]


def _part(told: Mapping[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        below = told.get(name)
        if isinstance(below, dict):
            return below
    return {}


def _exporter(body: Mapping[str, Any], shipment: Mapping[str, Any]) -> str:
    return _who(_part(body, "exporter") or _part(shipment, "consignor"))


def _consignee(shipment: Mapping[str, Any]) -> str:
    return _who(_part(shipment, "consignee", "importer", "buyer"))


def _who(party: Mapping[str, Any]) -> str:
    return str(party.get("name") or party.get("id") or "")


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(sorted({code[:6] for code in codes if code}))


def _code(item: Mapping[str, Any]) -> str:
    sorts = _part(item, "commodity").get("classifications", ())
    ids = [one.get("id") for one in sorts if isinstance(one, dict)]
    return next((one for one in ids if isinstance(one, str) and one), "")


def _net(items: Sequence[SheetItem]) -> int | None:
    masses = [one.net_mass for one in items if one.net_mass is not None]
    return sum(masses) if masses else None


def _their_net(items: Sequence[Mapping[str, Any]]) -> int | None:
    parts = [_part(_part(one, "commodity"), "goods_measure") for one in items]
    masses = [_part(one, "net_net_weight_measure").get("grams") for one in parts]
    whole = [one for one in masses if isinstance(one, int)]
    return sum(whole) if whole and len(whole) == len(items) else None


def _mass(grams: int | None) -> str:
    return "" if grams is None else f"{quantity.written(grams, quantity.GRAMS)} kg"


def _plain(text: str) -> str:
    return identifier.fold(text) or text
