"""The columns of a message of ours that are written anew when it is decided and signed again."""

from typing import Final

PERMIT: Final = (
    "agreement",
    "clause",
    "handling",
    "retain_until",
    "expires_at",
    "withheld",
    "asked",
    "draft",
    "approval",
    "problem",
    "detail",
)
SIGNED: Final = ("jws", "digest", "log_index", "receipt", "refusals", "refused_at", "next_at")
