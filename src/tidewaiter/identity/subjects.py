"""Whom data is about, as the audit keeps it: a keyed digest of the party's identifier or name.

The audit answers "was this person's data shown?" to whoever names the person, and tells no names
to whoever reads it.
"""

import hashlib
import hmac

from tidewaiter import identifier


def digest(subject: str, secret: str) -> str:
    """32 hexadecimal digits for a party, however it is written; keyed by `secret`."""
    folded = identifier.fold(subject) or subject
    key = hashlib.sha256(b"identity.subject:" + secret.encode()).digest()
    return hmac.new(key, folded.encode(), hashlib.sha256).hexdigest()[:32]
