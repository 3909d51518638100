"""The payloads that every node takes: one that keeps its form, and what breaks it."""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.ground import Case, Ground, sent
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Draft

PAYLOADS: Final = "protocol.md: Payloads that every node takes"
RECEIPT: Final = "protocol.md: A receipt"
YES: Final = "accepted"
NO: Final = "bad-payload"

ALERTS: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("alert-without-name", {"alert": None}),
    ("alert-of-no-offence", {"offence": "jaywalking"}),
    ("alert-without-certainty", {"certainty": None}),
    ("alert-without-validuntil", {"validuntil": None}),
    ("alert-of-nothing", {"goods": None, "consignment": None}),
    ("alert-of-empty-goods", {"goods": [], "consignment": None}),
    ("alert-of-an-empty-consignment", {"goods": None, "consignment": {}}),
    ("alert-goods-no-list", {"goods": {"hs": "640411"}}),
    ("alert-amount-a-number", {"goods": [{"hs": "640411", "value": {"amount": 2400}}]}),
)
PAPERS: Final[dict[str, dict[str, Any]]] = {  # under clause 6, the date as month
    "seizure.report": {
        "seizure": "S-1",
        "date": "2026-11",
        "offence": "counterfeit",
        "goods": [{"hs": "640411"}],
        "right": {"kind": "trademark", "mark": "A"},
    },
    "control.result": {
        "control": "C-1",
        "date": "2026-11",
        "kind": "documents",
        "consignment": {"containers": ["MSKU1234565"]},
        "result": "conform",
    },
}
REQUIRED: Final = {
    "seizure.report": ("seizure", "date", "offence"),
    "control.result": ("control", "date", "kind", "consignment", "result"),
    "request.query": ("about", "category"),
    "request.assistance": ("request", "subject", "asked"),
}
ASKED: Final[dict[str, dict[str, Any]]] = {  # under clause 7.1
    "request.query": {"about": {"container": "MSKU1234565"}, "category": "alert"},
    "request.assistance": {
        "request": "R-1",
        "subject": "conformance run",
        "asked": ["nothing"],
        "due": "2099-01-01T00:00:00.000Z",
    },
}
CLAUSES: Final = {
    "seizure.report": ("6", "customs-enforcement"),
    "control.result": ("6", "customs-enforcement"),
    "request.query": ("7.1", "training"),
    "request.assistance": ("7.1", "training"),
}


def alert(change: dict[str, Any]) -> Callable[[Ground], Draft]:
    """An alert whose data is changed."""
    return lambda ground: ground.alert(data=change)


def paper(kind: str, without: str = "", **change: Any) -> Callable[[Ground], Draft]:
    """A payload of that type, without one member."""

    def make(ground: Ground) -> Draft:
        data = {**(PAPERS | ASKED)[kind], **change}
        data.pop(without, None)
        clause, purpose = CLAUSES[kind]
        name = f"org.tidewaiter.{kind}.v1"
        draft = ground.alert(type=name, clause=clause, purpose=purpose)
        draft.event["data"] = data
        return draft

    return make


def says_nothing(ground: Ground) -> str:
    """A refusal holds no value out of `data`."""
    secret = "word-that-is-nobodys-business"  # noqa: S105 (a marker, looked for in the answer)
    answer = ground.send(ground.alert(data={"offence": secret}))
    return "said" if secret in str(answer.event) else "not said"


def question(ground: Ground) -> Draft:
    """A question that a clause permits to answer, by the tester behind `collect`."""
    draft = ground.alert(
        ground.second,
        type="org.tidewaiter.request.query.v1",
        clause="9",
        purpose="customs-enforcement",
        mode="on-request",
    )
    draft.event["data"] = ASKED["request.query"]
    return draft


def answered(ground: Ground) -> str:
    """It is answered by machine within 5 s."""
    draft = question(ground)
    if (said := ground.said(draft)) != YES:
        return said
    kind = "org.tidewaiter.reply.query.v1"

    def found() -> Any:
        letters = ground.mail.of(ground.second, kind)
        return [each for each in letters if each.event.get("inreplyto") == draft.event["id"]]

    letters = ground.wait(found, 8)
    if not letters:
        raise NoAnswer("no reply.query.v1 within 8 s")
    data, mode = letters[0].data, letters[0].event.get("mode")
    if data.get("carries") != "alert" or not isinstance(data.get("records"), list):
        return f"a reply with {', '.join(sorted(data))}"
    return "a reply" if mode == "on-request" else f"a reply in mode {mode}"


def unasked(ground: Ground) -> Draft:
    """A reply to nothing that the node asked."""
    draft = ground.alert(
        ground.second,
        type="org.tidewaiter.reply.query.v1",
        clause="9",
        purpose="customs-enforcement",
        mode="on-request",
        inreplyto=ground.second.uuid(),
    )
    draft.event["data"] = {"carries": "alert", "records": [], "more": False}
    return draft


CASES: Final = [
    *(sent(f"payload.{name}", PAYLOADS, NO, alert(change)) for name, change in ALERTS),
    *(sent(f"payload.{kind}", PAYLOADS, YES, paper(kind)) for kind in (*PAPERS, *ASKED)),
    *(
        sent(f"payload.{kind}-without-{name}", PAYLOADS, NO, paper(kind, name))
        for kind, names in REQUIRED.items()
        for name in names
    ),
    sent(
        "payload.control.result-of-no-result",
        PAYLOADS,
        NO,
        paper("control.result", result="perhaps"),
    ),
    sent("payload.reply-to-no-question", "protocol.md: A message", "not-permitted", unasked),
    Case("payload.question-answered", PAYLOADS, "a reply", answered),
    Case("payload.problem-says-nothing-of-data", "protocol.md: errors", "not said", says_nothing),
]
