"""By what a partner's paper and ours are known to be of the same goods: UCR, container, document.

Partners' data may be cut down or coarsened, so that it is walked as it is. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from tidewaiter import identifier
from tidewaiter.documents.facts import Kind

Named = tuple[str, str]  # kind and value, as values are compared
HASHED: Final = "kh:"
LONGEST: Final = 256
_EQUIPMENT, _UCR, _CONTRACTS, _EARLIER = (
    *("transport_equipment", "ucr"),
    *("transport_contract_documents", "previous_documents"),
)
_CONSIGNMENT: Final = {
    "ucr": Kind.UCR.value,
    "containers": Kind.CONTAINER.value,
    "transportdocuments": Kind.DOCUMENT.value,
}


def of_paper(ucr: str, containers: Iterable[str], documents: Iterable[str]) -> list[Named]:
    """What a declaration of ours names, as it is written."""
    return [
        *([(Kind.UCR.value, ucr)] if ucr else []),
        *((Kind.CONTAINER.value, one) for one in containers),
        *((Kind.DOCUMENT.value, one) for one in documents),
    ]


def plain(named: Iterable[Named]) -> list[Named]:
    """The same as values are compared."""
    return _each(named)


def of_declaration(told: Mapping[str, Any]) -> list[Named]:
    """What a canonical declaration names, whole or cut down."""
    return _each(_walk(told))


def of_consignment(told: Mapping[str, Any]) -> list[Named]:
    """What the `consignment` of a message names."""
    found = []
    for member, kind in _CONSIGNMENT.items():
        values = told.get(member)
        found += [(kind, one) for one in (values if isinstance(values, list) else [values])]
    return _each(found)


def _each(found: Iterable[tuple[str, Any]]) -> list[Named]:
    kept: dict[Named, None] = {}
    for kind, value in found:
        if isinstance(value, str) and value.strip():
            plain = value if value.startswith(HASHED) else identifier.reference(value)
            kept[kind, plain[:LONGEST]] = None
    return list(kept)


def _walk(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, list):
        for one in value:
            yield from _walk(one)
        return
    if not isinstance(value, dict):
        return
    for name, below in value.items():
        listed = [one for one in below if isinstance(one, dict)] if isinstance(below, list) else []
        if name == _UCR and isinstance(below, dict):
            yield Kind.UCR.value, below.get("id") or below.get("trader_assigned_reference_id")
        elif name == _EQUIPMENT:
            yield from ((Kind.CONTAINER.value, one.get("id")) for one in listed)
        elif name == _CONTRACTS:
            yield from ((Kind.DOCUMENT.value, one.get("id")) for one in listed)
        elif name == _EARLIER:
            for one in listed:
                if str(one.get("type_code", "")).lstrip("N")[:1] == "7":  # UN/EDIFACT 1001
                    yield Kind.DOCUMENT.value, one.get("id")
        else:
            yield from _walk(below)
