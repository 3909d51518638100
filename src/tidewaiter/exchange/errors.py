"""The refusals of the room `exchange`: of a POST, of a message that came, of one to be sent."""

from typing import Final

from tidewaiter.agreements import reason
from tidewaiter.problem import N_, Problem, Word


class UnreadableBody(Problem):
    """A POST with nothing in it, or not what its media type says."""

    type = "unreadable-body"
    status = 400
    title = N_("The body cannot be read")
    detail = N_("{reason}.")
    remedy = N_("Send one sealed message, or one a line.")


class WrongMediaType(Problem):
    """A POST of another media type, or compressed."""

    type = "wrong-media-type"
    status = 415
    title = N_("This media type is not taken")
    detail = N_("Messages come as application/jose or application/x-ndjson, without compression.")


class TooLarge(Problem):
    """A POST beyond a limit; nothing of it was taken."""

    type = "too-large"
    status = 413
    title = N_("This is too large")
    detail = N_("{what} is over the limit of {limit}; nothing was taken.")
    remedy = N_("Send less at once.")


class TooFast(Problem):
    """A partner above its rate, or an address whose lines fail."""

    type = "too-fast"
    status = 429
    title = N_("Too much in too short a time")
    detail = N_("The rate of {limit} lines a minute is passed.")
    remedy = N_("Wait {seconds} seconds.")


class Undecryptable(Problem):
    """The line is no JWE of our algorithms to a key of ours."""

    type = "undecryptable"
    status = 422
    title = N_("The message cannot be opened")
    detail = N_("{rule}")


class Malformed(Problem):
    """Inside is no message."""

    type = "malformed"
    status = 422
    title = N_("This is no message")
    detail = N_("{rule}")


class UnknownSender(Problem):
    """The source is no partner in good standing."""

    type = "unknown-sender"
    status = 403
    title = N_("The sender is not known here")
    detail = N_("{rule}")


class BadSignature(Problem):
    """The signature does not hold."""

    type = "bad-signature"
    status = 403
    title = N_("The signature does not hold")
    detail = N_("{rule}")


class WrongRecipient(Problem):
    """The message is for somebody else."""

    type = "wrong-recipient"
    status = 422
    title = N_("The message is for somebody else")
    detail = N_("{rule}")


class Replayed(Problem):
    """Another message has this id."""

    type = "replayed"
    status = 409
    title = N_("Another message has this id")
    detail = N_("{rule}")


class BadSerial(Problem):
    """The serial is taken, or far ahead."""

    type = "bad-serial"
    status = 409
    title = N_("The serial cannot be taken")
    detail = N_("{rule}")


class ClockSkew(Problem):
    """The message comes from the future."""

    type = "clock-skew"
    status = 422
    title = N_("The clocks differ too much")
    detail = N_("{rule}")


class Expired(Problem):
    """The message is too old."""

    type = "expired"
    status = 410
    title = N_("The message has expired")
    detail = N_("{rule}")


class UnsupportedType(Problem):
    """A type that this node does not take."""

    type = "unsupported-type"
    status = 422
    title = N_("This type is not taken here")
    detail = N_("{rule}")


class BadPayload(Problem):
    """`data` does not keep its schema, or a member is missing."""

    type = "bad-payload"
    status = 422
    title = N_("The payload does not keep its schema")
    detail = N_("{rule}")


class UnknownAgreement(Problem):
    """No such agreement is in force between the two."""

    type = "unknown-agreement"
    status = 422
    title = N_("No such agreement is in force here")
    detail = N_("{rule}")


class NotPermitted(Problem):
    """No clause lets this go: the recipient's word on a message, and ours before we send one."""

    type = "not-permitted"
    status = 403
    title = N_("No clause permits this")
    detail = N_("{rule}")


class NoClausePermits(NotPermitted):
    """Our own decision before we send: the reason is worded for whoever reads it."""

    remedy = N_("Read what the agreements with this partner let out, and for what.")

    def said(self, word: Word = str) -> dict[str, str]:
        """As every problem, the reason in the reader's language."""
        code, parameters = str(self.members["reason"]), self.members["parameters"]
        assert isinstance(parameters, dict)
        return {**super().said(word), "detail": reason.Reason(code, parameters).said(word)}


class MissingAttachment(Problem):
    """An attachment is not here."""

    type = "missing-attachment"
    status = 422
    title = N_("An attachment is missing")
    detail = N_("{rule}")


REFUSALS: Final[dict[str, type[Problem]]] = {
    each.type: each
    for each in (
        Undecryptable,
        Malformed,
        UnknownSender,
        BadSignature,
        WrongRecipient,
        Replayed,
        BadSerial,
        ClockSkew,
        Expired,
        UnsupportedType,
        BadPayload,
        UnknownAgreement,
        NotPermitted,
        MissingAttachment,
    )
}


class NoSuchMessage(Problem):
    """A message that is not here, or not for this reader."""

    type = "no-such-message"
    status = 404
    title = N_("There is no such message")
    detail = N_("No message has the id {id}.")


class PartnerSuspended(Problem):
    """A partner with whom nothing is exchanged for now."""

    type = "partner-suspended"
    status = 409
    title = N_("The partner is suspended")
    detail = N_("Nothing is exchanged with {administration} while it is suspended.")
    remedy = N_("Resume it first: tidewaiter partners resume {administration}.")


class NoSuchType(Problem):
    """A type that no room registered, or that people do not send."""

    type = "no-such-type"
    status = 404
    title = N_("There is no such message type")
    detail = N_("This node knows no type {name}.")
    remedy = N_("It knows: {known}.")


class NotHeld(Problem):
    """A release of what does not wait for one."""

    type = "not-held"
    status = 409
    title = N_("This message is not held")
    detail = N_("The message {id} is {state}: only a held one can be released.")


class NotToWithdraw(Problem):
    """A message that cannot be taken back any more, or that nobody takes back."""

    type = "not-to-withdraw"
    status = 409
    title = N_("This message cannot be taken back")
    detail = N_("The message {id} is {state}: only what was not delivered can be taken back.")
    remedy = N_("Where it was an alert, send a correction.")


class ReleasedAlready(Problem):
    """The same person twice, where another is needed."""

    type = "released-already"
    status = 409
    title = N_("Another person must release this")
    detail = N_("{person} released the message {id} already; its clause asks for two people.")
    remedy = N_("Ask a colleague to release it on the screen.")


class NoLongerPermitted(Problem):
    """The agreement ended while the message was held."""

    type = "no-longer-permitted"
    status = 409
    title = N_("The agreement no longer permits this")
    detail = N_("The agreement {agreement} is not in force between the two any more.")
    remedy = N_("Send it again, so that it is decided anew.")


class TooManyLines(Problem):
    """A batch beyond what one transaction takes."""

    type = "too-many-lines"
    status = 413
    title = N_("The batch is too long")
    detail = N_("It has {count} lines; at most {limit} are sent at once.")
    remedy = N_("Split the file.")


class UnreadableData(Problem):
    """Data to be sent that is no I-JSON object."""

    type = "unreadable-data"
    status = 422
    title = N_("The data cannot be read")
    detail = N_("{place}: {reason}.")


class AboutNothing(Problem):
    """A message about one that was never exchanged."""

    type = "about-nothing"
    status = 404
    title = N_("There is nothing that this is about")
    detail = N_("No message exchanged with {to} is called {name}.")


class NoAnswer(Problem):
    """A node that did not answer with its document."""

    type = "no-answer"
    status = 502
    title = N_("The node did not answer")
    detail = N_("{url}: {reason}.")
    remedy = N_("Check the address, and that the node is served.")


class UnsafeAddress(Problem):
    """Plain HTTP off loopback."""

    type = "unsafe-address"
    status = 422
    title = N_("The address is not safe")
    detail = N_("{url} is no https address; plain http is for loopback only.")


class NobodyToTell(Problem):
    """An agreement none of whose other parties is a partner of ours."""

    type = "nobody-to-tell"
    status = 409
    title = N_("None of the other parties is a partner")
    detail = N_("Of {parties} none is a partner of this node.")
    remedy = N_("Register their nodes first: tidewaiter partners add.")


class NotRecovered(Problem):
    """A document that was to be published as signed by the recovery key."""

    type = "not-recovered"
    status = 422
    title = N_("The document is not published")
    detail = N_("It cannot be served as recovered: {reason}.")
    remedy = N_(
        "Write it anew by tidewaiter keys draft, have the recovery key sign it, publish it."
    )
