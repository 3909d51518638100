"""The decision under which a message of ours went, put again years later from what is kept with it.

Kept are the agreements that were in force then (by digest), the request, the time and the state of
reciprocity; so no signature or notice that came later and is dated before changes the answer.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import decision
from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements.document import Agreement
from tidewaiter.exchange import types
from tidewaiter.exchange.models import Outbound


def again(row: Outbound) -> decision.Permit | decision.Refusal | None:
    """The same answer; None for what no clause was asked for: housekeeping, what is about
    another message, and what was redone under an agreement that is not here any more."""
    kind, asked = types.get(row.type), row.asked
    if kind is None or "agreements" not in asked:
        return None
    live = _live(asked)
    if live is None:
        return None
    data = asked.get("data") or _data(row)
    request = decision.Request(
        from_=agreements.us(),
        to=row.recipient,
        type=row.type,
        category=kind.category_of(data),
        purpose=row.purpose,
        mode=row.mode,
        handling=row.handling,
        needs=tuple(asked.get("needs", ())),
        data=data,
        required=tuple(asked.get("required", ())),
    )
    owed = frozenset((one, two, three) for one, two, three in asked.get("arrears", ()))
    return decision.among(live, request, clock.parse(asked["at"]), decision.Reciprocity(owed))


def _live(asked: Mapping[str, Any]) -> list[Agreement] | None:
    """The agreements in force then, without the clauses that the partner had refused."""
    refused = {(digest, clause) for digest, clause in asked.get("without", ())}
    found = []
    for digest in asked["agreements"]:
        signed = agreements.by_digest(digest)
        if signed is None:
            return None
        agreement = signed.agreement
        clauses = tuple(c for c in agreement.clauses if (digest, c.id) not in refused)
        if clauses:
            found.append(replace(agreement, clauses=clauses))
    return found


def _data(row: Outbound) -> dict[str, Any]:
    """All of it left: the data is in the message itself, or in its draft while it is held."""
    if not row.jws:
        draft: dict[str, Any] = canonical.read(row.draft.encode())
        return draft
    event = canonical.read(jose.read(row.jws).payload)
    sent: dict[str, Any] = event["data"]
    return sent
