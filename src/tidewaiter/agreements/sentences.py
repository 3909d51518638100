"""An agreement in sentences, each made from its clause: what a lawyer reads is what decides.

A sentence is a code with parameters, worded in the reader's language when it is shown.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from tidewaiter.agreements import wording
from tidewaiter.agreements.document import Agreement, Basis, Clause, Condition
from tidewaiter.problem import N_

Word = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Listed:
    """Several terms of one vocabulary, joined by and, or or; fields and plain texts too."""

    items: tuple[str, ...]
    vocabulary: str = ""  # one of wording.VOCABULARIES, "field", or "" for texts as they stand
    either: bool = False

    def said(self, word: Word) -> str:
        """The list in words."""
        texts = [wording.term(each, self.vocabulary, word) for each in self.items]
        if len(texts) < 2:
            return "".join(texts)
        last = word(OR if self.either else AND)
        return last.format(first=", ".join(texts[:-1]), last=texts[-1])


@dataclass(frozen=True, slots=True)
class Days:
    """A number of days, of working days where they are."""

    count: int
    working: bool = False

    def said(self, word: Word) -> str:
        """The number in words."""
        if self.working:
            text = word(WORKING_DAY if self.count == 1 else WORKING_DAYS)
        else:
            text = word(DAY if self.count == 1 else DAYS)
        return text.format(days=self.count)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: a code of WORDS and what it speaks of."""

    code: str
    params: dict[str, str | Listed | Days] = field(default_factory=dict)

    def said(self, word: Word = str) -> str:
        """The sentence in the reader's language."""
        texts = {
            name: value if isinstance(value, str) else value.said(word)
            for name, value in self.params.items()
        }
        text = word(WORDS[self.code]).format_map(texts)
        return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Article:
    """A clause as people read it: number, title, sentences in the order of reading."""

    number: str
    title: str
    sentences: tuple[Sentence, ...]

    @property
    def paragraphs(self) -> list[list[Sentence]]:
        """The sentences by what they are about: the disclosure, its fields, what binds after it."""
        found: list[list[Sentence]] = [[], [], []]
        for sentence in self.sentences:
            group = sentence.code.partition("-")[0]
            found[_PARAGRAPH.get(group, 2)].append(sentence)
        return [each for each in found if each]


def articles(agreement: Agreement) -> list[Article]:
    """Every clause of the agreement as an article."""
    return [Article(each.id, each.title, tuple(clause(each))) for each in agreement.clauses]


def preamble(agreement: Agreement) -> list[Sentence]:
    """What the agreement says of itself as a whole."""
    said = [Sentence("between", {"parties": Listed(agreement.parties)})]
    said += _bases(agreement.basis)
    if agreement.entry == len(agreement.parties):
        said.append(Sentence("entry-all"))
    else:
        said.append(Sentence("entry", {"count": str(agreement.entry)}))
    start = {"start": agreement.starts_on.isoformat()}
    if agreement.ends_on is None:
        said.append(Sentence("from", {**start}))
    else:
        said.append(Sentence("from-until", {**start, "until": agreement.ends_on.isoformat()}))
    if agreement.supersedes:
        said.append(Sentence("supersedes", {"ids": Listed(agreement.supersedes)}))
    if agreement.refusals:
        grounds = Listed(agreement.refusals, "ground", either=True)
        said.append(Sentence("refusals", {"grounds": grounds}))
    return said


def clause(clause_: Clause) -> Iterator[Sentence]:
    """The clause's sentences: who and what, when, which fields, what binds the recipient."""
    yield _who(clause_)
    for condition in clause_.when:
        yield _condition(condition)
    yield from _fields(clause_)
    yield Sentence("handling", {"mark": clause_.handling})
    yield Sentence("retention", {"days": Days(clause_.retention_days)})
    yield Sentence(f"onward-{clause_.onward}", {"parties": Listed(clause_.onward_to)})
    yield Sentence(f"use-{clause_.use}")
    yield Sentence(f"approval-{clause_.approval}")
    if clause_.reciprocal:
        yield Sentence("reciprocal")
    if clause_.respond_days is not None:
        yield Sentence("respond", {"days": Days(clause_.respond_days, clause_.respond_working)})
    if clause_.report_days is not None:
        yield Sentence("report", {"days": Days(clause_.report_days)})
    if clause_.basis is not None:
        yield from _bases((clause_.basis,))


def _who(clause_: Clause) -> Sentence:
    params: dict[str, str | Listed | Days] = {
        "disclosers": Listed(clause_.disclosers),
        "recipients": Listed(clause_.recipients),
        "categories": Listed(clause_.categories, "category"),
        "purposes": Listed(clause_.purposes, "purpose", either=True),
        "modes": Listed(clause_.modes, "mode", either=True),
    }
    mutual = set(clause_.disclosers) == set(clause_.recipients)
    return Sentence("each-other" if mutual else "may-tell", params)


def _condition(condition: Condition) -> Sentence:
    params: dict[str, str | Listed | Days] = {
        "field": Listed((condition.field,), "field"),
        "values": Listed(condition.values, either=True),
    }
    return Sentence(f"when-{condition.test}", params)


def _fields(clause_: Clause) -> Iterator[Sentence]:
    yield Sentence("allow", {"fields": Listed(clause_.allow, "field")})
    for form in wording.FORMS:
        named = tuple(path for path, each in clause_.generalise if each == form)
        if named:
            coarse = {"fields": Listed(named, "field"), "form": Listed((form,), "form")}
            yield Sentence("generalise", {**coarse})
    if clause_.withhold:
        yield Sentence("withhold", {"fields": Listed(clause_.withhold, "field")})
    yield Sentence("rest")


def _bases(bases: tuple[Basis, ...]) -> list[Sentence]:
    return [
        Sentence("basis-article", {"instrument": each.instrument, "article": each.article})
        if each.article
        else Sentence("basis", {"instrument": each.instrument})
        for each in bases
    ]


_PARAGRAPH: Final = {
    "each": 0,
    "may": 0,
    "when": 0,
    "allow": 1,
    "generalise": 1,
    "withhold": 1,
    "rest": 1,
}
AND: Final = N_("{first} and {last}")
OR: Final = N_("{first} or {last}")
DAY: Final = N_("{days} day")
DAYS: Final = N_("{days} days")
WORKING_DAY: Final = N_("{days} working day")
WORKING_DAYS: Final = N_("{days} working days")
WORDS: Final = {
    # the whole
    "titled": N_("It is called “{title}”."),
    "between": N_("This is an agreement between {parties}."),
    "entry-all": N_("It is in force once all of them have signed."),
    "entry": N_("It is in force between those that have signed, once {count} of them have."),
    "from": N_("It begins on {start} and has no end."),
    "from-until": N_("It begins on {start} and ends with {until}."),
    "supersedes": N_("It replaces {ids}."),
    "refusals": N_("A request may be refused on the ground of {grounds}."),
    "basis": N_("It rests on {instrument}."),
    "basis-article": N_("It rests on {instrument}, article {article}."),
    # a clause
    "each-other": N_("{disclosers} may tell each other of {categories}, for {purposes}, {modes}."),
    "may-tell": N_("{disclosers} may tell {recipients} of {categories}, for {purposes}, {modes}."),
    "when-under": N_("Only where {field} begins with {values}."),
    "when-in": N_("Only where {field} is {values}."),
    "when-equals": N_("Only where {field} is {values}."),
    "when-least": N_("Only where {field} is at least {values}."),
    "when-most": N_("Only where {field} is at most {values}."),
    "when-present": N_("Only where this is given: {field}."),
    "allow": N_("What may leave: {fields}."),
    "generalise": N_("Only coarsened, to {form}: {fields}."),
    "withhold": N_("What never leaves: {fields}."),
    "rest": N_("All else stays at home."),
    "handling": N_("It is handled as {mark} or tighter."),
    "retention": N_("The recipient deletes it after {days}."),
    "onward-none": N_("It is passed on to nobody."),
    "onward-with-consent": N_("It is passed on with the consent of the one who gave it only."),
    "onward-listed": N_("It may be passed on to {parties}, and to nobody else."),
    "use-intelligence": N_("It is intelligence, not evidence."),
    "use-evidence": N_("It may be used as evidence."),
    "approval-none": N_("The node may send it by itself."),
    "approval-one": N_("One person releases each message."),
    "approval-two": N_("Two people release each message."),
    "reciprocal": N_("Each gives this as long as it gets it from the other."),
    "respond": N_("An answer is due within {days}."),
    "report": N_("The recipient tells within {days} what came of it."),
}
