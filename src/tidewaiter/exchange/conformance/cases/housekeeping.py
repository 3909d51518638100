"""Housekeeping: no clause, no agreement members, and `data` that says what the page says alone."""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.ground import Case, Ground, sent
from tidewaiter.exchange.conformance.tester import Draft

MESSAGE: Final = "protocol.md: A message"
RECEIPT: Final = "protocol.md: A receipt"
NO: Final = "bad-payload"
YES: Final = "accepted"

WRONG: Final[tuple[tuple[str, str, Any], ...]] = (
    ("resend-without-last", "resend", {"first": 1}),
    ("resend-of-a-text", "resend", {"first": "1", "last": 1}),
    ("resend-of-zero", "resend", {"first": 0, "last": 1}),
    ("resend-with-more", "resend", {"first": 1, "last": 1, "please": True}),
    ("withdrawn-without-reason", "withdrawn", {"serials": [9000]}),
    ("withdrawn-for-another-reason", "withdrawn", {"serials": [9000], "reason": "mood"}),
    ("withdrawn-of-no-list", "withdrawn", {"serials": 9000, "reason": "expired"}),
    ("withdrawn-with-more", "withdrawn", {"serials": [9000], "reason": "expired", "note": "x"}),
    ("document-missing", "node.document", {}),
    ("document-of-no-jws", "node.document", {"document": "x"}),
    ("revoked-without-since", "key.revoked", {"kid": "x", "reason": "x"}),
    ("notice-of-another-kind", "agreement.notice", {"notice": "pause", "reason": "x"}),
    ("notice-without-digest", "agreement.notice", {"notice": "suspend", "reason": "x"}),
    ("signature-without-one", "agreement.signature", {"digest": "sha256:" + "0" * 64}),
    ("proposal-empty", "agreement.proposal", {}),
    ("agreement-key-short", "agreement.key", {"agreement": "x", "key": "AA"}),
)


def said(kind: str, data: Any) -> Callable[[Ground], Draft]:
    """A housekeeping message with such data."""
    return lambda ground: ground.draft(f"org.tidewaiter.{kind}.v1", data)


def withdrawn(ground: Ground) -> str:
    """A serial that is withdrawn; what comes later with it is another matter."""
    serial = ground.first.serial + 2
    data = {"serials": [ground.first.serial + 1], "reason": "expired"}
    return ground.said(ground.draft("org.tidewaiter.withdrawn.v1", data, serial=serial))


def again(ground: Ground) -> str:
    """Housekeeping uses a serial and is a duplicate when it comes again."""
    data = {"serials": [ground.first.serial + 1], "reason": "refused"}
    draft = ground.draft("org.tidewaiter.withdrawn.v1", data, serial=ground.first.serial + 2)
    return f"{ground.said(draft)}, {ground.said(draft)}"


CASES: Final = [
    *(sent(f"housekeeping.{name}", RECEIPT, NO, said(kind, data)) for name, kind, data in WRONG),
    Case("housekeeping.withdrawn", MESSAGE, YES, withdrawn),
    Case("housekeeping.again", RECEIPT, "accepted, duplicate", again),
]
