"""What an alarm means and what to do next, for people who are no cryptographers.

Codes and sentences only; `{log}` is the administration whose log it is, `{told}` who showed it.
"""

from typing import Final

from tidewaiter.ledger.alarms.kinds import Kind
from tidewaiter.ledger.screens.statement import Relation, Signed
from tidewaiter.problem import N_

MEANING: Final[dict[str, tuple[str, ...]]] = {
    Kind.FORK: (
        N_(
            "{log} keeps a log: a list to which lines are added and from which none is ever "
            "taken. Now and then it signs how the list stands. Two of these signatures do not go "
            "together: what {log} had signed for was changed or taken out afterwards."
        ),
        N_(
            "It may be a fault, or a backup that was restored without saying so; it may be that "
            "somebody changed what had been logged. {log} signed both statements and can deny "
            "neither."
        ),
    ),
    Kind.SPLIT_VIEW: (
        N_(
            "{log} shows one list to us and another to {told}. Both are signed by {log}, and no "
            "list can grow into both: somebody is shown a log that was made for them."
        ),
        N_(
            "So that a log can be trusted, all must see the same one. This is how it is found out "
            "when they do not: partners tell each other what they saw."
        ),
    ),
    Kind.SHRUNK: (
        N_(
            "The log of {log} has become shorter: it signed for more entries before than it shows "
            "now. A log never shrinks."
        ),
        N_(
            "Most often a backup was restored on its machine. A node that is restored says so to "
            "its partners; this one has not."
        ),
    ),
    Kind.WITHHELD: (
        N_(
            "{log} signed for entries that it does not show: what it acknowledged cannot be seen "
            "in its log."
        ),
        N_(
            "It may be a fault of its machine or of the network on the way. Until it is shown, a "
            "receipt of {log} proves that it took the message, but its log does not."
        ),
    ),
    Kind.ENTRY_MISSING: (
        N_(
            "{log} gave us a signed receipt that names a place in its log. In that place stands "
            "something else than our message."
        ),
        N_(
            "The receipt is signed and remains the proof that {log} took the message. That its log "
            "says otherwise means that the log was changed, or that the receipt was wrong."
        ),
    ),
    Kind.BAD_SIGNATURE: (
        N_(
            "A statement was handed to us that names a key of {log}, but the signature under it "
            "was not made by that key, or not for this statement."
        ),
        N_(
            "It may have been damaged on its way; it may be an attempt to make somebody look "
            "guilty. Nothing was believed, and nothing changed because of it."
        ),
    ),
}
RELATIONS: Final[dict[str, str]] = {
    Relation.SAME_SIZE: N_(
        "Both speak of {size} entries, but the entries cannot be the same: the two fingerprints "
        "differ."
    ),
    Relation.LARGER: N_(
        "The second speaks of {second} entries. If nothing had been changed, it would begin with "
        "the {first} entries of the first; {log} cannot show that it does."
    ),
    Relation.PROVEN: N_(
        "The list of {large} entries does not begin with the {small} entries of the other: its "
        "first {small} have another fingerprint. The proof of it goes with the two statements."
    ),
    Relation.SMALLER: N_("The first speaks of {first} entries, the second of {second} only."),
    Relation.SAME: N_("Both say the same of the list; what differs is who signed it."),
    Relation.ONE: N_("There is one statement alone: the other side of it is what was not shown."),
}
SIGNED: Final[dict[str, tuple[str, str]]] = {  # words and tone
    Signed.HOLDS: (N_("signed by its log, checked now"), "good"),
    Signed.FALSE: (N_("the signature is false"), "bad"),
    Signed.UNKNOWN: (N_("signed by no key that is known here"), "warn"),
}
TELEPHONE: Final = N_(
    "Telephone {log}, by a number that you have from elsewhere, not by a message through the node. "
    "Read out the number of entries and the first signs of both fingerprints."
)
KEEP: Final = N_(
    "Download both statements and keep them away from this machine. They are the evidence: anybody "
    "can check their signatures, years from now, without us."
)
STEPS: Final[dict[str, tuple[str, ...]]] = {
    Kind.FORK: (
        KEEP,
        TELEPHONE,
        N_(
            "If {log} says that it was restored from a backup: it must recover as its manual says, "
            "and tell us its new log and thumbprint on paper. Until then take nothing for proven "
            "by its log."
        ),
        N_("If {log} cannot explain it, tell your head of service, and suspend {log} meanwhile."),
        N_(
            "What {log} has receipted stays proven: its signed receipts are kept here, and what we "
            "took of its log before is kept too."
        ),
    ),
    Kind.SPLIT_VIEW: (
        KEEP,
        N_("Telephone {told} first: compare what each of you was shown, and when."),
        TELEPHONE,
        N_("Tell your head of service, and suspend {log} until it has explained itself to both."),
    ),
    Kind.SHRUNK: (
        TELEPHONE,
        N_(
            "If it was restored from a backup, it must recover as its manual says; its log then "
            "grows again and nothing more is to be done here."
        ),
        KEEP,
    ),
    Kind.WITHHELD: (
        N_("Look whether its node can be reached at all: its page shows when it was heard last."),
        TELEPHONE,
        N_("Where it lasts longer than a day, keep both statements and tell your head of service."),
    ),
    Kind.ENTRY_MISSING: (
        N_("Open the message and keep its proof and the signed receipt: they are the evidence."),
        TELEPHONE,
        N_("Take nothing for proven by the log of {log} until it has explained the entry."),
    ),
    Kind.BAD_SIGNATURE: (
        N_("Ask who handed it to us where it came from: {told}."),
        TELEPHONE,
        N_("If both know nothing of it, tell the administrator of your node: somebody else wrote."),
    ),
}
OWN_MEANING: Final = (
    N_(
        "This is about our own log. {told} was shown a statement under our log key that this node "
        "never signed, or that says more than our database holds."
    ),
    N_(
        "Either our database was put back to an older state by hand, or our log key is in other "
        "hands. Our partners see the same, and will telephone."
    ),
)
OWN_STEPS: Final = (
    N_(
        "Tell the administrator of this node at once. Nothing should be sent until the reason is "
        "known."
    ),
    KEEP,
    N_(
        "If a backup was put back by hand, restore it once more by tidewaiter restore, which lets "
        "the node rejoin its partners and accuses nobody."
    ),
    N_(
        "If nobody did, take it that the key is stolen: the manual of the administrator says what "
        "to do, under “A key was stolen”. Tell every partner by telephone."
    ),
)
ENDING: Final = N_(
    "When it is cleared up, or somebody has taken it in hand, say so below. The alarm then stands "
    "in the list as seen to; if the same is found again after a day, it is raised anew."
)
