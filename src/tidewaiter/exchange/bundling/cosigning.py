"""A log that reaches its witness in bundles alone: what stands beside the checkpoints in them.

It is the proof that a checkpoint goes on from what was cosigned, and the entries under it.

An extension of the contract's bundle: whoever does not know these members reads a checkpoint. C2SP
tlog-witness says what is proven, C2SP tlog-mirror how entries are. Pure.
"""

import base64
from collections.abc import Mapping
from typing import Final

from tidewaiter import base64url, canonical
from tidewaiter.exchange.bundling.reading import CHECKPOINT
from tidewaiter.ledger import witness

ENTRIES_ROOM: Final = 640 * 1024  # bytes of entries a line: coded, they keep to the limit of a line


class NotAsked(ValueError):
    """The members beside a checkpoint are not those of this extension."""


def members(carried: witness.Carried) -> dict[str, canonical.Json]:
    """What a line says that carries this."""
    said: dict[str, canonical.Json] = {CHECKPOINT: carried.note}
    if carried.old is not None:
        said["old"] = carried.old
        said["proof"] = [base64.b64encode(each).decode("ascii") for each in carried.proof]
    if carried.entries:
        said["entries"] = base64url.encode(carried.entries)
    return said


def request(note: str, more: Mapping[str, canonical.Json]) -> bytes | None:
    """The body of add-checkpoint in a line; None where it does not ask. Raises NotAsked."""
    if "old" not in more:
        return None
    old, proof = more["old"], more.get("proof")
    if not isinstance(old, int) or isinstance(old, bool) or not isinstance(proof, list):
        raise NotAsked("its `old` is no size, or its `proof` no list")
    lines = "".join(f"{line}\n" for line in (f"old {old}", *proof, ""))
    try:
        return witness.whole(lines.encode("ascii") + note.encode())
    except (UnicodeEncodeError, witness.BadRequest) as error:
        raise NotAsked(f"its `proof` does not read: {error}") from None


def entries(more: Mapping[str, canonical.Json]) -> bytes | None:
    """The body of add-entries in a line; None where there is none. Raises NotAsked."""
    if "entries" not in more:
        return None
    try:
        return base64url.decode(str(more["entries"]))
    except base64url.NotBase64Url as error:
        raise NotAsked(f"its `entries` are no base64url: {error}") from None
