"""The first line of a bundle: who made it for whom, and the digest of all that follows. Pure.

The wire contract, "The bundle (offline)": a JWS of a CloudEvent `org.tidewaiter.bundle.v1`.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import canonical, clock
from tidewaiter.exchange import message
from tidewaiter.problem import N_

TYPE: Final = "org.tidewaiter.bundle.v1"
FAMILY: Final = "org.tidewaiter.bundle."
NONE: Final = N_("its first line is no manifest")
_CODE: Final = re.compile(r"[A-Z]{2}")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class NoManifest(ValueError):
    """It is no manifest; which rule it breaks."""


class OtherVersion(ValueError):
    """It is the manifest of another version of the format; its type."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the maker says of a bundle; `first` and `last` are serials, 0 where none travels."""

    sender: str
    recipient: str
    time: datetime
    count: int  # messages
    first: int
    last: int
    sha256: str  # of the lines that follow, their line ends with them; `sha256:` before it


def build(manifest: Manifest, *, id: UUID) -> bytes:  # noqa: A002 (the contract's own name)
    """The event of a manifest in JSON, as it is signed."""
    return message.encoded(
        {
            "specversion": "1.0",
            "id": str(id),
            "source": message.source(manifest.sender),
            "type": TYPE,
            "time": clock.text(manifest.time),
            "datacontenttype": "application/json",
            "recipient": manifest.recipient,
            "data": {
                "from": manifest.sender,
                "to": manifest.recipient,
                "count": manifest.count,
                "first": manifest.first,
                "last": manifest.last,
                "sha256": manifest.sha256,
            },
        }
    )


def read(payload: bytes) -> Manifest:
    """The manifest in a JWS payload; nothing in it is believed yet.

    Raises NoManifest, and OtherVersion where it is one of a version that is not ours.
    """
    try:
        event = canonical.read(payload)
    except canonical.NotIJson as error:
        raise NoManifest(f"its first line holds no event: {error}") from None
    if not isinstance(event, dict) or not str(event.get("type", "")).startswith(FAMILY):
        raise NoManifest(NONE)
    if event["type"] != TYPE:
        raise OtherVersion(str(event["type"])[:120])
    data = event.get("data")
    if event.get("specversion") != "1.0" or not isinstance(data, dict):
        raise NoManifest(N_("its manifest is no CloudEvent with data"))
    sender, recipient = _matched(data, "from", _CODE), _matched(data, "to", _CODE)
    if message.code(event.get("source")) != sender:
        raise NoManifest(N_("its manifest has another source than it says that it is from"))
    if event.get("recipient", recipient) != recipient:
        raise NoManifest(N_("its manifest has another recipient than it says that it is to"))
    try:
        time = message.moment(event.get("time"), "time")
    except ValueError as error:
        raise NoManifest(f"its manifest: {error}") from None
    return Manifest(
        sender=sender,
        recipient=recipient,
        time=time,
        count=_number(data, "count"),
        first=_number(data, "first"),
        last=_number(data, "last"),
        sha256=_matched(data, "sha256", _DIGEST),
    )


def _matched(data: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise NoManifest(f"`{name}` of its manifest is not what the contract wants")
    return value


def _number(data: dict[str, Any], name: str) -> int:
    """A whole number from 0; one that is left out, as where nothing travels, is 0."""
    value = data.get(name)
    if value is None:
        return 0
    if type(value) is not int or value < 0:
        raise NoManifest(f"`{name}` of its manifest is no whole number")
    return value
