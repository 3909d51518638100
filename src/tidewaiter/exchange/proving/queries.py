"""The papers of this room for `ledger.papers`: messages both ways, and our node documents."""

import json
import re
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from tidewaiter import canonical, jose
from tidewaiter.exchange import drafting, queries
from tidewaiter.exchange import receipt as receipts
from tidewaiter.exchange.models import Former, Inbound, Outbound
from tidewaiter.exchange.models import Paper as NodeDocument
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger.papers import Elsewhere, Paper
from tidewaiter.permission import Permission
from tidewaiter.problem import N_

OURS: Final = "node.json"  # the newest node document of ours that was logged
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
LOGGED: Final = {Inbound: "received_at", Outbound: "sent_at", Former: "replaced_at"}
"""When about a message was logged."""
_TAKEN: Final = {receipts.ACCEPTED, receipts.DUPLICATE}


def message(reference: str, viewer: Viewer, *, whole: bool, at: datetime) -> Paper | None:
    """A message by its id or its digest. Raises NotLogged, Forbidden."""
    found = _message(reference)
    if found is None:
        return None
    if found.log_index is None:
        raise ledger_errors.NotLogged(reference=reference)
    name = str(found.message_id)
    elsewhere = _elsewhere(found) if isinstance(found, Outbound) else ()
    if not found.jws:
        logged = getattr(found, LOGGED[type(found)])
        return Paper("message", name, found.log_index, forgotten=True, logged=logged)
    event: dict[str, Any] = json.loads(jose.read(found.jws).payload)
    if not whole:
        withheld = (found.jws.encode("ascii"), jose.decode(event["salt"]))
        return Paper("message", name, found.log_index, withheld=withheld)
    queries.may_read(viewer)
    about = drafting.subjects([event.get("data")])
    identity.audit(viewer, N_("proof of a message"), [name], about, at)
    return Paper(
        kind="message",
        reference=name,
        log_index=found.log_index,
        document=found.jws.encode("ascii"),
        salt=jose.decode(event["salt"]),
        elsewhere=elsewhere,
    )


def node_document(reference: str, viewer: Viewer, *, whole: bool, at: datetime) -> Paper | None:
    """A node document of ours that was logged: the newest, or the one of that digest.

    Only those that change keys are. Raises NotLogged, Forbidden.
    """
    if reference != OURS and not _DIGEST.fullmatch(reference):
        return None
    logged = NodeDocument.objects.exclude(log_index=None).order_by("-issued_at")
    for row in logged:
        document = row.document.encode("ascii")
        if reference in {OURS, canonical.digest(document)}:
            break
    else:
        if reference == OURS:
            raise ledger_errors.NotLogged(reference=reference)
        return None
    if not whole:
        withheld = (document, bytes(row.salt or b""))
        return Paper("node-document", reference, row.log_index or 0, withheld=withheld)
    if not viewer.may(Permission.PARTNER_READ):
        raise identity_errors.Forbidden(permission=Permission.PARTNER_READ.value)
    return Paper("node-document", reference, row.log_index or 0, document, bytes(row.salt or b""))


def documents(at: datetime) -> list[str]:
    """The node documents that we issued, the newest first."""
    publishing.own(at=at)
    return NodeDocument.objects.all_documents()


def _message(reference: str) -> Outbound | Inbound | Former | None:
    """The message, the one that went before the one that came; signed anew, as it is now."""
    if _DIGEST.fullmatch(reference):
        by: dict[str, Any] = {"digest": reference}
    else:
        try:
            by = {"message_id": UUID(reference)}
        except ValueError:
            return None
    return (
        Outbound.objects.filter(**by).first()
        or Inbound.objects.filter(**by).order_by("pk").first()
        or Former.objects.filter(**by).order_by("-pk").first()
    )


def _elsewhere(row: Outbound) -> tuple[Elsewhere, ...]:
    """Where the recipient has it, by its receipt."""
    if not row.receipt:
        return ()
    said = json.loads(jose.read(row.receipt).payload).get("data", {})
    index = said.get("logindex")
    if said.get("outcome") not in _TAKEN or type(index) is not int or index < 0:
        return ()
    return (Elsewhere(row.recipient, index),)
