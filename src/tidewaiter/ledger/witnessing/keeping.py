"""Entries of partners' logs, taken in: fetched by us, or brought by one that cannot be fetched."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from tidewaiter.ledger import errors, mirroring, tile, tree
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.models import Witnessed, WitnessedBundle
from tidewaiter.ledger.witnessing import actions, known, queries


def keep(origin: str, bundles: Iterable[tuple[int, Sequence[bytes]]]) -> int:
    """Keep entries of a log, which the caller checked against the tree that we cosigned."""
    held = Witnessed.objects.get(pk=origin)
    return WitnessedBundle.objects.keep(held, bundles)


def add_entries(body: bytes, *, at: datetime) -> mirroring.Info:
    """Keep entries that a log brings, each package proven under the root that we cosigned.

    C2SP tlog-mirror. Where we stand then. Raises BadEntries, UnknownLog, OtherEntries,
    NotConsistent; Restoring behind the fence.
    """
    fencing.hold()
    try:
        if len(body) > mirroring.MOST_BYTES:
            raise mirroring.BadUpload(f"they are longer than {mirroring.MOST_BYTES} bytes")
        upload = mirroring.read(body)
    except mirroring.BadUpload as error:
        raise errors.BadEntries(reason=str(error)) from None
    owner = known.owner(upload.origin, at)
    if owner is None:
        raise errors.UnknownLog(origin=upload.origin[:100])
    held = Witnessed.objects.of(upload.origin, owner.administration)
    if held.administration != owner.administration:
        raise errors.UnknownLog(origin=upload.origin[:100])
    if upload.end != held.size or upload.start > held.kept or not held.note:
        raise errors.OtherEntries(origin=held.pk, size=held.size, next=held.kept)
    kept = held.kept
    for package in upload.packages if queries.room() else ():
        whole = _proven(held, package)
        bundles = [(package.first // tile.WIDTH, whole)]
        kept = max(kept, WitnessedBundle.objects.keep(held, bundles))
    actions.settle(upload.origin, at=at)
    return mirroring.Info(held.size, kept)


def _proven(held: Witnessed, package: mirroring.Package) -> list[bytes]:
    """The entries of a bundle up to the end of a package, under the root that we cosigned."""
    first = mirroring.bundle(package.first)
    before = WitnessedBundle.between(held.pk, first, package.first)
    whole = [*before, *package.entries]
    try:
        over = tree.root([tree.leaf(entry) for entry in whole])
        root = tree.node_root(first, package.end, held.size, package.path, over)
        if root != held.head.root:
            raise tree.BadProof("they lead to another root")
    except tree.BadProof as error:
        raise errors.NotConsistent(
            origin=held.pk, old=package.first, size=held.size, reason=str(error)
        ) from None
    return whole
