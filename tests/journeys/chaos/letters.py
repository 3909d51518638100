"""A stranger's node that is partner of one of the five: what it sends wrongly must be refused.

Each of its messages goes over the bad line until a receipt comes back; the receipt is compared with
the refusal that the page names.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tests.journeys import stranger
from tests.journeys.chaos import nodes
from tests.journeys.chaos.nodes import Node
from tests.journeys.stranger import Stranger, moment, said

CODE: Final = "XS"
DATA: Final = {
    "offence": "counterfeit",
    "certainty": "suspected",
    "validuntil": "2027-03-01T00:00:00.000Z",
    "goods": [{"hs": "640411", "description": "Shoes", "origin": "CN"}],
}
TRIES: Final = 200


@dataclass
class Letters:
    """The stranger, whom it writes to, and what came of it."""

    to: Node
    seed: int
    suite: str
    accepted: list[str] = field(default_factory=list)  # ids
    refusals: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed} letters")
        self.endpoint = stranger.Served()
        self.partner = Stranger(self.endpoint.url, CODE, self.suite)
        self.endpoint.partner = self.partner
        self.document = self.partner.document()

    @property
    def port(self) -> int:
        """Where its endpoint listens."""
        return int(self.endpoint.url.rpartition(":")[2])

    def meet(self, digest: str, base: str) -> None:
        """It knows its partner, and sends by the line at `base` from now on."""
        self.agreement = digest
        self.partner.meet(self.to.url, administration=self.to.code)
        self.partner.base = base

    def write(self, number: int) -> None:
        """One letter: a right one, or a wrong one of a kind by the seed."""
        kind = "accepted" if number % 3 == 1 else self.random.choice(list(WRONG))
        compact, expected = self._letter(kind, number)
        self._post(kind, compact, expected)

    def close(self) -> None:
        """It is gone."""
        self.endpoint.close()

    def _letter(self, kind: str, number: int) -> tuple[str, str]:
        """What is sent, and the word of the receipt that must come."""
        partner = self.partner
        data = {**DATA, "alert": f"{CODE}-2026-{number:06d}"}
        if kind == "accepted":
            event = self._event(data)
            self.accepted.append(event["id"])
            return partner.sign(event), "accepted"
        event = self._event(data)
        partner.serial -= 1  # a refused message has not used it up
        header = WRONG[kind][1](event)
        compact = partner.sign(event, **header)
        if kind == "bad-signature":
            head, payload, signature = compact.split(".")
            compact = ".".join([head, payload, signature[:-8] + "AAAAAAAA"])
        return compact, WRONG[kind][0]

    def _event(self, data: dict[str, Any]) -> dict[str, Any]:
        members = {"clause": "1", "purpose": nodes.WARNINGS, "handling": nodes.MARK}
        return self.partner.event(self.agreement, data, **members)

    def _post(self, kind: str, compact: str, expected: str) -> None:
        """Again and again until a receipt comes; the first one counts."""
        tried = 0
        while True:
            tried += 1
            try:
                (receipt,) = self.partner.receipts(self.partner.seal(compact))
            except (httpx.HTTPError, AssertionError, ValueError):
                if tried == TRIES:
                    self.faults.append(f"{kind}: no receipt in {tried} tries")
                    return
                time.sleep(0.3)
                continue
            break
        word = said(receipt)
        if word == "duplicate" and expected == "accepted":
            word = "accepted"  # the first answer was lost on the way
        if word != expected:
            self.faults.append(f"{kind}: the receipt says {word}, not {expected}")
        if word not in {"accepted", "duplicate"}:
            self.refusals += 1


def _changes(**members: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(event: dict[str, Any]) -> dict[str, Any]:
        event.update({name: made() if callable(made) else made for name, made in members.items()})
        return {}

    return change


def _with_data(**members: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(event: dict[str, Any]) -> dict[str, Any]:
        event["data"].update(members)
        return {}

    return change


WRONG: Final[dict[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]]] = {
    "bad-signature": ("bad-signature", _changes()),
    "wrong-recipient": ("wrong-recipient", _changes(recipient="XZ")),
    "expired": (
        "expired",
        _changes(time=lambda: moment(hours=-3), expires=lambda: moment(hours=-2)),
    ),
    "clock-skew": ("clock-skew", _changes(time=lambda: moment(minutes=30))),
    "far-serial": ("bad-serial", _changes(serial=2_000_000)),
    "used-serial": ("bad-serial", _changes(serial=1)),
    "unsupported-type": (
        "unsupported-type",
        _changes(type="org.tidewaiter.alert.weather.v1"),
    ),
    "bad-payload": ("bad-payload", _with_data(certainty="perhaps")),
    "unknown-agreement": ("unknown-agreement", _changes(agreement="sha256:" + 64 * "0")),
    "another-purpose": ("not-permitted", _changes(purpose="revenue")),
    "a-looser-mark": ("not-permitted", _changes(handling="TLP:CLEAR")),
    "a-field-outside": ("not-permitted", _with_data(summary="what is not to be told")),
    "kept-too-long": ("not-permitted", _changes(retainuntil=lambda: moment(days=900))),
}
