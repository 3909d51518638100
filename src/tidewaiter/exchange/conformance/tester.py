"""A partner of the node that is tried: its keys, its node document, what it signs and seals."""

import base64
import copy
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import b64, digest, jcs, moment, unb64, uuid7
from tidewaiter.exchange.conformance.sealing import OpeningKey, Parts, seal
from tidewaiter.exchange.conformance.signing import Jwk, SigningKey, jws

ALERT_TYPE: Final = "org.tidewaiter.alert.shipment.v1"
SPOKEN: Final = "tidewaiter+jws"
NODE: Final = "tidewaiter-node+jws"
TREATY: Final = "tidewaiter-agreement+jws"
TAKES: Final = tuple(
    f"org.tidewaiter.{name}.v1"
    for name in (
        "alert.shipment", "alert.correction", "alert.feedback", "seizure.report", "control.result",
        "request.query", "reply.query", "request.assistance", "reply.assistance",
    )
)  # fmt: skip


@dataclass(slots=True)
class Tester:
    """One identity: registered with the node that is tried, or never (`unknown`)."""

    role: str
    code: str
    suite: str
    url: str  # "" where it is reached by `collect` alone
    now: Callable[[], datetime]
    keys: list[SigningKey]  # the first signs; the others are listed beside it
    opening: OpeningKey
    recovery: SigningKey
    log_key: str  # the verifier key of its log
    document: str = ""  # node.json as it is served
    issued: str = ""
    serial: int = 0  # the highest that the node took
    lost: list[int] = field(default_factory=list)  # serials left out on purpose, not yet healed
    heard: dict[int, str] = field(default_factory=dict)  # the node's serials: digests of the JWS
    noting: SigningKey | None = None  # signs the head of its log; kits of before have none
    since: int = 400  # days for which its keys have been valid

    @property
    def key(self) -> SigningKey:
        """The key that signs."""
        return self.keys[0]

    def moment(self, **ahead: float) -> str:
        """So far from now."""
        return moment(self.now() + timedelta(**ahead))

    def uuid(self) -> str:
        """A new UUIDv7."""
        return uuid7(self.now())

    def new_key(self) -> SigningKey:
        """A signing key that no document lists yet."""
        return SigningKey.new(f"{self.code}-{b64(os.urandom(6))}", self.suite)

    def payload(self, keys: list[SigningKey] | None = None, **members: Any) -> dict[str, Any]:
        """A node document that lists these sig keys (else those that we have)."""
        valid = {"nbf": self.moment(days=-self.since), "exp": self.moment(days=365)}
        sig = [{"kid": key.kid, "use": "sig", **key.jwk(), **valid} for key in (keys or self.keys)]
        enc = {"kid": self.opening.kid, "use": "enc", **self.opening.jwk(), **valid}
        recovery = {"kid": self.recovery.kid, "use": "recovery", **self.recovery.jwk()}
        said = {
            "administration": self.code,
            "name": f"Conformance tester {self.code}",
            "url": self.url or None,
            "issued": self.moment(),
            "keys": [*sig, enc, recovery],
            "log": {"origin": self.log_key.split("+")[0], "vkey": self.log_key},
            "accepts": list(TAKES),
            **members,
        }
        return {k: v for k, v in said.items() if v is not None}

    def publish(self, payload: dict[str, Any], key: SigningKey | None = None) -> str:
        """A signed node document; it becomes ours by `hold`."""
        by = key or self.key
        return jws(jcs(payload), by, {"alg": by.alg, "kid": by.kid, "typ": NODE})

    def hold(self, payload: dict[str, Any], document: str) -> None:
        """Serve this document from now on."""
        self.document, self.issued = document, payload["issued"]

    def agree(self, document: dict[str, Any]) -> dict[str, Any]:
        """The agreement with our signature: JWS JSON general serialization."""
        payload = b64(jcs(document))
        return {"payload": payload, "signatures": [self.signature(payload)]}

    def signature(self, payload: str) -> dict[str, str]:
        """Our member of `signatures` over the base64url of a canonical form."""
        header = {"alg": self.key.alg, "kid": self.key.kid, "typ": TREATY, "signed": self.moment()}
        protected = b64(jcs(header))
        signed = self.key.sign(f"{protected}.{payload}".encode())
        return {"protected": protected, "signature": b64(signed)}

    def event(self, to: str, kind: str, data: Any, **members: Any) -> dict[str, Any]:
        """A message with what every one needs; a member given as None is left out."""
        said = {
            "specversion": "1.0",
            "id": self.uuid(),
            "source": f"tidewaiter:{self.code}",
            "type": kind,
            "time": self.moment(),
            "datacontenttype": "application/json",
            "recipient": to,
            "expires": self.moment(days=2),
            "serial": self.serial + 1,
            "salt": b64(os.urandom(32)),
            "data": copy.deepcopy(data),
        }
        return {k: v for k, v in {**said, **members}.items() if v is not None}

    def receipt(self, compact: str, event: dict[str, Any]) -> str:
        """Our receipt for a message of the node."""
        said = {"digest": digest(compact.encode()), "outcome": "accepted"}
        data = {**said, "logindex": 0, "received": self.moment()}
        told = {
            "specversion": "1.0",
            "id": self.uuid(),
            "source": f"tidewaiter:{self.code}",
            "type": "org.tidewaiter.receipt.v1",
            "time": self.moment(),
            "recipient": event["source"].removeprefix("tidewaiter:"),
            "inreplyto": event["id"],
            "data": data,
        }
        return self.speak(told)

    def speak(self, event: dict[str, Any]) -> str:
        """An event as a JWS of ours."""
        header = {"alg": self.key.alg, "kid": self.key.kid, "typ": SPOKEN}
        return jws(json.dumps(event, ensure_ascii=False).encode(), self.key, header)


@dataclass(slots=True)
class Draft:
    """A message before it is signed and sealed, to be made wrong in any way."""

    tester: Tester
    event: dict[str, Any]
    header: dict[str, Any] = field(default_factory=dict)  # JWS members put over ours; None: none
    key: SigningKey | None = None  # who signs, else the tester's key
    payload: bytes | None = None  # what is signed instead of the event
    text: str | None = None  # what is sealed instead of the JWS
    after: Callable[[str], str] | None = None  # what is done to the JWS once it is signed
    jwe: dict[str, Any] = field(default_factory=dict)  # JWE members put over ours; None: none
    spoil: Callable[[Parts], Parts] | None = None  # what is done to the JWE's parts
    to: Jwk | None = None  # sealed to this key instead of the node's
    done: str = ""

    def compact(self) -> str:
        """The JWS, signed once."""
        if not self.done:
            key = self.key or self.tester.key
            usual = {"alg": key.alg, "kid": self.tester.key.kid, "typ": SPOKEN}
            header = {k: v for k, v in {**usual, **self.header}.items() if v is not None}
            payload = self.payload
            if payload is None:
                payload = json.dumps(self.event, ensure_ascii=False).encode()
            compact = jws(payload, key, header) if self.text is None else self.text
            self.done = self.after(compact) if self.after else compact
        return self.done

    def line(self, jwk: Jwk) -> str:
        """The JWE to the node's enc key, fresh each time."""
        return seal(self.compact().encode(), self.to or jwk, header=self.jwe, spoil=self.spoil)


def tester(role: str, code: str, suite: str, url: str, now: Callable[[], datetime]) -> Tester:
    """A new identity with fresh keys and its first node document."""
    origin = f"{code.lower()}.conformance.example/tidewaiter"
    noting = SigningKey.new(f"{code}-log", "A")
    note = unb64(noting.jwk()["x"])
    ident = hashlib.sha256(origin.encode() + b"\n\x01" + note).digest()[:4].hex()
    made = Tester(
        role=role,
        code=code,
        suite=suite,
        url=url,
        now=now,
        keys=[SigningKey.new(f"{code}-1", suite)],
        opening=OpeningKey.new(f"{code}-e1", suite),
        recovery=SigningKey.new(f"{code}-recovery", suite),
        log_key=f"{origin}+{ident}+{base64.b64encode(bytes([1]) + note).decode()}",
        noting=noting,
        since=2 if role == "second" else 400,
    )
    payload = made.payload()
    made.hold(payload, made.publish(payload))
    return made
