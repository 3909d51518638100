"""What may be read of witnessing: cosigned checkpoints, others' logs as we keep them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.conf import settings
from django.db.models import Max

from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as keys
from tidewaiter.ledger import errors, mirroring, tile, tree, witness
from tidewaiter.ledger import note as notes
from tidewaiter.ledger.models import (
    Checkpoint,
    Cosignature,
    Entry,
    Tile,
    Witnessed,
    WitnessedBundle,
    WitnessedTile,
)

LEAST_ROOM: Final = 2**30  # bytes that are left to our own


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint of ours that others cosigned."""

    size: int
    root: bytes
    note: str  # cosignature lines included
    by: tuple[str, ...]  # administrations
    at: datetime  # the newest of the cosignatures, as its witness says


@dataclass(frozen=True, slots=True)
class Held:
    """A partner's log as we cosigned and keep it."""

    origin: str
    administration: str
    size: int
    root: bytes
    note: str  # with our cosignatures; "" before the first
    cosigned_at: datetime | None
    kept: int  # entries that we keep
    kept_note: str  # the newest checkpoint with all of whose entries we keep, cosigned
    short_since: datetime | None
    dark_since: datetime | None
    shown_at: datetime | None
    by_hand: bool  # what we cosigned came in a bundle: it tells nothing of when it was shown


@dataclass(frozen=True, slots=True)
class Standing:
    """How witnessing stands with a partner, both ways."""

    administration: str
    cosigned_ours: int | None  # size of our newest checkpoint that it cosigned
    cosigned_ours_at: datetime | None
    log: Held | None  # its log here


def cosigned(index: int | None = None) -> Cosigned | None:
    """Our newest checkpoint that a partner cosigned; with `index`, one that covers that entry."""
    rows = Cosignature.objects.filter(origin=keys.origin())
    size = rows.aggregate(size=Max("size"))["size"]
    if size is None or (index is not None and index >= size):
        return None
    return cosigned_at(size)


def cosigned_at(size: int) -> Cosigned | None:
    """Our checkpoint of that size with who cosigned it, None where nobody did.

    Of more than a note may have lines those who were first.
    """
    found = Checkpoint.objects.filter(size=size).first()
    rows = list(Cosignature.objects.filter(origin=keys.origin(), size=size).order_by("pk"))
    if found is None or not rows:
        return None
    rows = rows[: notes.MOST_SIGNATURES - len(notes.parts(found.text.encode())[1])]
    note = found.text + "".join(dict.fromkeys(row.line for row in rows))
    by = tuple(sorted({row.administration for row in rows}))
    return Cosigned(size, bytes(found.root), note, by, max(row.at for row in rows))


def shown() -> str | None:
    """The newest checkpoint as it is served: with the cosignatures that it has by now."""
    newest = Checkpoint.newest()
    if newest is None:
        return None
    found = cosigned_at(newest.size)
    return newest.note if found is None else found.note


def acknowledged(administration: str) -> int | None:
    """The size of our newest checkpoint that this partner cosigned."""
    rows = Cosignature.objects.filter(administration=administration, origin=keys.origin())
    size: int | None = rows.aggregate(size=Max("size"))["size"]
    return size


def consistency(old: int, new: int) -> tree.Consistency:
    """The proof that our tree of `old` entries begins that of `new`. Raises BadProof."""
    reader = tile.Reader(new, Tile.fetch)
    return tree.prove_consistency(old, new, reader.subtree)


def carried(partner: str, *, entries: int = 0) -> Iterator[witness.Carried]:
    """The notes for a bundle to that partner: our newest, our newest cosigned, and of each log
    the newest that we cosigned, cosignatures included.

    Where it has not cosigned our newest, as far as we know, the proof goes with it; and all entries
    since, in parts of so many bytes, where `entries` says how many.
    """
    newest, ours, best = Checkpoint.newest(), shown(), cosigned()
    known = acknowledged(partner) or 0
    asks = newest is not None and newest.size > known
    if newest is not None and ours is not None:
        path = consistency(known, newest.size).path if asks and known else ()
        yield witness.Carried(ours, known if asks else None, tuple(path))
    if best and best.note != ours:
        yield witness.Carried(best.note)
    for each in newest_notes():
        yield witness.Carried(each)
    start = known
    while newest is not None and entries and start < newest.size:
        part = upload(start, newest.size, entries)
        yield witness.Carried(newest.note, entries=mirroring.written(part))
        start = part.packages[-1].end


def newest_notes() -> list[str]:
    """The newest checkpoint that we cosigned of each log of an active partner."""
    active = {each.administration for each in identity.partners() if each.active}
    rows = Witnessed.objects.filter(administration__in=active).exclude(note="")
    return [row.whole for row in rows.order_by("origin")]


def held(origin: str) -> Held | None:
    """A log that we witness."""
    row = Witnessed.objects.filter(pk=origin).first()
    return None if row is None else _held(row)


def room() -> bool:
    """Whether the disk has room for the entries of others' logs: they may grow without end.

    Our own log goes on where theirs are no longer kept; they are cosigned all the same.
    """
    return shutil.disk_usage(settings.HOME).free >= LEAST_ROOM


def kept_entries(origin: str, start: int, end: int) -> list[bytes]:
    """The entries of a log in a range, fewer where we keep fewer."""
    return WitnessedBundle.between(origin, start, end)


def upload(start: int, size: int, most: int) -> mirroring.Upload:
    """Our own entries from `start` on, as many as `most` bytes hold, under our root of `size`."""
    reader = tile.Reader(size, Tile.fetch)
    packages: list[mirroring.Package] = []
    length = 0
    for first, until in mirroring.spans(start, size):
        entries = tuple(bytes(row.entry) for row in Entry.between(first, until))
        path = tree.prove_node(mirroring.bundle(first), until, size, reader.subtree)
        length += sum(map(len, entries)) + 2 * len(entries) + tree.HASH * len(path) + 1
        if packages and length > most:
            break
        packages.append(mirroring.Package(first, entries, path))
    return mirroring.Upload(keys.origin(), start, size, tuple(packages))


def mirror(digest: str) -> Held:
    """The log that is served under this digest of its origin. Raises UnknownLog."""
    row = Witnessed.objects.filter(digest=digest).exclude(note="").first()
    if row is None:
        raise errors.UnknownLog(origin=digest[:64])
    return _held(row)


def mirror_tile(digest: str, address: str) -> bytes:
    """The bytes of a tile or bundle of a log that we keep. Raises UnknownLog, NoSuchTile."""
    log = mirror(digest)
    try:
        wanted = tile.parse(address)
    except tile.NoSuchTile:
        raise errors.NoSuchTile(address=address[:100]) from None
    if not tile.available(wanted, log.kept):
        raise errors.NoSuchTile(address=address)
    if wanted.level is None:
        first = wanted.index * tile.WIDTH
        return tile.bundle(WitnessedBundle.between(log.origin, first, first + wanted.width))
    return WitnessedTile.fetch(log.origin, wanted.level, wanted.index, wanted.width)


def witnesses() -> list[Standing]:
    """How witnessing stands with each partner."""
    logs = {row.administration: _held(row) for row in Witnessed.objects.order_by("cosigned_at")}
    newest: dict[str, Cosignature] = {}
    for partner in identity.partners():
        rows = Cosignature.objects.filter(
            administration=partner.administration, origin=keys.origin()
        )
        found = rows.order_by("-size", "-at").first()
        if found is not None:
            newest[partner.administration] = found
    return [
        Standing(
            administration=code,
            cosigned_ours=newest[code].size if code in newest else None,
            cosigned_ours_at=newest[code].at if code in newest else None,
            log=logs.get(code),
        )
        for code in (each.administration for each in identity.partners())
    ]


def _held(row: Witnessed) -> Held:
    return Held(
        origin=row.origin,
        administration=row.administration,
        size=row.size,
        root=bytes(row.root),
        note=row.whole,
        cosigned_at=row.cosigned_at,
        kept=row.kept,
        kept_note=row.kept_note,
        short_since=row.short_since,
        dark_since=row.dark_since,
        shown_at=row.shown_at,
        by_hand=row.by_hand,
    )
