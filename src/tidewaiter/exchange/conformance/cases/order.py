"""The order of the checks: a message wrong in two ways is refused for the earlier one.

All pairs of checks are tried, in one POST; and one message wrong in every way, mended step by step.
"""

from collections.abc import Callable
from itertools import combinations
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import b64, unb64
from tidewaiter.exchange.conformance.ground import Case, Ground
from tidewaiter.exchange.conformance.signing import SigningKey
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Draft

SECTION: Final = "protocol.md: A receipt"


def cut_open(draft: Draft, _: Ground) -> None:
    """It does not open: its tag is changed."""

    def spoil(parts: list[str]) -> list[str]:
        raw = bytearray(unb64(parts[4]))
        raw[0] ^= 1
        return [*parts[:4], b64(bytes(raw))]

    draft.spoil = spoil


def without_salt(draft: Draft, _: Ground) -> None:
    """A member is missing that every message needs."""
    draft.event.pop("salt", None)


def of_a_stranger(draft: Draft, ground: Ground) -> None:
    """Its source is nobody's partner."""
    draft.event["source"] = f"tidewaiter:{ground.kit.testers['unknown'].code}"


def by_another(draft: Draft, _: Ground) -> None:
    """Signed by another key under the pinned kid."""
    draft.key = SigningKey.new("another", "A")


def to_another(draft: Draft, ground: Ground) -> None:
    """For somebody else."""
    draft.event["recipient"] = ground.changing.code


def used_id(draft: Draft, ground: Ground) -> None:
    """The id of a message that was accepted."""
    draft.event["id"] = ground.taken()[0].event["id"]


def used_serial(draft: Draft, ground: Ground) -> None:
    """The serial of a message that was accepted."""
    draft.event["serial"] = ground.taken()[0].event["serial"]


def ahead(draft: Draft, _: Ground) -> None:
    """Half an hour in the future."""
    draft.event["time"] = draft.tester.moment(minutes=30)


def past(draft: Draft, _: Ground) -> None:
    """Expired a minute ago."""
    draft.event["expires"] = draft.tester.moment(minutes=-1)


def no_type(draft: Draft, _: Ground) -> None:
    """A type that nobody takes."""
    draft.event["type"] = "org.tidewaiter.nothing.such.v1"


def bad_data(draft: Draft, _: Ground) -> None:
    """A value that its schema does not have."""
    draft.event["data"]["certainty"] = "perhaps"


def no_agreement(draft: Draft, _: Ground) -> None:
    """A digest that nobody signed."""
    draft.event["agreement"] = "sha256:" + "0" * 64


def no_purpose(draft: Draft, _: Ground) -> None:
    """A purpose that the clause does not serve."""
    draft.event["purpose"] = "statistics"


def no_attachment(draft: Draft, _: Ground) -> None:
    """An attachment that is not there."""
    absent = {"name": "1.jpg", "mediatype": "image/jpeg", "size": 3}
    digests = {"sha256": "sha256:" + "1" * 64, "jwe": "sha256:" + "2" * 64}
    draft.event["data"]["attachments"] = [{**absent, **digests}]


FAULTS: Final[tuple[tuple[str, Callable[[Draft, Ground], None]], ...]] = (
    ("undecryptable", cut_open),
    ("malformed", without_salt),
    ("unknown-sender", of_a_stranger),
    ("bad-signature", by_another),
    ("wrong-recipient", to_another),
    ("replayed", used_id),
    ("bad-serial", used_serial),
    ("clock-skew", ahead),
    ("expired", past),
    ("unsupported-type", no_type),
    ("bad-payload", bad_data),
    ("unknown-agreement", no_agreement),
    ("not-permitted", no_purpose),
    ("missing-attachment", no_attachment),
)
PAIRS: Final = tuple(combinations(range(len(FAULTS)), 2))


def wrong(ground: Ground, *which: int) -> Draft:
    """A message wrong in these ways and well otherwise."""
    draft = ground.alert()
    for each in which:
        FAULTS[each][1](draft, ground)
    return draft


def answers(ground: Ground) -> dict[tuple[int, int], str]:
    """What each pair was answered; asked once a run."""
    if "order" not in ground.kept:
        drafts = [wrong(ground, *pair) for pair in PAIRS]
        said = [answer.said for answer in ground.send_all(drafts)]
        ground.kept["order"] = dict(zip(PAIRS, said, strict=True))
    found: dict[tuple[int, int], str] = ground.kept["order"]
    return found


def single(which: int) -> Callable[[Ground], str]:
    """A message wrong in one way alone."""
    return lambda ground: ground.said(wrong(ground, which))


def pair(first: int, second: int) -> Callable[[Ground], str]:
    """A message wrong in two ways."""
    return lambda ground: answers(ground)[first, second]


def step(which: int) -> Callable[[Ground], str]:
    """A message wrong in this way and in every later one."""
    return lambda ground: ground.said(wrong(ground, *range(which, len(FAULTS))))


def same_after(ground: Ground) -> str:
    """An accepted message again: `duplicate` ends the checks, even where a later one would fail."""
    draft = ground.alert(expires=ground.first.moment(seconds=1.5))
    ground.accepted(draft)
    ended = ground.wait(lambda: draft.event["expires"] < ground.first.moment(), 5)
    if not ended:
        raise NoAnswer("the clock stands")
    return ground.said(draft)


def cases() -> list[Case]:
    """A case for each check, each pair, each step of the mending."""
    names: list[str] = [name for name, _ in FAULTS]
    made: list[Case] = []

    def add(name: str, expected: str, run: Callable[[Ground], Any]) -> None:
        made.append(Case(f"order.{name}", SECTION, expected, run))

    for which, name in enumerate(names):
        add(name, name, single(which))
    for first, second in PAIRS:
        add(f"{names[first]}-before-{names[second]}", names[first], pair(first, second))
    for which, name in enumerate(names):
        add(f"all-from-{name}", name, step(which))
    add("duplicate-before-expired", "duplicate", same_after)
    return made


CASES: Final = cases()
