"""What `identity` refuses, each under the name of its problem document."""

from tidewaiter.problem import N_, Problem


class SignInRefused(Problem):
    """Name and password do not belong together; which of them is wrong is not said."""

    type = "sign-in-refused"
    status = 403
    title = N_("You could not be signed in")
    detail = N_("Name and password do not belong together, or the account is disabled.")
    remedy = N_("Check both, or ask your node administrator.")


class TooManyAttempts(Problem):
    """Signing in failed too often for this account or from this address."""

    type = "too-many-attempts"
    status = 429
    title = N_("Too many attempts to sign in")
    detail = N_("Signing in failed too often for this name or from this address.")
    remedy = N_("Try again in {minutes} minutes.")


class Unauthenticated(Problem):
    """An endpoint of the API was asked without a token that is good."""

    type = "unauthenticated"
    status = 401
    title = N_("A bearer token is needed")
    detail = N_("The request carries no bearer token, or one that is unknown, expired or revoked.")
    remedy = N_("Make a token with `tidewaiter tokens add NAME` and send it as Authorization.")


class Forbidden(Problem):
    """The viewer's roles do not hold the permission that a door needs."""

    type = "forbidden"
    status = 403
    title = N_("You may not do this")
    detail = N_("This needs the permission {permission}, which none of your roles has.")
    remedy = N_("Ask your node administrator for the role that your work needs.")


class UnknownPerson(Problem):
    """Nobody of that name is here."""

    type = "unknown-person"
    status = 404
    title = N_("Nobody has this name")
    detail = N_("There is no person {name} at this node.")
    remedy = N_("`tidewaiter users list` shows who there is.")


class NameTaken(Problem):
    """A person of that name is here already."""

    type = "name-taken"
    status = 409
    title = N_("The name is taken")
    detail = N_("There is a person {name} already.")
    remedy = N_("Choose another name.")


class BadName(Problem):
    """A name that is empty, too long or holds what a name may not hold."""

    type = "bad-name"
    title = N_("This cannot be a name")
    detail = N_("{name} cannot be a name: letters, digits, dot, hyphen and underscore, at most 64.")
    remedy = N_("Choose another name.")


class UnknownRole(Problem):
    """A role that is not in the table."""

    type = "unknown-role"
    title = N_("There is no such role")
    detail = N_("{role} is no role.")
    remedy = N_("The roles are: {roles}.")


class WeakPassword(Problem):
    """A password that the rules refuse."""

    type = "weak-password"
    title = N_("The password is too weak")
    detail = N_("{reason}")
    remedy = N_("Choose at least 12 characters that are neither common nor like the name.")


class UnknownToken(Problem):
    """No token has that number."""

    type = "unknown-token"
    status = 404
    title = N_("There is no such token")
    detail = N_("No token has the number {id}.")
    remedy = N_("The people's page shows every token with its number.")


class UnknownPartner(Problem):
    """No node of that administration is registered."""

    type = "unknown-partner"
    status = 404
    title = N_("There is no such partner")
    detail = N_("No node of {administration} is registered here.")
    remedy = N_("`tidewaiter partners list` shows who is; `partners add` registers a node.")


class PartnerKnown(Problem):
    """A node of that administration is registered already, under another key."""

    type = "partner-known"
    status = 409
    title = N_("The partner is registered already")
    detail = N_("A node of {administration} is registered already.")
    remedy = N_("Remove it first where its node was founded anew.")


class BadRevocation(Problem):
    """A partner's word that a key is revoked, which revokes nothing."""

    type = "bad-revocation"
    title = N_("The revocation is refused")
    detail = N_("{reason}")
    remedy = N_("Ask the partner which key it means; tidewaiter partners list shows its state.")


class BadDocument(Problem):
    """A node document that does not hold what it must, or is not signed by a pinned key."""

    type = "bad-node-document"
    title = N_("The node document is refused")
    detail = N_("{reason}")
    remedy = N_("Ask the partner for the document and its thumbprint again, out of band.")


class NoSuchLog(Problem):
    """A log to be pinned that the partner's document does not name."""

    type = "no-such-log"
    status = 409
    title = N_("The partner's document names no such log")
    detail = N_("The document of {administration} names the log {offered}, not {origin}.")
    remedy = N_("Ask the partner, by another way, for the name of its log.")
