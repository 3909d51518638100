"""What stands against passing on what a partner gave, each with the problem it becomes."""

from tidewaiter.exchange.errors import NotPermitted
from tidewaiter.problem import N_, Problem


class NotOnward(NotPermitted):
    """The clause under which it was given lets it be passed on to nobody, or not to this one."""

    status = 403
    title = N_("What a partner gave may not be passed on")
    detail = N_(
        "It rests on what {partner} gave under clause {clause}, which lets it be passed on to "
        "{parties}, not to {to}."
    )
    remedy = N_("Leave out what rests on it, or agree on another clause with {partner}.")


class ConsentRefused(NotPermitted):
    """The originator was asked, and does not want it passed on."""

    status = 403
    title = N_("Its originator does not want it passed on")
    detail = N_("{partner} was asked whether its message {message} may go to {to}, and refused.")
    remedy = N_("Leave out what rests on it, or talk to {partner}.")


class TooLate(NotPermitted):
    """The time for which it was given is over."""

    status = 403
    title = N_("The time of what a partner gave is over")
    detail = N_("It rests on message {message} of {partner}, which was to be deleted by {until}.")
    remedy = N_("Leave out what rests on it.")


class NotAsked(Problem):
    """No partner asks this, or somebody has answered."""

    type = "not-asked"
    status = 409
    title = N_("Nobody asks this any more")
    detail = N_("No partner asks whether message {id} may be passed on, or it has been answered.")
    remedy = N_("Open the message again and look at what is asked of it.")
