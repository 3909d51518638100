"""Messages that keep the page, in every form that it leaves open: all are accepted."""

from typing import Final

from tidewaiter.exchange.conformance.ground import Case, Ground, sent, told
from tidewaiter.exchange.conformance.tester import Draft

MESSAGE: Final = "protocol.md: A message"
TABLE: Final = "protocol.md: the table of standards"
ENDPOINTS: Final = "protocol.md: Endpoints"
WELL: Final = "as the page says"
ACCEPTED: Final = "accepted"


def in_order(ground: Ground) -> str:
    """Receipts stand in the order of the lines, refusals among them; empty lines are passed."""
    drafts = [ground.alert(serial=ground.first.serial + n) for n in range(1, 6)]
    drafts[3].event["purpose"] = "training"
    drafts[4].event["serial"] -= 1
    lines = [draft.line(ground.subject.enc).encode() for draft in drafts]
    lines[0] += b"\r"
    lines.insert(2, b"")
    answers = ground.subject.receipts(lines)
    ground.first.serial += sum(answer.said == ACCEPTED for answer in answers)
    ground.kit.keep()
    faults = [
        f"line {n} is answered for another message"
        for n, (draft, answer) in enumerate(zip(drafts, answers, strict=True), 1)
        if answer.event.get("inreplyto") != draft.event["id"]
    ]
    said = [answer.said for answer in answers]
    if said != [ACCEPTED] * 3 + ["not-permitted", ACCEPTED]:
        faults.append(", ".join(said))
    return told(faults, WELL)


def any_order(ground: Ground) -> str:
    """Serials come in whatever order."""
    high = ground.alert(serial=ground.first.serial + 2)
    low = ground.alert(serial=ground.first.serial + 1)
    return " then ".join([ground.said(high), ground.said(low)])


def after_a_refusal(ground: Ground) -> str:
    """A refused message has used up neither its id nor its serial."""
    wrong = ground.alert(purpose="revenue")
    right = ground.alert(id=wrong.event["id"], serial=wrong.event["serial"])
    return " then ".join([ground.said(wrong), ground.said(right)])


def deep(levels: int) -> dict[str, object]:
    """Data so deep."""
    value: dict[str, object] = {}
    for _ in range(levels):
        value = {"x": value}
    return value


def older_name(ground: Ground) -> Draft:
    """`EdDSA` of RFC 8037 is accepted when the key is Ed25519."""
    draft = ground.alert()
    draft.header = {"alg": "EdDSA"}
    return draft


CASES: Final = [
    sent("accepted.plain", MESSAGE, ACCEPTED, lambda g: g.alert()),
    sent("accepted.suite-b", TABLE, ACCEPTED, lambda g: g.alert(g.second)),
    sent("accepted.older-name-of-the-algorithm", TABLE, ACCEPTED, older_name),
    sent("accepted.unknown-members", MESSAGE, ACCEPTED, lambda g: g.alert(somethingnew={"a": [1]})),
    sent(
        "accepted.dataschema-is-not-fetched",
        MESSAGE,
        ACCEPTED,
        lambda g: g.alert(dataschema="https://nothing.invalid/schema.json"),
    ),
    sent("accepted.thirty-levels-deep", ENDPOINTS, ACCEPTED, lambda g: g.alert(something=deep(28))),
    sent(
        "accepted.nine-minutes-ahead",
        "protocol.md: A receipt",
        ACCEPTED,
        lambda g: g.alert(time=g.first.moment(minutes=9)),
    ),
    Case("accepted.batch-in-order", ENDPOINTS, WELL, in_order),
    Case("accepted.serials-in-any-order", MESSAGE, "accepted then accepted", any_order),
    Case("accepted.after-a-refusal", MESSAGE, "not-permitted then accepted", after_a_refusal),
]
