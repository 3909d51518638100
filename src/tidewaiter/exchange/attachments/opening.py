"""A JWE opened as it is read from a file, a block at a time (RFC 7516 §5.2): 64 MiB in 2 of memory.

What it yields is not believed before its end: only there the tag says whether it holds.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from tidewaiter import jose
from tidewaiter.exchange.attachments.attachment import Found
from tidewaiter.problem import Problem
from tidewaiter.vault import content

BLOCK: Final = 2**20  # characters; whole groups of four
HEAD: Final = 16 * 1024  # characters in which header, wrapped key and nonce must end
TAG: Final = 22  # characters of 16 bytes
Unwrap = Callable[[str, str], bytes]  # the first two parts in, the content's key out


class NotOpened(ValueError):
    """It is no JWE, not of our algorithms, not to a key of ours, or was changed."""


class Plain:
    """The plain bytes of a JWE as a stream. `read` raises NotOpened, at the very end too."""

    def __init__(self, file: BinaryIO, unwrap: Unwrap) -> None:
        self._blocks = blocks(file, unwrap)
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """As a file's: less than `size` only where it ends."""
        while size < 0 or len(self._held) < size:
            block = next(self._blocks, b"")
            if not block:
                break
            self._held += block
        end = len(self._held) if size < 0 else size
        found, self._held = self._held[:end], self._held[end:]
        return found


def blocks(file: BinaryIO, unwrap: Unwrap) -> Iterator[bytes]:
    """The plain bytes of the JWE in `file`. Raises NotOpened, at the end where the tag fails."""
    try:
        yield from _blocks(file, unwrap)
    except (ValueError, InvalidTag, Problem) as error:
        raise NotOpened(str(error) or "it was changed on its way") from None


def found(file: BinaryIO, unwrap: Unwrap) -> Found:
    """What is in the JWE in `file`; its fault where it does not open."""
    digest, size, head = hashlib.sha256(), 0, b""
    try:
        for block in blocks(file, unwrap):
            digest.update(block)
            size += len(block)
            if len(head) < content.HEAD:
                head += block[: content.HEAD - len(head)]
    except NotOpened:
        return Found(fault="an attachment does not open with a key of ours")
    return Found(digest.hexdigest(), size, content.found(head))


def _blocks(file: BinaryIO, unwrap: Unwrap) -> Iterator[bytes]:
    file.seek(0, 2)
    length = file.tell()
    file.seek(0)
    protected, wrapped, nonce, *rest = file.read(HEAD).decode("ascii").split(".", 3)
    if not rest:
        raise ValueError("a compact JWE has five parts")
    begin = len(protected) + len(wrapped) + len(nonce) + 3
    end = length - TAG - 1
    file.seek(max(end, 0))
    tail = file.read().decode("ascii")
    if end < begin or not tail.startswith("."):
        raise ValueError("a compact JWE has five parts, the last of 16 bytes")
    iv, tag = jose.decode(nonce), jose.decode(tail[1:])
    if len(iv) != 12 or len(tag) != 16:
        raise ValueError("the nonce or the tag has a wrong length")
    cipher = Cipher(algorithms.AES(unwrap(protected, wrapped)), modes.GCM(iv, tag)).decryptor()
    cipher.authenticate_additional_data(protected.encode("ascii"))
    file.seek(begin)
    left = end - begin
    while left:
        text = file.read(min(BLOCK, left))
        if not text:
            raise ValueError("it ended early")
        left -= len(text)
        yield cipher.update(jose.decode(text.decode("ascii")))
    cipher.finalize()
