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
