"""What the auditor's view refuses, in words."""

from tidewaiter.problem import N_, Problem


class EmptyPeriod(Problem):
    """A period that ends before it begins."""

    type = "empty-period"
    status = 422
    title = N_("The period is empty")
    detail = N_("It begins on {since} and ends on {until}, a day that no longer counts.")
    remedy = N_("Name a later day in `until`.")


class BadCursor(Problem):
    """A cursor that no page gave."""

    type = "bad-cursor"
    status = 422
    title = N_("No page goes on from there")
    detail = N_("{cursor} is no cursor that a page of this list gave.")
    remedy = N_("Begin without a cursor, and go on with the `next` of each page.")


class TooMuch(Problem):
    """More papers than one answer of the web carries."""

    type = "too-many-papers"
    status = 422
    title = N_("These are too many papers for a download")
    detail = N_("The period holds {papers} messages; a download carries {limit}.")
    remedy = N_("Choose a shorter period, or use tidewaiter exchange audit --out on the node.")


class NothingCovered(Problem):
    """No checkpoint under which papers could be proven."""

    type = "nothing-covered"
    status = 409
    title = N_("No checkpoint covers these messages yet")
    detail = N_("The log has no checkpoint under which a file could prove anything.")
    remedy = N_("Ask again in ten seconds; the node must be served to sign checkpoints.")
