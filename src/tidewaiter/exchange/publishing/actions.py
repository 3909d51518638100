"""This node's own document: issued anew when what it says has changed, logged, told to partners."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction

from tidewaiter.exchange import document, housekeeping, message, telling, types
from tidewaiter.exchange.models import Correspondent, Paper
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own_keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.work import actions as work

AFTER: Final = timedelta(milliseconds=1)  # a document is issued strictly later than the last one


def own(*, at: datetime) -> str:
    """This node's signed document; issued anew, and logged, where what it says has changed.

    Behind the fence it is the last one, for nothing is signed there. Raises Restoring where there
    is none.
    """
    latest = Paper.objects.newest()
    if ledger.standing_still() and latest is not None:
        return latest.document
    said = facts(at=at)
    content = document.content(said)
    if latest is None or latest.content != content:
        ledger.hold()
        issued = at if latest is None else max(at, latest.issued_at + AFTER)
        signed = keys.sign_document(document.payload(said, issued), at=at)
        issue(content, signed, issued=issued, at=at)
        latest = Paper.objects.newest()
    assert latest is not None
    return latest.document


def facts(*, at: datetime) -> document.Facts:
    """What this node's document says of it at `at`."""
    return document.Facts(
        administration=settings.ADMINISTRATION,
        name=settings.NODE_NAME,
        url=settings.NODE_URL,
        keys=own_keys.published(at),
        log_origin=own_keys.origin(),
        log_vkey=own_keys.note_verifier(),
        witness_vkey=own_keys.witness_verifier(),
        accepts=housekeeping.names(),
    )


def issue(
    content: str, signed: str, *, issued: datetime, at: datetime, recovered: bool = False
) -> bool:
    """Serve this document of ours from now on; False where another was quicker.

    Where it has other keys than the one before, it is logged: a key change. What is `recovered` is
    signed by the recovery key, and may say what we say already.
    """
    latest = Paper.objects.newest()
    logged: dict[str, Any] = {"salt": None, "log_index": None}
    with transaction.atomic():
        if latest is not None and document.keys_of(latest.document) != document.keys_of(signed):
            salt = secrets.token_bytes(32)
            index = ledger.append(signed.encode("ascii"), salt, at=at)
            logged = {"salt": salt, "log_index": index}
        new = Paper.objects.issue(content, signed, issued=issued, recovered=recovered, **logged)
        if not new:
            transaction.set_rollback(True)
    return new


def again(*, at: datetime) -> list[str]:
    """Issue our document anew, saying what it says, and tell every active partner; whom.

    After a restore partners may hold a later one, with keys that were lost.
    """
    latest, said = Paper.objects.newest(), facts(at=at)
    if latest is not None:
        issued = max(at, latest.issued_at + AFTER)
        signed = keys.sign_document(document.payload(said, issued), at=at)
        issue(document.content(said), signed, issued=issued, at=at, recovered=True)
    return publish(at=at, again=True)


def seal(*, at: datetime) -> None:
    """Sign and log all that was written as a batch, some hundreds a commit."""
    types.load()
    us = message.Origin(settings.ADMINISTRATION, settings.NODE_URL)
    sealing = True
    while sealing:
        with transaction.atomic():
            sealing = bool(telling.seal(us=us, sign=keys.sign, at=at))
        if sealing:
            work.give_way()


def publish(*, at: datetime, again: bool = False) -> list[str]:
    """Tell every active partner our document, once where it says something new; whom it was told.

    It is signed, and told, by a key that they have pinned: before a new key signs anything else.
    """
    own(at=at)
    us = message.Origin(settings.ADMINISTRATION, settings.NODE_URL)
    newest = Paper.objects.newest()
    if newest is None or newest.told_at is not None:
        return []
    seal(at=at)  # what has its serial already is signed by the key that partners know
    with transaction.atomic():
        told = [each.administration for each in partners.partners() if each.active]
        Correspondent.objects.lock(told)  # all before the log, as whoever receives does
        paper, before = Paper.objects.newest(), Paper.objects.told()
        if paper is None or not paper.tell(at=at):
            return []
        if not again and len(Paper.objects.all_documents()) == 1:
            return []  # our first one: whoever is a partner registered us by it
        if not again and before is not None and document.repeats(paper.document, before.document):
            return []  # two issued it at once
        for code in told:
            telling.tell(
                to=code,
                type=housekeeping.DOCUMENT.name,
                data={"document": paper.document},
                us=us,
                sign=keys.sign,
                at=at,
            )
    return told
