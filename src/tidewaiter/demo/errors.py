"""What can go wrong with the demo, in words."""

from tidewaiter.problem import N_, Problem


class NotOurs(Problem):
    """The folder holds something that no demo made."""

    type = "demo-home-not-ours"
    status = 409
    title = N_("This folder is not the demo's")
    detail = N_("{home} is not empty and no demo made it.")
    remedy = N_("Name an empty folder with --home.")


class PortTaken(Problem):
    """Another program listens on a port that the demo wants."""

    type = "port-taken"
    status = 409
    title = N_("A port is taken")
    detail = N_("Port {port} on 127.0.0.1 is taken by another program.")
    remedy = N_("Choose another first port with --port.")


class NodeFailed(Problem):
    """A command or request of the play was refused where it should not have been."""

    type = "demo-failed"
    status = 500
    title = N_("The demo has stopped")
    detail = N_("{administration}: {what} failed: {reason}")
    remedy = N_("The log is {log}.")
