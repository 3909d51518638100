"""Export declarations as messages: what comes is kept as the partner's, never as one of ours.

The payload is the canonical declaration; the schema admits what an agreement made coarser of it.
"""

from collections.abc import Mapping
from typing import Any, Final

from tidewaiter.documents import jsonform
from tidewaiter.documents.models import PartnerPaper
from tidewaiter.documents.theirs import naming
from tidewaiter.exchange import types
from tidewaiter.problem import N_

EXPORT_TYPE: Final = "org.tidewaiter.declaration.export.v1"
_COARSE: Final[tuple[dict[str, Any], ...]] = (  # the forms of agreement.md
    {"const": True},
    {
        "type": "string",
        "pattern": "^(kh:[A-Za-z0-9_-]{43}|band:(0|0\\.1|10*)|[0-9]{4}(-(0[1-9]|1[0-2]))?"
        "|[0-9]{2}|[0-9]{6}|[A-Z]{2})$",
    },
)
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean"})
_SAID: Final = ("title", "description", "x-wco-element", "x-wco-id", "x-code-list")


def take(received: types.Received) -> None:
    """Keep a partner's export declaration and what it names."""
    told = received.data["declaration"]
    number = next((told[name] for name in ("id", "functional_reference_id") if name in told), "")
    PartnerPaper.objects.keep(
        naming.of_declaration(told),
        message_id=str(received.id),
        partner=received.source,
        number=number[:80] if isinstance(number, str) else "",
        agreement=received.agreement,
        clause=received.clause,
        handling=received.handling,
        retain_until=received.retain_until,
        sent_at=received.time,
        received_at=received.received_at,
        body=told,
    )


def relaxed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical schema with everything allowed to be absent, and scalars to be coarser."""
    parts = {name: _relaxed(part) for name, part in schema["$defs"].items()}
    return {
        "title": "A declaration of goods that leave",
        "type": "object",
        "required": ["declaration"],
        "properties": {"declaration": {"$ref": schema["$ref"], "minProperties": 1}},
        "$defs": parts,
    }


def _relaxed(part: Mapping[str, Any]) -> dict[str, Any]:
    """A scalar or one of its coarse forms, an object with any of its members or none."""
    if "anyOf" in part:
        said = {name: part[name] for name in _SAID if name in part}
        return {**said, "anyOf": [_relaxed(one) for one in part["anyOf"]]}
    if part.get("type") == "object":
        below = {name: _relaxed(one) for name, one in part.get("properties", {}).items()}
        said = {name: part[name] for name in ("title", "description") if name in part}
        return {**said, "type": "object", "properties": below}
    if part.get("type") == "array":
        return {**_without(part), "items": _relaxed(part.get("items", {}))}
    if part.get("type") in _SCALARS or "enum" in part:
        return {"anyOf": [dict(part), *_COARSE]}
    return _without(part)


def _without(part: Mapping[str, Any]) -> dict[str, Any]:
    dropped = {"default", "minItems"}
    return {name: value for name, value in part.items() if name not in dropped}


EXPORT: Final = types.MessageType(
    name=EXPORT_TYPE,
    category="declaration",
    schema=relaxed(jsonform.schema()),
    handle=take,
    title=N_("Export declaration"),
)
