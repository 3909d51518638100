"""What the screens say of housekeeping, of refusals and of what happens next; worded when read.

Codes and sentences only: the members in braces are filled by the panels.
"""

from collections.abc import Mapping
from typing import Any, Final

from tidewaiter.exchange.types import PREFIX
from tidewaiter.problem import N_

TITLES: Final = {  # housekeeping, as people call it
    "resend.v1": N_("Asked for lost messages"),
    "withdrawn.v1": N_("Messages that will not come"),
    "node.document.v1": N_("New node document"),
    "node.restored.v1": N_("Restored from a backup"),
    "node.state.v1": N_("Answer to a restored node"),
    "key.revoked.v1": N_("Key revoked"),
    "agreement.proposal.v1": N_("Agreement proposed"),
    "agreement.signature.v1": N_("Agreement signed"),
    "agreement.notice.v1": N_("Notice about an agreement"),
    "agreement.key.v1": N_("Key for pseudonyms"),
}
SENTENCES: Final = {
    "resend.v1": N_("{sender} asks for serials {first} to {last}, which did not come."),
    "resend.v1 one": N_("{sender} asks for serial {first}, which did not come."),
    "withdrawn.v1 expired": N_(
        "{sender} does not send serials {serials} any more: they expired before they arrived."
    ),
    "withdrawn.v1 refused": N_(
        "{sender} does not send serials {serials} any more: they were refused or taken back."
    ),
    "node.document.v1": N_(
        "{sender} tells its new node document: the keys by which it signs, and by which others "
        "write to it."
    ),
    "node.restored.v1": N_("{sender} was restored from a backup and asks how far we were."),
    "node.state.v1": N_("{sender} tells a restored node how far the two were."),
    "key.revoked.v1": N_(
        "{sender} revokes its key {kid}: what it signed since {since} may be by somebody else. "
        "Its reason: {reason}"
    ),
    "agreement.proposal.v1": N_("{sender} proposes an agreement to {recipient}."),
    "agreement.signature.v1": N_("{sender} has signed the agreement {digest}."),
    "agreement.notice.v1 suspend": N_(
        "{sender} suspends the agreement {digest} at once. Its reason: {reason}"
    ),
    "agreement.notice.v1 resume": N_(
        "{sender} resumes the agreement {digest}. Its reason: {reason}"
    ),
    "agreement.notice.v1 terminate": N_(
        "{sender} ends the agreement {digest} for good. Its reason: {reason}"
    ),
    "agreement.key.v1": N_(
        "{sender} gives {recipient} the key by which names become pseudonyms under an agreement."
    ),
}
AGAIN: Final = {  # refusals that may pass: what happens next
    "missing-attachment": N_("The attachments are sent up now, and the message again after them."),
    "clock-skew": N_(
        "The clocks of the two nodes are more than ten minutes apart. It is tried again for 24 "
        "hours: have both set by a time server."
    ),
    "unknown-agreement": N_(
        "The partner does not hold this agreement, or does not see it in force. It is tried again "
        "for 24 hours: ask the partner to sign or register it."
    ),
}
FINAL: Final = {  # refusals that do not: what to do
    "undecryptable": N_(
        "It was sealed to a key that the partner no longer has: register its newest document, "
        "and send anew."
    ),
    "unknown-sender": N_(
        "The partner has not registered this node, or has suspended it: ask its administrator."
    ),
    "bad-signature": N_(
        "The partner pinned another key of ours, or takes ours for revoked: compare thumbprints, "
        "by telephone or on paper."
    ),
    "wrong-recipient": N_(
        "The address leads to another administration: register its document anew."
    ),
    "replayed": N_("The partner holds another message under this id. Send it anew, as a new one."),
    "bad-serial": N_(
        "The partner holds another message under this serial: one of the two was restored from a "
        "backup. Tell its administrator."
    ),
    "expired": N_("It came too late for the partner. Send it anew if it still matters."),
    "unsupported-type": N_(
        "The partner's node does not take this type. What it takes stands on the partner's page."
    ),
    "bad-payload": N_("The partner's node reads this type otherwise. Tell its administrator."),
    "malformed": N_("The partner's node could not read it at all. Tell its administrator."),
    "unknown-agreement": N_(
        "The partner did not hold the agreement in time, or it has ended. Look at the agreement, "
        "and send anew."
    ),
    "not-permitted": N_(
        "The partner's copy of the agreement does not permit it, and no other clause of ours did. "
        "Compare the digests of the agreements."
    ),
    "missing-attachment": N_("An attachment did not get through in 24 hours. Send it anew."),
    "clock-skew": N_("The clocks stayed apart for 24 hours. Set them, and send it anew."),
}
NOBODY: Final = {  # who acts without being a person, as people read it
    "command line": N_("the command line"),
    "machine": N_("the node itself"),
    "node": N_("the node itself"),
}
KEY_MISSING: Final = "key-missing"
SECRET: Final = {"agreement.key.v1": ("key",)}  # members of data that no screen shows


def short(name: str) -> str:
    """A type without what all types share."""
    return name.removeprefix(PREFIX)


def housekeeping(name: str, data: Mapping[str, Any]) -> str:
    """The code of the sentence of a housekeeping message; "" where there is none."""
    plain = short(name)
    if plain == "resend.v1" and data.get("first") == data.get("last"):
        return "resend.v1 one"
    if plain in SENTENCES:
        return plain
    kind = data.get("reason") if plain == "withdrawn.v1" else data.get("notice")
    return found if (found := f"{plain} {kind}") in SENTENCES else ""


def serials(numbers: Any) -> str:
    """Serials as people write them: 3–5, 9."""
    if not isinstance(numbers, list):
        return ""
    runs: list[list[int]] = []
    for each in sorted(n for n in numbers if isinstance(n, int)):
        if runs and each == runs[-1][1] + 1:
            runs[-1][1] = each
        else:
            runs.append([each, each])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in runs)
