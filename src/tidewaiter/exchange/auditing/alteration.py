"""Whether what is kept of a message is what was signed: its columns held against its document.

Whoever has the database can change a row. What a passage is said to be must stand in the document,
and the document must be what the log has at its place (`ledger.queries.altered`). Pure.
"""

import json
from dataclasses import dataclass
from datetime import datetime

from tidewaiter import base64url, canonical, clock, jose
from tidewaiter.exchange import message


@dataclass(frozen=True, slots=True)
class Columns:
    """What a row says of the message whose document is beside it."""

    id: str
    sender: str
    recipient: str
    serial: int | None
    type: str
    agreement: str
    clause: str
    handling: str
    time: datetime
    digest: str


def salt(document: str, columns: Columns | None = None) -> bytes | None:
    """The salt in a document; None where there is none, or where it says not what the row says."""
    try:
        event = json.loads(jose.read(document).payload)
        if columns is not None and not _says(event, document, columns):
            return None
        return base64url.decode(event["salt"])
    except (jose.JoseError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _says(event: dict[str, object], document: str, columns: Columns) -> bool:
    return (
        event["id"] == columns.id
        and event["source"] == message.source(columns.sender)
        and event["recipient"] == columns.recipient
        and event["serial"] == columns.serial
        and event["type"] == columns.type
        and event.get("agreement", "") == columns.agreement
        and event.get("clause", "") == columns.clause
        and event.get("handling", "") == columns.handling
        and clock.text(clock.parse(str(event["time"]))) == clock.text(columns.time)
        and canonical.digest(document.encode()) == columns.digest
    )
