"""Ed25519 as every reader of a proof judges it alike (RFC 8032 §5.1.7). Imports nothing of ours.

The standard leaves two things open, and libraries differ in both: whether the equation is
multiplied by the cofactor, and whether a key may be of small order. A signature that one reader
takes and another refuses proves nothing, so this says which: without the cofactor, and never by
a key of small order, under which anybody can sign anything.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_PRIME: Final = 2**255 - 19
_EIGHT: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL: Final = frozenset({0, 1, _PRIME - 1, _EIGHT, _PRIME - _EIGHT})  # y of the eight points


def small(key: bytes) -> bool:
    """Whether a key is one of the eight points of small order, however it is written."""
    return int.from_bytes(key, "little") % 2**255 % _PRIME in _SMALL


def holds(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the signature is by that key of 32 bytes: the encoding of [S]B - [k]A is R."""
    if len(key) != 32 or len(signature) != 64 or small(key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
