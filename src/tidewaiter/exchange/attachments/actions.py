"""What can be asked of attachments: enclose files of ours, await a partner's, take them.

An attachment of ours is stripped, kept and sealed before its message is written; of a partner's
nothing is believed before it opened, and nothing plain is kept before its message is accepted.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, BinaryIO, Final
from uuid import UUID

import structlog
from django.conf import settings

from tidewaiter import jose
from tidewaiter.exchange import drafting
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange import message as messages
from tidewaiter.exchange.attachments import attachment, errors, opening
from tidewaiter.exchange.attachments.attachment import File, Named
from tidewaiter.exchange.forgetting import registry
from tidewaiter.exchange.models import Awaited, Outbound, Sealed
from tidewaiter.identity import queries as identity
from tidewaiter.keys import actions as keys
from tidewaiter.vault import actions as vault
from tidewaiter.vault import content
from tidewaiter.vault import errors as vault_errors
from tidewaiter.vault import queries as kept

NOWHERE: Final = attachment.digest("0" * 64)  # stands for a digest while it is only decided
KEPT_FOR: Final = timedelta(days=30)  # our JWEs, after their message was settled
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """The data that names the files, and the files, sealed and in the vault."""

    data: dict[str, Any]
    files: tuple[Named, ...]

    def write(self, id: UUID) -> None:  # noqa: A002 (the contract's own name)
        """Keep that the message has these, in the transaction that writes it."""
        if not self.files:
            return
        pk = Outbound.objects.values_list("pk", flat=True).get(message_id=id)
        Sealed.objects.add([Sealed(message_id=pk, **each.member()) for each in self.files])


@contextmanager
def enclosed(
    data: dict[str, Any],
    files: Sequence[File],
    order: drafting.Order,
    *,
    us: messages.Origin,
    at: datetime,
) -> Iterator[Enclosed]:
    """The message's data with its files; they are gone again where the block raises.

    Whether they may leave is decided before anything is sealed. Raises what `actions.send` does,
    and StrayAttachments, TooManyFiles, FileTooLarge, FileRefused, AttachmentsWithheld,
    NoSealingKey.
    """
    no_strays([data])
    if not files:
        yield Enclosed(data, ())
        return
    _check(files)
    guessed = [
        Named(attachment.name(n, each.mediatype), each.mediatype, len(each.content), *[NOWHERE] * 2)
        for n, each in enumerate(files, 1)
    ]
    wanted = [each.member() for each in guessed]
    try:
        (row,) = drafting.drafts(order, [{**data, attachment.FIELD: wanted}], us=us, at=at)
    except exchange_errors.UnreadableData as error:  # what is left of them names no attachment
        if attachment.FIELD not in str(error.members.get("reason", "")):
            raise
        raise errors.AttachmentsWithheld(reason=attachment.FIELD) from error
    if json.loads(row.draft).get(attachment.FIELD) != wanted:
        raise errors.AttachmentsWithheld(reason=attachment.FIELD)
    key = identity.enc_key(order.to, at)
    if key is None:
        raise errors.NoSealingKey(administration=order.to)
    sealed: list[Named] = []
    try:
        for number, each in enumerate(files, 1):
            sealed.append(_sealed(number, each, key))
        named = [each.member() for each in sealed]
        yield Enclosed({**data, attachment.FIELD: named}, tuple(sealed))
    except BaseException:
        for one in sealed:
            vault.delete(attachment.sha256(one.jwe))
        raise


def no_strays(datas: Iterable[Mapping[str, Any]]) -> None:
    """Raises StrayAttachments where data names attachments by itself."""
    if any(attachment.FIELD in each for each in datas):
        raise errors.StrayAttachments


def _check(files: Sequence[File]) -> None:
    if len(files) > attachment.MOST_FILES:
        raise errors.TooManyFiles(count=len(files), limit=attachment.MOST_FILES)
    for number, each in enumerate(files, 1):
        file, limit = f"#{number}", attachment.MOST_PLAIN
        if len(each.content) > limit:
            raise errors.FileTooLarge(file=file, size=len(each.content), limit=limit)
        told = content.found(each.content[: content.HEAD])
        if each.mediatype not in attachment.SUFFIXES or told != each.mediatype:
            reason = f"{each.mediatype[:80]} was said, {told} was found"
            raise errors.FileRefused(file=file, reason=reason)


def _sealed(number: int, file: File, key: jose.Jwk) -> Named:
    """The file without its metadata, in the vault, and its JWE beside it."""
    try:
        sha256 = vault.keep(file.content, file.mediatype, limit=attachment.MOST_PLAIN, strip=True)
    except vault_errors.ContentTooLarge as error:
        size, limit = len(file.content), attachment.MOST_PLAIN
        raise errors.FileTooLarge(file=f"#{number}", size=size, limit=limit) from error
    except vault_errors.ContentRefused as error:
        raise errors.FileRefused(file=f"#{number}", reason=error.line()) from error
    plain = kept.read(sha256)
    jwe = jose.seal(plain, key, kid=key["kid"], cty=None).encode("ascii")
    return Named(
        name=attachment.name(number, file.mediatype),
        mediatype=file.mediatype,
        size=len(plain),
        sha256=attachment.digest(sha256),
        jwe=attachment.digest(vault.keep(jwe, "application/jose")),
    )


def awaits(jwe: str, *, at: datetime) -> bool:
    """Whether the attachment of that digest is to be taken; False where it is here already.

    Raises NotAwaited, TooMuchWaits.
    """
    rows = Awaited.objects.filter(jwe=jwe)
    if rows.exclude(came_at=None).exists():
        return False
    row = rows.taken(jwe, at).first()
    if row is None:
        raise errors.NotAwaited
    if Awaited.objects.waiting(row.partner) > settings.ATTACHMENTS_WAITING:
        raise errors.TooMuchWaits(limit=settings.ATTACHMENTS_WAITING)
    return True


def take(jwe: str, source: BinaryIO, *, at: datetime) -> bool:
    """Take an attachment from a stream, and look at once what is in it; False where it was here.

    It is on disk and noted when this returns. Raises NotAwaited, TooMuchWaits, and the vault's
    OtherContent and ContentTooLarge.
    """
    if not awaits(jwe, at=at):
        return False
    sha256 = attachment.sha256(jwe)
    try:
        vault.keep(source, "application/jose", limit=attachment.MOST_JWE, sha256=sha256)
    except vault_errors.ContentRefused:  # no JWE whatever it is: other bytes than were named
        raise vault_errors.OtherContent(sha256=sha256) from None
    with kept.open(sha256) as file:
        found = opening.found(file, keys.unwrapped)
        length = file.seek(0, 2)
    came = Awaited.objects.came(jwe, found, length, at=at)
    log.info("attachment came", jwe=jwe, bytes=length, fault=found.fault)
    return bool(came)


def unpack(jwe: str, *, at: datetime) -> None:
    """Keep the plain bytes of an attachment that a message was accepted with; the JWE goes.

    Raises the vault's ContentMissing, and NotOpened where it no longer opens.
    """
    row = Awaited.objects.filter(jwe=jwe).exclude(came_at=None).first()
    assert row is not None, "what is unpacked was accepted"
    sealed = attachment.sha256(jwe)
    if kept.held(sealed) or not kept.held(row.sha256):
        with kept.open(sealed) as file:
            plain: Any = opening.Plain(file, keys.unwrapped)
            vault.keep(plain, row.told, others=True, sha256=row.sha256)
    if not Awaited.objects.unpacked(jwe, at=at):  # its message was forgotten meanwhile
        _forgotten(row.sha256)
    vault.delete(sealed)


def _forgotten(sha256: str) -> None:
    """Delete plain bytes that nobody refers to."""
    theirs = Awaited.objects.filter(sha256=sha256, accepted_at__isnull=False)
    ours = Sealed.objects.filter(sha256=attachment.digest(sha256))
    if not (theirs.exists() or ours.exists() or registry.refers({sha256})):
        vault.delete(sha256)


def tidy(*, at: datetime) -> int:
    """Delete the JWEs of messages settled long ago, and what came for no message; how many."""
    dropped = Sealed.objects.to_drop(at - KEPT_FOR)
    gone = list(dropped.values_list("jwe", flat=True)[:500])
    for jwe in gone:
        vault.delete(attachment.sha256(jwe))
    Sealed.objects.filter(jwe__in=gone).drop(at=at)
    late = list(Awaited.objects.late(at - attachment.TAKEN_FOR)[:500])
    jwes = {row.jwe for row in late if row.came_at is not None}
    used = set(
        Awaited.objects.filter(jwe__in=jwes)
        .exclude(pk__in=[row.pk for row in late])
        .values_list("jwe", flat=True)
    )
    for jwe in jwes - used:
        vault.delete(attachment.sha256(jwe))
    Awaited.objects.filter(pk__in=[row.pk for row in late]).forget()
    vault.sweep(before=at - timedelta(days=1))
    return len(gone) + len(late)
