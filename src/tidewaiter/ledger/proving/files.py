"""The file of a proof: read by its bytes, a regular file alone; written for its owner alone."""

import os
import sys
from pathlib import Path
from typing import Final

from tidewaiter.ledger import errors, proof

STANDARD: Final = "-"
_MODE: Final = 0o600  # the document is in it


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
    """Write a proof, aside first, so that no half of one is ever there. Raises ProofUnreadable."""
    path = Path(file)
    aside = path.with_name(path.name + ".part")
    try:
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE)
        with os.fdopen(handle, "wb") as opened:
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        aside.replace(path)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise errors.ProofUnreadable(file=file, reason=error.strerror or "") from None
