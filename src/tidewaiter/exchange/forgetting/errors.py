"""What can go wrong where messages are forgotten, each with the problem it becomes."""

from tidewaiter.problem import N_, Problem


class NothingWished(Problem):
    """No partner wishes this message to be deleted, or somebody has decided on it."""

    type = "nothing-wished"
    status = 409
    title = N_("Nobody wishes this message to be deleted")
    detail = N_("No partner asks that message {id} be deleted here, or somebody has decided on it.")
    remedy = N_("What is due by its clause is deleted by itself.")


class ToldAlready(Problem):
    """Another run tells the originator at this moment."""

    type = "deletion-told"
    status = 409
    title = N_("The originator is being told already")
    detail = N_("Another run of the retention tells the originator of this deletion.")
    remedy = N_("Nothing is to be done.")
