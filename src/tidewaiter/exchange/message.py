"""A message as a CloudEvent 1.0 in structured JSON: built by its sender, read by its recipient.

The wire contract's page "A message"; RFC 7493 for the JSON, RFC 3339 for moments. Reads no clock.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from tidewaiter import canonical, clock

SOURCE: Final = "tidewaiter:"
MOST_SERIAL: Final = 2_147_483_647
HANDLING: Final = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")
UNDER_AGREEMENT: Final = (
    "agreement",
    "clause",
    "purpose",
    "mode",
    "handling",
    "retainuntil",
    "conversation",
)
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
_CODE: Final = re.compile(r"tidewaiter:([A-Z]{2})")
_SALT: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Malformed(ValueError):
    """No message: which rule it breaks, and whose it is as far as that could be read."""

    def __init__(self, rule: str, *, id: str = "", sender: str = "") -> None:  # noqa: A002
        super().__init__(rule)
        self.rule = rule
        self.id = id
        self.sender = sender


@dataclass(frozen=True, slots=True)
class Permit:
    """What a message under an agreement says of the clause that lets it go."""

    agreement: str  # the digest
    clause: str
    purpose: str
    mode: str
    handling: str
    retain_until: datetime
    conversation: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message that has the members required of every message; `permit` where it has those too."""

    id: UUID
    sender: str  # the administration's code, "" where `source` names none
    type: str
    time: datetime
    recipient: str
    serial: int
    expires: datetime
    salt: bytes  # 32
    data: Any
    permit: Permit | None = None
    lacking: str = ""  # the first member required under an agreement that is not there
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """The node that sends: its code, and its address, "" where it has none."""

    code: str
    url: str

    def schema(self, type: str) -> str:  # noqa: A002 (the contract's own name)
        """Where the schema of a type is published, "" where it is nowhere."""
        base = self.url.rstrip("/")
        return f"{base}/.well-known/tidewaiter/schemas/{type}.json" if base else ""


def source(code: str) -> str:
    """An administration as CloudEvents' `source` names it."""
    return SOURCE + code


def build(message: Message, *, schema: str = "") -> bytes:
    """The event of `message` in JSON, as it is signed; `schema` is where its schema is published.

    Raises canonical.NotIJson where `data` holds what no message may.
    """
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(message.id),
        "source": source(message.sender),
        "type": message.type,
        "time": clock.text(message.time),
        "datacontenttype": "application/json",
    }
    if schema:
        event["dataschema"] = schema
    event["recipient"] = message.recipient
    if message.permit is not None:
        event |= _permit(message.permit)
    if message.in_reply_to:
        event["inreplyto"] = message.in_reply_to
    event["expires"] = clock.text(message.expires)
    event["serial"] = message.serial
    event["salt"] = base64.urlsafe_b64encode(message.salt).rstrip(b"=").decode("ascii")
    event["data"] = message.data
    return encoded(event)


def encoded(value: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8 of values that came out of I-JSON. Raises canonical.NotIJson."""
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, UnicodeEncodeError) as error:
        raise canonical.NotIJson(str(error)) from None


def read(payload: bytes) -> Message:
    """The message in a JWS payload. Raises Malformed on what is no I-JSON or lacks a member."""
    try:
        event = canonical.read(payload)
    except canonical.NotIJson as error:
        raise Malformed(str(error)) from None
    if not isinstance(event, dict):
        raise Malformed("the payload is no JSON object")
    found = _text(event.get("id"))
    sender = code(event.get("source"))
    try:
        return Message(
            id=identifier(event.get("id")),
            sender=sender,
            type=_required(event, "type"),
            time=moment(event.get("time"), "time"),
            recipient=_required(event, "recipient"),
            serial=_serial(event.get("serial")),
            expires=moment(event.get("expires"), "expires"),
            salt=_salt(event.get("salt")),
            data=_data(event),
            in_reply_to=_text(event.get("inreplyto")),
            **_under_agreement(event),
        )
    except ValueError as error:
        raise Malformed(str(error), id=found, sender=sender) from None


def code(value: object) -> str:
    """The administration that a `source` names, "" where it names none."""
    found = _CODE.fullmatch(value) if isinstance(value, str) else None
    return found[1] if found else ""


def identifier(value: object) -> UUID:
    """A UUIDv7 in its canonical form (RFC 9562 §4). Raises ValueError."""
    if isinstance(value, str) and len(value) == 36:
        found = UUID(value)
        if str(found) == value and found.version == 7:
            return found
    raise ValueError("`id` is no UUIDv7")


def moment(value: object, name: str) -> datetime:
    """A moment as the contract writes it: UTC, `Z`, to the millisecond. Raises ValueError."""
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        raise ValueError(f"`{name}` is no moment in UTC to the millisecond")
    try:
        return clock.parse(value)
    except (ValueError, OverflowError):
        raise ValueError(f"`{name}` is no moment of the calendar") from None


def _permit(permit: Permit) -> dict[str, str]:
    return {
        "agreement": permit.agreement,
        "clause": permit.clause,
        "purpose": permit.purpose,
        "mode": permit.mode,
        "handling": permit.handling,
        "retainuntil": clock.text(permit.retain_until),
        "conversation": permit.conversation,
    }


def _under_agreement(event: dict[str, Any]) -> dict[str, Any]:
    for name in UNDER_AGREEMENT:
        if not _text(event.get(name)):
            return {"lacking": name}
    if event["handling"] not in HANDLING:
        return {"lacking": "handling"}
    try:
        retain_until = moment(event["retainuntil"], "retainuntil")
    except ValueError:
        return {"lacking": "retainuntil"}
    texts = {name: event[name] for name in UNDER_AGREEMENT if name != "retainuntil"}
    return {"permit": Permit(retain_until=retain_until, **texts)}


def _required(event: dict[str, Any], name: str) -> str:
    found = _text(event.get(name))
    for each in ("specversion", "source", name):
        if not _text(event.get(each)):
            raise ValueError(f"`{each}` is missing")
    if event["specversion"] != "1.0":
        raise ValueError("`specversion` is not 1.0")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _serial(value: object) -> int:
    if type(value) is not int or not 1 <= value <= MOST_SERIAL:
        raise ValueError(f"`serial` is no whole number from 1 to {MOST_SERIAL}")
    return value


def _salt(value: object) -> bytes:
    if not isinstance(value, str) or not _SALT.fullmatch(value):
        raise ValueError("`salt` is not 32 bytes in base64url")
    salt = base64.urlsafe_b64decode(value + "=")
    if base64.urlsafe_b64encode(salt).rstrip(b"=") != value.encode("ascii"):
        raise ValueError("`salt` is not 32 bytes in base64url")
    return salt


def _data(event: dict[str, Any]) -> Any:
    if event.get("data") in (None, ""):
        raise ValueError("`data` is missing")
    return event["data"]
