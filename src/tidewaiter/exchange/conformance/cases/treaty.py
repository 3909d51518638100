"""Agreements over the wire: proposals, signatures, notices, and the keys of keyed hashes."""

import copy
import json
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import b64, digest, jcs, unb64
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Tester

SIGNED: Final = "agreement.md: Signed"
WIRE: Final = "agreement.md: Over the wire"
RECEIPT: Final = "protocol.md: A receipt"
KEYS: Final = "agreement.md: Generalise"
YES: Final = "accepted"
NO: Final = "bad-payload"
NOTHING: Final = "sha256:" + "0" * 64


def say(ground: Ground, kind: str, data: Any, by: Tester | None = None) -> str:
    """The outcome of one `agreement.*` message."""
    return ground.said(ground.draft(f"org.tidewaiter.agreement.{kind}.v1", data, by))


def draft_treaty(ground: Ground) -> dict[str, Any]:
    """An agreement between the first tester and the node that nobody has seen."""
    document = copy.deepcopy(ground.agreement("ended").document)
    document["id"] = ground.first.uuid()
    document["title"] = "Conformance run: proposed over the wire"
    return document


def proposal(ground: Ground) -> str:
    """Signed by its sender: taken, whether the node signs it or not."""
    document = draft_treaty(ground)
    said = say(ground, "proposal", ground.first.agree(document))
    if said == YES:
        ground.kept["proposed"] = document
    return said


def proposal_binds_nobody(ground: Ground) -> str:
    """What the node has not signed permits nothing."""
    if "proposed" not in ground.kept:
        raise NotRun("the proposal was not accepted")
    return ground.said(ground.alert(agreement=digest(jcs(ground.kept["proposed"]))))


def proposal_unsigned(ground: Ground) -> str:
    """A signature that does not hold."""
    signed = ground.first.agree(draft_treaty(ground))
    signature = bytearray(unb64(signed["signatures"][0]["signature"]))
    signature[3] ^= 1
    signed["signatures"][0]["signature"] = b64(bytes(signature))
    return say(ground, "proposal", signed)


def proposal_not_canonical(ground: Ground) -> str:
    """Signed over JSON that is not its canonical form."""
    payload = b64(json.dumps(draft_treaty(ground), indent=1).encode())
    signed = {"payload": payload, "signatures": [ground.first.signature(payload)]}
    return say(ground, "proposal", signed)


def proposal_with_unprotected(ground: Ground) -> str:
    """An unprotected header."""
    signed = ground.first.agree(draft_treaty(ground))
    signed["signatures"][0]["header"] = {"note": "x"}
    return say(ground, "proposal", signed)


def proposal_flattened(ground: Ground) -> str:
    """The flattened form, where the general one is due even with one signature."""
    signed = ground.first.agree(draft_treaty(ground))
    return say(ground, "proposal", {"payload": signed["payload"], **signed["signatures"][0]})


def proposal_of_others(ground: Ground) -> str:
    """Of an agreement that the sender is no party to."""
    data = ground.agreement("secured").jws
    return say(ground, "proposal", {**data, "signatures": data["signatures"][:1]})


def signature(ground: Ground) -> str:
    """Our own signature once more, as `agreement.signature`: nothing new in it."""
    agreement = ground.agreement("main")
    data = {"digest": agreement.digest, "signature": agreement.jws["signatures"][0]}
    return say(ground, "signature", data)


def accession(ground: Ground) -> str:
    """A later signature is an accession: the plurilateral's second tester signs, and may send."""
    agreement = ground.agreement("plurilateral")
    if ground.kit.notes.get("acceded"):
        return ground.said(ground.alert(ground.changing, under="plurilateral"))
    signature = ground.changing.signature(agreement.jws["payload"])
    data = {"digest": agreement.digest, "signature": signature}
    said = say(ground, "signature", data, ground.changing)
    if said != YES:
        return f"{said} for the signature"
    ground.kit.notes["acceded"] = True
    return ground.said(ground.alert(ground.changing, under="plurilateral"))


def signature_wrong(ground: Ground) -> str:
    """A signature over something else."""
    agreement = ground.agreement("main")
    other = ground.first.signature(b64(jcs(draft_treaty(ground))))
    return say(ground, "signature", {"digest": agreement.digest, "signature": other})


def signature_of_nothing(ground: Ground) -> str:
    """Under a digest that nobody proposed."""
    other = ground.first.signature(b64(jcs(draft_treaty(ground))))
    return say(ground, "signature", {"digest": NOTHING, "signature": other})


def signature_of_no_party(ground: Ground) -> str:
    """Of an agreement that the sender is no party to."""
    agreement = ground.agreement("main")
    signature = ground.second.signature(agreement.jws["payload"])
    data = {"digest": agreement.digest, "signature": signature}
    return say(ground, "signature", data, ground.second)


def notice(ground: Ground, name: str, what: str, by: Tester | None = None) -> str:
    """The outcome of a notice about an agreement of the kit."""
    data = {"digest": ground.agreement(name).digest, "notice": what, "reason": "conformance run"}
    return say(ground, "notice", data, by)


def suspended(ground: Ground) -> str:
    """Suspended at once; resumed by who suspended it."""
    before = ground.said(ground.alert(under="paused"))
    steps = [before, notice(ground, "paused", "suspend"), ground.said(ground.alert(under="paused"))]
    steps += [notice(ground, "paused", "resume"), ground.said(ground.alert(under="paused"))]
    return ", ".join(steps)


def resumed_by_another(ground: Ground) -> str:
    """Resumed by who did not suspend it."""
    return notice(ground, "main", "resume")


def terminated(ground: Ground) -> str:
    """Ended for good."""
    if ground.kit.notes.get("terminated"):
        return f"accepted, {ground.said(ground.alert(under='ended'))}"
    said = notice(ground, "ended", "terminate")
    ground.kit.notes["terminated"] = said == YES
    return f"{said}, {ground.said(ground.alert(under='ended'))}"


def resumed_after_the_end(ground: Ground) -> str:
    """`terminate` is final."""
    if not ground.kit.notes.get("terminated"):
        raise NotRun("the termination was not accepted")
    said = notice(ground, "ended", "resume")
    return f"{said}, {ground.said(ground.alert(under='ended'))}"


def notice_of_nothing(ground: Ground) -> str:
    """About a digest that nobody knows."""
    data = {"digest": NOTHING, "notice": "suspend", "reason": "conformance run"}
    return say(ground, "notice", data)


def key_told(ground: Ground) -> str:
    """The party first in code order sends the key: the node, where it is first."""
    agreement = ground.agreement("hashed")
    if agreement.document["parties"][0] != ground.node:
        raise NotRun("the tester's code stands before the node's")
    kind = "org.tidewaiter.agreement.key.v1"

    def found() -> Any:
        letters = ground.mail.of(ground.first, kind)
        return [each for each in letters if each.data["agreement"] == agreement.document["id"]]

    if agreement.document["id"] in ground.kit.notes.get("keys", {}):
        return "32 bytes"
    letters = ground.wait(found, 20)
    if not letters:
        raise NoAnswer("no agreement.key.v1 within 20 s")
    key = letters[0].data["key"]
    ground.kit.notes.setdefault("keys", {})[agreement.document["id"]] = key
    return f"{len(unb64(key))} bytes"


def key_of_the_first(ground: Ground) -> str:
    """The tester sends it, where the tester is first."""
    agreement = ground.agreement("hashed-by-tester")
    if agreement.document["parties"][0] != ground.second.code:
        raise NotRun("the node's code stands before the tester's")
    keys = ground.kit.notes.setdefault("keys", {})
    key = keys.setdefault(agreement.document["id"], b64(bytes(range(32))))
    data = {"agreement": agreement.document["id"], "key": key}
    return say(ground, "key", data, ground.second)


def key_of_another(ground: Ground) -> str:
    """Sent by who is not first."""
    agreement = ground.agreement("hashed")
    if agreement.document["parties"][0] != ground.node:
        raise NotRun("the tester's code stands before the node's")
    data = {"agreement": agreement.document["id"], "key": b64(bytes(32))}
    return say(ground, "key", data)


def letters(ground: Ground) -> str:
    """Signatures that the node sent hold, and name agreements of ours."""
    faults, kind = [], "org.tidewaiter.agreement.signature.v1"
    for tester in (ground.first, ground.second, ground.changing):
        for letter in ground.mail.of(tester, kind):
            if set(letter.data) != {"digest", "signature"}:
                faults.append(f"data has the members {', '.join(sorted(letter.data))}")
                continue
            name = next(
                (k for k, a in ground.kit.agreements.items() if a.digest == letter.data["digest"]),
                "",
            )
            if name:
                ground.kit.sign(name, letter.data["signature"])
    return told(faults, "as the page says")


CASES: Final = [
    Case("treaty.signatures-taken", WIRE, "as the page says", letters),
    Case("treaty.proposal", WIRE, YES, proposal),
    Case("treaty.proposal-binds-nobody", SIGNED, "unknown-agreement", proposal_binds_nobody),
    Case("treaty.proposal-whose-signature-fails", RECEIPT, NO, proposal_unsigned),
    Case("treaty.proposal-not-canonical", SIGNED, NO, proposal_not_canonical),
    Case("treaty.proposal-with-unprotected-header", SIGNED, NO, proposal_with_unprotected),
    Case("treaty.proposal-flattened", SIGNED, NO, proposal_flattened),
    Case("treaty.proposal-of-others", RECEIPT, "not-permitted", proposal_of_others),
    Case("treaty.signature-again", WIRE, YES, signature),
    Case("treaty.accession", SIGNED, YES, accession),
    Case("treaty.signature-that-fails", RECEIPT, NO, signature_wrong),
    Case("treaty.signature-of-nothing", RECEIPT, "unknown-agreement", signature_of_nothing),
    Case("treaty.signature-of-no-party", RECEIPT, "not-permitted", signature_of_no_party),
    Case(
        "treaty.suspended-and-resumed",
        WIRE,
        "accepted, accepted, unknown-agreement, accepted, accepted",
        suspended,
    ),
    Case("treaty.resumed-by-another", RECEIPT, "not-permitted", resumed_by_another),
    Case(
        "treaty.notice-of-no-party",
        RECEIPT,
        "not-permitted",
        lambda g: notice(g, "main", "suspend", g.second),
    ),
    Case("treaty.notice-of-nothing", RECEIPT, "unknown-agreement", notice_of_nothing),
    Case("treaty.terminated", WIRE, "accepted, unknown-agreement", terminated),
    Case(
        "treaty.terminate-is-final",
        WIRE,
        "not-permitted, unknown-agreement",
        resumed_after_the_end,
    ),
    Case("treaty.key-told", KEYS, "32 bytes", key_told),
    Case("treaty.key-by-who-is-first", KEYS, YES, key_of_the_first),
    Case("treaty.key-by-another", RECEIPT, "not-permitted", key_of_another),
]
