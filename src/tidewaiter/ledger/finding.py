"""The ledger's own papers: a day of the read-audit, and any entry by its index."""

import re
from datetime import date, datetime
from typing import Final

from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import queries
from tidewaiter.ledger.models import AuditDay
from tidewaiter.ledger.papers import Paper
from tidewaiter.permission import Permission

_INDEX: Final = re.compile(r"[0-9]{1,15}", re.ASCII)
_DAY: Final = re.compile(r"(?:audit:)?([0-9]{4}-[0-9]{2}-[0-9]{2})", re.ASCII)


def audit_day(reference: str, viewer: Viewer, *, whole: bool, at: datetime) -> Paper | None:
    """The digest of a day of the read-audit, by its date. Raises Forbidden."""
    found = _DAY.fullmatch(reference)
    try:
        on = date.fromisoformat(found[1]) if found else None
    except ValueError:
        on = None
    row = AuditDay.objects.filter(on=on).first() if on else None
    if row is None:
        return None
    if not whole:
        withheld = (bytes(row.document), bytes(row.salt))
        return Paper("audit", row.on.isoformat(), row.index, withheld=withheld)
    if not viewer.may(Permission.AUDIT_READ):
        raise identity_errors.Forbidden(permission=Permission.AUDIT_READ.value)
    return Paper(
        kind="audit",
        reference=row.on.isoformat(),
        log_index=row.index,
        document=bytes(row.document),
        salt=bytes(row.salt),
        media_type="application/json",
    )


def entry(reference: str, viewer: Viewer, *, whole: bool, at: datetime) -> Paper | None:
    """An entry by its index, which shows no document. Raises NoSuchEntry."""
    if not _INDEX.fullmatch(reference):
        return None
    return Paper("entry", reference, queries.entry(int(reference)).index)
