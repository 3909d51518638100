"""What the log refuses, in words."""

from tidewaiter.problem import N_, Problem
from tidewaiter.work import errors as work


class NoSuchTile(Problem):
    """An address under `/tlog/tile/` that no checkpoint covers, or that is none."""

    type = "no-such-tile"
    status = 404
    title = N_("The log has no such tile")
    detail = N_("{address} is no tile of the newest checkpoint.")
    remedy = N_("Fetch the checkpoint, and only the tiles that its size has.")


class NoCheckpoint(Problem):
    """Nothing was signed yet."""

    type = "no-checkpoint"
    status = 404
    title = N_("The log has no checkpoint yet")
    detail = N_("This node has not signed the head of its log yet.")
    remedy = N_("Start the node with tidewaiter serve: it signs within ten seconds.")


class NoSuchEntry(Problem):
    """An index that the log does not have."""

    type = "no-such-entry"
    status = 404
    title = N_("The log has no such entry")
    detail = N_("The log has {size} entries, counted from 0; {index} is none of them.")
    remedy = N_("Look the index up in the receipt of the message.")


class NotCovered(Problem):
    """An entry that no checkpoint covers yet, so that nothing proves it."""

    type = "not-covered"
    status = 409
    title = N_("No checkpoint covers the entry yet")
    detail = N_("Entry {index} is in the log, but the newest checkpoint ends at {size}.")
    remedy = N_("Ask again in ten seconds; the node must be served to sign checkpoints.")


class LogForked(Problem):
    """What is stored no longer gives a root that was signed: nothing more may be signed."""

    type = "log-forked"
    status = 500
    title = N_("The log does not continue its own checkpoint")
    detail = N_(
        "The checkpoint of {size} entries was signed with another root than the entries give."
    )
    remedy = N_("Stop the node, run tidewaiter ledger verify, and restore the database.")


class Restoring(work.NotNow):
    """The node was restored from a backup and has not rejoined its partners yet."""

    type = "restoring"
    title = N_("This node was restored and is not back yet")
    detail = N_(
        "Until it has its log back and knows what was sent since the backup, it sends, accepts and"
        " signs nothing."
    )
    remedy = N_("Wait; tidewaiter doctor says how far it has come.")


class BadCheckpoint(Problem):
    """What should be a checkpoint, or a request to cosign one, is none."""

    type = "bad-checkpoint"
    status = 400
    title = N_("This is no checkpoint")
    detail = N_("The checkpoint cannot be taken: {reason}.")
    remedy = N_("Send a signed note as C2SP tlog-checkpoint and tlog-witness write it.")


class NotOfTheLog(Problem):
    """A checkpoint that no key of its log signed."""

    type = "not-of-the-log"
    status = 403
    title = N_("No key of the log signed the checkpoint")
    detail = N_("The checkpoint of {origin} is not signed by a key that we know of it: {reason}.")
    remedy = N_("Send your node document first, if the log has a new key.")


class UnknownLog(Problem):
    """A log that we do not witness."""

    type = "unknown-log"
    status = 404
    title = N_("We do not witness this log")
    detail = N_("{origin} is the log of no active partner.")
    remedy = N_("Only logs of registered partners are witnessed.")


class OtherTree(Problem):
    """A request that goes on from another tree than the one that we cosigned last."""

    type = "other-tree"
    status = 409
    title = N_("We cosigned another tree last")
    detail = N_(
        "The newest tree of {origin} that we cosigned has {size} entries, and its own root."
    )
    remedy = N_("Send the proof from that size.")


class NotConsistent(Problem):
    """A proof that does not show that the tree only grew."""

    type = "not-consistent"
    status = 422
    title = N_("The proof does not show that the log only grew")
    detail = N_("From {old} to {size} entries of {origin}: {reason}.")
    remedy = N_("Build the proof from the tiles of both sizes.")


class OtherEntries(Problem):
    """Entries brought that do not follow on those that we keep, or of another tree."""

    type = "other-entries"
    status = 409
    title = N_("These are not the entries that are missing here")
    detail = N_("Of {origin} we cosigned {size} entries and keep those before {next}.")
    remedy = N_("Bring the entries from there on, proven against that size.")


class BadEntries(Problem):
    """A request to keep entries that is none."""

    type = "bad-entries"
    status = 400
    title = N_("These are no entries of a log")
    detail = N_("The entries cannot be taken: {reason}.")
    remedy = N_("Send them as C2SP tlog-mirror writes add-entries.")


class NoSuchAlarm(Problem):
    """A number that no alarm has."""

    type = "no-such-alarm"
    status = 404
    title = N_("There is no such alarm")
    detail = N_("There is no alarm {number}.")
    remedy = N_("Look at the list of alarms.")


class AcknowledgedAlready(Problem):
    """An alarm that somebody saw to already."""

    type = "acknowledged-already"
    status = 409
    title = N_("The alarm was acknowledged already")
    detail = N_("Somebody acknowledged alarm {number} before you.")
    remedy = N_("Read what was noted there.")


class NoSuchPaper(Problem):
    """A reference that no room knows."""

    type = "no-such-paper"
    status = 404
    title = N_("There is no such paper")
    detail = N_("{reference} names no message, agreement, document or entry that was logged here.")
    remedy = N_("Give the id of a message, the digest of an agreement, or the index of an entry.")


class NotLogged(Problem):
    """A paper that has no entry in the log yet."""

    type = "not-logged"
    status = 409
    title = N_("It is not in the log yet")
    detail = N_("{reference} was not signed and logged yet.")
    remedy = N_("Ask again when it was released and signed.")


class NotProvable(Problem):
    """What is kept here does not prove the paper: something was changed or lost."""

    type = "not-provable"
    status = 500
    title = N_("What is kept here does not prove it")
    detail = N_("The proof was made, but it does not hold: {reason}.")
    remedy = N_("Run tidewaiter ledger verify: something that is kept was changed or lost.")


class ProofUnreadable(Problem):
    """A file that could not be opened, or is too large to be a proof."""

    type = "proof-unreadable"
    status = 422
    title = N_("The file could not be read")
    detail = N_("{file}: {reason}.")
    remedy = N_("Give the path of a proof that tidewaiter ledger prove has written.")
