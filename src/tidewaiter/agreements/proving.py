"""Agreements as papers for `ledger.papers`: a version by its digest, with who signed it."""

from datetime import datetime

from tidewaiter.agreements.models import Version
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger import errors
from tidewaiter.ledger.papers import Paper
from tidewaiter.ledger.proof import Signature
from tidewaiter.permission import Permission


def agreement(reference: str, viewer: Viewer, *, whole: bool, at: datetime) -> Paper | None:
    """The version of that digest. Raises NotLogged, Forbidden."""
    row = Version.objects.whole().filter(digest=reference).first()
    if row is None:
        return None
    if row.log_index is None:
        raise errors.NotLogged(reference=reference)
    if not whole:
        withheld = (row.canonical.encode("utf-8"), bytes(row.salt or b""))
        return Paper("agreement", reference, row.log_index, withheld=withheld)
    if not viewer.may(Permission.AGREEMENT_READ):
        raise identity_errors.Forbidden(permission=Permission.AGREEMENT_READ.value)
    return Paper(
        kind="agreement",
        reference=reference,
        log_index=row.log_index,
        document=row.canonical.encode("utf-8"),
        salt=bytes(row.salt or b""),
        signatures=tuple(Signature(each.protected, each.signature) for each in row.members()),
        media_type="application/json",
    )
