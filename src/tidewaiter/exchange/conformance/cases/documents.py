"""A partner's keys over the wire: rotation, old and foreign documents, recovery, revocation."""

from collections.abc import Callable
from typing import Final

from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun
from tidewaiter.exchange.conformance.signing import SigningKey
from tidewaiter.exchange.conformance.subject import NoAnswer

WHO: Final = "protocol.md: Who a node is"
YES: Final = "accepted"
NO: Final = "bad-payload"
BAD: Final = "bad-signature"
FETCH: Final = 60.0  # seconds between two fetches for an unknown kid


def tell(ground: Ground, document: str) -> str:
    """The outcome of `node.document.v1` by the tester whose keys change."""
    kind, data = "org.tidewaiter.node.document.v1", {"document": document}
    return ground.said(ground.draft(kind, data, ground.changing))


def signed_by(ground: Ground, key: SigningKey, time: str | None = None) -> str:
    """The outcome of a message that this key signs, now or at another time."""
    draft = ground.alert(ground.changing)
    draft.event["time"] = time or draft.event["time"]
    draft.key, draft.header = key, {"kid": key.kid}
    return ground.said(draft)


def publish(ground: Ground, keys: list[SigningKey], by: SigningKey | None = None) -> str:
    """Tell a document with these keys; they are ours where it is accepted."""
    who = ground.changing
    payload = who.payload(keys)
    document = who.publish(payload, by)
    said = tell(ground, document)
    if said == YES:
        who.keys = keys
        who.hold(payload, document)
    return said


def same(ground: Ground) -> str:
    """A document that the node holds is accepted and changes nothing."""
    return tell(ground, ground.changing.document)


def rotated(ground: Ground) -> str:
    """A later document by a pinned key: the new key signs, the old one too while it is listed."""
    old, new = ground.changing.key, ground.changing.new_key()
    said = publish(ground, [new, old])
    if said != YES:
        return said
    return ", ".join([said, signed_by(ground, new), signed_by(ground, old)])


def expired(ground: Ground) -> str:
    """A key whose `exp` is past signs for messages of before alone."""
    who, past = ground.changing, ground.changing.new_key()
    payload = who.payload([*who.keys, past])
    before, end = who.moment(), who.moment(seconds=1.5)
    for key in payload["keys"]:
        if key["kid"] == past.kid:
            key["exp"] = end
    said = tell(ground, document := who.publish(payload))
    if said != YES:
        return said
    who.hold(payload, document)
    ground.wait(lambda: who.moment() > end, 5)
    return ", ".join([said, signed_by(ground, past), signed_by(ground, past, before)])


def older(ground: Ground) -> str:
    """A document with an earlier `issued`."""
    payload = ground.changing.payload(issued=ground.changing.moment(days=-300))
    return tell(ground, ground.changing.publish(payload))


def foreign(ground: Ground) -> str:
    """Signed by a key that it lists and nobody pinned."""
    key = ground.changing.new_key()
    return tell(ground, ground.changing.publish(ground.changing.payload([key]), key))


def of_another(ground: Ground) -> str:
    """A document of another administration."""
    payload = ground.changing.payload(administration=ground.first.code)
    return tell(ground, ground.changing.publish(payload))


def wrong_typ(ground: Ground) -> str:
    """Signed under the header of a message."""
    return tell(ground, ground.changing.speak(ground.changing.payload()))


def fetched(ground: Ground) -> str:
    """On an unknown kid the node fetches the document again, at most once a minute."""
    who = ground.changing
    if not who.url:
        raise NotRun("the tester is behind collect: --listen")
    new = who.new_key()
    payload = who.payload([new, *who.keys[:1]])
    document, before = who.publish(payload), who.document
    who.hold(payload, document)
    already = len(ground.mail.fetched.get(who.role, []))
    said = signed_by(ground, new)
    if said == BAD:  # it may fetch after the answer; such a refusal has used up nothing
        ground.wait(lambda: len(ground.mail.fetched.get(who.role, [])) > already, 10)
        ground.wait(lambda: False, 1)
        said = signed_by(ground, new)
    if said == YES:
        who.keys = [new, *who.keys[:1]]
    else:
        who.document = before
    return said


def unlisted(ground: Ground) -> str:
    """A key that the latest document lists no longer is unpinned."""
    who = ground.changing
    if len(who.keys) < 2:
        raise NotRun("the rotation was not accepted")
    gone = who.keys[1]
    said = publish(ground, who.keys[:1])
    return f"{said}, {signed_by(ground, gone)}"


def recovery_changed(ground: Ground) -> str:
    """Another recovery key in a document that the recovery key did not sign."""
    who, old = ground.changing, ground.changing.recovery
    who.recovery = SigningKey.new(old.kid, who.suite)
    payload = who.payload()
    who.recovery = old
    return tell(ground, who.publish(payload))


def recovered(ground: Ground) -> str:
    """A document by the recovery key outranks one by a sig key that it does not list."""
    who = ground.changing
    before, new = who.key, who.new_key()
    said = publish(ground, [new], by=who.recovery)
    if said != YES:
        return said
    steps = [said, signed_by(ground, new), signed_by(ground, before)]
    steps.append(tell(ground, who.publish(who.payload([before]), before)))
    return ", ".join(steps)


def revoked(ground: Ground) -> str:
    """From its receipt every signature by the key is refused, whatever its `time`."""
    who = ground.changing
    if publish(ground, [who.new_key(), *who.keys[:1]]) != YES:
        raise NoAnswer("the document with a second key is not accepted")
    new, old = who.keys
    taken = ground.alert(who)
    taken.key, taken.header = old, {"kid": old.kid}
    ground.accepted(taken)
    data = {"kid": old.kid, "since": who.moment(minutes=-1), "reason": "conformance run"}
    draft = ground.draft("org.tidewaiter.key.revoked.v1", data, who)
    draft.key, draft.header = old, {"kid": old.kid}
    said = ground.said(draft)
    who.keys = [new]
    back = ground.alert(who, time=who.moment(days=-3))
    back.key, back.header = old, {"kid": old.kid}
    steps = [said, signed_by(ground, old), ground.said(back), ground.said(taken)]
    return ", ".join([*steps, signed_by(ground, new)])


def revoked_stays(ground: Ground) -> str:
    """The document still lists the revoked key, and it is refused for all that."""
    who = ground.changing
    payload = who.payload()
    said = tell(ground, document := who.publish(payload))
    if said == YES:
        who.hold(payload, document)
    return said


def case(name: str, expected: str, run: Callable[[Ground], str]) -> Case:
    """A case of this chapter."""
    return Case(f"keys.{name}", WHO, expected, run)


CASES: Final = [
    case("document-that-is-held", YES, same),
    case("rotated", "accepted, accepted, accepted", rotated),
    case("expired", "accepted, bad-signature, accepted", expired),
    case("document-that-is-older", NO, older),
    case("document-by-no-pinned-key", NO, foreign),
    case("document-of-another", NO, of_another),
    case("document-under-a-message's-header", NO, wrong_typ),
    case("fetched-on-an-unknown-kid", YES, fetched),
    case("unlisted", "accepted, bad-signature", unlisted),
    case("recovery-key-changed-by-another", NO, recovery_changed),
    case("recovered", "accepted, accepted, bad-signature, bad-payload", recovered),
    case("revoked", "accepted, bad-signature, bad-signature, bad-signature, accepted", revoked),
    case("document-after-the-revocation", YES, revoked_stays),
]
