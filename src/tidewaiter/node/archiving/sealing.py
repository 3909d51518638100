"""The envelope of an encrypted backup: the age format (C2SP age), by the library `pyrage`.

A backup is sealed to recipients whose keys are kept elsewhere, or by a passphrase. What a
passphrase seals, the library holds in memory; so it seals a key that is made for this one file, as
age has it of files with identities, and that block stands before what is sealed to the key:

    -----BEGIN AGE ENCRYPTED FILE-----  …     an identity, by the passphrase
    age-encryption.org/v1 …                   the backup, to that identity

Memory does not grow with the file: it passes through a pipe, and a thread seals or opens it.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final

import pyrage
from pyrage import passphrase as phrases
from pyrage import x25519

from tidewaiter.node.archiving.archive import Damaged

SEALED: Final = b"age-encryption.org/"
ARMORED: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END: Final = b"-----END AGE ENCRYPTED FILE-----"
_MOST_LINES: Final = 64  # of a block that holds an identity
LARGEST_KEY: Final = 64 * 1024  # bytes of a file of identities
BUFFER: Final = 2**16
_NOT_THIS: Final = ("No matching keys", "Decryption failed")  # how the library says that

Recipient = x25519.Recipient
Identity = x25519.Identity


class NoRecipient(ValueError):
    """The text is no recipient of age."""


class NoIdentity(ValueError):
    """There is no identity of age in it; the message says what there is."""


class NotOpened(ValueError):
    """The key, or the passphrase, is another's."""


def recipient(text: str) -> Recipient:
    """The recipient that is written so: `age1…`. Raises NoRecipient."""
    try:
        return x25519.Recipient.from_str(text)
    except pyrage.RecipientError as error:
        raise NoRecipient(str(error)) from None


def new_key(passphrase: str, *, made: str) -> tuple[bytes, str]:
    """A file with a new identity, under the passphrase where there is one, and its recipient."""
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    text = f"# created: {made}\n# public key: {public}\n{identity}\n".encode()
    return (phrases.encrypt(text, passphrase, True) if passphrase else text), public


def identities(data: bytes, passphrase: str) -> list[Identity]:
    """Those in a file of identities, which may be sealed by a passphrase itself.

    Raises NoIdentity, NotOpened.
    """
    if data.startswith((ARMORED, SEALED)):
        if not passphrase:
            raise NoIdentity("it is sealed by a passphrase, and none was given")
        try:
            data = _by_phrase(data, passphrase)
        except Damaged:
            raise NoIdentity("it is damaged or cut off") from None
    try:
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
        found = [x25519.Identity.from_str(each) for each in lines if each and each[0] != "#"]
    except (pyrage.IdentityError, UnicodeDecodeError):
        raise NoIdentity("a line of it is none") from None
    if not found:
        raise NoIdentity("it holds none")
    return found


@contextmanager
def sealed(out: BinaryIO, to: Sequence[Recipient]) -> Iterator[BinaryIO]:
    """A stream: what is written into it stands sealed in `out` when the block has ended.

    Raises OSError where `out` takes no more.
    """
    source, stream = os.pipe()
    sink = _Sink(out)

    def work() -> None:
        with os.fdopen(source, "rb", buffering=0) as plain:
            pyrage.encrypt_io(_any(plain), _any(sink), list(to))

    aside = _Aside(work)
    aside.start()
    try:
        with os.fdopen(stream, "wb", buffering=BUFFER) as plain:
            yield plain
    except BrokenPipeError:  # the other end went away, and knows why
        aside.join()
        raise _reason(sink, aside) from None
    finally:
        aside.join()
    if aside.fault is not None:
        raise _reason(sink, aside)


@contextmanager
def sealed_by_phrase(out: BinaryIO, passphrase: str, *, made: str) -> Iterator[BinaryIO]:
    """As `sealed`, under a passphrase."""
    block, public = new_key(passphrase, made=made)
    out.write(block)
    with sealed(out, [recipient(public)]) as stream:
        yield stream


class Source:
    """The bytes of a backup, sealed or not, to be read from their beginning as often as wanted.

    `identity` is a file of identities, where there is one. Raises NoIdentity, NotOpened; and Locked
    where the backup is sealed and what it asks for is not given.
    """

    def __init__(self, raw: BinaryIO, identity: bytes | None, passphrase: str) -> None:
        self._raw = raw
        self._start = 0
        self._keys: list[Identity] = []
        head = raw.read(len(ARMORED))
        raw.seek(0)
        block = _block(raw) if head == ARMORED else b""
        self._start = len(block)
        self.sealed = head == ARMORED or head.startswith(SEALED)
        if block:
            if not passphrase:
                raise Locked("passphrase")
            self._keys = identities(_by_phrase(block, passphrase), "")
        elif self.sealed:
            if identity is None:
                raise Locked("identity")
            self._keys = identities(identity, passphrase)

    def sha256(self) -> str:
        """The digest of all its bytes, as they lie on the disk."""
        self._raw.seek(0)
        return hashlib.file_digest(self._raw, "sha256").hexdigest()  # type: ignore[arg-type]

    @contextmanager
    def stream(self) -> Iterator[BinaryIO]:
        """The backup from its beginning. What is read raises NotOpened, Damaged, OSError."""
        self._raw.seek(self._start)
        if not self.sealed:
            yield self._raw
            return
        with _opened(self._raw, self._keys) as stream:
            yield stream


class Locked(ValueError):
    """The backup is sealed; the message is what opens it: `identity` or `passphrase`."""


@contextmanager
def _opened(raw: BinaryIO, keys: Sequence[Identity]) -> Iterator[BinaryIO]:
    stream, sink = os.pipe()

    def work() -> None:
        with os.fdopen(sink, "wb", buffering=0) as plain:
            pyrage.decrypt_io(_any(raw), _any(plain), list(keys))

    aside = _Aside(work)
    aside.start()
    try:
        with os.fdopen(stream, "rb", buffering=BUFFER) as plain:
            yield _any(_Plain(plain, aside))
    finally:
        aside.join()  # nobody reads `raw` any more


class _Aside(threading.Thread):
    """A thread that keeps what went wrong in it."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            self._work()
        except Exception as error:
            self.fault = error


class _Sink:
    """A file being written, which keeps its own error: the library would make a sentence of it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.fault: OSError | None = None

    def write(self, block: bytes) -> int:
        try:
            return self._out.write(block)
        except OSError as error:
            self.fault = error
            raise

    def flush(self) -> None:
        self._out.flush()


class _Plain:
    """What comes out of the pipe. At its end it is asked whether that was all."""

    def __init__(self, pipe: BinaryIO, aside: _Aside) -> None:
        self._pipe = pipe
        self._aside = aside

    def read(self, size: int = -1) -> bytes:
        block = self._pipe.read(size)
        if size < 0 or len(block) < size:
            self._aside.join()
            if self._aside.fault is not None:
                raise _meaning(self._aside.fault) from None
        return block


def _block(raw: BinaryIO) -> bytes:
    """The armored block at the beginning, where what is sealed follows it; else nothing.

    A whole backup that somebody armored ends with its armor, and is opened as any that is sealed.
    """
    lines: list[bytes] = []
    while len(lines) < _MOST_LINES:
        line = raw.readline(128)
        lines.append(line)
        if not line or line.strip() == _END:
            break
    return b"".join(lines) if raw.read(len(SEALED)) == SEALED else b""


def _by_phrase(data: bytes, passphrase: str) -> bytes:
    try:
        return phrases.decrypt(data, passphrase)
    except pyrage.DecryptError as error:
        raise _meaning(error) from None


def _reason(sink: _Sink, aside: _Aside) -> Exception:
    return sink.fault or aside.fault or OSError("the backup could not be sealed")


def _meaning(fault: Exception) -> Exception:
    """What the library's error is for whoever restores."""
    if isinstance(fault, pyrage.DecryptError) and str(fault).startswith(_NOT_THIS):
        return NotOpened(str(fault))
    if isinstance(fault, OSError) and fault.errno is not None:
        return fault
    return Damaged(f"its encryption does not hold ({fault})")


def _any(stream: object) -> Any:
    """The library asks for `read` or `write` alone."""
    return stream
