"""Which agreement judges: known, signed by both, in force at `time` and now."""

import json
from datetime import datetime, timedelta
from typing import Final

from tidewaiter.exchange.conformance.encoding import moment, unb64
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, sent, told
from tidewaiter.exchange.conformance.signing import Jwk, algorithms, holds
from tidewaiter.exchange.conformance.tester import TREATY, Draft

RECEIPT: Final = "protocol.md: A receipt"
SIGNED: Final = "agreement.md: Signed"
NO: Final = "unknown-agreement"


def of_another(ground: Ground) -> Draft:
    """An agreement between the node and another partner."""
    return ground.alert(under="secured")


def before_entry(ground: Ground) -> Draft:
    """In force now, but not yet at `time`."""
    return ground.alert(under="young", time=ground.first.moment(days=-10))


def by_a_third(ground: Ground) -> Draft:
    """A party of a plurilateral that has not signed it."""
    return ground.alert(ground.changing, under="plurilateral")


def superseded(ground: Ground) -> Draft:
    """The older version, by a message of before the newer: good for 72 h."""
    kids = dict.fromkeys(ground.subject.keys("sig"), ground.node)
    at = ground.agreement("amended-2").signed_by(kids).get(ground.node)
    if at is None:
        raise NotRun("the node's signature of amended-2 is not in DIR/signed")
    since = datetime.fromisoformat(at)
    if ground.now() - since > timedelta(hours=71):
        raise NotRun("amended-2 was signed over 71 h ago: make a new kit")
    return ground.alert(under="amended-1", time=moment(since - timedelta(milliseconds=1)))


def no_digest(ground: Ground) -> Draft:
    """A name where a digest is due."""
    return ground.alert(agreement="main")


def countersigned(ground: Ground) -> str:
    """The node's own signatures under the agreements, where the kit has them."""
    keys, faults, count = ground.subject.keys("sig"), [], 0
    for name, agreement in ground.kit.agreements.items():
        if set(agreement.jws) != {"payload", "signatures"}:
            faults.append(f"{name}: members {', '.join(sorted(agreement.jws))}")
        for each in agreement.jws["signatures"]:
            header = json.loads(unb64(each["protected"]))
            if header.get("kid") in keys:
                count += 1
                key = keys[header["kid"]]
                found = _signature(each, header, agreement.jws["payload"], key)
                faults += [f"{name}: {fault}" for fault in found]
    if not count:
        raise NotRun("DIR/signed holds no signature of the node")
    return told(faults, "as the page says")


def _signature(each: dict[str, str], header: dict[str, str], payload: str, key: Jwk) -> list[str]:
    faults = []
    if set(each) != {"protected", "signature"}:
        faults.append(f"the signature has the members {', '.join(sorted(each))}")
    if set(header) != {"alg", "kid", "typ", "signed"}:
        faults.append(f"the header has the members {', '.join(sorted(header))}")
    if header.get("typ") != TREATY:
        faults.append(f"typ is {header.get('typ')}")
    if header["alg"] not in algorithms(key):
        faults.append(f"alg is {header['alg']}")
    if not holds(unb64(each["signature"]), f"{each['protected']}.{payload}".encode(), key):
        faults.append("the signature does not hold")
    return faults


CASES: Final = [
    sent("agreement.unknown", RECEIPT, NO, lambda g: g.alert(agreement="sha256:" + "a" * 64)),
    sent("agreement.digest-of-no-form", RECEIPT, f"{NO} or bad-payload", no_digest),
    sent("agreement.of-other-parties", RECEIPT, NO, of_another),
    sent("agreement.expired", SIGNED, NO, lambda g: g.alert(under="expired")),
    sent("agreement.not-yet-in-force", SIGNED, NO, lambda g: g.alert(under="future")),
    sent("agreement.not-in-force-at-time", RECEIPT, NO, before_entry),
    sent("agreement.in-force-since-lately", RECEIPT, "accepted", lambda g: g.alert(under="young")),
    sent("agreement.signed-by-one-alone", SIGNED, NO, lambda g: g.alert(under="half-signed")),
    sent("agreement.plurilateral", SIGNED, "accepted", lambda g: g.alert(under="plurilateral")),
    sent("agreement.plurilateral-not-signed", SIGNED, NO, by_a_third),
    sent("agreement.newer-version", SIGNED, "accepted", lambda g: g.alert(under="amended-2")),
    sent("agreement.superseded", RECEIPT, NO, lambda g: g.alert(under="amended-1")),
    sent("agreement.superseded-72-h", RECEIPT, "accepted", superseded),
    Case("agreement.countersigned", SIGNED, "as the page says", countersigned),
]
