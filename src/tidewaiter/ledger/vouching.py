"""Who signed, by keys that a node's own document lists; strict JSON and base64url to read it by.

Node documents and JWS as the wire contract has them ("Who a node is", RFC 7515), judged with
nothing but the standard library and `cryptography`: whoever takes this module and `proof` out of
the house can judge a proof with them. Imports nothing of ours but how Ed25519 is judged.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tidewaiter.ledger import edwards

NODE: Final = "tidewaiter-node+jws"
DEPTH: Final = 32
LARGEST: Final = 2**53 - 1  # the whole numbers that every reader of JSON keeps exactly
EFFORT: Final = 2**31  # bytes signed that one reading goes through, as it counts them
_TRIED: Final = 10_000  # what it costs to try a key, in such bytes
_VAIN: Final = 100_000  # and one by which the signature does not hold
_PASSED: Final = 1_000  # and to pass one over
_CODE: Final = re.compile(r"[A-Z]{2}", re.ASCII)
_FORMS: Final = (("OKP", "Ed25519"), ("EC", "P-256"))
_ALGORITHMS: Final = {"Ed25519": ("Ed25519", "EdDSA"), "P-256": ("ES256",)}
_NEVER: Final = ("crit", "jwk", "jku", "zip", "b64")  # in a header, and every x5*
# a string that does not end is one to the end of the text, so that none is read twice
_BRACKETS: Final = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z", re.ASCII
)


class Unreadable(ValueError):
    """Bytes that are not what they should be; `code` names the rule, the message says it."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class TooCostly(Unreadable):
    """What was made to keep its reader busy: it asks for more than anything honest does."""

    def __init__(self) -> None:
        super().__init__("too-large", "to judge it would take too long")


class NotSigned(ValueError):
    """A signature that does not hold; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key as a node document lists it; its time in the form of `moment`, "" for none."""

    kid: str
    use: str
    curve: str  # Ed25519 or P-256
    raw: bytes  # 32 bytes, or the uncompressed point
    thumbprint: str  # RFC 7638
    since: str
    until: str

    def valid(self, at: str) -> bool:
        """Whether a moment lies in the key's time, its end excluded."""
        return (not self.since or self.since <= at) and (not self.until or at < self.until)


@dataclass(frozen=True, slots=True)
class Node:
    """What a node said of itself, signed by a key that it lists itself."""

    compact: str
    administration: str
    issued: str
    keys: tuple[Key, ...]  # that sign; others are passed over
    log: str  # verifier keys
    witness: str  # "" where it names none
    signer: Key


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact JWS taken apart, not verified."""

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signed: bytes


def read(data: bytes, *, depth: int = DEPTH) -> Any:
    """The JSON value in `data`: UTF-8, no member twice, not too deep. Raises Unreadable."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not-json", f"byte {error.start} is not UTF-8") from None
    if _deepest(text) > depth:
        raise Unreadable("too-deep", f"it is nested deeper than {depth}")
    try:
        value = _DECODER.decode(text)
        if "\\u" in text:  # an escape may stand for half a sign
            write(value)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Unreadable("not-json", f"{where}: {error.msg}") from None
    except UnicodeEncodeError:
        raise Unreadable("not-json", "a string holds half a sign") from None
    return value


def write(value: Any) -> bytes:
    """`value` in JCS (RFC 8785): for what has no fraction, and names in ASCII alone."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode("utf-8")


def encode(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of strict base64url: written the one way that it may be. Raises Unreadable."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if encode(data) != text:
        raise Unreadable("shape", "a value is not strict base64url without padding")
    return data


def moment(text: object) -> str:
    """A moment of RFC 3339 in UTC so that moments sort as texts. Raises Unreadable."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise Unreadable("shape", "a moment is not RFC 3339 in UTC")
    return f"{found[1]}.{(found[2] or '').ljust(9, '0')}Z"


def parts(compact: str) -> Jws:
    """A compact JWS taken apart. Raises Unreadable."""
    texts = compact.split(".")
    if len(texts) != 3:
        raise Unreadable("shape", "a compact JWS has three parts")
    header = read(decode(texts[0]))
    if not isinstance(header, dict):
        raise Unreadable("shape", "the header of a JWS is an object")
    payload, signature = decode(texts[1]), decode(texts[2])
    return Jws(header, payload, signature, f"{texts[0]}.{texts[1]}".encode("ascii"))


def verify(jws: Jws, key: Key, *, typ: str) -> None:
    """Whether the signature is by `key` and of this type. Raises NotSigned."""
    if jws.header.get("alg") not in _ALGORITHMS[key.curve] or jws.header.get("typ") != typ:
        raise NotSigned("the header's alg or typ is another")
    if any(name in _NEVER or name.startswith("x5") for name in jws.header):
        raise NotSigned("the header asks for what is never used")
    if len(jws.signature) != 64:
        raise NotSigned("a signature has 64 bytes")
    holds = edwards.holds if key.curve == "Ed25519" else _ecdsa_holds
    if not holds(key.raw, jws.signature, jws.signed):
        raise NotSigned("the signature does not hold")


def node(compact: str) -> Node:
    """A node document that a key which it lists has signed. Raises Unreadable, NotSigned."""
    jws = parts(compact)
    body = read(jws.payload)
    if not isinstance(body, dict):
        raise Unreadable("shape", "a node document is an object")
    log, witness = body.get("log"), body.get("witness", {})
    if not isinstance(log, dict) or not isinstance(witness, dict):
        raise Unreadable("shape", "log and witness are objects")
    listed = body.get("keys")
    keys = tuple(_key(each) for each in listed if _signs(each)) if isinstance(listed, list) else ()
    wanted = [key for key in keys if key.kid == jws.header.get("kid")]
    if not wanted:
        raise NotSigned("no key that it lists has signed it")
    verify(jws, wanted[0], typ=NODE)
    moment(body.get("issued"))
    return Node(
        compact=compact,
        administration=_code(body),
        issued=_text(body, "issued"),
        keys=keys,
        log=_text(log, "vkey"),
        witness=_text(witness, "vkey") if witness else "",
        signer=wanted[0],
    )


class Signers:
    """Whose keys sign messages, of these documents in their order; and what it costs to find out.

    A file can name a key by one name a hundred thousand times: what is spent on it is counted.
    """

    def __init__(self, nodes: Iterable[Node]) -> None:
        self._left = EFFORT
        self._by: dict[str, list[tuple[Node, Key]]] = {}
        for node in nodes:
            for key in node.keys:
                if key.use == "sig":
                    self._by.setdefault(key.kid, []).append((node, key))

    def spend(self, effort: int) -> None:
        """Count what is to be done. Raises TooCostly where it is too much."""
        self._left -= effort
        if self._left < 0:
            raise TooCostly

    def of(self, jws: Jws, among: Container[str], *, typ: str, at: str) -> Node | None:
        """The first document of these administrations that lists the key which signed, valid then.

        Raises TooCostly.
        """
        kid = jws.header.get("kid")
        held: dict[tuple[str, bytes], bool] = {}
        for node, key in self._by.get(kid, ()) if isinstance(kid, str) else ():
            self.spend(_PASSED)
            if node.administration not in among:
                continue
            name = (key.curve, key.raw)
            if name not in held:
                self.spend(_TRIED + len(jws.signed))
                held[name] = _verifies(jws, key, typ)
                if not held[name]:
                    self.spend(_VAIN)
            if held[name] and key.valid(at):
                return node
        return None


def _verifies(jws: Jws, key: Key, typ: str) -> bool:
    try:
        verify(jws, key, typ=typ)
    except NotSigned:
        return False
    return True


def _ecdsa_holds(point: bytes, signature: bytes, message: bytes) -> bool:
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def _signs(listed: object) -> bool:
    """Whether this member of `keys` is of a use that signs."""
    return isinstance(listed, dict) and listed.get("use") in ("sig", "recovery")


def _code(members: Mapping[str, Any]) -> str:
    code = _text(members, "administration")
    if not _CODE.fullmatch(code):
        raise Unreadable("shape", "administration is no code of two letters")
    return code


def _key(listed: Mapping[str, Any]) -> Key:
    curve = listed.get("crv")
    if (listed.get("kty"), curve) not in _FORMS:
        raise Unreadable("shape", "a key is neither Ed25519 nor P-256")
    names = ("crv", "kty", "x") if curve == "Ed25519" else ("crv", "kty", "x", "y")
    bare = {name: _text(listed, name) for name in names}
    halves = [decode(bare[name]) for name in names[2:]]
    if any(len(half) != 32 for half in halves):
        raise Unreadable("shape", "a key is not 32 bytes long")
    return Key(
        kid=_text(listed, "kid"),
        use=_text(listed, "use"),
        curve=str(curve),
        raw=halves[0] if curve == "Ed25519" else b"\x04" + b"".join(halves),
        thumbprint=encode(hashlib.sha256(write(bare)).digest()),
        since=moment(listed["nbf"]) if "nbf" in listed else "",
        until=moment(listed["exp"]) if "exp" in listed else "",
    )


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable("shape", f"{name} is no text")
    return value


def _deepest(text: str) -> int:
    """How deep the arrays and objects of a JSON text nest, whatever else is wrong with it."""
    level = most = 0
    for found in _BRACKETS.finditer(text):
        sign = found[0]
        if sign in "[{":
            level += 1
            most = max(most, level)
        elif sign in "]}":
            level -= 1
    return most


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise Unreadable("twice", f"the member {name[:80]!r} stands twice")
        members[name] = value
    return members


def _constant(name: str) -> Any:
    raise Unreadable("not-json", f"{name} is no JSON number")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) < 20 else float("inf")  # absurd in any case


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members, parse_constant=_constant, parse_int=_integer
)
