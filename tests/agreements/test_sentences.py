"""Every sentence that an agreement's page says is held against decide(): what it claims is
permitted, one step outside is refused.

A kind of sentence without such a test fails here. Run over each agreement that ships, the
contract's own example, and clauses made for the kinds that none of these has.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.agreements import oracle
from tests.agreements.documents import EXAMPLE, of, with_clause
from tests.agreements.test_examples import NAMES, example
from tidewaiter import canonical
from tidewaiter.agreements import decision, document, minimisation, sentences, shapes, terms
from tidewaiter.agreements.decision import Permit, Reciprocity, Refusal, Request
from tidewaiter.agreements.document import Agreement, Clause
from tidewaiter.agreements.sentences import Days, Listed, Sentence
from tidewaiter.agreements.standing import Signature, Signed

DAY = timedelta(days=1)
MOMENT = timedelta(milliseconds=1)
OTHER = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7cff"
EXTRAS = [
    with_clause(when=[{"field": "offence", "in": ["counterfeit", "piracy"]}], respond={"days": 1}),
    with_clause(when=[{"field": "offence", "equals": "counterfeit"}], approval="two"),
    with_clause(when=[{"field": "goods.value.amount", "most": "99.50"}], onward=["XC", "XD"]),
    with_clause(when=[{"field": "consignment.ucr", "present": True}], approval="none"),
    with_clause(disclosers=["XA"], recipients=["XB"], report={"days": 1}, retention={"days": 1}),
    with_clause(fields={"allow": ["alert", "date", "office", "goods", "consignment"]}),
    with_clause(
        fields={
            "allow": [*shapes.SHAPES[0].required, "seizure", "date", "goods", "consignment"],
            "generalise": {
                "goods.grossmass": "band",
                "goods.hs": "hs2",
                "date": "year",
                "consignment.route": "country",
                "consignment.ucr": "presence",
                "consignment.consignor": "keyed-hash",
            },
        }
    ),
    with_clause(fields={"allow": ["alert", "goods.hs"], "generalise": {"goods.hs": "hs6"}}),
    of(supersedes=[OTHER], basis=[{"instrument": "Customs Code"}], until=None),
    of(parties=["XA", "XB", "XC"], entry=2),
]
DOCUMENTS = [*(example(name) for name in NAMES), document.read(EXAMPLE), *EXTRAS]


@dataclass(frozen=True)
class Case:
    """A sentence of a clause, which stands alone in its agreement so that no other decides."""

    agreement: Agreement
    clause: Clause
    sentence: Sentence

    @property
    def start(self) -> datetime:
        return datetime.combine(self.agreement.starts_on, time(), UTC)

    @property
    def pair(self) -> tuple[str, str]:
        return next(
            pair
            for pair in itertools.product(self.clause.disclosers, self.clause.recipients)
            if pair[0] != pair[1]
        )

    def listed(self, name: str) -> tuple[str, ...]:
        value = self.sentence.params[name]
        assert isinstance(value, Listed)
        return value.items

    def text(self, name: str) -> str:
        value = self.sentence.params[name]
        assert isinstance(value, str)
        return value

    def days(self) -> Days:
        value = self.sentence.params["days"]
        assert isinstance(value, Days)
        return value

    def request(self, **changes: Any) -> Request:
        """What the clause is made for, with all that it may carry."""
        category = changes.get("category", self.clause.categories[0])
        values = {
            "from_": self.pair[0],
            "to": self.pair[1],
            "type": f"org.tidewaiter.{category}.test.v1",
            "category": category,
            "purpose": self.clause.purposes[0],
            "mode": self.clause.modes[0],
            "handling": self.clause.handling,
            "data": payload(self.clause),
        }
        return Request(**{**values, **changes})

    def decide(
        self,
        at: datetime | None = None,
        *,
        signers: tuple[str, ...] | None = None,
        reciprocity: Reciprocity = decision.NONE,
        **changes: Any,
    ) -> Permit | Refusal:
        names = self.agreement.parties if signers is None else signers
        book = [signed(self.agreement, *names)]
        return decision.decide(book, self.request(**changes), at or self.start, reciprocity)

    def permitted(self, at: datetime | None = None, **changes: Any) -> Permit:
        found = self.decide(at, **changes)
        assert isinstance(found, Permit), found.reason.said()
        assert (found.agreement, found.clause) == (self.agreement.digest, self.clause.id)
        return found

    def refused(self, reason: str, at: datetime | None = None, **changes: Any) -> None:
        found = self.decide(at, **changes)
        assert isinstance(found, Refusal), "one step outside is permitted"
        assert found.reason.code == reason

    def look(self, **changes: Any) -> str:
        """The recipient's own look: "" where it permits, else the reason."""
        request = self.request()
        values = {
            "source": request.from_,
            "recipient": request.to,
            "category": request.category,
            "purpose": request.purpose,
            "mode": request.mode,
            "handling": request.handling,
            "retain_until": self.permitted().obligations.retain_until,
            "data": minimised(self.clause),
            "sent_at": self.start,
        }
        found = decision.check(self.agreement, self.clause.id, **{**values, **changes})
        return found.reason.code if found else ""


def signed(agreement: Agreement, *parties: str) -> Signed:
    ever = datetime(2020, 1, 1, tzinfo=UTC)
    return Signed(agreement, tuple(Signature(party, ever) for party in parties))


def value_of(path: str) -> str:
    """A fine value for a field, by its last name."""
    last = path.rpartition(".")[2]
    known = {"hs": "640411", "amount": "2400.00", "grossmass": "1200.5", "route": "CNSHA"}
    if last in {"date", "validuntil", "departure", "arrival", "due", "from", "to"}:
        return "2026-11-20T10:00:00.000Z"
    return known.get(last, f"Value of {path}")


def payload(clause: Clause) -> dict[str, Any]:
    """Data with a value for every field that a type of its categories has, or the clause names."""
    data: dict[str, Any] = {}
    paths = [
        path
        for category in clause.categories
        for shape in shapes.of(category)
        for path in shape.fields
    ]
    paths += [path for path in (*clause.allow, *clause.withhold) if path not in paths]
    for path in sorted(paths, key=lambda each: -each.count(".")):
        put(data, path.removesuffix(".*"), value_of(path))
    for condition in clause.when:
        meeting = {"least": condition.values, "most": condition.values, "in": condition.values}
        value = meeting.get(condition.test, condition.values)
        if condition.test == "under":
            value = (condition.values[0].ljust(6, "1"),)
        if condition.test != "present":
            put(data, condition.field, value[0], over=True)
    return data


def put(data: dict[str, Any], path: str, value: Any, *, over: bool = False) -> None:
    *steps, last = path.split(".")
    for step in steps:
        data = data.setdefault(step, {})
        if not isinstance(data, dict):
            return
    if over or last not in data:
        data[last] = value


def without(data: dict[str, Any], path: str) -> dict[str, Any]:
    first, _, rest = path.partition(".")
    made = {name: each for name, each in data.items() if name != first}
    if rest and isinstance(data.get(first), dict):
        made[first] = without(data[first], rest)
    return made


def changed(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    made: dict[str, Any] = canonical.read(canonical.write(data))
    put(made, path, value, over=True)
    return made


def minimised(clause: Clause) -> dict[str, Any]:
    return minimisation.minimise(payload(clause), clause, oracle.KEY).data


def at_path(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[step]
    return data


def leaves_at(data: dict[str, Any], path: str) -> list[tuple[str, Any]]:
    """The leaves at a path or below it."""
    found = ((".".join(each), value) for each, value in oracle.leaves(data))
    return [(each, value) for each, value in found if each == path or each.startswith(path + ".")]


Test = Callable[[Case], None]
TESTS: dict[str, Test] = {}


def says(*codes: str) -> Callable[[Test], Test]:
    def register(test: Test) -> Test:
        TESTS.update(dict.fromkeys(codes, test))
        return test

    return register


# What the whole says.


@says("between")
def between(case: Case) -> None:
    assert case.listed("parties") == case.agreement.parties
    case.permitted()
    case.refused("no-agreement", to="ZZ")
    case.refused("no-agreement", from_="ZZ")


@says("entry-all")
def entry_all(case: Case) -> None:
    parties = case.agreement.parties
    case.permitted(signers=parties)
    for party in parties:
        case.refused("no-agreement", signers=tuple(each for each in parties if each != party))


@says("entry")
def entry(case: Case) -> None:
    count = int(case.text("count"))
    others = [each for each in case.agreement.parties if each not in case.pair]
    case.permitted(signers=(*case.pair, *others[: count - 2]))
    case.refused("no-agreement", signers=case.pair[:1])
    outside = (case.pair[0], *others)[:count]
    if len(outside) == count:  # enough have signed, but not the recipient
        case.refused("no-agreement", signers=outside)


@says("from", "from-until")
def period(case: Case) -> None:
    start = datetime.combine(date.fromisoformat(case.text("start")), time(), UTC)
    case.permitted(start)
    case.refused("no-agreement", start - MOMENT)
    if case.sentence.code == "from":
        case.permitted(start + 36500 * DAY)
        return
    ends = datetime.combine(date.fromisoformat(case.text("until")), time(), UTC) + DAY
    case.permitted(ends - MOMENT)
    case.refused("no-agreement", ends)


@says("supersedes")
def supersedes(case: Case) -> None:
    for id_ in case.listed("ids"):
        older = of(**{"id": id_, "from": case.agreement.starts_on.isoformat(), "until": None})
        request = replace(Case(older, older.clauses[0], case.sentence).request())
        ours = signed(case.agreement, *case.agreement.parties)
        old = signed(older, *older.parties)
        alone = decision.decide([old], request, case.start)
        assert isinstance(alone, Permit)
        both = decision.decide([old, ours], request, case.start)
        assert both.agreement != older.digest
        another = replace(case.agreement, supersedes=())
        kept = decision.decide([old, signed(another, *another.parties)], request, case.start)
        assert isinstance(kept, Permit)


@says("refusals")
def refusals(case: Case) -> None:
    """No decision rests on it: the reply to a request names one of these grounds."""
    assert case.listed("grounds") == case.agreement.refusals


@says("basis", "basis-article")
def basis(case: Case) -> None:
    """What it rests on changes no decision; the sentence cites what the document cites."""
    cited = [each for each in (*case.agreement.basis, case.clause.basis) if each is not None]
    named = (case.text("instrument"), str(case.sentence.params.get("article", "")))
    assert named in [(each.instrument, each.article) for each in cited]


@says("titled")
def titled(case: Case) -> None:
    assert case.text("title") == case.agreement.title


# What a clause says.


@says("each-other", "may-tell")
def who_and_what(case: Case) -> None:
    disclosers, recipients = case.listed("disclosers"), case.listed("recipients")
    for from_, to in itertools.product(disclosers, recipients):
        if from_ != to:
            case.permitted(from_=from_, to=to)
            if to not in disclosers or from_ not in recipients:
                case.refused("direction", from_=to, to=from_)
    for category in terms.CATEGORIES:
        for purpose in terms.PURPOSES:
            asked = {"category": category, "purpose": purpose}
            if category not in case.listed("categories"):
                case.refused("category", **asked)
            elif purpose not in case.listed("purposes"):
                case.refused("purpose", **asked)
            else:
                case.permitted(**asked)
    for mode in terms.MODES:
        if mode in case.listed("modes"):
            case.permitted(mode=mode)
        else:
            case.refused("mode", mode=mode)


def conditioned(case: Case, meeting: list[Any], failing: list[Any]) -> None:
    """The values that meet the condition are permitted, those a step away refused; absent too."""
    (field,) = case.listed("field")
    data = payload(case.clause)
    for value in meeting:
        case.permitted(data=changed(data, field, value))
    for value in failing:
        case.refused("condition", data=changed(data, field, value))
    case.refused("condition", data=without(data, field))


@says("when-under")
def under(case: Case) -> None:
    prefixes = case.listed("values")
    shorter = [each[:-1] for each in prefixes if not any(each[:-1].startswith(p) for p in prefixes)]
    meeting = [*prefixes, *(each + "99" for each in prefixes), ["00", prefixes[0]]]
    conditioned(case, meeting, [*shorter, "00", ["00", "01"]])


@says("when-in", "when-equals")
def one_of(case: Case) -> None:
    values = list(case.listed("values"))
    conditioned(case, [*values, ["x", values[0]]], [values[0] + "x", values[0][:-1], ["x", "y"]])


@says("when-least")
def least(case: Case) -> None:
    bound = Decimal(case.listed("values")[0])
    step = Decimal("0.01")
    conditioned(case, [str(bound), str(bound + step)], [str(bound - step), "much"])


@says("when-most")
def most(case: Case) -> None:
    bound = Decimal(case.listed("values")[0])
    step = Decimal("0.01")
    conditioned(case, [str(bound), str(bound - step)], [str(bound + step), "little"])


@says("when-present")
def present(case: Case) -> None:
    conditioned(case, ["anything", ["one"]], [None, [], [None]])


@says("allow")
def allow(case: Case) -> None:
    fields = case.permitted().obligations.fields
    for path in case.listed("fields"):
        assert any(each == path or each.startswith(path + ".") for each in fields) or held(
            case, path
        )
    outside = [path for path, _ in oracle.leaves(payload(case.clause))]
    for path in (".".join(each) for each in outside):
        named = any(path == each or path.startswith(each + ".") for each in case.listed("fields"))
        assert named or path not in fields
    for path in fields:
        case.permitted(needs=(path,))
    case.refused("needs", needs=("nowhere",))


def held(case: Case, path: str) -> bool:
    """Whether all below that allowed path is withheld by the clause's other sentence."""
    return any(path == each or path.startswith(each + ".") for each in case.clause.withhold)


@says("generalise")
def generalise(case: Case) -> None:
    (form,) = case.listed("form")
    sent, fine = minimised(case.clause), payload(case.clause)
    for path in case.listed("fields"):
        for leaf, coarse in leaves_at(sent, path):
            assert oracle.is_coarse(at_path(fine, leaf), coarse, form)
            assert case.look(data=changed(sent, leaf, coarse)) == ""
            if at_path(fine, leaf) != coarse:
                assert case.look(data=changed(sent, leaf, at_path(fine, leaf))) == "finer"
            if form == "hs4":
                assert case.look(data=changed(sent, leaf, coarse[:2])) == ""  # coarser still


@says("withhold")
def withhold(case: Case) -> None:
    fields = case.permitted().obligations.fields
    sent = minimised(case.clause)
    for path in case.listed("fields"):
        assert not any(each == path or each.startswith(path + ".") for each in fields)
        case.refused("needs", needs=(path,))
        assert leaves_at(sent, path) == []
        assert case.look(data=changed(sent, path, "told")) == "field"


@says("rest")
def rest(case: Case) -> None:
    data = {**payload(case.clause), "unnamed": "secret"}
    found = case.permitted(data=data)
    assert "unnamed" not in found.obligations.fields
    left = minimisation.minimise(data, case.clause, oracle.KEY)
    assert "unnamed" not in left.data
    case.refused("needs", data=data, needs=("unnamed",))
    assert case.look(data={**minimised(case.clause), "unnamed": "secret"}) == "field"


@says("handling")
def handling(case: Case) -> None:
    place = terms.HANDLING.index(case.text("mark"))
    for tighter in terms.HANDLING[: place + 1]:
        assert case.permitted(handling=tighter).obligations.handling == tighter
        assert case.look(handling=tighter) == ""
    for looser in terms.HANDLING[place + 1 :]:
        case.refused("handling", handling=looser)
        assert case.look(handling=looser) == "handling"


@says("retention")
def retention(case: Case) -> None:
    count = case.days().count
    at = case.start + timedelta(hours=9)
    until = case.permitted(at).obligations.retain_until
    assert at + (count - 1) * DAY < until <= at + count * DAY
    last = case.start + count * DAY
    assert case.look(retain_until=last) == ""
    assert case.look(retain_until=last + MOMENT) == "retention"
    assert case.look(retain_until=last + DAY) == "retention"


@says("onward-none", "onward-with-consent", "onward-listed")
def onward(case: Case) -> None:
    found = case.permitted().obligations
    assert f"onward-{found.onward}" == case.sentence.code
    assert found.onward_to == case.listed("parties")
    assert bool(found.onward_to) is (case.sentence.code == "onward-listed")


@says("use-intelligence", "use-evidence")
def use(case: Case) -> None:
    assert f"use-{case.permitted().obligations.use}" == case.sentence.code


@says("approval-none", "approval-one", "approval-two")
def approval(case: Case) -> None:
    assert f"approval-{case.permitted().obligations.approval}" == case.sentence.code


@says("reciprocal")
def reciprocal(case: Case) -> None:
    category = case.clause.categories[0]
    owing = frozenset({(case.agreement.id, category, case.pair[1])})
    case.permitted()
    case.refused("reciprocity", reciprocity=Reciprocity(owing))
    for other in ((OTHER, category, case.pair[1]), (case.agreement.id, category, case.pair[0])):
        case.permitted(reciprocity=Reciprocity(frozenset({other})))


def after(start: date, days: Days) -> date:
    """The last day of the period, counted one by one."""
    day, left = start, days.count
    while left:
        day += DAY
        left -= not days.working or day.weekday() < 5
    return day


@says("respond")
def respond(case: Case) -> None:
    for at in (case.start + n * DAY for n in range(7)):
        assert case.permitted(at).obligations.respond_by == after(at.date(), case.days())


@says("report")
def report(case: Case) -> None:
    for at in (case.start + n * DAY for n in range(7)):
        assert case.permitted(at).obligations.report_by == after(at.date(), case.days())


def every() -> Iterator[Case]:
    """Each sentence of each clause, the clause alone in its agreement; the preamble's once."""
    for whole in DOCUMENTS:
        data = canonical.read(whole.canonical)
        for index, clause in enumerate(data["clauses"]):
            alone = document.read(canonical.write({**data, "clauses": [clause]}))
            if index == 0:
                for sentence in sentences.preamble(alone):
                    yield Case(alone, alone.clauses[0], sentence)
            for sentence in sentences.clause(alone.clauses[0]):
                yield Case(alone, alone.clauses[0], sentence)


CASES = [
    *every(),
    Case(EXTRAS[0], EXTRAS[0].clauses[0], Sentence("titled", {"title": EXTRAS[0].title})),
]


@pytest.mark.parametrize("case", CASES, ids=lambda each: f"{each.clause.id}-{each.sentence.code}")
def test_what_a_sentence_claims_is_permitted_and_one_step_outside_refused(case: Case) -> None:
    assert case.sentence.said()
    TESTS[case.sentence.code](case)


def test_every_kind_of_sentence_has_such_a_test_and_is_said_somewhere() -> None:
    assert set(TESTS) == set(sentences.WORDS)
    assert {each.sentence.code for each in CASES} == set(sentences.WORDS)


def test_every_form_of_generalisation_is_said_somewhere() -> None:
    said = {each.listed("form")[0] for each in CASES if each.sentence.code == "generalise"}
    assert said == set(terms.FORMS)


def test_every_sentence_of_an_agreement_comes_from_a_clause_or_the_whole() -> None:
    """The page shows these sentences and no other."""
    for whole in DOCUMENTS:
        shown = [each for article in sentences.articles(whole) for each in article.paragraphs]
        told = [sentence for paragraph in shown for sentence in paragraph]
        assert len(told) == sum(len(list(sentences.clause(each))) for each in whole.clauses)
