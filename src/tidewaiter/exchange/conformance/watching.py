"""A tester's log as its witness sees it: checkpoints and proofs (C2SP tlog-witness, RFC 6962 §2.1).

Its entries are counted out, so that it is the same in every run and only grows.
"""

import base64
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tidewaiter.exchange.conformance.notes import BadLog, leaf, root
from tidewaiter.exchange.conformance.signing import SigningKey

DASH: Final = "\u2014"


@dataclass(frozen=True, slots=True)
class Tree:
    """A log of so many entries; one with a `mark` is another tree under the same name."""

    vkey: str
    key: SigningKey
    size: int
    mark: str = ""

    @property
    def origin(self) -> str:
        """The log's name."""
        return self.vkey.split("+")[0]

    def leaves(self) -> list[bytes]:
        """The hashes of its entries."""
        return [leaf(f"entry {n}{self.mark}".encode()) for n in range(self.size)]

    def text(self) -> str:
        """The text of its checkpoint."""
        hashed = base64.b64encode(root(self.leaves())).decode()
        return f"{self.origin}\n{self.size}\n{hashed}\n"

    def note(self, key: SigningKey | None = None) -> str:
        """Its checkpoint, signed by its key or another."""
        ident = bytes.fromhex(self.vkey.split("+", 2)[1])
        signature = (key or self.key).sign(self.text().encode())
        line = base64.b64encode(ident + signature).decode()
        return f"{self.text()}\n{DASH} {self.origin} {line}\n"

    def proof(self, old: int) -> list[bytes]:
        """That it begins with its first `old` entries."""
        return subproof(old, self.leaves(), True) if 0 < old < self.size else []

    def request(self, old: int, **changes: str | list[bytes]) -> bytes:
        """The body of add-checkpoint, but for what is changed."""
        proof = changes.get("proof", self.proof(old))
        lines = [f"old {old}", *(base64.b64encode(each).decode() for each in proof)]  # type: ignore[arg-type]
        note = str(changes.get("note", "")) or self.note()
        return ("\n".join(lines) + f"\n\n{note}").encode()


def subproof(old: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 6962 §2.1.2."""
    if old == len(leaves):
        return [] if whole else [root(leaves)]
    left = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= left:
        return [*subproof(old, leaves[:left], whole), root(leaves[left:])]
    return [*subproof(old - left, leaves[left:], False), root(leaves[:left])]


def cosigned(text: str, lines: str, vkey: str) -> int:
    """When the witness of that key says that it cosigned a checkpoint's text. Raises BadLog."""
    try:
        name, ident, key = vkey.split("+", 2)
        raw_key = base64.b64decode(key, validate=True)
        public = Ed25519PublicKey.from_public_bytes(raw_key[1:])
    except ValueError as error:
        raise BadLog(f"witness.vkey: {error}") from None
    if raw_key[:1] != b"\x04":
        raise BadLog("witness.vkey is not of type 0x04")
    for line in lines.splitlines():
        dash, signer, raw = [*line.split(" "), "", ""][:3]
        data = base64.b64decode(raw)
        if (dash, signer, data[:4].hex()) != (DASH, name, ident):
            continue
        time = int.from_bytes(data[4:12], "big")
        try:
            public.verify(data[12:], f"cosignature/v1\ntime {time}\n{text}".encode())
        except InvalidSignature:
            raise BadLog("the cosignature does not hold") from None
        return time
    raise BadLog("no line by the key of witness.vkey")
