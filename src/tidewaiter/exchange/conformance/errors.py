"""The refusal of a conformance run that cannot be made."""

from tidewaiter.problem import N_, Problem


class CannotTry(Problem):
    """A kit that is none, a node that does not answer, an address that is taken."""

    type = "cannot-try"
    status = 409
    title = N_("The node cannot be tried")
    detail = N_("{reason}")
    remedy = N_("docs/conformance.md says how a kit is made and what the node must know.")
