"""A document's file, read by its bytes: regular files alone, and none that is too large."""

from pathlib import Path
from typing import Final

from tidewaiter.agreements import errors, reading

MOST: Final = 4 * reading.BYTES  # bytes of a file with many signatures


def read(file: Path) -> bytes:
    """The bytes of a regular file, links followed. Raises UnreadableFile."""
    try:
        if not file.is_file():
            missing = "there is none" if not file.exists() else "it is no regular file"
            raise errors.UnreadableFile(file=str(file), reason=missing)
        with file.open("rb") as opened:
            source = opened.read(MOST + 1)
    except OSError as error:
        raise errors.UnreadableFile(file=str(file), reason=error.strerror or "") from None
    if len(source) > MOST:
        raise errors.UnreadableFile(file=str(file), reason=f"it is over {MOST} bytes")
    return source
