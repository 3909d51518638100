"""Fields that a clause lets leave in a coarser form alone: none finer is taken."""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import b64
from tidewaiter.exchange.conformance.ground import Ground, sent
from tidewaiter.exchange.conformance.tester import Draft

RECEIPT: Final = "protocol.md: A receipt"
FORMS: Final = "agreement.md: Generalise"
NO: Final = "not-permitted"
NO_FORM: Final = "not-permitted or bad-payload"
YES: Final = "accepted"
HASH: Final = "kh:" + b64(bytes(range(32)))


def goods(**members: Any) -> dict[str, Any]:
    """Goods under clause 2, generalised as it says, with such members."""
    return {"goods": [{"hs": "6404", "origin": "CN", **members}]}


def consignment(**members: Any) -> dict[str, Any]:
    """A consignment under clause 2."""
    return {**goods(), "consignment": {"containers": ["MSKU1234565"], **members}}


def under(data: dict[str, Any]) -> Callable[[Ground], Draft]:
    """An alert under clause 2, whose fields are to be generalised."""
    return lambda ground: ground.alert(clause="2", purpose="security", data=data)


def amount(value: str) -> Callable[[Ground], Draft]:
    """An alert under clause 7.10, which lets amounts leave as bands."""
    row = {"hs": "640411", "value": {"amount": value, "currency": "USD"}}
    return lambda ground: ground.alert(data={"goods": [row]})


TABLE: Final[tuple[tuple[str, str, dict[str, Any]], ...]] = (
    ("hs4", YES, goods()),
    ("hs4-shorter", YES, goods(hs="64")),
    ("hs4-finer", NO, goods(hs="640411")),
    ("hs4-finer-in-one-element", NO, {"goods": [{"hs": "6404"}, {"hs": "640411"}]}),
    ("presence", YES, goods(description=True)),
    ("presence-finer", NO, goods(description="Shoes")),
    ("band", YES, goods(grossmass="band:100")),
    ("band-under-one", YES, goods(grossmass="band:0.1")),
    ("band-of-nothing", YES, goods(grossmass="band:0")),
    ("band-finer", NO, goods(grossmass="120.0")),
    ("band-of-no-power", NO_FORM, goods(grossmass="band:120")),
    ("country", YES, consignment(route=["CN", "XA"])),
    ("country-finer", NO, consignment(route=["CN", "XAPRT"])),
    ("year", YES, consignment(departure="2026")),
    ("year-finer", NO, consignment(departure="2026-11-01T00:00:00.000Z")),
    ("year-as-month", NO, consignment(departure="2026-11")),
    ("month", YES, consignment(arrival="2026-11")),
    ("month-finer", NO, consignment(arrival="2026-11-01T00:00:00.000Z")),
    ("keyed-hash", YES, consignment(consignee={"name": HASH})),
    ("keyed-hash-finer", NO, consignment(consignee={"name": "A. Trader"})),
    ("keyed-hash-of-no-form", NO_FORM, consignment(consignee={"name": "kh:A. Trader"})),
)
CASES: Final = [
    *(sent(f"generalised.{name}", FORMS, expected, under(data)) for name, expected, data in TABLE),
    sent("generalised.amount-band", FORMS, YES, amount("band:1000")),
    sent("generalised.amount-finer", RECEIPT, NO, amount("2400.00")),
]
