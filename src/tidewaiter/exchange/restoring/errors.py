"""The refusals of `exchange recover`."""

from tidewaiter.problem import N_, Problem


class NotRestoring(Problem):
    """A decision about a restore where there was none, or it is over."""

    type = "not-restoring"
    status = 409
    title = N_("This node is not coming back from a restore")
    detail = N_("There is no fence: the node takes part.")


class NotAwaited(Problem):
    """A partner without whom nothing has to go on."""

    type = "not-awaited"
    status = 409
    title = N_("Nobody waits for this partner")
    detail = N_("{administration} is not waited for. Waited for: {waits}.")


class LogNotLost(Problem):
    """A new log where the old one can still be had."""

    type = "log-not-lost"
    status = 409
    title = N_("The log is not lost")
    detail = N_("The log can still come back: {reason}")
    remedy = N_("A new log is the last resort. Wait, or go on without a partner: --without XB.")
