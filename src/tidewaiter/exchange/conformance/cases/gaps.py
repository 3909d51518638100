"""A gap in our serials is asked for after 30 s and heals; what we ask for comes again.

The gaps are opened when the run begins; the cases at the end of the run look what came.
"""

import time
from datetime import datetime
from typing import Any, Final

from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.mail import Letter
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Tester

MESSAGE: Final = "protocol.md: A message"
ENDPOINTS: Final = "protocol.md: Endpoints"
RESEND: Final = "org.tidewaiter.resend.v1"
AFTER: Final = 30.0
LATEST: Final = 60.0  # after the gap was opened
WELL: Final = "as the page says"


def begin(ground: Ground) -> None:
    """Leave two serials out on each side, after healing what an earlier run left."""
    for tester in (ground.first, ground.second):
        if tester.lost:
            data = {"serials": tester.lost, "reason": "expired"}
            ground.said(ground.draft("org.tidewaiter.withdrawn.v1", data, tester))
            tester.lost = []
        left = [ground.alert(tester, serial=tester.serial + n) for n in (1, 2)]
        answer = ground.send(ground.alert(tester, serial=tester.serial + 3))
        if answer.said == "accepted":
            ground.kept[f"left {tester.role}"] = left
            tester.lost = [each.event["serial"] for each in left]
    ground.kept["gap"] = ground.now().timestamp()
    ground.kit.keep()


def asked(ground: Ground, tester: Tester) -> Letter:
    """The `resend` that covers what we left out. Raises NoAnswer, NotRun."""
    if f"left {tester.role}" not in ground.kept:
        raise NotRun("the message behind the gap was not accepted")
    lost = [each.event["serial"] for each in ground.kept[f"left {tester.role}"]]

    def found() -> Letter | None:
        for letter in ground.mail.of(tester, RESEND):
            data = letter.data
            if set(data) == {"first", "last"} and data["first"] <= lost[0] <= data["last"]:
                return letter
        return None

    spent = ground.now().timestamp() - ground.kept["gap"]
    letter: Letter | None = ground.wait(found, max(LATEST - spent, 1))
    if letter is None:
        raise NoAnswer(f"no {RESEND} for {lost[0]} to {lost[-1]} within {LATEST:.0f} s")
    return letter


def asked_in_time(ground: Ground, tester: Tester) -> str:
    """For the serials that we left out, and not before 30 s."""
    letter = asked(ground, tester)
    lost = [each.event["serial"] for each in ground.kept[f"left {tester.role}"]]
    faults = []
    if (letter.data["first"], letter.data["last"]) != (lost[0], lost[-1]):
        faults.append(f"asks for {letter.data}, missing are {lost[0]} to {lost[-1]}")
    made = datetime.fromisoformat(letter.event["time"]).timestamp()
    if made - ground.kept["gap"] < AFTER - 2:
        faults.append(f"asked after {made - ground.kept['gap']:.1f} s")
    return told(faults, WELL)


def healed(ground: Ground) -> str:
    """One sent again and one withdrawn: both are accepted."""
    asked(ground, ground.first)
    late, gone = ground.kept["left first"]
    first = ground.said(late)
    data = {"serials": [gone.event["serial"]], "reason": "expired"}
    second = ground.said(ground.draft("org.tidewaiter.withdrawn.v1", data))
    ground.first.lost = []
    data = {"serials": ground.second.lost, "reason": "refused"}
    if ground.second.lost:
        ground.said(ground.draft("org.tidewaiter.withdrawn.v1", data, ground.second))
        ground.second.lost = []
    ground.kit.keep()
    return f"{first}, {second}"


def not_asked_twice(ground: Ground) -> str:
    """The same gap is asked for at most every 10 minutes."""
    asked(ground, ground.first)
    lost = ground.kept["left first"][0].event["serial"]
    letters = ground.mail.of(ground.first, RESEND)
    ids = {each.event["id"] for each in letters if each.data["first"] <= lost <= each.data["last"]}
    return "once" if len(ids) == 1 else f"{len(ids)} times"


def sent_again(ground: Ground, tester: Tester) -> str:
    """What we ask for comes again as the same bytes, or is withdrawn.

    Asked for is what came long ago: the node may think that a question for what it sent just now
    has crossed it on the way.
    """
    asked(ground, tester)
    letter = min(ground.mail.of(tester), key=lambda each: each.at)
    ground.wait(lambda: time.monotonic() > letter.at + AFTER + 2, AFTER + 3)
    serial, before = letter.event["serial"], len(ground.mail.of(tester))
    data = {"first": serial, "last": serial}
    said = ground.said(ground.draft(RESEND, data, tester))
    if said != "accepted":
        return f"{said} for the resend"

    def found() -> Any:
        return [each for each in ground.mail.of(tester)[before:] if _answers(each, serial)]

    letters = ground.wait(found, 20)
    if not letters:
        raise NoAnswer("neither sent again nor withdrawn within 20 s")
    again = [each for each in letters if each.event["serial"] == serial]
    if again and again[0].compact != letter.compact:
        return "sent again as other bytes"
    return WELL


def _answers(letter: Letter, serial: int) -> bool:
    if letter.event["serial"] == serial:
        return True
    named = letter.data.get("serials", [])
    return letter.event["type"] == "org.tidewaiter.withdrawn.v1" and serial in named


CASES: Final = [
    Case("gap.asked-after-30-s", MESSAGE, WELL, lambda g: asked_in_time(g, g.first)),
    Case("gap.asked-by-collect", ENDPOINTS, WELL, lambda g: asked_in_time(g, g.second)),
    Case("gap.asked-once", MESSAGE, "once", not_asked_twice),
    Case("gap.healed", MESSAGE, "accepted, accepted", healed),
    Case("resend.answered", MESSAGE, WELL, lambda g: sent_again(g, g.first)),
    Case("resend.answered-by-collect", MESSAGE, WELL, lambda g: sent_again(g, g.second)),
]
