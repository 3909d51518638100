"""A partner's node, made of nothing but its keys: it keeps the wire contract."""

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from tidewaiter import clock, identifier, jose
from tidewaiter.exchange import document, envelope, message
from tidewaiter.keys import queries as own_keys
from tidewaiter.keys import ring
from tidewaiter.keys.keyfile import Use

ALERT = "org.tidewaiter.alert.shipment.v1"
OF_NOTES = {"log", "witness"}  # keys that stand as verifier keys in the document


@dataclass
class Partner:
    """The node of an administration, with its private keys in memory."""

    code: str = "XB"
    url: str = "http://127.0.0.1:9"  # nobody listens there
    keys: Any = None
    serial: int = 0
    at: datetime = field(default_factory=clock.real)
    suite: str = "A"

    def __post_init__(self) -> None:
        self.keys = ring.fresh(administration=self.code, url=self.url, at=self.at, suite=self.suite)

    def key(self, use: Use) -> Any:
        return ring.current(self.keys, use)

    def document(self) -> str:
        """Its signed node document."""
        facts = document.Facts(
            administration=self.code,
            name=f"Customs of {self.code}",
            url=self.url,
            keys=[key for key in ring.shown(self.keys, self.at) if key.use not in OF_NOTES],
            log_origin=self.key(Use.LOG).origin,
            log_vkey=own_keys.verifier(self.key(Use.LOG)),
            witness_vkey=own_keys.verifier(self.key(Use.WITNESS)),
            accepts=[ALERT],
        )
        return self.sign(document.payload(facts, self.at), typ=document.TYP)

    def rotate(self, at: datetime) -> str:
        """Have a new signing key, the old one listed beside it; the kid of the old one."""
        old = self.key(Use.SIG)
        new = ring.following(
            Use.SIG,
            administration=self.code,
            origin="",
            at=at,
            suite=self.suite,
            taken={key.kid for key in self.keys},
        )
        self.keys = (*self.keys, new)
        self.at = at
        return str(old.kid)

    def signed_by(self, kid: str) -> str:
        """Its newest document, signed by an older key of its."""
        key = next(key for key in self.keys if key.kid == kid)
        payload = jose.read(self.document()).payload
        return jose.sign(payload, key.private, {"kid": kid, "typ": document.TYP})

    def hold_keys_from(self, since: datetime, until: datetime | None = None) -> None:
        """Have its keys be good for another time, as its next document says."""
        changed = {"nbf": since} if until is None else {"nbf": since, "exp": until}
        timed = {Use.SIG, Use.ENC}
        self.keys = tuple(replace(key, **changed) if key.use in timed else key for key in self.keys)
        self.at = clock.real()

    def key_nbf(self) -> datetime:
        """From when the key is good that it signs with."""
        nbf: datetime = self.key(Use.SIG).nbf
        return nbf

    def house(self, type: str, data: Any, **changes: Any) -> message.Message:  # noqa: A002
        """A housekeeping message of it: `resend.v1` and the like."""
        at = changes.pop("at", None) or clock.real()
        return self.next(at, type=f"org.tidewaiter.{type}", data=data, **changes)

    def key_kid(self) -> str:
        """The name of the key that it signs with."""
        return str(self.key(Use.SIG).kid)

    def thumbprint(self) -> str:
        return jose.thumbprint(self.key(Use.SIG).jwk)

    def sign(self, payload: bytes, *, typ: str = envelope.TYP, **header: Any) -> str:
        key = self.key(Use.SIG)
        return jose.sign(payload, key.private, {"kid": key.kid, "typ": typ, **header})

    def member(self, payload: bytes, *, typ: str) -> dict[str, str]:
        """Its signature over an agreement."""
        key = self.key(Use.SIG)
        header = {"kid": key.kid, "typ": typ, "signed": clock.text(self.at)}
        return jose.sign_general(payload, header, key.private)

    def next(self, at: datetime, **changes: Any) -> message.Message:
        """The next message to XA."""
        self.serial += 1
        made = message.Message(
            id=identifier.uuid7(at),
            sender=self.code,
            type=ALERT,
            time=at,
            recipient="XA",
            serial=self.serial,
            expires=at + timedelta(days=7),
            salt=secrets.token_bytes(32),
            data={"alert": f"{self.code}-{self.serial}"},
        )
        return replace(made, **changes)

    def jws(self, made: message.Message, *, kid: str = "") -> str:
        """Signed by its key, or by an older one that is named."""
        payload = message.build(made)
        if not kid:
            return self.sign(payload)
        key = next(key for key in self.keys if key.kid == kid)
        return jose.sign(payload, key.private, {"kid": kid, "typ": envelope.TYP})

    def line(self, made: message.Message | str) -> bytes:
        """What it posts to this node."""
        return sealed(self.jws(made) if isinstance(made, message.Message) else made)


def sealed(plain: str) -> bytes:
    """Anything sealed to this node."""
    key = next(key for key in own_keys.published() if key.use == "enc")
    return envelope.sealed(plain, key.jwk, kid=key.kid).encode()


def read(receipt: str) -> dict[str, Any]:
    """The event of a receipt that this node signed."""
    payload = jose.verify(receipt, own_keys.signing().jwk, typ=envelope.TYP)
    event: dict[str, Any] = json.loads(payload)
    return event
