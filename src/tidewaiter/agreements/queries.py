"""What may be read of agreements: those registered here, how they stand, what they permit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings

from tidewaiter.agreements import (
    category,
    decision,
    errors,
    history,
    minimisation,
    signing,
    standing,
)
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.models import SharedKey, Version
from tidewaiter.agreements.reason import Reason
from tidewaiter.agreements.standing import Signed, State

_BEST: Final = (  # of several pairs of parties, the state that is shown
    State.IN_FORCE,
    State.SUSPENDED,
    State.SUPERSEDED,
    State.PENDING,
    State.EXPIRED,
    State.TERMINATED,
)


@dataclass(frozen=True, slots=True)
class Registered:
    """An agreement as it is registered here and stands for us at a moment."""

    digest: str
    id: str
    version: int
    title: str
    kind: str
    parties: tuple[str, ...]
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]
    state: str
    starts_on: date
    ends_on: date | None
    log_index: int | None
    added_at: datetime
    added_by: str
    proposed_by: str  # the party that sent it to the others, "" where nobody has
    proposed_at: datetime | None
    agreement: Agreement
    signed: Signed
    partners: tuple[tuple[str, str], ...]  # (party, how it stands between it and us)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be sent for one purpose, or why nothing may: the answer before anybody writes."""

    purpose: str
    permitted: bool
    reason: Reason
    agreement: str
    clause: str
    fields: tuple[str, ...]
    withheld: tuple[str, ...]
    generalised: tuple[tuple[str, str], ...]  # (field, form)
    obligations: decision.Obligations | None


def us() -> str:
    """This administration, as agreements name it."""
    code: str = settings.ADMINISTRATION
    return code


def known(party: str | None = None) -> list[Signed]:
    """Every agreement registered here, of which `party` is one where it is named."""
    found = [row.signed() for row in Version.objects.whole()]
    return [each for each in found if party is None or party in each.agreement.parties]


def in_force(party: str, at: datetime) -> list[Signed]:
    """Those in force between us and `party` at that moment."""
    found = known(party)
    pair = (settings.ADMINISTRATION, party)
    return [each for each in found if standing.in_force(each, pair, at, found)]


def by_digest(digest: str) -> Signed | None:
    """The agreement registered under that digest, whatever its state."""
    row = Version.objects.whole().filter(digest=digest).first()
    return row.signed() if row else None


def key(agreement_id: str) -> bytes | None:
    """The key of an agreement's pseudonyms, where it is here."""
    row = SharedKey.objects.filter(pk=agreement_id).first()
    return bytes(row.key) if row else None


def agreements(at: datetime) -> list[Registered]:
    """All registered here: what is in force first, then by title and version."""
    rows = list(Version.objects.whole())
    among = [row.signed() for row in rows]
    found = [_registered(row, each, among, at) for row, each in zip(rows, among, strict=True)]
    return sorted(found, key=lambda each: (_BEST.index(State(each.state)), each.title, each.digest))


def agreement(digest: str, at: datetime) -> Registered:
    """The one of that digest. Raises UnknownAgreement."""
    row = Version.objects.whole().filter(digest=digest).first()
    if row is None:
        raise errors.UnknownAgreement(digest=digest[:80])
    return _registered(row, row.signed(), known(), at)


def versions(id_: str) -> list[tuple[int, str]]:
    """(version, digest) of every version of one agreement, the newest first."""
    rows = Version.objects.filter(agreement_id=id_).order_by("-version", "digest")
    return list(rows.values_list("version", "digest"))


def version_before(found: Registered) -> Agreement | None:
    """The highest version of the same agreement that is lower, where one is registered here."""
    lower = [(version, digest) for version, digest in versions(found.id) if version < found.version]
    before = by_digest(max(lower)[1]) if lower else None
    return before.agreement if before else None


def life(found: Registered, at: datetime) -> list[history.Step]:
    """What has happened to it, and what is to come."""
    origin = history.Origin(found.added_at, found.added_by, found.proposed_at, found.proposed_by)
    us = settings.ADMINISTRATION
    return history.steps(found.signed, origin, us=us, at=at, among=known())


def replaced() -> dict[str, frozenset[str]]:
    """Which agreements each that is registered here replaces, by their ids."""
    found: dict[str, frozenset[str]] = {}
    for each in known():
        agreement = each.agreement
        found[agreement.id] = found.get(agreement.id, frozenset()) | set(agreement.supersedes)
    return found


def jws(digest: str) -> bytes:
    """The signed document; where nobody has signed, the canonical form. Raises UnknownAgreement."""
    row = Version.objects.whole().filter(digest=digest).first()
    if row is None:
        raise errors.UnknownAgreement(digest=digest[:80])
    members = row.members()
    return signing.write(row.read(), members) if members else row.read().canonical


def permits(
    to: str,
    type_: str,
    purposes: Sequence[str],
    data: Mapping[str, Any],
    required: Sequence[str],
    at: datetime,
    *,
    mode: str = "spontaneous",
    live: list[Signed] | None = None,
) -> list[Offer]:
    """What may be sent to `to` about this, for each purpose, in the order given.

    Asked with the tightest mark; the answer is that of the loosest which the clause found allows.
    `live` are the agreements in force between us and `to`, for whoever asks more than once.
    """
    live = in_force(to, at) if live is None else live
    return [_offer(live, to, type_, each, mode, data, tuple(required), at) for each in purposes]


def _offer(
    live: list[Signed],
    to: str,
    type_: str,
    purpose: str,
    mode: str,
    data: Mapping[str, Any],
    required: tuple[str, ...],
    at: datetime,
) -> Offer:
    def ask(handling: str) -> decision.Permit | decision.Refusal:
        request = decision.Request(
            from_=settings.ADMINISTRATION,
            to=to,
            type=type_,
            category=category.of(type_, data),
            purpose=purpose,
            mode=mode,
            handling=handling,
            data=data,
            required=required,
        )
        return decision.decide(live, request, at)

    found = ask("TLP:RED")
    if isinstance(found, decision.Permit):
        clause = _clause(live, found)
        again = ask(clause.handling)
        found = again if isinstance(again, decision.Permit) else found
    if isinstance(found, decision.Refusal):
        return Offer(purpose, False, found.reason, found.agreement, found.clause, (), (), (), None)
    clause = _clause(live, found)
    rules = minimisation.rules(clause)
    leaves = sorted({path for path, _ in minimisation.leaf_paths(data, type_)})
    return Offer(
        purpose=purpose,
        permitted=True,
        reason=found.reason,
        agreement=found.agreement,
        clause=found.clause,
        fields=found.obligations.fields,
        withheld=tuple(path for path in leaves if path not in found.obligations.fields),
        generalised=tuple(
            (path, rules.form(path)) for path in found.obligations.fields if rules.form(path)
        ),
        obligations=found.obligations,
    )


def _clause(live: list[Signed], permit: decision.Permit) -> Any:
    agreement = next(each.agreement for each in live if each.digest == permit.agreement)
    return agreement.clause(permit.clause)


def _registered(row: Version, signed: Signed, among: list[Signed], at: datetime) -> Registered:
    agreement = signed.agreement
    partners = tuple(
        (party, standing.state(signed, (settings.ADMINISTRATION, party), at, among).value)
        for party in agreement.parties
        if party != settings.ADMINISTRATION
    )
    states = {State(state) for _, state in partners}
    return Registered(
        digest=agreement.digest,
        id=agreement.id,
        version=agreement.version,
        title=agreement.title,
        kind=agreement.kind,
        parties=agreement.parties,
        signed_by=signed.signed_by,
        missing=signed.missing,
        state=next(each.value for each in _BEST if each in states),
        starts_on=agreement.starts_on,
        ends_on=agreement.ends_on,
        log_index=row.log_index,
        added_at=row.added_at,
        added_by=row.added_by,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        agreement=agreement,
        signed=signed,
        partners=partners,
    )
