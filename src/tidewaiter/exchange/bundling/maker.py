"""Who made a bundle: its manifest held against the partner that it names, and the key that signed.

A node without a line cannot be asked for its newest document; that travels in the bundle itself, in
a message signed by a key that is pinned, and is taken first where the manifest's key is not known.
"""

from datetime import datetime
from typing import BinaryIO, Final

from tidewaiter import jose
from tidewaiter.exchange import envelope, housekeeping, receiving, renewing
from tidewaiter.exchange.bundling import errors, manifest, reading
from tidewaiter.exchange.bundling.inflating import Damaged, Limits
from tidewaiter.exchange.bundling.manifest import Manifest
from tidewaiter.exchange.bundling.reading import Reader
from tidewaiter.exchange.checks import SKEW
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.problem import N_

FALSE: Final = N_("the signature does not hold")  # as `jose` says it
LOOKED_AT: Final = 10_000  # messages among which a new document of the maker's is looked for


def proven(
    file: BinaryIO, limits: Limits, door: receiving.Door, *, at: datetime
) -> tuple[Manifest, frozenset[int]]:
    """The manifest, when a partner of ours signed it for us; the lines that were taken for its key.

    Raises BundleVersion, BundleForAnother, BundleOfStranger, BundleNotProven, NoBundle, and what
    the reader raises.
    """
    file.seek(0)
    compact = Reader(file, limits).manifest()
    try:
        jws = jose.read(compact)
        found = manifest.read(jws.payload)
    except manifest.OtherVersion as error:
        raise errors.BundleVersion(found=str(error), known=manifest.TYPE) from None
    except (jose.JoseError, manifest.NoManifest) as error:
        raise errors.NoBundle(reason=str(error)) from None
    if found.recipient != door.us:
        names = {"sender": found.sender, "recipient": found.recipient}
        raise errors.BundleForAnother(**names, us=door.us)
    partner = partners.partner(found.sender)
    if partner is None or not partner.active:
        standing = N_("no partner of this node") if partner is None else N_("suspended")
        raise errors.BundleOfStranger(sender=found.sender, standing=standing)
    kid = str(jws.header.get("kid", ""))
    lines = frozenset[int]()
    if not _known(found.sender, kid) and not renewing.renew(found.sender, [kid], at=at):
        lines = _introduced(file, limits, found.sender, kid, door, at=at)
    rule = _fault(jws, found, kid, at)
    if rule:
        raise errors.BundleNotProven(sender=found.sender, rule=rule)
    return found, lines


def _fault(jws: jose.Jws, found: Manifest, kid: str, at: datetime) -> str:
    """What is wrong with the manifest's signature, or ""."""
    key = partners.signing_key(found.sender, kid)
    if key is None:
        revoked = partners.revoked(found.sender, kid) is not None
        return (
            N_("it revoked the key that signed it") if revoked else N_("its key is not pinned here")
        )
    if found.time > at + SKEW:
        return N_("its time is over 10 minutes ahead of our clock")
    if not key.valid(found.time):
        return N_("its key was not valid when it was made")
    try:
        jose.verify_read(jws, key.jwk, typ=envelope.TYP)
    except jose.JoseError as error:
        return str(error)
    return ""


def _known(sender: str, kid: str) -> bool:
    return bool(partners.signing_key(sender, kid) or partners.revoked(sender, kid))


def _introduced(
    file: BinaryIO, limits: Limits, sender: str, kid: str, door: receiving.Door, *, at: datetime
) -> frozenset[int]:
    """Take the messages by which `sender` tells its new documents, until the key is known."""
    file.seek(0)
    reader = Reader(file, limits)
    reader.manifest()
    open_ = keys.opening()
    lines: set[int] = set()
    looked_at = 0
    try:
        for entry in reader.entries():
            if entry.kind != reading.MESSAGE:
                continue
            looked_at += 1
            line = entry.text.encode("ascii", "replace")
            told = envelope.arrived(line, open_).message
            if told and told.sender == sender and told.type == housekeeping.DOCUMENT.name:
                receiving.receive([line], door, at=at)
                lines.add(entry.number)
            if looked_at == LOOKED_AT or (lines and _known(sender, kid)):
                break
    except Damaged:  # whoever wants it takes what stands before that; who made it is said first
        pass
    return frozenset(lines)
