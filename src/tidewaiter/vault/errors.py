"""The refusals of `vault`, each with the problem type that it becomes."""

from tidewaiter.problem import N_, Problem


class ContentRefused(Problem):
    """The bytes are not of the type that they were announced as, or of none that is kept."""

    type = "content-refused"
    status = 415
    title = N_("This kind of file is not kept")
    detail = N_("The file was announced as {announced} and is {found}.")
    remedy = N_("Send the file as it is, with its own type.")


class ContentTooLarge(Problem):
    """More bytes than may be kept as one object."""

    type = "content-too-large"
    status = 413
    title = N_("The file is too large")
    detail = N_("The file is larger than {limit} bytes.")
    remedy = N_("Send it in parts, or smaller.")


class OtherContent(Problem):
    """The bytes have another digest than was said."""

    type = "other-content"
    status = 400
    title = N_("These are other bytes")
    detail = N_("What came does not have the digest {sha256}.")
    remedy = N_("Send the bytes whose digest you name.")


class ContentMissing(Problem):
    """Nothing is kept under this digest: it never was, or was deleted by obligation."""

    type = "content-missing"
    status = 404
    title = N_("Nothing is kept here")
    detail = N_("No content is kept under {sha256}.")
    remedy = N_("It may have been deleted as an agreement or a law obliges.")


class ContentDamaged(Problem):
    """The bytes on disk are no longer those that were kept."""

    type = "content-damaged"
    status = 500
    title = N_("The content is damaged")
    detail = N_("What is kept under {sha256} does not have that digest any more.")
    remedy = N_("Restore it from a backup.")
