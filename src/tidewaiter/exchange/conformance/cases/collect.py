"""`collect` and `receipts`: for partners that cannot be reached."""

from typing import Any, Final

from tidewaiter.exchange.conformance.cases.payloads import question
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.signing import SigningKey, jws
from tidewaiter.exchange.conformance.subject import MANY, ONE, NoAnswer
from tidewaiter.exchange.conformance.tester import SPOKEN, Tester

ENDPOINTS: Final = "protocol.md: Endpoints"
WELL: Final = "as the page says"


def asked(ground: Ground, by: Tester | None = None, **members: Any) -> str:
    """The status of a `collect`."""
    return str(ground.mail.ask(by or ground.second, **members).status_code)


def media(ground: Ground) -> str:
    """How what waits is answered."""
    answer = ground.mail.ask(ground.second)
    return f"{answer.status_code} {answer.headers.get('Content-Type', '').split(';')[0]}"


def forged(ground: Ground) -> str:
    """Signed by another key under the pinned kid."""
    key = ground.second.keys
    ground.second.keys = [SigningKey.new(key[0].kid, ground.second.suite)]
    try:
        return asked(ground)
    finally:
        ground.second.keys = key


def no_jws(ground: Ground) -> str:
    """A body that is no JWS."""
    return str(ground.subject.post(b"x", ONE, path="collect").status_code)


def as_message(ground: Ground) -> str:
    """A message is no collect."""
    draft = ground.alert(ground.second)
    answer = ground.subject.post(draft.compact().encode(), ONE, path="collect")
    return str(answer.status_code)


def receipt_of(ground: Ground, tester: Tester, key: SigningKey | None = None) -> str:
    """The status of a receipt for a message that the node never sent."""
    event = {"id": tester.uuid(), "source": f"tidewaiter:{ground.node}"}
    compact = tester.receipt("x.y.z", event)
    if key is not None:
        header = {"alg": key.alg, "kid": tester.key.kid, "typ": SPOKEN}
        compact = jws(b"{}", key, header)
    return str(ground.subject.post(compact.encode(), MANY, path="receipts").status_code)


def waiting(ground: Ground, after: int = 0, limit: int = 100) -> list[int]:
    """The serials of what waits for the second tester; looked at and not receipted."""
    answer = ground.mail.ask(ground.second, after, limit)
    if answer.status_code != 200:
        raise NoAnswer(f"HTTP {answer.status_code}")
    lines = [line for line in answer.text.split("\n") if line.strip()]
    found = [ground.mail.opened(ground.second, line)[1]["serial"] for line in lines]
    return [int(serial) for serial in found]


def until_receipted(ground: Ground) -> str:
    """What waits is answered by serial, until its receipts have come."""
    for _ in range(2):
        asked_for = question(ground)
        if (said := ground.said(asked_for)) != "accepted":
            raise NotRun(f"a question is {said}: nothing can be made to wait")
    if not ground.wait(lambda: len(waiting(ground)) >= 2, 8):
        raise NotRun("no two messages wait: questions are not answered")
    found, faults = waiting(ground), []
    if found != sorted(found):
        faults.append(f"serials {found}")
    if waiting(ground, limit=1) != found[:1]:
        faults.append("limit 1 is passed over")
    if waiting(ground, after=found[0]) != found[1:]:
        faults.append("after is passed over")
    ground.mail.collect(ground.second)
    if set(found) & set(waiting(ground)):
        faults.append("what was receipted waits still")
    return told(faults, WELL)


CASES: Final = [
    Case("collect.answered", ENDPOINTS, f"200 {MANY}", media),
    Case("collect.until-receipted", ENDPOINTS, WELL, until_receipted),
    Case("collect.by-a-stranger", ENDPOINTS, "403", lambda g: asked(g, g.kit.testers["unknown"])),
    Case("collect.signature-fails", ENDPOINTS, "403", forged),
    Case("collect.no-jws", ENDPOINTS, "403 or 400", no_jws),
    Case("collect.by-a-message", ENDPOINTS, "403", as_message),
    Case(
        "collect.for-another",
        ENDPOINTS,
        "403",
        lambda g: asked(g, recipient=g.first.code),
    ),
    Case(
        "collect.expired",
        ENDPOINTS,
        "403",
        lambda g: asked(g, expires=g.second.moment(seconds=-1)),
    ),
    Case(
        "collect.expires-too-late",
        ENDPOINTS,
        "403",
        lambda g: asked(g, expires=g.second.moment(minutes=10)),
    ),
    Case(
        "collect.in-the-name-of-another",
        ENDPOINTS,
        "403",
        lambda g: asked(g, source=f"tidewaiter:{g.first.code}"),
    ),
    Case(
        "receipts.by-a-stranger",
        ENDPOINTS,
        "403",
        lambda g: receipt_of(g, g.kit.testers["unknown"]),
    ),
    Case(
        "receipts.signature-fails",
        ENDPOINTS,
        "403",
        lambda g: receipt_of(g, g.second, SigningKey.new("x", "B")),
    ),
]
