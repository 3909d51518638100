"""The refusals of `documents`, each with the problem type that it becomes."""

from tidewaiter.problem import N_, Problem


class DeclarationUnknown(Problem):
    """There is no such declaration, or the viewer may not see it."""

    type = "declaration-unknown"
    status = 404
    title = N_("There is no such declaration")
    detail = N_("No declaration {reference} is held here that you may see.")
    remedy = N_("Look the reference up in the list of declarations.")


class MoveRefused(Problem):
    """The event is not legal where the declaration stands."""

    type = "move-refused"
    status = 409
    title = N_("This is not possible now")
    detail = N_("{reference} is {state}: {event} is not possible.")
    remedy = N_("Possible now: {possible}.")


class Overtaken(Problem):
    """Somebody else moved the declaration first."""

    type = "overtaken"
    status = 409
    title = N_("Somebody was faster")
    detail = N_("{reference} was changed by somebody else in this moment.")
    remedy = N_("Look at it again, then decide.")


class CorrectionRefused(Problem):
    """A correction cannot be applied; `rule` names why."""

    type = "correction-refused"
    status = 409
    title = N_("The correction is refused")
    detail = N_("{reason}")
    remedy = ""
