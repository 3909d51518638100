"""Where a case stands: the node that is tried, the testers, their mail, and how they send."""

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import httpx

from tidewaiter.exchange.conformance.kit import Agreement, Kit
from tidewaiter.exchange.conformance.mail import Mail
from tidewaiter.exchange.conformance.subject import ANSWER, Answer, NoAnswer, Subject
from tidewaiter.exchange.conformance.tester import ALERT_TYPE, Draft, Tester

ALERT: Final[dict[str, Any]] = {
    "alert": "conformance-1",
    "offence": "counterfeit",
    "certainty": "suspected",
    "validuntil": "2099-03-01T00:00:00.000Z",
    "consignment": {"containers": ["MSKU1234565"]},
    "goods": [{"hs": "640411", "description": "Shoes", "origin": "CN"}],
}


class NotRun(Exception):
    """A case cannot be tried here; says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that the page says. `expected` may name several answers, with `or` between."""

    name: str
    section: str
    expected: str
    run: Callable[["Ground"], str]  # what was found

    def agrees(self, found: str) -> bool:
        """Whether that is what the page says."""
        return found in self.expected.split(" or ")


@dataclass(slots=True)
class Ground:
    """What the cases of one run share."""

    subject: Subject
    kit: Kit
    mail: Mail
    now: Callable[[], datetime]
    restart: Callable[[], None] | None = None
    flood: bool = False
    kept: dict[str, Any] = field(default_factory=dict)  # what one case leaves for another
    begun: float = field(default_factory=time.monotonic)

    @property
    def first(self) -> Tester:
        """The tester that most cases are sent by: suite A."""
        return self.kit.testers["first"]

    @property
    def second(self) -> Tester:
        """The tester of suite B, which is behind `collect`."""
        return self.kit.testers["second"]

    @property
    def changing(self) -> Tester:
        """The tester whose keys change."""
        return self.kit.testers["changing"]

    @property
    def node(self) -> str:
        """The administration of the node that is tried."""
        return self.subject.administration

    def agreement(self, name: str) -> Agreement:
        """An agreement of the kit, without the number before its name."""
        return next(a for key, a in self.kit.agreements.items() if key.partition("-")[2] == name)

    def draft(self, kind: str, data: Any, by: Tester | None = None, **members: Any) -> Draft:
        """A message without an agreement: housekeeping."""
        sender = by or self.first
        return Draft(sender, sender.event(self.node, kind, data, **members))

    def alert(
        self,
        by: Tester | None = None,
        *,
        under: str = "",
        data: dict[str, Any] | None = None,
        **members: Any,
    ) -> Draft:
        """An alert that the first clause of the tester's agreement permits; None leaves out."""
        sender = by or self.first
        usual = {"first": "main", "second": "secured", "changing": "changing", "unknown": "main"}
        permit = {
            "agreement": self.agreement(under or usual[sender.role]).digest,
            "clause": "7.10",
            "purpose": "ipr-enforcement",
            "mode": "spontaneous",
            "handling": "TLP:AMBER",
            "retainuntil": sender.moment(days=20),
            "conversation": sender.uuid(),
        }
        changed = copy.deepcopy(ALERT) | {"alert": f"conformance-{sender.uuid()}"} | (data or {})
        told = {k: v for k, v in changed.items() if v is not None}
        kind = members.pop("type", ALERT_TYPE)
        return Draft(sender, sender.event(self.node, kind, told, **{**permit, **members}))

    def send(self, draft: Draft, client: httpx.Client | None = None) -> Answer:
        """Send one message; its receipt, held to the page."""
        (answer,) = self.send_all([draft], client)
        return answer

    def send_all(self, drafts: list[Draft], client: httpx.Client | None = None) -> list[Answer]:
        """Send messages in one POST; what was accepted has used its serial."""
        lines = [draft.line(self.subject.enc).encode() for draft in drafts]
        answers = self.subject.receipts(lines, client)
        for draft, answer in zip(drafts, answers, strict=True):
            if answer.said == "accepted":
                serial = draft.event.get("serial")
                if isinstance(serial, int):
                    draft.tester.serial = max(draft.tester.serial, serial)
            if answer.said not in {"undecryptable", "malformed"}:
                self.subject.held_to(draft, answer)
        self.kit.keep()
        return answers

    def said(self, draft: Draft) -> str:
        """The outcome of one message, or the name of its refusal."""
        return self.send(draft).said

    def accepted(self, draft: Draft) -> Answer:
        """Send what the case builds on. Raises NoAnswer where it is not accepted."""
        answer = self.send(draft)
        if answer.said != "accepted":
            raise NoAnswer(f"{answer.said} for what the case builds on")
        return answer

    def taken(self) -> tuple[Draft, Answer]:
        """One message that the node accepted, the same for all cases that need one."""
        if "taken" not in self.kept:
            draft = self.alert()
            self.kept["taken"] = draft, self.accepted(draft)
        found: tuple[Draft, Answer] = self.kept["taken"]
        return found

    def wait(self, found: Callable[[], Any], seconds: float) -> Any:
        """What `found` gives once it gives something, None when the time is over."""
        until = time.monotonic() + seconds
        while True:
            if result := found():
                return result
            if time.monotonic() > until:
                return None
            time.sleep(0.25)

    def fresh(self) -> httpx.Client:
        """Another connection to the node."""
        return httpx.Client(timeout=ANSWER)


def told(faults: list[str], well: str) -> str:
    """The faults as one text, or what was expected where there is none."""
    return "; ".join(dict.fromkeys(faults)) or well


def sent(name: str, section: str, expected: str, make: Callable[[Ground], Draft]) -> Case:
    """The case of one message: made, sent, and its outcome compared."""
    return Case(name, section, expected, lambda ground: ground.said(make(ground)))
