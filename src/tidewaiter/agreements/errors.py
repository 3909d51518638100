"""The refusals of the room `agreements`."""

from tidewaiter.problem import N_, Problem


class NotAnAgreement(Problem):
    """A document that cannot be read as an agreement."""

    type = "not-an-agreement"
    status = 422
    title = N_("This is no agreement")
    detail = N_("Line {line}: {message}")
    remedy = N_("tidewaiter agreements check names everything that is wrong.")


class BadSignedAgreement(Problem):
    """A signed document whose form or signatures do not hold."""

    type = "bad-signed-agreement"
    status = 422
    title = N_("The signed agreement does not hold")
    detail = N_("The signed document is refused: {reason}.")
    remedy = N_("Ask for it again, and check that the partner's keys are pinned here.")


class UnknownAgreement(Problem):
    """No agreement of that digest is registered here."""

    type = "agreement-not-here"
    status = 404
    title = N_("There is no such agreement here")
    detail = N_("No agreement is registered here under {digest}.")
    remedy = N_("tidewaiter agreements list shows them all.")


class NoParty(Problem):
    """An agreement to which this node's administration is no party."""

    type = "no-party"
    status = 422
    title = N_("This node is no party to the agreement")
    detail = N_("{administration} is not among its parties: {parties}.")
    remedy = N_("Only agreements of one's own are signed and registered.")


class AnotherText(Problem):
    """Another text of the same version of the same agreement was signed here."""

    type = "another-text"
    status = 409
    title = N_("Another text of this version is registered")
    detail = N_("Version {version} of {id} is registered here as {digest}.")
    remedy = N_("Give a changed text a higher version.")


class NotItsNotice(Problem):
    """A notice that is not that party's to give, or comes too late."""

    type = "not-its-notice"
    status = 409
    title = N_("This notice cannot be given")
    detail = N_("As the agreement stands ({state}), {party} cannot {notice} it.")
    remedy = N_(
        "Only who has signed gives notice, only who suspended resumes, and the end is final."
    )


class NotSigned(Problem):
    """Something that only who has signed may do."""

    type = "agreement-not-signed"
    status = 409
    title = N_("This administration has not signed the agreement")
    detail = N_("There is no signature of ours under {digest}.")
    remedy = N_("Sign it first: tidewaiter agreements accept signs it and tells the others.")


class BadKey(Problem):
    """An agreement's key of the wrong length, or another than the one that is here."""

    type = "bad-agreement-key"
    status = 422
    title = N_("This is not the agreement's key")
    detail = N_("{reason}")


class UnreadableFile(Problem):
    """A file that cannot be read, or is none."""

    type = "unreadable-file"
    status = 422
    title = N_("The file cannot be read")
    detail = N_("{file}: {reason}.")


class BadRequest(Problem):
    """A request for a decision that is not one."""

    type = "bad-request"
    status = 422
    title = N_("This is no request")
    detail = N_("{reason}.")
    remedy = N_("It has from, to, type, purpose, mode, handling, needs and data.")
