"""The refusals of attachments: of files to be sent, and of what a partner gives."""

from tidewaiter.exchange.errors import NotPermitted
from tidewaiter.problem import N_, Problem


class AttachmentsWithheld(NotPermitted):
    """The clause that decides lets no attachment out, or not whole."""

    type = "attachments-withheld"
    title = N_("The clause lets no attachment out")
    detail = N_("The clause that decides lets the attachments out only in part, or coarsened.")
    remedy = N_("Send it without files, or under another clause.")


class TooManyFiles(Problem):
    """More files than go with one message."""

    type = "too-many-files"
    status = 413
    title = N_("These are too many files")
    detail = N_("{count} files were given; at most {limit} go with one message.")
    remedy = N_("Send several messages.")


class FileTooLarge(Problem):
    """A file that cannot be sealed into what a partner takes."""

    type = "file-too-large"
    status = 413
    title = N_("The file is too large")
    detail = N_("{file} has {size} bytes; at most {limit} go as one attachment.")
    remedy = N_("Make it smaller, or send it in parts.")


class FileRefused(Problem):
    """A file of a kind that does not go, or that is not what it says."""

    type = "file-refused"
    status = 415
    title = N_("This kind of file does not go")
    detail = N_("{file}: {reason}")
    remedy = N_("JPEG, PNG, WebP, TIFF and PDF go, each under its own type.")


class StrayAttachments(Problem):
    """Data that names attachments by itself."""

    type = "stray-attachments"
    status = 422
    title = N_("Attachments are given as files")
    detail = N_("The data names attachments itself, and nothing would stand behind them.")
    remedy = N_("Leave `attachments` out of the data and give the files.")


class NoSealingKey(Problem):
    """A partner to whom nothing can be sealed now."""

    type = "no-sealing-key"
    status = 409
    title = N_("Nothing can be sealed to this partner")
    detail = N_("The document of {administration} lists no encryption key that is valid now.")
    remedy = N_("Ask it for its newest document.")


class NotAwaited(Problem):
    """An attachment that no message refused of late names."""

    type = "not-awaited"
    status = 403
    title = N_("This attachment is not awaited")
    detail = N_("No message that names it was refused for lack of it within 24 hours.")
    remedy = N_("Send the message first.")


class TooMuchWaits(Problem):
    """A partner that gave more than is kept for messages not accepted yet."""

    type = "too-much-waits"
    status = 429
    title = N_("Too much waits already")
    detail = N_("Over {limit} bytes wait for messages that were not accepted yet.")
    remedy = N_("Send the messages that name them, then the rest.")


class NoSuchAttachment(Problem):
    """An attachment that the message does not have, or that is not here."""

    type = "no-such-attachment"
    status = 404
    title = N_("There is no such attachment")
    detail = N_("The message {id} has no attachment {number} here.")
