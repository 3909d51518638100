"""What the node itself sent during the run, held to the page."""

from functools import partial
from typing import Final

from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.tester import Tester

MESSAGE: Final = "protocol.md: A message"
ENDPOINTS: Final = "protocol.md: Endpoints"
RECEIPT: Final = "protocol.md: A receipt"
WELL: Final = "as the page says"


def form(ground: Ground) -> str:
    """Every message of the node opened, verified, and had its members."""
    if not ground.mail.letters:
        raise NotRun("the node sent nothing to the testers")
    return told(ground.mail.faults, WELL)


def serials(ground: Ground) -> str:
    """They count from 1 for each partner, without gaps."""
    faults = []
    for tester in (ground.first, ground.second, ground.changing):
        heard = sorted(tester.heard)
        lacking = sorted(set(range(1, max(heard, default=0) + 1)) - set(heard))
        if lacking:
            faults.append(f"to {tester.code}: {lacking[:5]} never came, {heard[-1]} did")
    return told(faults, WELL)


def again(ground: Ground) -> str:
    """A receipt that does not verify is no answer: the same bytes come again."""
    for role, ident in ground.mail.garbled.items():
        tester = ground.kit.testers[role]
        came = ground.wait(partial(_twice, ground, tester, ident), 20)
        if not came:
            return f"a message to {tester.code} came once"
        if len(set(came)) > 1:
            return "other bytes"
    if not ground.mail.garbled:
        raise NotRun("the node sent nothing to an endpoint of ours")
    return "the same bytes"


def _twice(ground: Ground, tester: Tester, ident: str) -> list[str]:
    """The bytes of a message each time that it came, once it came again."""
    letters = ground.mail.of(tester)
    came = [each.compact for each in letters if each.event["id"] == ident]
    return came if len(came) > 1 else []


def receipts(ground: Ground) -> str:
    """All receipts of the run had their form and named their message."""
    return told(ground.subject.faults, WELL)


CASES: Final = [
    Case("sending.form", MESSAGE, WELL, form),
    Case("sending.serials", MESSAGE, WELL, serials),
    Case("sending.again-until-a-receipt-verifies", MESSAGE, "the same bytes", again),
    Case("receipts.form", RECEIPT, WELL, receipts),
]
