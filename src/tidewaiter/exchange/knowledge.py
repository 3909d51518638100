"""What this node knows while it judges one batch: partners, their keys, types and agreements.

Each is looked up once a batch; the answers are `checks.Knowledge`.
"""

from datetime import datetime
from typing import Any

from tidewaiter import jose
from tidewaiter.exchange import deciding, envelope, housekeeping, schemas
from tidewaiter.exchange.attachments import asking as attachments
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.envelope import Arrival
from tidewaiter.exchange.message import Message
from tidewaiter.exchange.types import MessageType
from tidewaiter.identity import pinning
from tidewaiter.identity import queries as identity


class Known:
    """What the recipient `us` knows at the moment `at`."""

    def __init__(self, us: str, at: datetime) -> None:
        self.us = us
        self.at = at
        self.changes: dict[str, int] = {}  # how often what is known of a sender had changed
        self._partners: dict[str, bool] = {}
        self._listed: dict[str, frozenset[str]] = {}
        self._types: dict[str, MessageType | None] = {}
        self._held = deciding.Held(us, at)
        self._keys: dict[tuple[str, str], pinning.Key | None] = {}
        self._judged: tuple[Message | None, tuple[str, str] | None] = (None, None)

    def in_good_standing(self, sender: str) -> bool:
        """Whether `sender` is an active partner."""
        if sender not in self._partners:
            partner = identity.partner(sender) if sender else None
            self._partners[sender] = partner is not None and partner.active
            listed = partner.keys if partner is not None else ()
            self._listed[sender] = frozenset(each.kid for each in listed if each.use == "sig")
        return self._partners[sender]

    def signature(self, arrival: Arrival) -> str:
        """What is wrong with the signature or its key."""
        message, jws = arrival.message, arrival.jws
        assert message is not None
        assert jws is not None
        key = self._key(message.sender, arrival.kid)
        if key is None:
            return "no pinned key of the sender has this kid"
        if not key.valid(message.time):
            return "the key was not valid at the message's time"
        try:
            jose.verify_read(jws, key.jwk, typ=envelope.TYP)
        except jose.JoseError as error:
            return str(error)
        return ""

    def strange(self, arrival: Arrival) -> bool:
        """Whether no key of its sender that is pinned here has the name that it is signed under."""
        return bool(arrival.kid) and self._key(arrival.sender, arrival.kid) is None

    def type(self, name: str) -> MessageType | None:
        """The type, where this node takes it: housekeeping, or a room's."""
        if name not in self._types:
            self._types[name] = housekeeping.get(name)
        return self._types[name]

    def payload(self, kind: MessageType, data: Any) -> str:
        """What in `data` breaks the type's schema."""
        return schemas.fault(kind, data)

    def housekeeping(self, message: Message) -> tuple[str, str] | None:
        """What is wrong with what a housekeeping message says, by its problem, or None."""
        kind = self.type(message.type)
        assert isinstance(kind, housekeeping.Housekeeping)
        if self._judged[0] is not message:
            self._judged = (message, kind.judge(message, self.at))
        return self._judged[1]

    def attachment(self, message: Message) -> str:
        """What is wrong with the attachments that the message names."""
        named = attachment.named(message.data)
        return attachments.missing(message.sender, named) if named else ""

    def agreement(self, message: Message) -> str:
        """What is wrong with the agreement that the message names."""
        return self._held.fault_of_agreement(message)

    def clause(self, message: Message, kind: MessageType) -> str:
        """What our own copy of the clause does not permit."""
        return self._held.fault_of_clause(message, kind)

    def about(self, message: Message) -> bool:
        """Whether the message is of a type that is about other messages."""
        kind = self.type(message.type)
        return kind is not None and bool(kind.about)

    def took(self, message: Message) -> None:
        """Note a message of this batch that is accepted, for those about it."""
        kind = self.type(message.type)
        if kind is not None and message.permit is not None:
            self._held.took(message, kind)

    def _key(self, sender: str, kid: str) -> pinning.Key | None:
        if self.in_good_standing(sender) and kid not in self._listed[sender]:
            return None  # whoever names a new kid a line is not looked up a line
        if (sender, kid) not in self._keys:
            self._keys[sender, kid] = identity.signing_key(sender, kid)
        return self._keys[sender, kid]
