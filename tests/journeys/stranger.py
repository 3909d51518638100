"""A partner node that a stranger wrote from the pages of the protocol; it imports nothing of ours.

It has keys, a node document, can sign agreements, build messages (and break them on purpose), post
them, read receipts, and answer what is sent to it.
"""

import base64
import copy
import gzip
import hashlib
import hmac
import http.server
import json
import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

PROBLEMS = "https://tidewaiter.org/problems/"
HTTP = httpx.Client(limits=httpx.Limits(max_keepalive_connections=0))  # dear to make, so one


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def moment(**ahead: float) -> str:
    at = datetime.now(UTC) + timedelta(**ahead)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def uuid7() -> str:
    ms = int(time.time() * 1000).to_bytes(6, "big")
    raw = bytearray(ms + os.urandom(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def jcs(value: Any) -> bytes:
    """RFC 8785 of texts, whole numbers, booleans, lists and objects, which is all that we write."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


Signing = Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Opening = X25519PrivateKey | ec.EllipticCurvePrivateKey
ECDSA = ec.ECDSA(hashes.SHA256())


def keys(suite: str) -> tuple[Signing, Opening]:
    """Fresh keys of suite A or B."""
    if suite == "A":
        return Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
    return ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def public(key: Signing | Opening) -> dict[str, str]:
    """The public key as a JWK."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        numbers = key.public_key().public_numbers()
        x, y = b64(numbers.x.to_bytes(32, "big")), b64(numbers.y.to_bytes(32, "big"))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    curve = "Ed25519" if isinstance(key, Ed25519PrivateKey) else "X25519"
    return {"crv": curve, "kty": "OKP", "x": b64(key.public_key().public_bytes_raw())}


def point(jwk: dict[str, Any]) -> ec.EllipticCurvePublicKey:
    x, y = (int.from_bytes(unb64(jwk[name]), "big") for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def sign(key: Signing, data: bytes) -> bytes:
    """64 bytes in either suite."""
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(data)
    r, s = decode_dss_signature(key.sign(data, ECDSA))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(jwk: dict[str, Any], signature: bytes, data: bytes) -> None:
    """Raises InvalidSignature."""
    if jwk["kty"] == "OKP":
        Ed25519PublicKey.from_public_bytes(unb64(jwk["x"])).verify(signature, data)
        return
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    point(jwk).verify(encode_dss_signature(r, s), data, ECDSA)


def agreed(key: Opening, jwk: dict[str, Any]) -> bytes:
    """The secret of a private key and a public one."""
    if isinstance(key, X25519PrivateKey):
        return key.exchange(X25519PublicKey.from_public_bytes(unb64(jwk["x"])))
    return key.exchange(ec.ECDH(), point(jwk))


def jws(payload: bytes, key: Signing, header: dict[str, Any]) -> str:
    signed = f"{b64(jcs(header))}.{b64(payload)}"
    signature = b"" if header.get("alg") == "none" else sign(key, signed.encode())
    return f"{signed}.{b64(signature)}"


def wrapping_key(shared: bytes) -> bytes:
    """RFC 7518 §4.6.2 for ECDH-ES+A256KW, no apu, no apv."""
    alg = b"ECDH-ES+A256KW"
    info = len(alg).to_bytes(4, "big") + alg + bytes(8) + (256).to_bytes(4, "big")
    return ConcatKDFHash(hashes.SHA256(), 32, info).derive(shared)


def jwe(plain: bytes, jwk: dict[str, Any], **header: Any) -> str:
    _, ephemeral = keys("A" if jwk["kty"] == "OKP" else "B")
    shared, epk = agreed(ephemeral, jwk), public(ephemeral)
    members = {"alg": "ECDH-ES+A256KW", "enc": "A256GCM", "kid": jwk["kid"], "epk": epk}
    told = {**members, "cty": "tidewaiter+jws", **header}
    protected = b64(jcs({name: value for name, value in told.items() if value is not None}))
    key, nonce = os.urandom(32), os.urandom(12)
    sealed = AESGCM(key).encrypt(nonce, plain, protected.encode())
    wrapped = aes_key_wrap(wrapping_key(shared), key)
    return ".".join([protected, b64(wrapped), b64(nonce), b64(sealed[:-16]), b64(sealed[-16:])])


class Stranger:
    """The partner XB, of suite A or B."""

    def __init__(self, url: str = "http://127.0.0.1:9", code: str = "XB", suite: str = "A") -> None:
        self.code = code
        self.url = url
        self.alg = "Ed25519" if suite == "A" else "ES256"
        self.sig, self.enc = keys(suite)
        self.recovery, _ = keys(suite)
        self.note = Ed25519PrivateKey.generate()
        self.kid = f"{code}-2026-1"
        self.serial = 0
        self.jwk = public(self.sig)
        self.thumbprint = b64(hashlib.sha256(jcs(self.jwk)).digest())

    def document(self) -> str:
        """node.json as it is served."""
        valid = {"nbf": moment(days=-1), "exp": moment(days=365)}
        note = self.note.public_key().public_bytes_raw()
        origin = f"{self.code.lower()}.example/tidewaiter"
        ident = hashlib.sha256(origin.encode() + b"\n\x01" + note).digest()[:4].hex()
        vkey = f"{origin}+{ident}+{base64.b64encode(bytes([1]) + note).decode()}"
        payload = {
            "administration": self.code,
            "name": "Strangers",
            **({"url": self.url} if self.url else {}),
            "issued": moment(),
            "keys": [
                {"kid": self.kid, "use": "sig", **self.jwk, **valid},
                {"kid": f"{self.code}-e", "use": "enc", **public(self.enc), **valid},
                {"kid": f"{self.code}-recovery", "use": "recovery", **public(self.recovery)},
            ],
            "log": {"origin": origin, "vkey": vkey},
            "accepts": ["org.tidewaiter.alert.shipment.v1", "org.tidewaiter.seizure.report.v1"],
        }
        return jws(jcs(payload), self.sig, self.header("tidewaiter-node+jws"))

    def header(self, typ: str = "tidewaiter+jws", **more: Any) -> dict[str, Any]:
        return {"alg": self.alg, "kid": self.kid, "typ": typ, **more}

    def agree(self, document: dict[str, Any], *, signed: str = "") -> dict[str, Any]:
        """The agreement with our signature: JWS JSON general serialization."""
        payload = b64(jcs(document))
        protected = b64(jcs(self.header("tidewaiter-agreement+jws", signed=signed or moment())))
        signature = b64(sign(self.sig, f"{protected}.{payload}".encode()))
        return {
            "payload": payload,
            "signatures": [{"protected": protected, "signature": signature}],
        }

    def meet(self, base: str, *, administration: str = "XA") -> None:
        """Read the other node's document and keep its keys, having checked its signature."""
        self.base = base
        self.know(HTTP.get(f"{base}/.well-known/tidewaiter/node.json").text.strip(), administration)

    def know(self, compact: str, administration: str = "XA") -> None:
        """Keep the keys of the other node's document, having checked its signature."""
        self.other = administration
        document = json.loads(unb64(compact.split(".")[1]))
        self.known = {key["kid"]: key for key in document["keys"]}
        self.seal_to = next(key for key in document["keys"] if key["use"] == "enc")
        self.verified(compact, "tidewaiter-node+jws")

    def verified(self, compact: str, typ: str = "tidewaiter+jws") -> dict[str, Any]:
        """The payload of a JWS by the other node."""
        protected, payload, signature = compact.split(".")
        header = json.loads(unb64(protected))
        assert header["typ"] == typ
        key = self.known[header["kid"]]
        assert key["use"] == "sig"
        assert header["alg"] == {"Ed25519": "Ed25519", "P-256": "ES256"}[key["crv"]]
        try:
            verify(key, unb64(signature), f"{protected}.{payload}".encode())
        except InvalidSignature:
            raise AssertionError("the other node's signature does not hold") from None
        said: dict[str, Any] = json.loads(unb64(payload))
        return said

    def event(self, agreement: str, data: dict[str, Any], /, **members: Any) -> dict[str, Any]:
        """A message under clause 7.2, the next serial; a member given as None is left out."""
        self.serial += 1
        event = {
            "specversion": "1.0",
            "id": uuid7(),
            "source": f"tidewaiter:{self.code}",
            "type": "org.tidewaiter.alert.shipment.v1",
            "time": moment(),
            "datacontenttype": "application/json",
            "recipient": self.other,
            "agreement": agreement,
            "clause": "7.2",
            "purpose": "ipr-enforcement",
            "mode": "spontaneous",
            "handling": "TLP:AMBER",
            "retainuntil": moment(days=300),
            "expires": moment(days=2),
            "conversation": uuid7(),
            "serial": self.serial,
            "salt": b64(os.urandom(32)),
            "data": copy.deepcopy(data),
        }
        return {k: v for k, v in {**event, **members}.items() if v is not None}

    def sign(self, event: dict[str, Any], **header: Any) -> str:
        payload = json.dumps(event, ensure_ascii=False).encode()
        return jws(payload, self.sig, self.header() | header)

    def seal(self, compact: str, **header: Any) -> str:
        return jwe(compact.encode(), self.seal_to, **header)

    def post(self, *lines: str | bytes, **more: Any) -> httpx.Response:
        """The lines to the other node's message endpoint."""
        body = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
        one = {"Content-Type": "application/jose"}
        many = {"Content-Type": "application/x-ndjson"}
        headers = (one if len(lines) == 1 else many) | more.pop("headers", {})
        url = f"{self.base}/exchange/v1/messages"
        return HTTP.post(url, content=body, headers=headers, timeout=30, **more)

    def receipts(self, *lines: str | bytes) -> list[dict[str, Any]]:
        """The receipts of lines that could be read, each verified."""
        answer = self.post(*lines)
        assert answer.status_code == 202, answer.text
        assert answer.headers["Content-Type"].startswith("application/x-ndjson")
        found = [self.verified(line) for line in answer.text.split("\n") if line]
        for receipt in found:
            assert receipt["type"] == "org.tidewaiter.receipt.v1"
            assert receipt["source"] == f"tidewaiter:{self.other}"
        return found

    def outcome(self, compact: str) -> str:
        """`accepted`, `duplicate`, or the name of the refusal, of one signed message."""
        (receipt,) = self.receipts(self.seal(compact))
        return said(receipt)

    def open(self, line: str) -> tuple[str, dict[str, Any]]:
        """A message of the other node to us: its JWS and its event, verified."""
        parts = line.split(".")
        header = json.loads(unb64(parts[0]))
        assert set(header) == {"alg", "enc", "kid", "epk", "cty"}
        key = aes_key_unwrap(wrapping_key(agreed(self.enc, header["epk"])), unb64(parts[1]))
        sealed = unb64(parts[3]) + unb64(parts[4])
        compact = AESGCM(key).decrypt(unb64(parts[2]), sealed, parts[0].encode()).decode()
        return compact, self.verified(compact)

    def receipt(self, compact: str, event: dict[str, Any], **data: Any) -> str:
        """Our receipt for a message of theirs."""
        told = {
            "specversion": "1.0",
            "id": uuid7(),
            "source": f"tidewaiter:{self.code}",
            "type": "org.tidewaiter.receipt.v1",
            "time": moment(),
            "recipient": self.other,
            "inreplyto": event["id"],
            "data": {
                "digest": sha256(compact.encode()),
                "outcome": "accepted",
                "logindex": 0,
                "received": moment(),
                **data,
            },
        }
        return jws(json.dumps(told).encode(), self.sig, self.header())

    def bundle(self, *lines: tuple[str, str], to: str = "", **data: Any) -> bytes:
        """A file for the other node (or for another) of these lines: kind and value each."""
        body = "".join(json.dumps({kind: value}) + "\n" for kind, value in lines).encode()
        messages = sum(kind == "message" for kind, _ in lines)
        recipient = to or self.other
        told = {
            "specversion": "1.0",
            "id": uuid7(),
            "source": f"tidewaiter:{self.code}",
            "type": "org.tidewaiter.bundle.v1",
            "time": moment(),
            "recipient": recipient,
            "data": {
                "from": self.code,
                "to": recipient,
                "count": messages,
                "first": 1,
                "last": self.serial,
                "sha256": sha256(body),
                **data,
            },
        }
        first = jws(json.dumps(told).encode(), self.sig, self.header())
        return gzip.compress(first.encode() + b"\n" + body)

    def unbundled(self, data: bytes) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """What a bundle of the other node says of itself, and its lines; its digest holds."""
        first, _, body = gzip.decompress(data).partition(b"\n")
        told = self.verified(first.decode())
        assert told["type"] == "org.tidewaiter.bundle.v1"
        assert told["data"]["sha256"] == sha256(body)
        lines = [json.loads(line) for line in body.decode().splitlines()]
        return told["data"], [each for line in lines for each in line.items()]

    def commitment(self, administration: str, compact: str, salt: str) -> str:
        """What that administration's log holds of the message."""
        text = f"{administration}\n{compact}".encode()
        return hmac.new(unb64(salt), text, hashlib.sha256).hexdigest()


def said(receipt: dict[str, Any]) -> str:
    data = receipt["data"]
    if data["outcome"] != "refused":
        return str(data["outcome"])
    problem: str = data["problem"]["type"]
    assert problem.startswith(PROBLEMS)
    return problem.removeprefix(PROBLEMS)


class Served:
    """The stranger's own endpoint: keeps what arrives, answers as `answer` says."""

    def __init__(self) -> None:
        self.arrived: list[tuple[str, dict[str, Any]]] = []
        self.partner: Stranger | None = None
        self.garbage = 0  # so many first POSTs are answered with garbage
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                assert outer.partner is not None
                if self.path != "/.well-known/tidewaiter/node.json":
                    self.reply(404, "text/plain", "not here\n")
                    return
                self.reply(200, "application/jose", outer.partner.document())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                assert outer.partner is not None
                if self.path != "/exchange/v1/messages":
                    self.reply(404, "text/plain", "not here\n")
                    return
                if outer.garbage:
                    outer.garbage -= 1
                    self.reply(202, "application/x-ndjson", "not a receipt\n")
                    return
                lines = []
                for line in body.split("\n"):
                    if line:
                        compact, event = outer.partner.open(line)
                        outer.arrived.append((compact, event))
                        lines.append(outer.partner.receipt(compact, event))
                self.reply(202, "application/x-ndjson", "\n".join(lines) + "\n")

            def reply(self, status: int, media: str, body: str) -> None:
                with suppress(OSError):  # the other side may be gone
                    self.send_response(status)
                    self.send_header("Content-Type", media)
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body.encode())

            def log_message(self, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
