"""Node documents (`node.json`): read strictly, held to the pinned key, renewed in order.

Wire contract, "Who a node is". Pure: a thumbprint is pinned out of band, and pinned are then every
`sig` key of the latest document signed by a pinned key. The recovery key outranks them. Keys of
both suites may stand beside one another: a node that changes its suite lists the old ones on.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from tidewaiter import canonical, clock, jose

TYP: Final = "tidewaiter-node+jws"
CURVES: Final = {"sig": tuple(jose.SIGNING), "recovery": tuple(jose.SIGNING), "enc": jose.SEALING}
"""The curves that a key of each use may be of."""
LARGEST: Final = 256 * 1024  # characters of a document


class BadNodeDocument(ValueError):
    """The document is refused; the message says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """A public key of a node; the moments are None where the document names none."""

    kid: str
    use: str
    jwk: Mapping[str, str]  # the members of its thumbprint
    nbf: datetime | None
    exp: datetime | None

    def valid(self, at: datetime) -> bool:
        """Whether `at` lies in the key's time, its end excluded."""
        return (self.nbf is None or self.nbf <= at) and (self.exp is None or at < self.exp)

    @property
    def thumbprint(self) -> str:
        """The JWK thumbprint (RFC 7638)."""
        return jose.thumbprint(self.jwk)


@dataclass(frozen=True, slots=True)
class Document:
    """What a node says of itself, read but for its signature."""

    administration: str
    name: str
    url: str  # "" where the node cannot be reached
    issued: datetime
    keys: tuple[Key, ...]
    log_origin: str
    log_vkey: str
    witness_vkey: str
    tls: tuple[str, ...]
    accepts: tuple[str, ...]
    compact: str

    def key(self, kid: str, use: str = "sig") -> Key | None:
        """The key of that `kid` and use; `""` for any use."""
        return next((key for key in self.keys if key.kid == kid and use in {"", key.use}), None)

    def sealing(self, at: datetime, revoked: Collection[str] = ()) -> Key | None:
        """The first `enc` key listed that is valid at `at`; `revoked` are thumbprints."""
        good = (
            key
            for key in self.keys
            if key.use == "enc" and key.valid(at) and key.thumbprint not in revoked
        )
        return next(good, None)

    @property
    def recovery(self) -> Key | None:
        """The key kept offline."""
        return next((key for key in self.keys if key.use == "recovery"), None)

    @property
    def signer(self) -> str:
        """The `kid` by which the document says that it is signed."""
        return str(jose.header(self.compact).get("kid", ""))


def read(compact: str) -> Document:
    """The document in a compact JWS; its signature is not looked at. Raises BadNodeDocument."""
    if len(compact) > LARGEST:
        raise BadNodeDocument(f"it is longer than {LARGEST} characters")
    try:
        body = canonical.read(jose.read(compact.strip()).payload)
    except (jose.JoseError, canonical.NotIJson) as error:
        raise BadNodeDocument(str(error)) from None
    if not isinstance(body, dict):
        raise BadNodeDocument("its payload is no JSON object")
    log = body.get("log")
    witness = body.get("witness", {})
    if not isinstance(log, dict) or not isinstance(witness, dict):
        raise BadNodeDocument("log and witness are objects")
    document = Document(
        administration=_code(_text(body, "administration")),
        name=_text(body, "name"),
        url=_url(body),
        issued=_moment(_text(body, "issued"), "issued"),
        keys=_keys(body.get("keys")),
        log_origin=_text(log, "origin"),
        log_vkey=_text(log, "vkey"),
        witness_vkey=_text(witness, "vkey") if witness else "",
        tls=_texts(body, "tls"),
        accepts=_texts(body, "accepts"),
        compact=compact.strip(),
    )
    if document.log_vkey.split("+", 1)[0] != document.log_origin:
        raise BadNodeDocument("log.origin is not the name in log.vkey")
    return document


def register(compact: str, thumbprint: str) -> Document:
    """A document taken by the thumbprint of the key that signs it. Raises BadNodeDocument.

    That is a `sig` key, or after a recovery the recovery key.
    """
    document = read(compact)
    signing = _signing(document, document.keys)
    if signing.thumbprint != thumbprint.strip():
        raise BadNodeDocument(
            f"it is signed by a key with the thumbprint {signing.thumbprint}, not by the one pinned"
        )
    return document


def renew(
    held: Document,
    compact: str,
    *,
    revoked: Collection[str] = (),
    recovered: datetime | None = None,
) -> Document:
    """The newer document of a node that we know; `held` itself when it is the one that we hold.

    `revoked` are thumbprints of keys that sign nothing any more; `recovered` is the issue of the
    last document that we took by a recovery key, which no older one of that kind outranks again.
    Raises BadNodeDocument when it is older, of another node, or not signed by a pinned key.
    """
    document = read(compact)
    if document.compact == held.compact:
        return held
    if document.administration != held.administration:
        raise BadNodeDocument(f"it is of {document.administration}, not of {held.administration}")
    pinned = tuple(key for key in held.keys if key.thumbprint not in revoked)
    signing = _signing(document, pinned)
    if signing.use == "recovery":
        anew = recovered is None or document.issued > recovered
        outranks = anew and not _lists(document, held.key(held.signer, ""))
    else:
        outranks = False
        if not _lists(document, signing, use="sig"):
            raise BadNodeDocument("it does not list the key that signs it")
        if not signing.valid(document.issued):
            raise BadNodeDocument("the key that signs it was not valid when it was issued")
        if _recovery(document) != _recovery(held):
            raise BadNodeDocument("only the recovery key changes the recovery key")
    if document.issued <= held.issued and not outranks:
        raise BadNodeDocument("it is not newer than the one held")
    return document


def by_recovery(document: Document, held: Document) -> bool:
    """Whether the recovery key that `held` lists signed the document."""
    key = held.key(document.signer, "recovery")
    try:
        return key is not None and bool(jose.verify(document.compact, key.jwk, typ=TYP))
    except jose.JoseError:
        return False


def _recovery(document: Document) -> frozenset[str]:
    return frozenset(key.thumbprint for key in document.keys if key.use == "recovery")


def _lists(document: Document, key: Key | None, use: str = "") -> bool:
    """Whether the document lists this very key, for that use where one is named."""
    return key is not None and any(
        each.thumbprint == key.thumbprint and use in {"", each.use} for each in document.keys
    )


def _signing(document: Document, keys: tuple[Key, ...]) -> Key:
    """The one of `keys` that signed the document, or BadNodeDocument."""
    try:
        kid = jose.header(document.compact).get("kid")
    except jose.JoseError as error:
        raise BadNodeDocument(str(error)) from None
    found = [key for key in keys if key.kid == kid and key.use in {"sig", "recovery"}]
    if not found:
        raise BadNodeDocument("it is not signed by a key that is pinned")
    try:
        jose.verify(document.compact, found[0].jwk, typ=TYP)
    except jose.JoseError as error:
        raise BadNodeDocument(str(error)) from None
    return found[0]


def _keys(listed: Any) -> tuple[Key, ...]:
    if not isinstance(listed, list) or not listed:
        raise BadNodeDocument("keys is no list of keys")
    keys = tuple(_key(each) for each in listed)
    if len({key.kid for key in keys}) != len(keys):
        raise BadNodeDocument("a kid is listed twice")
    if not {"sig", "enc"} <= {key.use for key in keys}:
        raise BadNodeDocument("it lists no key that signs, or none that opens")
    offline = {key.thumbprint for key in keys if key.use == "recovery"}
    if any(key.use != "recovery" and key.thumbprint in offline for key in keys):
        raise BadNodeDocument("the recovery key signs node documents only")
    return keys


def _key(member: Any) -> Key:
    if not isinstance(member, dict):
        raise BadNodeDocument("a key is an object")
    use = _text(member, "use")
    if member.get("crv") not in CURVES.get(use, ()):
        raise BadNodeDocument(f"a key for {use[:20]} is not of a curve that it may be of")
    if "d" in member:
        raise BadNodeDocument("a private part stands in it: that key is nobody's any more")
    try:
        jose.public(member)
    except jose.BadKey as error:
        raise BadNodeDocument(str(error)) from None
    jwk = jose.bare(member)
    moments = {
        name: _moment(_text(member, name), name) if name in member else None
        for name in ("nbf", "exp")
    }
    return Key(_text(member, "kid"), use, jwk, moments["nbf"], moments["exp"])


def _text(members: Mapping[str, Any], name: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise BadNodeDocument(f"{name} is missing or no text")
    return value


def _texts(members: Mapping[str, Any], name: str) -> tuple[str, ...]:
    values = members.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise BadNodeDocument(f"{name} is no list of texts")
    return tuple(values)


def _code(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isalpha() or not text.isupper():
        raise BadNodeDocument("administration is no code of two letters")
    return text


def _url(members: Mapping[str, Any]) -> str:
    if "url" not in members:
        return ""
    url = _text(members, "url").rstrip("/")
    parts = urlsplit(url)
    loopback = parts.hostname in {"127.0.0.1", "localhost", "::1"}
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        raise BadNodeDocument("url is https, or plain http on loopback only")
    if not parts.hostname or parts.query or parts.fragment or parts.username:
        raise BadNodeDocument("url is no plain address")
    return url


def _moment(text: str, name: str) -> datetime:
    try:
        return clock.parse(text)
    except ValueError:
        raise BadNodeDocument(f"{name} is no moment of RFC 3339") from None
