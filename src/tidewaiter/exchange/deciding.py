"""What lets a message go, asked of `agreements`: the clause, and the data cut down to it.

A message about another one (`about`) is judged by that one's agreement and parties alone.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from tidewaiter import clock, jose
from tidewaiter.agreements import category, decision, generalisation, minimisation, standing
from tidewaiter.agreements import queries as agreements
from tidewaiter.exchange import about, answering, errors, message
from tidewaiter.exchange.models import Inbound, Outbound, Tomb
from tidewaiter.exchange.types import MessageType


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for all the data of one order."""

    to: str
    purpose: str
    mode: str
    handling: str
    needs: tuple[str, ...] | None
    about: str
    without: tuple[tuple[str, str], ...] = ()  # (digest, clause) that the partner refused


@dataclass(frozen=True, slots=True)
class Decided:
    """A permit, and what leaves under it; `asked` is the question, to be put again years later."""

    data: dict[str, Any]
    withheld: tuple[str, ...]
    agreement: str
    clause: str
    purpose: str
    mode: str
    handling: str
    retain_until: datetime
    approval: str
    asked: dict[str, Any]
    waits: bool = False  # for the key of the agreement's pseudonyms: the data is not cut down yet


class Decider:
    """Decides the data of one order, all by the agreements in force at `at`."""

    def __init__(self, asked: Asked, kind: MessageType, *, us: str, at: datetime) -> None:
        self.asked = asked
        self.kind = kind
        self.us = us
        self.at = at
        self.live = agreements.in_force(asked.to, at)
        self._keys: dict[str, bytes | None] = {}

    def decide(self, data: Mapping[str, Any]) -> Decided:
        """The permit for `data`. Raises NotPermitted with the reason, AboutNothing."""
        return self._about(data) if self.kind.about else self._by_clause(data)

    def _by_clause(self, data: Mapping[str, Any]) -> Decided:
        asked, kind = self.asked, self.kind
        files = _files(kind, data)
        request = decision.Request(
            from_=self.us,
            to=asked.to,
            type=kind.name,
            category=kind.category_of(data),
            purpose=asked.purpose,
            mode=asked.mode,
            handling=asked.handling,
            needs=(*asked.needs, *files) if asked.needs else (),
            data=data,
            required=(*kind.required, *files),
        )
        permit = decision.decide(_without(self.live, asked.without), request, self.at)
        if isinstance(permit, decision.Refusal):
            raise errors.NoClausePermits(
                rule=permit.reason.said(),
                reason=permit.reason.code,
                parameters=permit.reason.params,
                agreement=permit.agreement,
                clause=permit.clause,
            )
        kept = self._cut(data, permit)
        cut = dict(data) if kept is None else kept.data
        return Decided(
            data=cut,
            withheld=() if kept is None else kept.withheld,
            agreement=permit.agreement,
            clause=permit.clause,
            purpose=asked.purpose,
            mode=asked.mode,
            handling=permit.obligations.handling,
            retain_until=permit.obligations.retain_until,
            approval=permit.obligations.approval,
            asked={
                "at": clock.text(self.at),
                "agreements": [each.digest for each in self.live],
                "arrears": [],
                "needs": list(request.needs),
                "required": list(request.required),
                "reason": asdict(permit.reason),
                "data": None if cut == data else dict(data),  # None: all of it left
                **({"without": [list(each) for each in asked.without]} if asked.without else {}),
            },
            waits=kept is None,
        )

    def _cut(
        self, data: Mapping[str, Any], permit: decision.Permit
    ) -> minimisation.Minimised | None:
        """What the permit lets out; None where the key for it is not here yet."""
        agreement = next(each.agreement for each in self.live if each.digest == permit.agreement)
        clause = agreement.clause(permit.clause)
        assert clause is not None
        if clause.seals_names and agreement.id not in self._keys:
            self._keys[agreement.id] = agreements.key(agreement.id)
        key = self._keys.get(agreement.id)
        try:
            return minimisation.minimise(data, clause, key, type_=self.kind.name)
        except generalisation.NoKey:
            return None

    def _about(self, data: Mapping[str, Any]) -> Decided:
        asked = self.asked
        names = [asked.about] if asked.about else about.names(self.kind, data)
        original = about.original(asked.to, names)
        if original is None:
            raise errors.AboutNothing(to=asked.to, name=", ".join(names)[:200])
        if not self._stands(original.agreement):
            raise errors.NoLongerPermitted(agreement=original.agreement)
        rule = about.fault(
            self.kind,
            data,
            partner=asked.to,
            agreement=original.agreement,
            clause=original.clause,
        )
        if rule:
            raise errors.NotPermitted(rule=rule, reason="about")
        purpose, mode = _terms(original)
        return Decided(
            data=dict(data),
            withheld=(),
            agreement=original.agreement,
            clause=original.clause,
            purpose=purpose,
            mode=mode,
            handling=original.handling,
            retain_until=self._retain_until(original),
            approval="none",
            asked={"at": clock.text(self.at), "about": str(original.message_id)},
        )

    def _stands(self, digest: str) -> bool:
        """Whether what is about a message under that agreement may still be said."""
        if any(each.digest == digest for each in self.live):
            return True
        if not about.outlives(self.kind.name):
            return False
        among = agreements.known(self.asked.to)
        named = next((each for each in among if each.digest == digest), None)
        return named is not None and standing.over(named, (self.us, self.asked.to), self.at, among)

    def _retain_until(self, original: Outbound | Inbound) -> datetime:
        """As long as what it is about. An obligation, and what is said when that is over, as long
        as its clause lets it.
        """
        assert original.retain_until is not None
        if original.retain_until > self.at and not about.outlives(self.kind.name):
            return original.retain_until
        signed = agreements.by_digest(original.agreement)
        clause = signed.agreement.clause(original.clause) if signed else None
        return decision.retain_until(clause, self.at) if clause else original.retain_until


def _without(
    live: Sequence[standing.Signed], refused: Sequence[tuple[str, str]]
) -> list[standing.Signed]:
    """The agreements without the clauses that the partner refused."""
    if not refused:
        return list(live)
    found = []
    for each in live:
        clauses = tuple(c for c in each.agreement.clauses if (each.digest, c.id) not in refused)
        if clauses:
            found.append(replace(each, agreement=replace(each.agreement, clauses=clauses)))
    return found


def in_force(digest: str, partner: str, at: datetime) -> bool:
    """Whether that agreement is in force between us and the partner."""
    return any(each.digest == digest for each in agreements.in_force(partner, at))


def _files(kind: MessageType, data: Mapping[str, Any]) -> tuple[str, ...]:
    """The field of attachments where there are any: whoever encloses files needs them to leave."""
    return ("attachments",) if data.get("attachments") and not category.frames(kind.name) else ()


class Held:
    """Our own copies of the agreements that the messages of one batch name, each read once."""

    def __init__(self, us: str, at: datetime) -> None:
        self.us = us
        self.at = at
        self._known: dict[str, list[standing.Signed]] = {}
        self._took: dict[tuple[str, str, str], set[str]] = {}
        self._turns: dict[str, list[datetime]] = {}
        self._honoured: dict[tuple[str, str, int], bool] = {}

    def took(self, came: message.Message, kind: MessageType) -> None:
        """Note an accepted message of this batch by the names that others know it by."""
        assert came.permit is not None
        names = {str(came.id), about.label(kind, came.data)} - {""}
        place = (came.sender, came.permit.agreement, came.permit.clause)
        self._took.setdefault(place, set()).update(names)

    def fault_of_agreement(self, came: message.Message) -> str:
        """Why the agreement named is none that both signed, in force at its time and now, or ""."""
        signed = self._signed(came)
        if signed is None:
            return "the agreement is not known here"
        if self._honours(signed, came):
            return ""
        among = self._known[came.sender]
        pair = (came.sender, self.us)
        if about.outlives(came.type) and standing.over(signed, pair, self.at, among):
            return ""
        state = standing.state(signed, pair, self.at, among)
        return f"the agreement is {state} here, or was not in force at the message's time"

    def fault_of_clause(self, came: message.Message, kind: MessageType) -> str:
        """What our own copy of the clause does not permit of it, or ""."""
        signed, permit = self._signed(came), came.permit
        assert signed is not None, "unknown-agreement stands before"
        assert permit is not None
        if kind.about:
            return about.fault(
                kind,
                came.data,
                partner=came.sender,
                agreement=permit.agreement,
                clause=permit.clause,
                also=self._took.get((came.sender, permit.agreement, permit.clause), set()),
            )
        rule = answering.fault(kind, permit.mode, came.in_reply_to, partner=came.sender, ours=False)
        if rule:
            return rule
        refusal = decision.check(
            signed.agreement,
            permit.clause,
            source=came.sender,
            recipient=came.recipient,
            category=kind.category_of(came.data),
            purpose=permit.purpose,
            mode=permit.mode,
            handling=permit.handling,
            retain_until=permit.retain_until,
            data=came.data,
            sent_at=came.time,
            type_=kind.name,
        )
        return refusal.reason.said() if refusal else ""

    def _honours(self, signed: standing.Signed, came: message.Message) -> bool:
        """Asked once for all the messages between two moments at which something changes."""
        among, pair = self._known[came.sender], (came.sender, self.us)
        if came.sender not in self._turns:
            self._turns[came.sender] = standing.turns(pair, among)
        place = (came.sender, signed.digest, bisect_right(self._turns[came.sender], came.time))
        if place not in self._honoured:
            self._honoured[place] = standing.honoured(
                signed, pair, sent_at=came.time, at=self.at, among=among
            )
        return self._honoured[place]

    def _signed(self, came: message.Message) -> standing.Signed | None:
        assert came.permit is not None
        if came.sender not in self._known:
            self._known[came.sender] = agreements.known(came.sender)
        digest = came.permit.agreement
        return next((each for each in self._known[came.sender] if each.digest == digest), None)


def _terms(row: Outbound | Inbound) -> tuple[str, str]:
    """Purpose and mode of a message that was exchanged."""
    if isinstance(row, Outbound):
        return row.purpose, row.mode
    if row.forgotten_at is not None:
        return Tomb.objects.all().terms(row.sender, row.message_id)
    permit = message.read(jose.read(row.jws).payload).permit
    assert permit is not None
    return permit.purpose, permit.mode
