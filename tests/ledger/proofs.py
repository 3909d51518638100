"""A small world for proofs: nodes with keys, logs with entries, checkpoints, cosignatures."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils

from tidewaiter.ledger import commitment, note, proof, tree

AT = "2026-11-24T08:15:30.123Z"
TIME = 1795508130  # the checkpoint's cosignatures, POSIX


def b64u(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def jcs(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seed(text: str) -> bytes:
    return hashlib.sha256(b"tidewaiter proof example: " + text.encode()).digest()


def ed(text: str) -> ed25519.Ed25519PrivateKey:
    return ed25519.Ed25519PrivateKey.from_private_bytes(seed(text))


@dataclass
class Node:
    """An administration with its keys, all made of its code."""

    code: str
    suite: str = "A"
    witnesses: bool = True
    entries: list[bytes] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"{self.code.lower()}.example/tlog"

    @property
    def kid(self) -> str:
        return f"{self.code}-2026-1"

    def _vkey(self, name: str, kind: bytes, key: ed25519.Ed25519PrivateKey) -> str:
        raw = kind + key.public_key().public_bytes_raw()
        digest = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        return f"{name}+{digest.hex()}+{base64.b64encode(raw).decode()}"

    @property
    def vkey(self) -> str:
        return self._vkey(self.origin, b"\x01", ed(f"{self.code} log"))

    @property
    def witness(self) -> str:
        name = self.origin.replace("/tlog", "/witness")
        return self._vkey(name, b"\x04", ed(f"{self.code} witness"))

    @property
    def jwk(self) -> dict[str, str]:
        if self.suite == "A":
            raw = ed(f"{self.code} sig").public_key().public_bytes_raw()
            return {"kty": "OKP", "crv": "Ed25519", "x": b64u(raw)}
        numbers = self._p256.public_key().public_numbers()
        x, y = (b64u(each.to_bytes(32, "big")) for each in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    @property
    def _p256(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(seed(f"{self.code} sig")), ec.SECP256R1())

    @property
    def thumbprint(self) -> str:
        return b64u(hashlib.sha256(jcs(self.jwk)).digest())

    def _sign(self, signed: bytes) -> bytes:
        if self.suite == "A":
            return ed(f"{self.code} sig").sign(signed)
        r, s = utils.decode_dss_signature(self._p256.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jws(self, payload: bytes, typ: str, **more: str) -> str:
        alg = "Ed25519" if self.suite == "A" else "ES256"
        header = jcs({"alg": alg, "kid": self.kid, "typ": typ, **more})
        signed = f"{b64u(header)}.{b64u(payload)}"
        return f"{signed}.{b64u(self._sign(signed.encode()))}"

    def document(self, issued: str = "2026-01-01T00:00:00.000Z", **changes: Any) -> str:
        body = {
            "administration": self.code,
            "name": f"Customs of {self.code}",
            "issued": issued,
            "keys": [
                {
                    "kid": self.kid,
                    "use": "sig",
                    **self.jwk,
                    "nbf": "2026-01-01T00:00:00.000Z",
                    "exp": "2027-01-01T00:00:00.000Z",
                }
            ],
            "log": {"origin": self.origin, "vkey": self.vkey},
            "accepts": ["org.tidewaiter.alert.shipment.v1"],
            **({"witness": {"vkey": self.witness}} if self.witnesses else {}),
            **changes,
        }
        return self.jws(jcs(body), "tidewaiter-node+jws")

    def log(self, document: bytes, salt: bytes) -> int:
        self.entries.append(commitment.entry(commitment.commit(self.code, document, salt)))
        return len(self.entries) - 1

    def checkpoint(self, *cosigners: "Node", size: int | None = None) -> str:
        """The signed note over the log, with the cosignatures of these."""
        entries = self.entries[:size]
        root = tree.root([tree.leaf(each) for each in entries])
        head = note.Checkpoint(self.origin, len(entries), root)
        line = note.signature_line(
            note.verifier(self.vkey), ed(f"{self.code} log").sign(head.text.encode())
        )
        lines = [line, *(each.cosign(head.text) for each in cosigners)]
        return note.signed(head.text, lines)

    def cosign(self, text: str) -> str:
        name, digest, _ = self.witness.split("+", 2)
        signed = f"cosignature/v1\ntime {TIME}\n{text}".encode()
        raw = bytes.fromhex(digest) + TIME.to_bytes(8, "big")
        raw += ed(f"{self.code} witness").sign(signed)
        return f"\u2014 {name} {base64.b64encode(raw).decode()}\n"

    def entry(self, log: int, index: int, size: int | None = None) -> proof.Entry:
        leaves = [tree.leaf(each) for each in self.entries[:size]]
        found = tree.prove_inclusion(
            index, len(leaves), lambda start, end: tree.root(leaves[start:end])
        )
        said = json.loads(self.entries[index])["commitment"]
        return proof.Entry(log, index, base64.urlsafe_b64decode(said + "="), found.path)


def salt(number: int) -> bytes:
    return seed(f"salt {number}")


def message(sender: Node, recipient: str, number: int, **changes: Any) -> bytes:
    """A message as it was signed."""
    event = {
        "specversion": "1.0",
        "id": f"019a1f2e-7c3b-7d10-9a44-2b8e5f6a{number:04x}",
        "source": f"tidewaiter:{sender.code}",
        "type": "org.tidewaiter.alert.shipment.v1",
        "time": AT,
        "recipient": recipient,
        "serial": number,
        "salt": b64u(salt(number)),
        "expires": "2026-12-01T00:00:00.000Z",
        "data": {"alert": "XA-2026-000001"},
        **changes,
    }
    return sender.jws(jcs(event), "tidewaiter+jws").encode()


def agreement(*parties: Node) -> tuple[bytes, tuple[proof.Signature, ...]]:
    """An agreement's canonical form and the signatures over it."""
    text = jcs({"tidewaiter": "agreement/1", "title": "Zöll", "parties": [p.code for p in parties]})
    made = []
    for each in parties:
        protected, _, signature = each.jws(
            text, "tidewaiter-agreement+jws", signed="2026-03-01T00:00:00.000Z"
        ).split(".")
        made.append(proof.Signature(protected, signature))
    return text, tuple(made)


def filled(node: Node, count: int) -> None:
    """Log so many other papers."""
    for number in range(count):
        node.log(b"another %d" % number, salt(1000 + number))


def one(
    before: int = 2, after: int = 3, *, suite: str = "A", cosigners: Sequence[str] = ("XB", "XC")
) -> bytes:
    """The proof of one message of XA's, in the logs of both sides."""
    xa, xb = Node("XA", suite), Node("XB")
    others = [Node(code) for code in cosigners]
    document = message(xa, "XB", 1)
    filled(xa, before)
    at_home = xa.log(document, salt(1))
    filled(xa, after)
    filled(xb, 5)
    there = xb.log(document, salt(1))
    logs = [proof.Log("XA", xa.checkpoint(*others)), proof.Log("XB", xb.checkpoint(xa))]
    paper = proof.Paper((xa.entry(0, at_home), xb.entry(1, there)), document, salt(1))
    documents = [each.document() for each in (xa, xb, *others)]
    return proof.build(logs, [paper], list(dict.fromkeys(documents)))


def several() -> bytes:
    """A message that came, an agreement, a node document, a day of the audit, one withheld."""
    xa, xb = Node("XA"), Node("XB", "B", witnesses=False)
    came = message(xb, "XA", 7)
    text, signatures = agreement(xa, xb)
    day = jcs({"audit": "2026-11-24", "rows": 3, "digest": "sha256:" + "0" * 64})
    documents = [came, text, xa.document().encode(), day, b"\x00\xff any bytes"]
    salts = [salt(7), *(salt(number) for number in range(20, 24))]
    filled(xa, 300)
    at = [xa.log(*each) for each in zip(documents, salts, strict=True)]
    hidden = xa.log(b"a secret", salt(30))
    papers = [
        proof.Paper((xa.entry(0, index),), document, key, signatures if document == text else ())
        for index, document, key in zip(at, documents, salts, strict=True)
    ]
    papers.append(proof.Paper((xa.entry(0, hidden),)))
    log = proof.Log("XA", xa.checkpoint(Node("XC")))
    return proof.build([log], papers, [xa.document(), xb.document(), Node("XC").document()])


def example() -> bytes:
    """The worked example of docs/proof.md."""
    xa, xb = Node("XA"), Node("XB")
    document = message(xa, "XB", 1)
    filled(xa, 2)
    index = xa.log(document, salt(1))
    filled(xa, 3)
    paper = proof.Paper((xa.entry(0, index),), document, salt(1))
    log = proof.Log("XA", xa.checkpoint(xb))
    return proof.build([log], [paper], [xa.document(), xb.document()])
