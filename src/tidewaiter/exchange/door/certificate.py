"""A client's certificate as the reverse proxy passes it on: its SHA-256, which node documents name.

Taken are the digest itself in hexadecimal (HAProxy's `ssl_c_der,sha2(256),hex`), the certificate in
PEM with its blanks escaped (nginx's `$ssl_client_escaped_cert`) and RFC 9440's byte sequence.
"""

import base64
import binascii
import hashlib
import re
from typing import Final
from urllib.parse import unquote

LARGEST: Final = 16 * 1024  # characters
_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9A-Fa-f]{64})")
_PEM: Final = re.compile(r"-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----\s*")


def thumbprint(passed: str) -> str:
    """`sha256:` and the hexadecimal digest of the certificate in that header, "" where none is."""
    passed = passed.strip()
    if not passed or len(passed) > LARGEST:
        return ""
    if found := _DIGEST.fullmatch(passed.replace(":", "") if passed.count(":") == 31 else passed):
        return "sha256:" + found[1].lower()
    if found := _PEM.fullmatch(unquote(passed)):
        return _of(re.sub(r"\s", "", found[1]))
    if len(passed) > 2 and passed[0] == passed[-1] == ":":
        return _of(passed[1:-1])
    return ""


def _of(text: str) -> str:
    try:
        return "sha256:" + hashlib.sha256(base64.b64decode(text, validate=True)).hexdigest()
    except (binascii.Error, ValueError):
        return ""
