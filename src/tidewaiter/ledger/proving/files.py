"""The file of a proof: read by its bytes, a regular file alone; written for its owner alone."""

import os
import sys
import tempfile
from pathlib import Path
from typing import Final

from tidewaiter.ledger import errors, proof

STANDARD: Final = "-"


def read(file: str) -> bytes:
    """The bytes of a file, `-` for standard input; one too many of one too large.

    Raises ProofUnreadable.
    """
    most = proof.LARGEST + 1
    if file == STANDARD:
        return sys.stdin.buffer.read(most)
    path = Path(file)
    try:
        if not path.is_file():
            missing = "there is none" if not path.exists() else "it is no regular file"
            raise errors.ProofUnreadable(file=file, reason=missing)
        with path.open("rb") as opened:
            return opened.read(most)
    except OSError as error:
        raise errors.ProofUnreadable(file=file, reason=error.strerror or "") from None


def write(file: str, data: bytes) -> None:
    """Write a proof, aside first, so that no half of one is ever there. Raises ProofUnreadable.

    Aside is a file that nobody else can have made: what stood there before could be read by others.
    """
    path = Path(file)
    try:
        handle, aside = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.parent)  # 0600
    except OSError as error:
        raise errors.ProofUnreadable(file=file, reason=error.strerror or "") from None
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        Path(aside).replace(path)
    except OSError as error:
        Path(aside).unlink(missing_ok=True)
        raise errors.ProofUnreadable(file=file, reason=error.strerror or "") from None
