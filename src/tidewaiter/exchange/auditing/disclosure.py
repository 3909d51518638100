"""What of a message may be disclosed to somebody: its document and its salt, or the entry alone.

Whoever has the salt can try what a commitment stands for, so that the two go together. What is
held back is still counted, named and proven to stand in the log: the entry says nothing of it.
"""

from collections.abc import Iterable
from typing import Final

from tidewaiter.exchange.screens import words
from tidewaiter.problem import N_

FORGOTTEN: Final = "forgotten"
UNSIGNED: Final = "unsigned"
SECRET: Final = "secret"  # noqa: S105 (a reason)
FORBIDDEN: Final = "forbidden"
ALTERED: Final = "altered"
HELD_BACK: Final = {
    FORBIDDEN: N_("Your role may not read messages: documents and salts are held back."),
    SECRET: N_("It carries a key for pseudonyms, which nobody may read off a screen or a file."),
    FORGOTTEN: N_("It was deleted when its time was over: its log entry alone is left."),
    UNSIGNED: N_("It was never signed: there is nothing of it in the log."),
    ALTERED: N_("What is kept of it here is not what was signed and logged: it proves nothing."),
}


def held_back(type_: str, *, kept: bool, logged: bool, may_read: bool) -> str:
    """Why its document and salt are not disclosed, a code of HELD_BACK; "" where they are."""
    if not logged:
        return UNSIGNED
    if not kept:
        return FORGOTTEN
    if not may_read:
        return FORBIDDEN
    return SECRET if words.short(type_) in words.SECRET else ""


def notes(reasons: Iterable[str]) -> dict[str, int]:
    """How many messages are held back for each reason, in the order of HELD_BACK."""
    found = [each for each in reasons if each]
    return {each: found.count(each) for each in HELD_BACK if each in found}
