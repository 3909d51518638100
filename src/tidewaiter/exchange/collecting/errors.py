"""The refusals of `collect` and `receipts`."""

from tidewaiter.problem import N_, Problem


class NotProven(Problem):
    """Who collects or brings receipts is no partner, or it does not verify."""

    type = "not-proven"
    status = 403
    title = N_("It is not proven that this comes from a partner")
    detail = N_("{rule}.")
    remedy = N_("Sign it by a key that is pinned here, for this node and for now.")


class UnknownAttachment(Problem):
    """An attachment that does not wait here for who asks."""

    type = "unknown-attachment"
    status = 404
    title = N_("This attachment does not wait here for you")
    detail = N_("No message to you that may still be sent names {jwe}.")
