"""The plain bytes of a gzip file, a block at a time, however much there is of it (RFC 1952).

What it blows up to is bounded by what it was: a bomb ends after some megabytes. Pure.
"""

import contextlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from tidewaiter.problem import N_

EARLY: Final = N_("it ends early")
CHANGED: Final = N_("its bytes were changed")
MAGIC: Final = b"\x1f\x8b"
ZIP: Final = b"PK\x03\x04"
BASE64: Final = b"H4sI"  # the first bytes of a gzip file, as a mail writes them
TAKEN: Final = 64 * 1024  # bytes read at a time
BLOCK: Final = 256 * 1024  # plain bytes given at a time, at most
FREELY: Final = 16 * 2**20  # plain bytes for which nobody looks at the ratio


class NoBundle(ValueError):
    """It is no file of this format at all; why."""


class Damaged(ValueError):
    """It was cut or changed on its way; how."""


class TooMuch(ValueError):
    """More than is taken: of what, and the limit."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(what, limit)
        self.what, self.limit = what, limit


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that a bundle may be: plain bytes, bytes of a value in a line, plain bytes a byte.

    What is sealed cannot be pressed, and receipts can to a tenth at best.
    """

    plain: int = 8 * 2**30
    line: int = 2**20
    attachment: int = 64 * 2**20
    ratio: int = 100


def blocks(file: BinaryIO, limits: Limits) -> Iterator[bytes]:
    """The plain bytes. Raises NoBundle, Damaged, TooMuch; what was given before is what it was.

    Members one after the other are one file (§2.2); what is behind the last one is passed over, for
    a mail may add a line.
    """
    data = file.read(TAKEN)
    if not data.startswith(MAGIC):
        raise NoBundle(_other(data))
    inflate = zlib.decompressobj(wbits=31)
    took, gave = len(data), 0
    while True:
        before = inflate.copy()
        try:
            plain = inflate.decompress(data, BLOCK)
        except zlib.error as error:
            yield _before_the_fault(before, data)
            raise Damaged(CHANGED) from error
        gave += len(plain)
        if gave > limits.plain:
            raise TooMuch("the bundle", limits.plain)
        if gave > FREELY and gave > took * limits.ratio:
            raise TooMuch("what a byte of it unpacks to", limits.ratio)
        if plain:
            yield plain
        if inflate.eof:
            data = inflate.unused_data
            if len(data) < len(MAGIC):
                more = file.read(TAKEN)
                took += len(more)
                data += more
            if not data.startswith(MAGIC):
                return
            inflate = zlib.decompressobj(wbits=31)
            continue
        data = inflate.unconsumed_tail
        if not data and len(plain) < BLOCK:  # it holds nothing back that it could still give
            data = file.read(TAKEN)
            took += len(data)
            if not data:
                raise Damaged(EARLY)


def _before_the_fault(inflate: Any, data: bytes) -> bytes:
    """What the bytes unpack to up to the one that was changed."""
    plain = b""
    with contextlib.suppress(zlib.error):
        for place in range(len(data)):
            plain += inflate.decompress(data[place : place + 1])
    return plain


def _other(data: bytes) -> str:
    """What a file is that is no bundle: what mails make of bundles is told by name."""
    if data.startswith(ZIP):
        return N_("it is a zip file: unpack it, and take the bundles in it one by one")
    if data.lstrip().startswith(BASE64):
        return N_("it is the text of a mail: have the mail program save the attachment")
    return N_("it is no gzip file") if data else N_("it is empty")
