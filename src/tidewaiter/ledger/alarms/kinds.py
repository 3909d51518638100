"""What an alarm may be about, in words."""

from enum import StrEnum
from typing import Final

from tidewaiter.problem import N_


class Kind(StrEnum):
    """How a log, or a witness, was found to contradict itself."""

    FORK = "fork"
    SHRUNK = "shrunk"
    SPLIT_VIEW = "split-view"
    WITHHELD = "withheld"
    ENTRY_MISSING = "entry-missing"
    BAD_SIGNATURE = "bad-signature"


WORDS: Final[dict[str, str]] = {
    Kind.FORK: N_("The log signed two statements that contradict each other"),
    Kind.SHRUNK: N_("The log shows less than it signed before"),
    Kind.SPLIT_VIEW: N_("The log shows another list to another partner"),
    Kind.WITHHELD: N_("The log does not show what it signed or receipted"),
    Kind.ENTRY_MISSING: N_("The log holds another entry where a receipt says ours is"),
    Kind.BAD_SIGNATURE: N_("A signature that was handed to us does not hold"),
}
