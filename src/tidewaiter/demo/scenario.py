"""The played weeks, made from a seed: who ships what to whom, when, and what is really inside.

Pure: the same seed and last day give the same shipments. It decides what traders do and declare;
it knows no lane, no score and no partner's warning. Days are counted from 0, the first played day.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from tidewaiter.demo import world

DAYS: Final = 14  # played, unless said otherwise
LEAST_DAYS: Final = 6  # in which the ring can be found and move on
HISTORY_DAYS: Final = 56  # before them: records that each administration brings along
A_DAY: Final = 56  # consignments a day and administration, on average
HISTORY: Final = 1100  # past consignments an administration
RING_BRAND: Final = "NORVELO"  # fictional


class Offence(StrEnum):
    """What an inspection would find, in the words of the wire contract."""

    COUNTERFEIT = "counterfeit"
    UNDERVALUATION = "undervaluation"
    MISDESCRIPTION = "misdescription"
    SMUGGLING = "smuggling"


# The exporters behind the cheats, by the country of their customers: offence, origin, names. Only
# the ring trades with more than one country.
ACCOMPLICES: Final = (
    (
        Offence.UNDERVALUATION,
        "CN",
        {"XA": "Lucky Harbour Export", "XB": "Bright Anchor Export", "XC": "Nine Rivers Export"},
    ),
    (
        Offence.UNDERVALUATION,
        "CN",
        {"XA": "South Gate General", "XB": "Open Sea General", "XC": "Lantern Quay General"},
    ),
    (
        Offence.MISDESCRIPTION,
        "MY",
        {"XA": "Meridian Components", "XB": "Zenith Components", "XC": "Equator Components"},
    ),
    (
        Offence.SMUGGLING,
        "PL",
        {"XA": "Baltic Oak Furniture", "XB": "Amber Pine Furniture", "XC": "Vistula Furniture"},
    ),
)


@dataclass(frozen=True, slots=True)
class Truth:
    """What is really in the box."""

    offence: Offence
    found: str  # as an officer would note it
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One goods item as it is declared."""

    good: world.Good
    origin: str
    net_mass: int  # grams
    gross_mass: int  # grams
    quantity: int  # whole units of good.unit
    value: int  # US cents
    packages: int


@dataclass(frozen=True, slots=True)
class Shipment:
    """One consignment and its declaration."""

    administration: str
    number: str  # the declarant's local reference number
    at: datetime  # lodged
    office: str
    declarant: world.Trader
    importer: world.Trader
    exporter: world.Trader
    lines: tuple[Line, ...]
    mode: str  # 1 sea, 3 road, 4 air (UN/ECE Recommendation 19)
    container: str
    seal: str
    bill: str  # the transport document
    loading: str
    port: str
    truth: Truth | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Everything that happens, by administration."""

    first: date  # the first played day
    history: dict[str, tuple[Shipment, ...]]
    days: tuple[tuple[Shipment, ...], ...]  # by day, all administrations, in order of time


@dataclass(slots=True)
class Country:
    """An administration's trading community while the generator runs."""

    country: world.Country
    brokers: list[world.Trader]
    importers: list[tuple[world.Trader, tuple[world.Good, ...], tuple[world.Trader, ...]]]
    cheats: list[tuple[world.Trader, Offence, world.Trader]]
    counter: int = 0


def moves(days: int) -> int:
    """The day on which the counterfeit ring gives up Arvenia for Belmora."""
    return days * 3 // 7


def make(*, seed: int, last: date, days: int = DAYS) -> Scenario:
    """The scenario of `days` played days (at least LEAST_DAYS), the last of them `last`."""
    chance = random.Random(seed)  # noqa: S311 (a play, not a secret)
    suppliers = _suppliers(chance)
    countries = [_community(chance, country, suppliers) for country in world.COUNTRIES]
    first = last - timedelta(days=days - 1)
    history = {
        one.country.code: tuple(
            sorted(_history(chance, one, first), key=lambda shipment: shipment.at)
        )
        for one in countries
    }
    played = []
    for number in range(days):
        today = first + timedelta(days=number)
        made = [shipment for one in countries for shipment in _day(chance, one, today)]
        where = _where(number, days)
        if where is not None:
            one = next(one for one in countries if one.country.code == where)
            made += _ring(chance, one, number, today)
        played.append(tuple(sorted(made, key=lambda shipment: (shipment.at, shipment.number))))
    return Scenario(first, history, tuple(played))


def container(owner: str, serial: int) -> str:
    """A container number with its check digit, ISO 6346: `owner` of four letters."""
    body = f"{owner}{serial:06d}"
    values = (int(sign) if sign.isdigit() else _letter(sign) for sign in body)
    return body + str(sum(value << place for place, value in enumerate(values)) % 11 % 10)


def _letter(sign: str) -> int:
    value = ord(sign) - ord("A") + 10
    return value + (value > 10) + (value > 20) + (value > 30)  # no multiples of 11


def _suppliers(chance: random.Random) -> dict[str, list[world.Trader]]:
    found: dict[str, list[world.Trader]] = {}
    origins = sorted({origin for good in world.GOODS for origin in good.origins})
    for place, origin in enumerate([*origins, "XA", "XB", "XC"]):
        for number in range(3):
            word = world.SUPPLIER_WORDS[(place * 3 + number) % len(world.SUPPLIER_WORDS)]
            name = f"{word} {chance.choice(world.SUPPLIER_TRADES)} {origin}"
            identifier = f"{origin}{chance.randrange(10**8):08d}"
            found.setdefault(origin, []).append(
                world.Trader(identifier, name, origin, world.CITIES[origin])
            )
    return found


def _trader(chance: random.Random, name: str, country: str) -> world.Trader:
    return world.Trader(
        f"{country}{chance.randrange(10**9):09d}", name, country, world.CITIES[country]
    )


def _community(
    chance: random.Random, country: world.Country, suppliers: dict[str, list[world.Trader]]
) -> Country:
    code = country.code
    brokers = [_trader(chance, f"{country.name} Brokers {n}", code) for n in range(1, 7)]
    importers = []
    dealt = [good for good in world.GOODS for _ in range(3)]  # each is imported by some
    chance.shuffle(dealt)
    for place, word in enumerate(world.IMPORTER_WORDS):
        name = f"{word} {chance.choice(world.IMPORTER_TRADES)}"
        goods = tuple(dealt[place * 3 : place * 3 + 3])
        known = tuple(chance.choice(suppliers[origin]) for good in goods for origin in good.origins)
        importers.append((_trader(chance, name, code), goods, known))
    cheats = []
    for number, (offence, origin, names) in enumerate(ACCOMPLICES):
        word = chance.choice(world.IMPORTER_WORDS)
        importer = _trader(chance, f"{word} {offence.title()[:3]} {number + 1} Trade", code)
        cheats.append((importer, offence, _trader(chance, names[code], origin)))
    return Country(country, brokers, importers, cheats)


def _line(chance: random.Random, good: world.Good, origin: str, *, price: float = 1.0) -> Line:
    """A line at the usual load and price with their usual spread; `price` multiplies the value."""
    mass = max(20.0, good.load * chance.lognormvariate(0, 0.45))
    unit_price = good.price * chance.lognormvariate(0, 0.16)
    net = round(mass * 1000)
    return Line(
        good=good,
        origin=origin,
        net_mass=net,
        gross_mass=round(net * chance.uniform(1.03, 1.11)),
        quantity=max(1, round(mass / good.piece)),
        value=max(100, round(mass * unit_price * price * 100)),
        packages=max(1, round(mass / chance.uniform(12, 40))),
    )


def _shipment(
    chance: random.Random,
    one: Country,
    today: date,
    *,
    importer: world.Trader,
    exporter: world.Trader,
    lines: tuple[Line, ...],
    truth: Truth | None,
) -> Shipment:
    one.counter += 1
    near = exporter.country.startswith("X")
    mode = "3" if near else ("4" if lines[0].good.price > 80 else "1")
    place = 1 if mode in {"3", "4"} else 0
    minute = min(1425, max(360, round(chance.gauss(690, 160))))
    code = one.country.code
    return Shipment(
        administration=code,
        number=f"{code}{today:%y%m%d}-{one.counter:05d}",
        at=datetime.combine(today, time(), UTC) + timedelta(minutes=minute),
        office=one.country.offices[place][0],
        declarant=chance.choice(one.brokers),
        importer=importer,
        exporter=exporter,
        lines=lines,
        mode=mode,
        container=container(chance.choice(("TWNU", "QLKU", "EMBU")), chance.randrange(10**6))
        if mode == "1"
        else "",
        seal=f"S{chance.randrange(10**7):07d}",
        bill=f"{'BL' if mode == '1' else 'WB'}{chance.randrange(10**9):09d}",
        loading=world.LOADING.get(exporter.country, exporter.country + "PRT"),
        port=one.country.ports[place],
        truth=truth,
    )


def _honest(chance: random.Random, one: Country, today: date) -> Shipment:
    importer, goods, suppliers = chance.choice(one.importers)
    good = chance.choice(goods)
    fitting = [supplier for supplier in suppliers if supplier.country in good.origins]
    exporter = chance.choice(fitting)
    price = chance.uniform(0.4, 0.75) if chance.random() < 0.05 else 1.0  # ends of lines
    lines = tuple(
        _line(chance, good, exporter.country, price=price)
        for _ in range(chance.choice((1, 1, 1, 2, 3)))
    )
    return _shipment(
        chance, one, today, importer=importer, exporter=exporter, lines=lines, truth=None
    )


def _cheat(chance: random.Random, one: Country, today: date) -> Shipment:
    importer, offence, exporter = chance.choice(one.cheats)
    goods = {good.hs: good for good in world.GOODS}
    if offence is Offence.UNDERVALUATION:
        good = goods[chance.choice(("620342", "950300", "420222"))]
        line = _line(chance, good, "CN", price=chance.uniform(0.25, 0.6))
        truth = Truth(offence, "Real invoices found with the packing lists")
    elif offence is Offence.MISDESCRIPTION:
        line = _line(chance, goods["852990"], "MY")
        truth = Truth(offence, "Smartphones where parts were declared")
    else:
        line = _line(chance, goods["940360"], "PL")
        line = replace(line, gross_mass=round(line.net_mass * chance.uniform(1.3, 1.5)))
        truth = Truth(offence, "Cigarettes in hollow table tops")
    return _shipment(
        chance, one, today, importer=importer, exporter=exporter, lines=(line,), truth=truth
    )


def _history(chance: random.Random, one: Country, first: date) -> Iterator[Shipment]:
    for _ in range(HISTORY):
        today = first - timedelta(days=chance.randrange(1, HISTORY_DAYS + 1))
        yield (_cheat if chance.random() < 0.06 else _honest)(chance, one, today)


def _day(chance: random.Random, one: Country, today: date) -> Iterator[Shipment]:
    weekend = today.weekday() >= 5
    for _ in range(round(A_DAY * (0.45 if weekend else 1.2) * chance.uniform(0.9, 1.1))):
        yield (_cheat if chance.random() < 0.035 else _honest)(chance, one, today)


RING_EXPORTER: Final = world.Trader("CN88120077", "Golden Tern Footwear", "CN", "Ningbo")


def _where(number: int, days: int) -> str | None:
    """Where the ring ships to on that day, if anywhere."""
    if number < moves(days):
        return "XA"
    return "XB" if number > moves(days) else None


def _ring(chance: random.Random, one: Country, number: int, today: date) -> Iterator[Shipment]:
    """The counterfeit ring: cheap and careless in Arvenia, careful in Belmora afterwards."""
    careless = one.country.code == "XA"
    good = next(good for good in world.GOODS if good.hs == "640299")
    price = chance.uniform(0.2, 0.3) if careless else chance.uniform(0.92, 1.08)
    for _ in range(chance.choice((1, 2) if careless else (2, 3))):
        importer = _trader(chance, f"Bay Street Outfitters {number}", one.country.code)
        truth = Truth(
            Offence.COUNTERFEIT,
            f"Sports shoes bearing the mark {RING_BRAND} without the holder's consent",
            (RING_BRAND,),
        )
        yield _shipment(
            chance,
            one,
            today,
            importer=importer,
            exporter=RING_EXPORTER,
            lines=(_line(chance, good, "CN", price=price),),
            truth=truth,
        )
