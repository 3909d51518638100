"""May this be disclosed? A permit or a refusal, each with the clause that it rests on.

Deny unless a clause permits. A pure function of agreements, request, time and the state of
reciprocity, which are all kept with the message: the answer is the same years later.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from tidewaiter import clock
from tidewaiter.agreements import (
    category,
    conditions,
    fields,
    generalisation,
    minimisation,
    standing,
    terms,
)
from tidewaiter.agreements.document import Agreement, Clause
from tidewaiter.agreements.reason import Reason
from tidewaiter.agreements.standing import Signed


@dataclass(frozen=True, slots=True)
class Request:
    """What one wants to disclose. `needs` are the fields that must be let out; by default those
    that the type requires (`required`), of which a part is enough where they have parts.
    """

    from_: str
    to: str
    type: str
    category: str | None
    purpose: str
    mode: str
    handling: str
    needs: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    required: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reciprocity:
    """Who is in arrears: (agreement id, category, party) each, by the agreement's own measure."""

    arrears: frozenset[tuple[str, str, str]] = frozenset()


NONE: Final = Reciprocity()


@dataclass(frozen=True, slots=True)
class Obligations:
    """What binds both with the permit. `fields` are the leaf paths of the data that leave."""

    fields: tuple[str, ...]
    handling: str
    retain_until: datetime
    onward: str  # none, with-consent or listed …
    onward_to: tuple[str, ...]  # … and then to whom
    use: str
    approval: str
    respond_by: date | None
    report_by: date | None


@dataclass(frozen=True, slots=True)
class Permit:
    """It may go, under that clause of that agreement (its digest)."""

    agreement: str
    clause: str
    obligations: Obligations
    reason: Reason


@dataclass(frozen=True, slots=True)
class Refusal:
    """It may not go; agreement and clause name what came nearest, "" where nothing did."""

    reason: Reason
    agreement: str = ""
    clause: str = ""


def decide(
    agreements: Sequence[Signed], request: Request, at: datetime, reciprocity: Reciprocity = NONE
) -> Permit | Refusal:
    """The permit of the clause that decides, or the refusal of the one that came nearest.

    Of the clauses that cover the request the one decides that lets the fewest other fields of this
    data out, then by the tighter mark, the shorter retention, the digest and the clause id.
    """
    pair = (request.from_, request.to)
    live = [each for each in agreements if standing.in_force(each, pair, at, agreements)]
    return among([each.agreement for each in live], request, at, reciprocity)


def among(
    live: Sequence[Agreement], request: Request, at: datetime, reciprocity: Reciprocity = NONE
) -> Permit | Refusal:
    """As `decide`, of agreements that are known to be in force between the two at that moment.

    So a decision is replayed years later: those that were in force then are kept with it, and no
    word that came after it and is dated before can change the answer.
    """
    if request.category is None:
        return Refusal(Reason("no-category", {"type": request.type}))
    if request.handling not in terms.HANDLING:
        return Refusal(Reason("not-a-mark", {"handling": request.handling}))
    if not live:
        words = {"sender": request.from_, "recipient": request.to}
        return Refusal(Reason("no-agreement", words))
    leaves = sorted({path for path, _ in minimisation.leaf_paths(request.data, request.type)})
    best: tuple[tuple[Any, ...], Agreement, Clause] | None = None
    nearest: tuple[tuple[int, str, str], Refusal] | None = None
    for agreement in live:
        for clause in agreement.clauses:
            stage, reason = _fails(agreement, clause, request, reciprocity)
            if reason is None:
                rank = _rank(agreement, clause, request, leaves)
                if best is None or rank < best[0]:
                    best = (rank, agreement, clause)
            else:
                place = (-stage, agreement.digest, clause.id)
                if nearest is None or place < nearest[0]:
                    named = ("", "") if stage < _CITED else (agreement.digest, clause.id)
                    nearest = (place, Refusal(reason, *named))
    if best is not None:
        return _permit(best[1], best[2], request, leaves, at)
    assert nearest is not None, "an agreement has clauses"
    return nearest[1]


def check(
    agreement: Agreement,
    clause_id: str,
    *,
    source: str,
    recipient: str,
    category: str | None,
    purpose: str,
    mode: str,
    handling: str,
    retain_until: datetime,
    data: Mapping[str, Any],
    sent_at: datetime,
    type_: str = "",
) -> Refusal | None:
    """The recipient's own look at the clause that a message names; None where it permits it.

    Whether the agreement is in force is another question (`standing.honoured`). A condition on a
    field that is absent or was generalised counts as met.
    """
    clause = agreement.clause(clause_id)
    if clause is None:
        return Refusal(Reason("no-clause", {"clause": clause_id[:80]}), agreement.digest)
    request = Request(source, recipient, type_, category, purpose, mode, handling, data=data)
    coarsened = tuple(path for path, _ in clause.generalise)
    _, reason = _fails(agreement, clause, request, NONE, coarsened=coarsened, came=True)
    reason = reason or _outside(clause, data, type_)
    latest = sent_at + timedelta(days=clause.retention_days)
    if reason is None and retain_until > latest:
        until = {"wanted": clock.text(latest), "until": clock.text(retain_until)}
        reason = Reason("retention", {"clause": clause.id, **until})
    return None if reason is None else Refusal(reason, agreement.digest, clause.id)


_CITED: Final = 2  # from this stage on a refusal names the clause that came nearest


def _fails(
    agreement: Agreement,
    clause: Clause,
    request: Request,
    reciprocity: Reciprocity,
    *,
    coarsened: tuple[str, ...] = (),
    came: bool = False,
) -> tuple[int, Reason | None]:
    """How far the request came with this clause, and what it failed on; None where it is covered.

    A request that `came` from a partner fails on no field here and on no arrears.
    """
    words = {
        "clause": clause.id,
        "sender": request.from_,
        "recipient": request.to,
        "category": request.category or "",
        "purpose": request.purpose,
        "mode": request.mode,
        "handling": request.handling,
        "wanted": clause.handling,
    }
    covered = (
        ("direction", request.from_ in clause.disclosers and request.to in clause.recipients),
        ("category", request.category in clause.categories),
        ("purpose", request.purpose in clause.purposes),
        ("mode", request.mode in clause.modes),
        ("handling", terms.as_tight(request.handling, clause.handling)),
    )
    for stage, (code, holds) in enumerate(covered):
        if not holds:
            return stage, Reason(code, words)
    stage = len(covered)
    for data in _judged(request):
        failed = conditions.unmet(clause.when, data, lenient=coarsened, came=came)
        if failed is not None:
            return stage, Reason("condition", {**words, "field": failed.field})
    if came:
        return stage + 3, None
    lacking = _lacking(clause, request)
    if lacking:
        return stage + 1, Reason("needs", {**words, "fields": ", ".join(lacking)})
    owed = (agreement.id, request.category or "", request.to)
    if clause.reciprocal and owed in reciprocity.arrears:
        return stage + 2, Reason("reciprocity", words)
    return stage + 3, None


def _judged(request: Request) -> list[Any]:
    """What conditions are tested on: the data, or of a reply each record that it carries."""
    frames = category.frames(request.type)
    if not frames:
        return [request.data]
    carried = [request.data[name] for name in frames if name in request.data]
    parts = [item for each in carried for item in (each if isinstance(each, list) else [each])]
    return parts or [{}]


def _lacking(clause: Clause, request: Request) -> list[str]:
    rules = minimisation.rules(clause)
    if request.needs:
        return [path for path in request.needs if not rules.lets_out(path)]
    if category.frames(request.type):
        return []  # what a reply requires stands in its frame, which is always allowed
    return [path for path in request.required if not (rules.lets_out(path) or rules.leads_to(path))]


def _rank(
    agreement: Agreement, clause: Clause, request: Request, leaves: Sequence[str]
) -> tuple[Any, ...]:
    needed = request.needs or request.required
    rules = minimisation.rules(clause)
    others = sum(1 for path in leaves if rules.lets_out(path) and not fields.covered(needed, path))
    tight = terms.tightness(clause.handling)
    return others, tight, clause.retention_days, agreement.digest, clause.id


def _permit(
    agreement: Agreement, clause: Clause, request: Request, leaves: Sequence[str], at: datetime
) -> Permit:
    rules = minimisation.rules(clause)
    words = {
        "clause": clause.id,
        "title": agreement.title,
        "sender": request.from_,
        "recipient": request.to,
        "purpose": request.purpose,
    }
    obligations = Obligations(
        fields=tuple(path for path in leaves if rules.lets_out(path)),
        handling=request.handling,
        retain_until=retain_until(clause, at),
        onward=clause.onward,
        onward_to=clause.onward_to,
        use=clause.use,
        approval=clause.approval,
        respond_by=due(at, clause.respond_days, working=clause.respond_working),
        report_by=due(at, clause.report_days, working=False),
    )
    return Permit(agreement.digest, clause.id, obligations, Reason("permitted", words))


def retain_until(clause: Clause, at: datetime) -> datetime:
    """Until when what is sent under a clause at `at` is to be deleted."""
    last = (at + timedelta(days=clause.retention_days)).astimezone(UTC)
    return datetime.combine(last.date(), time(), UTC)


def due(at: datetime, days: int | None, *, working: bool) -> date | None:
    """The last day of a period that begins on the next day; working days are Monday to Friday."""
    if days is None:
        return None
    day = at.astimezone(UTC).date()
    if not working:
        return day + timedelta(days=days)
    weeks, rest = divmod(days, 5)
    day = min(day, day - timedelta(days=day.weekday() - 4)) + timedelta(weeks=weeks)
    while rest:
        day += timedelta(days=1)
        rest -= day.weekday() < 5
    return day


def _outside(clause: Clause, data: Mapping[str, Any], type_: str) -> Reason | None:
    """The first field of what came that the clause does not let out, or not as fine."""
    rules = minimisation.rules(clause)
    for path, value in minimisation.leaf_paths(data, type_, rules.whole):
        if rules.plain(path):
            continue
        hollow = value is None and rules.leads_to(path)  # a container with nothing in it
        if not (rules.lets_out(path) or hollow):
            return Reason("field", {"clause": clause.id, "field": path[:200]})
        form = rules.form(path)
        if form and value is not None and not generalisation.coarse(value, form):
            return Reason("finer", {"clause": clause.id, "field": path[:200], "form": form})
    return None
