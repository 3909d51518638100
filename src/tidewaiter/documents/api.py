"""REST: /declarations and /consignments. POST takes any format by its media type."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any, Final, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import Query, Router, Schema

from tidewaiter import clock
from tidewaiter.documents import actions, errors, importing, library, queries, tally
from tidewaiter.documents.actions import One
from tidewaiter.documents.formats import Options
from tidewaiter.documents.intake import Fate
from tidewaiter.documents.sheet import Filter, Sheet
from tidewaiter.documents.theirs import actions as theirs
from tidewaiter.documents.theirs import queries as partners
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted

router: Final = Router(tags=["declarations"])
MOST: Final = 500  # declarations a page, or told one by one in an answer
_KEY: Final = 255  # characters of a key that are kept as they are
PROBLEM_JSON: Final = "application/problem+json"


class Narrowed(Schema):
    """What a list may be narrowed to."""

    lane: str = ""
    state: str = ""
    kind: str = ""
    office: str = ""
    q: str = ""
    cursor: str = ""
    limit: int = 50


class Telling(Schema):
    """To which partner a declaration goes; purpose and mark are found where they are empty."""

    to: str
    purpose: str = ""
    handling: str = ""


@router.post("/declarations", summary="Lodge declarations in any format, by media type")
@permitted(Permission.DECLARATION_LODGE)
def lodge(request: HttpRequest, mapping: str = "") -> HttpResponse:
    """Take in the document in the body; 201 what is new, 200 what was held already.

    `Idempotency-Key`: the same key with the same body gets the same answer again.
    """
    viewer, data = _viewer(request), request.body
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > _KEY:  # as good a name as itself
        key = hashlib.sha256(key.encode()).hexdigest()
    asked = "\n".join((request.content_type or "", mapping)).encode() + b"\n" + data
    digest = hashlib.sha256(asked).hexdigest()
    if key and (before := queries.answered(viewer.name, key, digest)):
        return _answer(*before)
    form = importing.named((request.content_type or "").lower())
    if form.columns and not mapping:
        raise errors.MappingNeeded(shipped=", ".join(library.shipped()))
    options = Options(mapping=_mapping(mapping) if form.columns else None)
    done = importing.lodge(
        data, name="", form=form, options=options, at=clock.trade(), by=viewer.name
    )
    status, body = _told(done)
    if key:
        actions.keep_answer(
            by=viewer.name, key=key, request=digest, status=status, body=body, at=clock.real()
        )
    return _answer(status, body)


@router.get("/declarations", summary="Declarations, the newest first")
@permitted(Permission.DECLARATION_READ)
def listed(request: HttpRequest, wanted: Query[Narrowed]) -> dict[str, Any]:
    """A page of declarations; `next` is the cursor of the page after it."""
    page = _page(request, wanted)
    return {
        "declarations": [one.document() for one in page.declarations],
        "next": page.older or None,
    }


@router.get("/declarations/{reference}", summary="One declaration with its life")
@permitted(Permission.DECLARATION_READ)
def shown(request: HttpRequest, reference: str) -> dict[str, Any]:
    """State, lane, reasons, items, steps, versions and findings."""
    found = queries.declaration(_viewer(request), reference, at=clock.real(), word=gettext)
    return found.document()


@router.get("/declarations/{reference}/document", summary="One declaration in a format")
@permitted(Permission.DECLARATION_READ)
def written(request: HttpRequest, reference: str, format: str = "json") -> HttpResponse:  # noqa: A002
    """The declaration as it now stands: json, wco-xml or csv."""
    form = importing.named(format)
    data = queries.written(_viewer(request), reference, format, at=clock.real())
    return HttpResponse(data, content_type=f"{form.media_types[0]}; charset=utf-8")


@router.get("/declarations/{reference}/partners", summary="What partners declared of the goods")
@permitted(Permission.DECLARATION_READ)
def beside(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Partners' export declarations of the same goods, each compared with ours."""
    found = partners.beside(_viewer(request), reference, at=clock.real())
    return {
        "items": [
            {**msgspec.to_builtins(paper), "compared": [msgspec.to_builtins(one) for one in lines]}
            for paper, lines in found
        ]
    }


@router.post("/declarations/{reference}/partners", summary="Send an export declaration")
@permitted(Permission.MESSAGE_SEND)
def tell(request: HttpRequest, reference: str, body: Telling) -> HttpResponse:
    """Send an export declaration of ours to a partner, as far as a clause lets it go."""
    sent = theirs.send(
        reference=reference,
        to=body.to,
        by=_viewer(request),
        at=clock.real(),
        purpose=body.purpose,
        handling=body.handling,
    )
    return _answer(201, msgspec.json.encode(sent).decode())


@router.get("/schemas/declaration.json", summary="The JSON Schema of a declaration in JSON")
@permitted(Permission.PUBLIC)
def schema(request: HttpRequest) -> HttpResponse:
    """JSON Schema 2020-12 of what `application/json` is read as."""
    from tidewaiter.documents import jsonform

    text = json.dumps(jsonform.schema(), ensure_ascii=False, indent=1)
    return HttpResponse(text, content_type="application/schema+json")


@router.get("/consignments", summary="Consignments: what travels, and its declarations")
@permitted(Permission.DECLARATION_READ)
def consignments(request: HttpRequest, wanted: Query[Narrowed]) -> dict[str, Any]:
    """As declarations, seen by what travels: UCR, containers, seals, transport documents."""
    page = _page(request, wanted)
    return {
        "consignments": [_consignment(one) for one in page.declarations],
        "next": page.older or None,
    }


@router.get("/consignments/{reference}", summary="One consignment")
@permitted(Permission.DECLARATION_READ)
def consignment(request: HttpRequest, reference: str) -> dict[str, Any]:
    """The consignment of one declaration."""
    return _consignment(queries.declaration(_viewer(request), reference, at=clock.real()))


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]


def _mapping(name: str) -> Any:
    """A mapping that ships: no file of this machine is read for a stranger."""
    if name not in library.shipped():
        raise errors.MappingUnknown(name=name[:200], shipped=", ".join(library.shipped()))
    return library.load(name)


def _page(request: HttpRequest, wanted: Narrowed) -> Any:
    return queries.declarations(
        _viewer(request),
        Filter(wanted.lane, wanted.state, wanted.kind, wanted.office, wanted.q),
        cursor=wanted.cursor,
        limit=max(1, min(wanted.limit, MOST)),
        at=clock.real(),
        word=gettext,
    )


def _told(done: importing.Lodged) -> tuple[int, str]:
    """Status and body of an answer; one declaration's members stand on top too."""
    fates = queries.fates(done.taken[:MOST])
    kept = _count(done.taken, Fate.NEW, Fate.CORRECTED)
    again = _count(done.taken, Fate.DUPLICATE)
    refused = done.refused
    errors_told = [tally.entry(one) for one in done.findings[:MOST]]
    counts = {"accepted": kept, "duplicates": again, "refused": refused}
    body: dict[str, Any] = {**counts, "errors": errors_told}
    if not kept and not again:
        problem = errors.NothingTaken(refused=refused)
        return 422, json.dumps({**problem.document(gettext), **body}, ensure_ascii=False)
    body["declarations"] = fates
    if len(fates) == 1:
        body = {**fates[0], **body}
    return (201 if kept else 200), json.dumps(body, ensure_ascii=False)


def _count(taken: Sequence[One], *fates: Fate) -> int:
    return sum(one.fate in fates for one in taken)


def _answer(status: int, body: str) -> HttpResponse:
    kind = PROBLEM_JSON if status >= 400 else "application/json"
    return HttpResponse(body, status=status, content_type=kind)


def _consignment(sheet: Sheet) -> dict[str, Any]:
    document = sheet.document()
    names = ("reference", "ucr", "containers", "seals", "transport_documents", "departure")
    more = ("destination", "transport_mode", "state", "lane")
    return {name: document[name] for name in (*names, *more)}
