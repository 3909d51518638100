"""What the log says of a document: an HMAC, which nobody can read without document and salt.

The two nodes of a message log different values for it, so that who reads both logs joins nothing.
"""

import hashlib
import hmac
from typing import Final

from tidewaiter import canonical, jose

VERSION: Final = 1
SALT: Final = 32  # bytes


def commit(administration: str, document: bytes, salt: bytes) -> bytes:
    """HMAC-SHA-256 of the node's code, LF and the document. Raises ValueError on another salt."""
    if len(salt) != SALT:
        raise ValueError(f"a salt has {SALT} bytes")
    return hmac.digest(salt, administration.encode("ascii") + b"\n" + document, hashlib.sha256)


def entry(commitment: bytes) -> bytes:
    """The log's entry for a commitment, in JCS, put together: base64url needs no escape."""
    return f'{{"commitment":"{jose.encode(commitment)}","v":{VERSION}}}'.encode("ascii")


def read(entry: bytes) -> str:
    """The commitment in an entry, as it is written there. Raises NotIJson, KeyError."""
    return str(canonical.read(entry)["commitment"])
