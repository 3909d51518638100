"""The refusals of the room `node`: founding, serving and upgrading."""

from tidewaiter.problem import N_, Problem


class HomeTaken(Problem):
    """`init` would overwrite something."""

    type = "home-taken"
    status = 409
    title = N_("The home is taken")
    detail = N_("{home} holds something already, and nothing is overwritten.")
    remedy = N_("Name another folder with --home, or move what is there.")


class NoHome(Problem):
    """A command wants a node's home where there is none."""

    type = "no-home"
    status = 404
    title = N_("There is no node here")
    detail = N_("{home} is not the home of a node.")
    remedy = N_("Make one with `tidewaiter init`, or name yours with --home.")


class BadFounding(Problem):
    """An argument of `init` has no meaning."""

    type = "bad-founding"
    status = 422
    title = N_("A node can't be founded so")
    detail = N_("{option} is {value}: {rule}.")
    remedy = N_("See `tidewaiter init --help`.")


class NoDatabase(Problem):
    """The database does not answer."""

    type = "no-database"
    status = 503
    title = N_("The database does not answer")
    detail = N_("{reason}")
    remedy = N_("Start it, or correct its address (--database, TIDEWAITER_DATABASE_URL).")


class DatabaseTaken(Problem):
    """The database belongs to something else."""

    type = "database-taken"
    status = 409
    title = N_("The database is taken")
    detail = N_("The database {database} holds tables already, and nothing is overwritten.")
    remedy = N_("Name an empty one with --database.")


class PortTaken(Problem):
    """Somebody else listens there."""

    type = "port-taken"
    status = 409
    title = N_("The port is taken")
    detail = N_("{host}:{port} is taken: {reason}.")
    remedy = N_("Choose another with --port, or stop what listens there.")


class PlainHttp(Problem):
    """Plain HTTP would leave this machine."""

    type = "plain-http"
    status = 422
    title = N_("Plain HTTP stays on this machine")
    detail = N_("{host} is not a loopback address, and the node itself speaks plain HTTP.")
    remedy = N_("Put a reverse proxy with TLS before it and say --behind-proxy.")


class PendingMigrations(Problem):
    """The database is older than the program."""

    type = "pending-migrations"
    status = 409
    title = N_("The database is older than the program")
    detail = N_("{count} migrations wait, {first} first.")
    remedy = N_("Make a backup, then run `tidewaiter upgrade`.")


class ServedAlready(Problem):
    """The home has its process tree."""

    type = "served-already"
    status = 409
    title = N_("This node is being served already")
    detail = N_("{home} is served by process {process}.")
    remedy = N_("Stop that one first.")


class InvalidRequest(Problem):
    """What came does not fit the API's description; `errors` names each field and its rule."""

    type = "invalid-request"
    status = 422
    title = N_("The request does not fit the description of the API")
    detail = N_("{fields}: {first}")
    remedy = N_("Compare the request with /api/v1/openapi.json.")


class BodyTooLarge(Problem):
    """A body beyond what the API reads."""

    type = "body-too-large"
    status = 413
    title = N_("This is too large")
    detail = N_("A body of more than {limit} bytes is not read.")
    remedy = N_("Send less at once; large files come in by command or by the watched folder.")


class HeadersTooLarge(Problem):
    """A request whose line and headers have no end."""

    type = "headers-too-large"
    status = 431
    title = N_("The headers are too large")
    detail = N_("A request's line and headers of {limit} bytes or more are not read.")
    remedy = N_("Send shorter headers.")


class UnreadableRequest(Problem):
    """What came is no HTTP."""

    type = "unreadable-request"
    status = 400
    title = N_("The request cannot be read")
    detail = N_("It is no HTTP/1.1: {reason}.")
    remedy = N_("See RFC 9112.")


class NotImplementedHere(Problem):
    """HTTP that this server does not speak."""

    type = "not-implemented"
    status = 501
    title = N_("This is not spoken here")
    detail = N_("{reason}")
    remedy = N_("Send the body as it is, or in chunks.")


class TooSlow(Problem):
    """A request that drips."""

    type = "too-slow"
    status = 408
    title = N_("The request came too slowly")
    detail = N_("Headers are to come within seconds, a body with {pace} bytes a second at least.")
    remedy = N_("Send less at once, or over a better line.")


class Busy(Problem):
    """More bodies wait than the node holds at a time."""

    type = "busy"
    status = 503
    title = N_("The node is busy")
    detail = N_("More comes in at this moment than the node holds at a time.")
    remedy = N_("Try again in {seconds} seconds.")


class NotFound(Problem):
    """There is nothing at the address, or nothing that the one who asks may see."""

    type = "not-found"
    status = 404
    title = N_("There is nothing here")
    detail = N_("Nothing is found at {path}.")
    remedy = N_("Look at /api/v1/openapi.json for what there is.")


class MethodNotAllowed(Problem):
    """The address is there, but not for this method."""

    type = "method-not-allowed"
    status = 405
    title = N_("This can't be done here")
    detail = N_("{path} does not take {method}.")
    remedy = N_("The Allow header names what it takes.")


class Unexpected(Problem):
    """Something went wrong on our side; the log knows what."""

    type = "unexpected"
    status = 500
    title = N_("Something went wrong on our side")
    detail = N_("The node could not answer; its log says why, under {event}.")
    remedy = N_("Try again; if it stays, tell the administrator this number.")


class Unwritable(Problem):
    """The database takes nothing, mostly since the disk is full."""

    type = "unwritable"
    status = 503
    title = N_("The node can write nothing at this moment")
    detail = N_("Its database takes nothing: the disk may be full, or the database is away.")
    remedy = N_("Look whether it was taken, and try again; tidewaiter doctor says what is full.")
