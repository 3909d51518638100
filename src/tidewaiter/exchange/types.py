"""The message types that this node takes and sends: a registry that the upper rooms fill.

A room names its types in `AppConfig.ready()` by import path; nothing is imported until a message of
the type is sent or comes in. Housekeeping types belong to this room and are not registered here.

    from tidewaiter.exchange import types
    types.register("org.tidewaiter.alert.shipment.v1", "tidewaiter.risk.messages.SHIPMENT")

where `SHIPMENT = types.MessageType(name=…, category="alert", schema={…}, handle=raise_signals)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import registry
from tidewaiter.agreements import category

PREFIX: Final = "org.tidewaiter."
REQUEST: Final = PREFIX + "request."
REPLY: Final = PREFIX + "reply."
RECEIPT: Final = "org.tidewaiter.receipt.v1"
HOUSEKEEPING: Final = (
    "agreement.",
    "key.",
    "node.",
    "resend.",
    "withdrawn.",
    "collect.",
    "receipt.",
)


@dataclass(frozen=True, slots=True)
class Received:
    """A message that was accepted, as the handler of its type gets it.

    `source` is the partner's code, `time` when it was sent, `received_at` when we took it; `id`
    is what every row that the handler makes carries as its `message_id`.
    """

    id: UUID
    source: str
    type: str
    time: datetime
    received_at: datetime
    data: dict[str, Any]
    digest: str
    agreement: str = ""
    clause: str = ""
    purpose: str = ""
    mode: str = ""
    handling: str = ""
    retain_until: datetime | None = None
    conversation: str = ""
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Went:
    """A message of ours that is signed and on its way, as the `sent` of its type gets it."""

    id: UUID
    to: str
    type: str
    at: datetime
    data: Mapping[str, Any]  # what leaves, once cut down
    agreement: str
    clause: str
    purpose: str
    handling: str
    retain_until: datetime | None
    conversation: str
    in_reply_to: str
    by: str


@dataclass(frozen=True, slots=True)
class MessageType:
    """What this room must know of a type: its schema, category and fields, and who handles it.

    `schema` is JSON Schema 2020-12 over `data`. `handle` runs once in effect for each accepted
    message, in a transaction of its own, some time after the receipt; it must be quick, must not
    send to the network, and raises to be called again later.

    `label` names the member of `data` by which later messages may name this one (`alert`). `about`
    names the member of `data` that holds such a name (or a message's id, or a list of them): such a
    type (`alert.correction`, `alert.feedback`, `obligation.*`) is judged by the agreement and the
    clause of the message that it is about, in either direction, and by nothing else.

    `answers` says whether `data` ends what the message that it is about, or replies to, asks for.
    `sent` is called with each message of ours of the type, in the transaction that signs it; where
    one is signed anew under its id, again.
    """

    name: str
    category: str | None
    schema: Mapping[str, Any]
    handle: Callable[[Received], None] | None = None
    label: str = ""
    about: str = ""
    title: str = ""  # what people call it, for gettext
    answers: Callable[[Mapping[str, Any]], bool] | None = None
    sent: Callable[[Went], None] | None = None

    def category_of(self, data: Mapping[str, Any]) -> str | None:
        """Under which category of an agreement a message with this data falls."""
        return self.category or category.of(self.name, data)

    @property
    def required(self) -> tuple[str, ...]:
        """The members of `data` without which the type says nothing; a sender needs them all."""
        return tuple(self.schema.get("required", ()))

    def published(self) -> dict[str, Any]:
        """The schema as `/.well-known/tidewaiter/schemas/` shows it."""
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **self.schema}
        if self.category:
            schema["x-category"] = self.category
        return schema


_types: Final = registry.Registry[MessageType]("message types")


def register(name: str, path: str) -> None:
    """Register the MessageType at `path`. Raises LookupError when the name has another path."""
    if housekeeping(name):
        raise LookupError(f"{name!r} is housekeeping, which belongs to the exchange alone")
    _types.register(name, path)


def get(name: str) -> MessageType | None:
    """The type of that name, or None when no room takes it."""
    return _types.get(name) if name in _types else None


def load() -> None:
    """Import what defines the types, where that was not done: before the writer is held."""
    for name in _types:
        _types.get(name)


def names() -> list[str]:
    """The names of all types that this node takes, sorted."""
    return list(_types)


def paths() -> dict[str, str]:
    """All names with their import paths, for the docs and the test of registries."""
    return _types.paths()


def housekeeping(name: str) -> bool:
    """Whether the type needs no clause and carries none of the agreement members."""
    return name.startswith(PREFIX) and name.removeprefix(PREFIX).startswith(HOUSEKEEPING)
