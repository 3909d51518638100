"""What the outside can ask of bundles: write what waits for a partner, take what a partner wrote.

The wire contract, "The bundle (offline)". A bundle is judged whole before anything of it is taken:
its maker, its recipient, its digest. What is in it is then received as its lines would be over the
wire, and its receipts are kept: they go back in the next bundle or over the wire.
"""

import os
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import structlog
from django.conf import settings

from tidewaiter import identifier
from tidewaiter.exchange import envelope, receiving
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange.attachments import errors as attachment_errors
from tidewaiter.exchange.bundling import (
    cosigning,
    errors,
    inflating,
    maker,
    manifest,
    packing,
    reading,
    taking,
)
from tidewaiter.exchange.bundling.manifest import Manifest
from tidewaiter.exchange.bundling.writing import Draft
from tidewaiter.exchange.models import Correspondent, Returning
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as partners
from tidewaiter.identity.viewer import Viewer
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as log_actions
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger import queries as ledger
from tidewaiter.problem import N_
from tidewaiter.work import actions as work

BRING: Final = "exchange.bring"  # the job that takes receipts back over the wire
log: Final = structlog.get_logger("tidewaiter.exchange")


@dataclass(slots=True)
class Exported:
    """What left, in how many files; `first` and `last` are serials, None where none went."""

    files: list[Path] = field(default_factory=list)
    messages: int = 0
    first: int | None = None
    last: int | None = None
    lines: Counter[str] = field(default_factory=Counter)  # by kind
    over: int = 0  # files that are larger than was wanted: one attachment alone is


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a bundle; `fault` says why it was not whole, where it was taken in part."""

    sender: str
    accepted: int
    refused: int
    duplicates: int
    problems: dict[str, int]  # refused messages by problem
    receipts: int
    attachments: int
    checkpoints: int
    cosigned: int  # of these, that we cosigned for it
    unproven: int  # receipts and checkpoints that do not verify
    unknown: int  # lines of no kind that we know
    fault: str = ""


def export(
    *,
    to: str,
    file: Path,
    by: Viewer,
    at: datetime,
    most: int | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Exported:
    """Write what waits for a partner into `file`, and beside it what is over `most` bytes.

    Messages without a receipt, their attachments, the receipts of what came in bundles, checkpoints
    with their cosignatures. It changes nothing of how they stand: written again before the receipts
    are here, they are in it again. Raises UnknownPartner, PartnerSuspended, NoSealingKey,
    BundleNotWritten, Restoring.
    """
    _not_fenced()
    partner = partners.partner(to)
    if partner is None:
        raise identity_errors.UnknownPartner(administration=to[:2])
    if not partner.active:
        raise exchange_errors.PartnerSuspended(administration=to)
    publishing.seal(at=at)  # the node may not be served at all
    key = partners.enc_key(to, at)
    if key is None:
        raise attachment_errors.NoSealingKey(administration=to)
    log_actions.publish(at=at)  # the node may not be served: its log's head travels too
    done = Exported()

    def write(draft: Draft) -> None:
        place = _numbered(file, len(done.files) + 1)
        size = _write(draft, place, to, at)
        done.files.append(place)
        done.over += most is not None and size > most
        done.lines.update(draft.counts)
        done.first = done.first or draft.first or None
        done.last = draft.last or done.last
        _audit(draft, to, by, at)
        progress(len(packed.messages))

    try:
        packed = packing.Packing(to, key, write, folder=settings.HOME, most=most, at=at)
        packed.pack(ledger.carried(to, entries=_entries(partner.url, most)))
    except OSError as error:
        raise errors.BundleNotWritten(file=file.name, reason=error.strerror or error) from None
    Returning.objects.carried(packed.receipts, at=at)
    done.messages = len(packed.messages)
    log.info("bundle written", partner=to, files=len(done.files), messages=done.messages)
    return done


def import_(
    *,
    file: BinaryIO,
    by: Viewer,
    at: datetime,
    partial: bool = False,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> Imported:
    """Take a bundle out of a file that can be read from its beginning again.

    One that was cut or changed on its way is refused whole, unless what is whole in it is wanted
    (`partial`): each line is signed by itself. Whoever is stopped imports it again; what was taken
    is a duplicate then. Raises NoBundle, BundleVersion, BundleForAnother, BundleOfStranger,
    BundleNotProven, BundleDamaged, BundleTooLarge, Restoring.
    """
    _not_fenced()
    limits = inflating.Limits(
        plain=settings.BUNDLE_MAX_BYTES,
        line=settings.EXCHANGE_MAX_LINE,
        attachment=settings.ATTACHMENT_MAX_BYTES,
    )
    try:
        door = _door()
        found, introduced = maker.proven(file, limits, door, at=at)
        file.seek(0)
        reader = reading.Reader(file, limits)
        reader.manifest()
        survey = reading.survey(reader, found.sha256)
    except inflating.TooMuch as error:
        what, limit = errors.TOO_MUCH[error.what], errors.limit(error.limit)
        raise errors.BundleTooLarge(what=what, limit=limit) from None
    except (inflating.NoBundle, inflating.Damaged) as error:
        raise errors.NoBundle(reason=error) from None
    if survey.fault and not partial:
        whole = sum(survey.counts.values())
        raise errors.BundleDamaged(sender=found.sender, reason=survey.fault, lines=whole)
    tally = taking.Taking(file, limits, found, survey, introduced, door, at, progress).all()
    reference = f"{found.sender} {found.first}–{found.last}" if found.count else found.sender
    identity.audit(by, N_("importing a bundle"), [reference], [], at)
    bring(found.sender, at=at)
    log.info(
        "bundle taken",
        partner=found.sender,
        accepted=tally.accepted,
        duplicates=tally.duplicates,
        refused=tally.refused.total(),
    )
    return _imported(found.sender, tally, survey.fault)


def _imported(sender: str, tally: taking.Tally, fault: str) -> Imported:
    return Imported(
        sender=sender,
        accepted=tally.accepted,
        refused=tally.refused.total(),
        duplicates=tally.duplicates,
        problems=dict(tally.refused),
        receipts=tally.receipts,
        attachments=tally.attachments,
        checkpoints=tally.checkpoints,
        cosigned=tally.cosigned,
        unproven=tally.unproven,
        unknown=tally.unknown,
        fault=fault,
    )


def bring(partner: str, *, at: datetime) -> None:
    """Have the receipts that are kept for a partner taken to it, where it has an address."""
    known = partners.partner(partner)
    if known is None or not known.active or not known.url:
        return
    if Returning.objects.of(partner).exists():
        wait = Correspondent.objects.waits(partner, at) or at
        work.enqueue(BRING, {"partner": partner}, at=at, key=partner, not_before=wait)


def _entries(url: str, most: int | None) -> int:
    """The bytes of our log's entries a line; 0 where either side has the address of the other."""
    if settings.NODE_URL and url:
        return 0
    return cosigning.ENTRIES_ROOM if most is None else min(cosigning.ENTRIES_ROOM, most // 2)


def _not_fenced() -> None:
    fenced = ledger.fenced()
    if fenced is not None:
        raise ledger_errors.Restoring(stage=fenced.stage)


def _numbered(file: Path, number: int) -> Path:
    """`file` itself, then the same name with a number."""
    return file if number == 1 else file.with_name(f"{file.stem}-{number}{file.suffix}")


def _write(draft: Draft, place: Path, to: str, at: datetime) -> int:
    """Write one bundle whole or not at all; its bytes."""

    def signed(sha256: str) -> str:
        said = Manifest(
            sender=settings.ADMINISTRATION,
            recipient=to,
            time=at,
            count=draft.counts[reading.MESSAGE],
            first=draft.first,
            last=draft.last,
            sha256=sha256,
        )
        return keys.sign(manifest.build(said, id=identifier.uuid7(at)), typ=envelope.TYP)

    aside = place.with_name(f".{place.name}.{secrets.token_hex(4)}.part")
    try:
        with aside.open("xb") as out:  # another may write the same file at the same time
            draft.write(out, signed)
            size = out.tell()
            out.flush()
            os.fsync(out.fileno())
        aside.replace(place)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    return size


def _audit(draft: Draft, to: str, by: Viewer, at: datetime) -> None:
    """Who took a bundle out, for whom, with which serials; what is in it was audited when sent."""
    went = draft.counts[reading.MESSAGE]
    reference = f"{to} {draft.first}–{draft.last} ({went})" if went else to
    identity.audit(by, N_("exporting a bundle"), [reference], [], at)


def _door() -> receiving.Door:
    return receiving.Door(
        us=settings.ADMINISTRATION,
        rate=settings.EXCHANGE_RATE,
        failing_rate=settings.EXCHANGE_FAILING_RATE,
        address="bundle",
        by_hand=True,
    )
