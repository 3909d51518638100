"""Rules that every declaration keeps, whatever it was written in.

They look at the canonical form and answer remarks by canonical path; the reader of a format turns
a path into a place of its source. The names stand in `rulebook`, the fields' code lists with the
fields themselves.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

from tidewaiter import identifier
from tidewaiter.documents import anatomy
from tidewaiter.documents.declaration import (
    CANCELLATION,
    CANCELS,
    CARRIES,
    CORRECTION,
    KINDS,
    ORIGINAL,
    PRESENTS,
    Declaration,
)
from tidewaiter.documents.element import Money, Part
from tidewaiter.documents.goods import CODES, Classification, GoodsItem, GoodsMeasure
from tidewaiter.reference import countries, currencies, nomenclature

Path = tuple[str | int, ...]
SEEN: Final = 2**16  # codes whose answer is remembered
_COMMODITY: Final = re.compile(r"[0-9]{2,14}")
_CONTAINER: Final = re.compile(r"[A-Z]{4}[0-9]{7}")


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says of a declaration: its name, and the canonical path of the field."""

    rule: str
    path: Path
    parameters: Mapping[str, str] = field(default_factory=dict)


def check(declaration: Declaration) -> list[Remark]:
    """All remarks on `declaration`, those on the whole first."""
    remarks = [] if declaration.is_correction else list(_whole(declaration))
    _walk(declaration, (), remarks)
    return remarks


def _whole(declaration: Declaration) -> Iterator[Remark]:
    """Rules on a declaration that is not a correction."""
    if not declaration.local_reference:
        yield Remark("reference-missing", ("functional_reference_id",))
    if not declaration.declared_by:
        yield Remark("declarant-missing", ("declarant",))
    kind = declaration.type_code or ""
    if kind == CARRIES or kind[:2] not in KINDS:
        yield Remark("type-code", ("type_code",), {"found": kind})
    items = declaration.items
    if not items:
        yield Remark("items-missing", ("goods_shipment",))
    elif declaration.goods_item_quantity not in {None, len(items)}:
        counts = {"found": str(declaration.goods_item_quantity), "actual": str(len(items))}
        yield Remark("item-count", ("goods_item_quantity",), counts)
    seen: set[int] = set()
    for index, item in enumerate(items):
        number = item.sequence_numeric
        if number is not None and number in seen:
            path = ("goods_shipment", "goods_items", index, "sequence_numeric")
            yield Remark("item-repeated", path, {"found": str(number)})
        seen.add(number if number is not None else -1)


@cache
def _looked_at(part: type[Part]) -> tuple[anatomy.Field, ...]:
    """The fields of a class that hold coded values, money or parts."""
    kinds = {anatomy.Kind.PART, anatomy.Kind.MONEY}
    return tuple(one for one in anatomy.of(part).fields if one.code or one.kind in kinds)


def _walk(part: Part, path: Path, remarks: list[Remark]) -> None:
    for one in _looked_at(type(part)):
        value = getattr(part, one.name)
        if not value:
            continue
        here = (*path, one.name)
        if one.many:
            for index, inner in enumerate(value):
                _walk(inner, (*here, index), remarks)
        elif one.kind is anatomy.Kind.PART:
            _walk(value, here, remarks)
        elif isinstance(value, Money):
            if value.currency is not None:
                _coded("currency", value.currency, here, remarks)
        elif not (isinstance(part, Classification) and part.identification_type_code not in CODES):
            _coded(one.code, value, here, remarks)
    if isinstance(part, GoodsItem) and part.commodity and part.commodity.goods_measure:
        _masses(part.commodity.goods_measure, (*path, "commodity", "goods_measure"), remarks)


def _coded(code: str, value: Any, path: Path, remarks: list[Remark]) -> None:
    if rule := CHECKS[code](value):
        remarks.append(Remark(rule, path, {"found": value}))


def _masses(measure: GoodsMeasure, path: Path, remarks: list[Remark]) -> None:
    net, gross = measure.net_net_weight_measure, measure.gross_mass_measure
    if net and gross and net.grams > gross.grams:
        remarks.append(Remark("net-above-gross", (*path, "net_net_weight_measure")))


@lru_cache(SEEN)
def country(code: str) -> str:
    """The rule that a country code breaks, or ""."""
    if not countries.well_formed(code):
        return "country-malformed"
    return "" if countries.known(code) else "country-unknown"


@lru_cache(SEEN)
def currency(code: str) -> str:
    """The rule that a currency code breaks, or ""."""
    if not currencies.well_formed(code):
        return "currency-malformed"
    return "" if currencies.known(code) else "currency-unknown"


@lru_cache(SEEN)
def commodity(code: str) -> str:
    """The rule that a commodity code breaks, or ""."""
    if not _COMMODITY.fullmatch(code):
        return "commodity-malformed"
    if not nomenclature.chapter_exists(code):
        return "hs-chapter"
    return "" if nomenclature.known(code) else "commodity-unknown"


def container(code: str) -> str:
    """The rule that a container number breaks, or ""; other equipment has numbers of its own."""
    shaped = _CONTAINER.fullmatch(code)
    return "container-malformed" if shaped and identifier.container(code) is None else ""


CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "country": country,
    "currency": currency,
    "commodity": commodity,
    "container": container,
}


def functions(declaration: Declaration) -> Iterator[Remark]:
    """Whether the function code is one that is lodged; readers ask it of formats other than XML."""
    code, kind = declaration.function_code, declaration.type_code or ""
    if code == CANCELLATION or (declaration.is_correction and kind == CANCELS):
        yield Remark("cancellation", ("function_code",))
    elif declaration.is_correction and kind == PRESENTS:
        yield Remark("notification", ("type_code",))
    elif code not in {ORIGINAL, CORRECTION}:
        yield Remark("function-code", ("function_code",), {"found": code})


def extended(part: Part) -> bool:
    """Whether `part` or a part within it has extensions."""
    if part.extensions or (
        isinstance(part, Declaration) and part.metadata and extended(part.metadata)
    ):
        return True
    inner: list[Part] = []
    for one in anatomy.of(type(part)).fields:
        value = getattr(part, one.name) if one.part else None
        if value:
            inner.extend(value if one.many else (value,))
    return any(extended(one) for one in inner)


def written(path: Path) -> str:
    """A canonical path as JSON writes it: `goods_shipment.goods_items[0].origins`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).lstrip(".")
