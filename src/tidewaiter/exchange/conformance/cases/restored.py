"""A tester that says it was restored is answered at once: what it sent and took, by its serials.

Near the end of a run, for the node sends again what it thinks we lost.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from tidewaiter.exchange.conformance.ground import Case, Ground, sent, told
from tidewaiter.exchange.conformance.mail import Letter
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Tester

RESTORE: Final = "protocol.md: After a restore"
RESTORED: Final = "org.tidewaiter.node.restored.v1"
STATE: Final = "org.tidewaiter.node.state.v1"
WELL: Final = "as the page says"
WITHIN: Final = 20.0  # seconds


def answered(ground: Ground, tester: Tester) -> str:
    """Its `data`, and that it answers our question: by its own endpoint, or for `collect`."""
    question = ground.draft(RESTORED, {"since": _moment(ground.now())}, tester)
    said = ground.said(question)
    if said != "accepted":
        return f"{said} for the question"

    def found() -> Letter | None:
        letters = ground.mail.of(tester, STATE)
        mine = [each for each in letters if each.event.get("inreplyto") == question.event["id"]]
        return mine[-1] if mine else None

    letter: Letter | None = ground.wait(found, WITHIN)
    if letter is None:
        raise NoAnswer(f"no {STATE} within {WITHIN:.0f} s")
    data, faults = letter.data, []
    if not {"sent", "received"} <= set(data) <= {"checkpoint", "sent", "received"}:
        faults.append(f"data has {', '.join(sorted(data))}")
    heard = max(each.event["serial"] for each in ground.mail.of(tester))
    if not letter.event["serial"] - 1 <= data.get("sent", -1) <= max(heard, letter.event["serial"]):
        faults.append(f"`sent` is {data.get('sent')}, its own serial {letter.event['serial']}")
    if data.get("received") != question.event["serial"]:
        faults.append(f"`received` is {data.get('received')}, not {question.event['serial']}")
    checkpoint = data.get("checkpoint", "x\n\n\u2014 ")
    if not isinstance(checkpoint, str) or "\n\n\u2014 " not in checkpoint:
        faults.append("`checkpoint` is no signed note")
    return told(faults, WELL)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _bad(name: str, kind: str, data: dict[str, Any]) -> Case:
    make: Callable[[Ground], Any] = lambda ground: ground.draft(kind, data)  # noqa: E731
    return sent(f"restored.{name}", RESTORE, "bad-payload", make)


CASES: Final = [
    _bad("without-since", RESTORED, {}),
    _bad("since-is-no-moment", RESTORED, {"since": "yesterday"}),
    _bad("says-more-than-since", RESTORED, {"since": "2026-01-01T00:00:00.000Z", "log": "x"}),
    _bad("state-without-received", STATE, {"sent": 1}),
    _bad("state-with-a-negative-serial", STATE, {"sent": -1, "received": 1}),
    Case("restored.answered", RESTORE, WELL, lambda ground: answered(ground, ground.first)),
    Case("restored.answered-by-collect", RESTORE, WELL, lambda g: answered(g, g.second)),
]
