"""Checking what witnessing keeps: cosignatures on our own log, and a partner's log entry by entry.

Every key that a partner ever listed counts: what it signed in its time still holds.
"""

from collections.abc import Iterator

from tidewaiter.identity import queries as identity
from tidewaiter.keys import queries as own
from tidewaiter.ledger import cosignature, errors, note, tile, tree, verification
from tidewaiter.ledger.models import (
    Checkpoint,
    Cosignature,
    Witnessed,
    WitnessedBundle,
    WitnessedTile,
)
from tidewaiter.ledger.witnessing import known

_READ_AT_ONCE = 2048  # entries


def cosignatures() -> tuple[int, list[str]]:
    """How many witnesses cosigned the newest of our checkpoints that any did, and what is wrong."""
    faults, newest = [], (0, set[str]())
    rows = Cosignature.objects.filter(origin=own.origin()).order_by("size", "pk")
    for row in rows.iterator(2000):
        head = Checkpoint.of(row.size)
        witnesses = known.every_key_of_witness(row.administration)
        if head is None:
            faults.append(f"{row.administration} cosigned {row.size} entries, a size never signed")
            continue
        try:
            holds = bool(cosignature.held((head.note + row.line).encode(), witnesses))
        except note.BadNote:
            holds = False
        if not holds:
            faults.append(f"the cosignature of {row.administration} on {row.size} does not hold")
            continue
        if row.size > newest[0]:
            newest = (row.size, set())
        newest[1].add(row.administration)
    return len(newest[1]), faults


def log_of(administration: str) -> verification.Verified:
    """The log of a partner as we keep it, checked from its entries up. Raises UnknownLog."""
    partner = identity.partner(administration)
    held = Witnessed.objects.filter(pk=partner.log_origin).first() if partner is not None else None
    if held is None or not held.note:
        raise errors.UnknownLog(origin=administration)
    logs = known.every_key_of_log(administration, held.origin)
    heads = []
    if held.kept_note:
        head = note.checkpoint(note.parts(held.kept_note.encode())[0])
        assert held.cosigned_at is not None
        heads.append(note.Signed(head.size, head.root, held.kept_note, held.cosigned_at))
    checked = verification.Verification(
        logs=logs,
        heads=heads,
        covered=heads[0].size if heads else 0,
        kept=lambda *at: _kept(held, *at),
        entries=lambda: Witnessed.objects.get(pk=held.pk).kept,
    )
    for index, entry in _entries(held):
        checked.take(index, entry, tree.leaf(entry))
    witnesses = _cosigned_by_us(checked, held)
    return checked.end(held.kept, witnesses=witnesses)


def _cosigned_by_us(checked: verification.Verification, held: Witnessed) -> int:
    ours = [cosignature.verifier(each) for each in own.witness_verifiers()]
    for text in {held.whole, held.kept_note} - {""}:
        try:
            if cosignature.held(text.encode(), ours):
                continue
        except note.BadNote:
            pass
        checked.fault("our own cosignature on it does not hold")
        return 0
    return 1


def _kept(held: Witnessed, level: int, index: int) -> tuple[bytes, bytes] | None:
    if level:
        row = WitnessedTile.objects.filter(log=held.pk, level=level, index=index).first()
        return None if row is None else (bytes(row.hashes), bytes(row.root))
    found = WitnessedBundle.objects.filter(log=held.pk, index=index).first()
    if found is None:
        return None
    leaves = [tree.leaf(entry) for entry in tile.unbundle(bytes(found.entries))]
    return b"".join(leaves), bytes(found.root)


def _entries(held: Witnessed) -> Iterator[tuple[int, bytes]]:
    for start in range(0, held.kept, _READ_AT_ONCE):
        end = min(start + _READ_AT_ONCE, held.kept)
        found = WitnessedBundle.between(held.pk, start, end)
        yield from enumerate(found, start)
        if len(found) < end - start:
            return
