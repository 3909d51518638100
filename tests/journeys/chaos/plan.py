"""What happens in a run, all of it from the seed: who plays which part, what befalls whom and when.

Pure: the same seed and size give the same plan, which is printed and can be played again.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

CODES: Final = ("XA", "XB", "XC", "XD", "XE")
ALLOWED: Final = 600.0  # seconds that clocks may be apart


class Act(StrEnum):
    """What befalls a node or a line."""

    KILL = "kill"
    START = "start"
    CUT = "cut"
    MEND = "mend"
    ALONE = "alone"
    TOGETHER = "together"
    FILL = "fill the disk of"
    EMPTY = "empty the disk of"
    AHEAD = "put ahead the clock of"
    RIGHT = "put right, and start again,"
    SUSPEND = "suspend the extra agreement by"
    RESUME = "resume the extra agreement by"
    CARRY = "carry bundles between"
    BACKUP = "back up"
    RESTORE = "restore from the backup"


class Kind(StrEnum):
    """What is asked to be sent."""

    PLAIN = "plain"
    PHOTO = "photo"  # with a photograph
    BRIEF = "brief"  # expires within seconds
    EXTRA = "extra"  # under the agreement that is suspended for a while
    FORBIDDEN = "forbidden"  # no clause permits it


@dataclass(frozen=True, slots=True)
class Size:
    """How much of everything."""

    length: float  # seconds of faults
    orders: int
    kills: int
    cuts: int
    fills: int
    hand: int  # rounds of the courier
    wrong: int  # messages of the stranger


SHORT: Final = Size(length=35, orders=180, kills=4, cuts=4, fills=1, hand=1, wrong=24)
BRIEF: Final = Size(length=12, orders=50, kills=0, cuts=1, fills=0, hand=0, wrong=6)
LONG: Final = Size(length=360, orders=2_400, kills=30, cuts=30, fills=5, hand=5, wrong=180)


@dataclass(frozen=True, slots=True)
class Event:
    """Something at a moment, in seconds from the start."""

    at: float
    act: Act
    who: str
    other: str = ""
    value: float = 0.0

    def __str__(self) -> str:
        more = f" and {self.other}" if self.other else ""
        return f"{self.at:7.1f} s  {self.act} {self.who}{more}" + (
            f" by {self.value:+.0f} s" if self.act is Act.AHEAD else ""
        )


@dataclass(frozen=True, slots=True)
class Order:
    """A message that one is asked to send to another."""

    at: float
    source: str
    to: str
    kind: Kind
    number: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole run."""

    seed: int
    size: Size
    suites: dict[str, str]
    clocks: dict[str, float]  # by how many seconds each is wrong
    collector: str  # has no address: it collects
    courier: str  # is cut off for a while, and reached by hand
    restored: str  # comes back from an old backup
    hasty: str  # its clock goes too far ahead for a while
    pair: tuple[str, str]  # has an extra agreement, which its first suspends for a while
    met: str  # whose partner the stranger is
    events: tuple[Event, ...]
    orders: tuple[Order, ...]

    def __str__(self) -> str:
        clocks = ", ".join(f"{code} {seconds:+.0f} s" for code, seconds in self.clocks.items())
        suites = ", ".join(f"{code} {suite}" for code, suite in self.suites.items())
        lines = [
            f"seed {self.seed}: {len(self.orders)} orders in {self.size.length:.0f} s",
            f"  suites {suites}; clocks {clocks}",
            f"  {self.collector} collects, {self.courier} is reached by hand for a while",
            f"  {self.restored} is restored, {self.hasty} is ahead for a while",
            f"  {self.pair[0]} falls out with {self.pair[1]}, a stranger writes to {self.met}",
            *(f"  {event}" for event in self.events),
        ]
        return "\n".join(lines)


@dataclass
class Diary:
    """When each node is busy with what befalls it, so that one fault does not hide another."""

    length: float
    random: random.Random
    busy: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def find(self, who: Sequence[str], takes: float, *, after: float = 1.0) -> float | None:
        """A moment from which none of these is busy for so long; it is noted."""
        for _ in range(200):
            start = self.random.uniform(after, max(after, self.length - takes))
            if all(self._free(each, start, start + takes) for each in who):
                for each in who:
                    self.busy.setdefault(each, []).append((start, start + takes))
                return start
        return None

    def _free(self, who: str, start: float, end: float) -> bool:
        return all(end + 1 < begun or ended + 1 < start for begun, ended in self.busy.get(who, []))


def plan(seed: int, size: Size) -> Plan:
    """The run of a seed."""
    chance = random.Random(seed)
    codes = list(CODES)
    chance.shuffle(codes)
    collector, courier, restored, hasty, other = codes
    clocks = {code: round(chance.uniform(-280, 280)) * 1.0 for code in CODES}
    clocks[collector] = abs(clocks[collector]) / 4
    clocks[hasty] = max(clocks.values()) + 2
    suites = {code: chance.choice("AB") for code in CODES}
    suites[codes[0]], suites[codes[4]] = "A", "B"  # both, always
    pair = (other, chance.choice([courier, hasty]))
    diary = Diary(size.length, chance)
    events = [
        *_restored(diary, restored),
        *_by_hand(diary, courier, size.hand, chance),
        *_ahead(diary, hasty, min(clocks.values()), clocks, chance),
        *_fallen_out(diary, pair, chance),
        *_filled(diary, size.fills, chance),
        *_killed(diary, size.kills, chance),
        *_cut(size, chance),
    ]
    return Plan(
        seed=seed,
        size=size,
        suites=suites,
        clocks=clocks,
        collector=collector,
        courier=courier,
        restored=restored,
        hasty=hasty,
        pair=pair,
        met=other,
        events=tuple(sorted(events, key=lambda event: event.at)),
        orders=tuple(_orders(size, pair, chance)),
    )


def _restored(diary: Diary, who: str) -> list[Event]:
    """A backup in the first third, brought back in the last."""
    back = diary.find([who], 3, after=diary.length * 0.15)
    diary.busy[who] = []
    early = diary.length * diary.random.uniform(0.12, 0.25)
    late = diary.length * diary.random.uniform(0.6, 0.75)
    assert back is not None
    diary.busy[who] = [(early, early + 2), (late, late + 10)]
    return [Event(early, Act.BACKUP, who), Event(late, Act.RESTORE, who)]


def _by_hand(diary: Diary, who: str, rounds: int, chance: random.Random) -> list[Event]:
    events = []
    takes = min(14.0, diary.length / 3)
    for _ in range(rounds):
        start = diary.find([who], takes)
        if start is None:
            continue
        others = chance.sample([code for code in CODES if code != who], 2)
        events.append(Event(start, Act.ALONE, who))
        events += [
            Event(start + takes * (0.5 + place / 5), Act.CARRY, who, other)
            for place, other in enumerate(others)
        ]
        events.append(Event(start + takes, Act.TOGETHER, who))
    return events


def _ahead(
    diary: Diary, who: str, lowest: float, clocks: dict[str, float], chance: random.Random
) -> list[Event]:
    takes = min(12.0, diary.length / 3)
    start = diary.find([who], takes + 2)
    if start is None:
        return []
    beyond = lowest + ALLOWED + chance.uniform(12, 20)
    ahead = Event(start, Act.AHEAD, who, value=beyond - clocks[who])
    return [ahead, Event(start + takes, Act.RIGHT, who)]


def _fallen_out(diary: Diary, pair: tuple[str, str], chance: random.Random) -> list[Event]:
    who, other = pair
    takes = min(12.0, diary.length / 3)
    start = chance.uniform(2, diary.length - takes)
    return [
        Event(start - 1, Act.CUT, who, other),
        Event(start, Act.SUSPEND, who, other),
        Event(start + takes * 0.4, Act.MEND, who, other),
        Event(start + takes, Act.RESUME, who, other),
    ]


def _filled(diary: Diary, times: int, chance: random.Random) -> list[Event]:
    events = []
    for _ in range(times):
        who, takes = chance.choice(CODES), chance.uniform(4, 7)
        start = diary.find([who], takes)
        if start is not None:
            events += [Event(start, Act.FILL, who), Event(start + takes, Act.EMPTY, who)]
    return events


def _killed(diary: Diary, times: int, chance: random.Random) -> list[Event]:
    events = []
    for _ in range(times):
        who, takes = chance.choice(CODES), chance.uniform(0.2, 2)
        start = diary.find([who], takes)
        if start is not None:
            events += [Event(start, Act.KILL, who), Event(start + takes, Act.START, who)]
    return events


def _cut(size: Size, chance: random.Random) -> list[Event]:
    events = []
    for _ in range(size.cuts):
        who, other = chance.sample(CODES, 2)
        takes = chance.uniform(2, 8)
        start = chance.uniform(0, size.length - takes)
        events += [
            Event(start, Act.CUT, who, other),
            Event(start + takes, Act.MEND, who, other),
        ]
    return events


def _orders(size: Size, pair: tuple[str, str], chance: random.Random) -> list[Order]:
    orders = []
    for number in range(1, size.orders + 1):
        source, to = chance.sample(CODES, 2)
        (kind,) = chance.choices(list(Kind), weights=[74, 5, 7, 8, 6])
        if kind is Kind.EXTRA:
            source, to = chance.sample(pair, 2)
        at = chance.uniform(0, size.length)
        orders.append(Order(at, source, to, kind, f"{source}-2026-{number:06d}"))
    return sorted(orders, key=lambda order: order.at)
