"""Reading a node's log: signed notes, tiles and the tree (C2SP tlog-tiles, RFC 6962 §2.1)."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, Final

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidewaiter.exchange.conformance.encoding import b64, jcs, unb64

WIDTH: Final = 256  # entries of a full tile


class BadLog(Exception):
    """The log is not what the page says; says where."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A checkpoint whose signature held."""

    origin: str
    size: int
    root: bytes


def commitment(administration: str, document: str, salt: str) -> str:
    """What that administration's log holds of a message."""
    text = f"{administration}\n{document}".encode()
    return b64(hmac.new(unb64(salt), text, hashlib.sha256).digest())


def entry(administration: str, document: str, salt: str) -> bytes:
    """The bytes of the log entry."""
    return jcs({"v": 1, "commitment": commitment(administration, document, salt)})


def leaf(data: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\0" + data).digest()


def root(leaves: list[bytes]) -> bytes:
    """The root over these leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + root(leaves[:left]) + root(leaves[left:])).digest()


def read(text: str, vkey: str) -> Checkpoint:
    """A checkpoint signed by that verifier key. Raises BadLog."""
    body, separator, signatures = text.partition("\n\n")
    try:
        name, ident, key = vkey.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key)[1:])
        origin, size, hashed = body.split("\n")[:3]
        found = Checkpoint(origin, int(size), base64.b64decode(hashed, validate=True))
    except ValueError as error:
        raise BadLog(f"no checkpoint: {error}") from None
    if not separator or origin != name:
        raise BadLog(f"the origin is {origin!r}, the log's {name!r}")
    for line in signatures.split("\n"):
        dash, _, rest = line.partition(" ")
        signer, _, raw = rest.partition(" ")
        if dash != "\u2014" or signer != name:
            continue
        signature = base64.b64decode(raw)
        if signature[:4].hex() != ident:
            continue
        try:
            public.verify(signature[4:], f"{body}\n".encode())
        except InvalidSignature:
            raise BadLog("the checkpoint's signature does not hold") from None
        return found
    raise BadLog("no signature by the key of log.vkey")


def path(number: int) -> str:
    """A tile's number as tlog-tiles writes it: three digits a step, `x` before all but the last."""
    text = f"{number % 1000:03d}"
    while number := number // 1000:
        text = f"x{number % 1000:03d}/{text}"
    return text


@dataclass(slots=True)
class Log:
    """A node's log, read tile by tile."""

    url: str
    vkey: str
    http: httpx.Client

    def checkpoint(self) -> Checkpoint:
        """The newest one. Raises BadLog."""
        return read(self._get("checkpoint").decode(errors="replace"), self.vkey)

    def entries(self, tile: int, size: int) -> list[bytes]:
        """The entries of one tile in a log of that size. Raises BadLog."""
        data, found = self._get(f"tile/entries/{self._tile(tile, size)}"), []
        while data:
            length = int.from_bytes(data[:2], "big")
            if len(data) < 2 + length:
                raise BadLog("an entry bundle ends early")
            found.append(data[2 : 2 + length])
            data = data[2 + length :]
        if len(found) != min(WIDTH, size - tile * WIDTH):
            raise BadLog(f"{len(found)} entries in tile {tile} of a log of {size}")
        return found

    def hashes(self, tile: int, size: int) -> list[bytes]:
        """The leaf hashes of one tile. Raises BadLog."""
        data = self._get(f"tile/0/{self._tile(tile, size)}")
        return [data[at : at + 32] for at in range(0, len(data), 32)]

    def every(self, size: int) -> list[bytes]:
        """All entries of a log of that size. Raises BadLog."""
        tiles = range(-(-size // WIDTH))
        return [each for tile in tiles for each in self.entries(tile, size)]

    def at(self, index: int, size: int) -> bytes:
        """The entry at that place. Raises BadLog."""
        return self.entries(index // WIDTH, size)[index % WIDTH]

    def _tile(self, tile: int, size: int) -> str:
        width = min(WIDTH, size - tile * WIDTH)
        return path(tile) + ("" if width == WIDTH else f".p/{width}")

    def _get(self, what: str) -> bytes:
        answer = self.http.get(f"{self.url}/tlog/{what}")
        if answer.status_code != 200:
            raise BadLog(f"/tlog/{what}: HTTP {answer.status_code}")
        return answer.content


def object_of(data: bytes) -> dict[str, Any]:
    """An entry read as JSON. Raises BadLog."""
    try:
        found = json.loads(data)
    except ValueError:
        raise BadLog("an entry is no JSON") from None
    if not isinstance(found, dict):
        raise BadLog("an entry is no object")
    return found
