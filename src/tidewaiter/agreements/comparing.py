"""Two agreements side by side: what both allow, and what one allows and the other blocks.

For each category and purpose that a clause of either covers, each clause of the one is laid on each
of the other. What both allow is their common part, with the stricter of each obligation; where
there is none, or it leaves out what one of them lets out, the gap names the clause in the way and
the smallest change to it that would close it. Conditions are compared as they are written, and so
are parties: where the two have fewer than two in common, who tells whom is left out of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations, product
from typing import Final

from tidewaiter.agreements import fields, minimisation, shapes, terms
from tidewaiter.agreements.document import NONE, WITH_CONSENT, Agreement, Clause
from tidewaiter.agreements.reason import Reason, Word
from tidewaiter.agreements.sentences import Listed
from tidewaiter.problem import N_

Way = tuple[str, str]  # who tells whom
_COARSER: Final = (  # of two forms that nest, the coarser stands first
    ("hs2", "hs4", "hs6"),
    ("year", "month"),
)


@dataclass(frozen=True, slots=True)
class Allowed:
    """What two clauses allow together; `ways` is empty where direction was left out."""

    category: str
    purpose: str
    clauses: tuple[str, str]
    modes: tuple[str, ...]
    ways: tuple[Way, ...]
    fields: tuple[str, ...]
    generalise: tuple[tuple[str, str], ...]
    handling: str
    retention_days: int
    onward: str
    onward_to: tuple[str, ...]
    use: str
    approval: str
    conditional: bool  # whether one of them asks for more than the other says


@dataclass(frozen=True, slots=True)
class Gap:
    """What one of the two allows and the other, named by its place (0 or 1), blocks."""

    category: str
    purpose: str
    place: int
    clause: str  # of the one that blocks; "" where none of its clauses is near
    code: str
    params: dict[str, str | Listed] = field(default_factory=dict)

    def blocked_by(self, word: Word = str) -> str:
        """What stands in the way, in words."""
        return self._said(BLOCKED, word)

    def would_be_met_by(self, word: Word = str) -> str:
        """The smallest change that would close it, in words."""
        return self._said(MET, word)

    def _said(self, words: dict[str, str], word: Word) -> str:
        known = {"category": self.category, "purpose": self.purpose, "clause": self.clause}
        plain = {name: each for name, each in self.params.items() if isinstance(each, str)}
        lists = {n: each.said(word) for n, each in self.params.items() if isinstance(each, Listed)}
        texts = Reason("", {**known, **plain}).texts(word)
        return word(words[self.code]).format_map({**texts, **lists})


@dataclass(frozen=True, slots=True)
class Compared:
    """What comparing two agreements came to."""

    allowed: tuple[Allowed, ...]
    gaps: tuple[Gap, ...]


def compare(first: Agreement, second: Agreement) -> Compared:
    """Both, laid side by side."""
    both = (first, second)
    common = set(first.parties) & set(second.parties)
    ways = tuple(permutations(sorted(common), 2))
    allowed: list[Allowed] = []
    gaps: list[Gap] = []
    for category, purpose in _cells(both):
        found = [[each for each in one.clauses if category in each.categories] for one in both]
        fitting = [[each for each in some if purpose in each.purposes] for some in found]
        if not all(fitting):
            gaps += _absent(both, category, purpose, found, fitting)
            continue
        laid = [_Laid(category, purpose, a, b, ways) for a, b in product(*fitting)]
        met = [each for each in laid if each.common() is not None]
        allowed += [each for one in met if (each := one.common()) is not None]
        best = max(met or laid, key=lambda each: each.closeness())
        gaps += best.gaps()
    return Compared(tuple(allowed), tuple(gaps))


def _cells(both: Sequence[Agreement]) -> list[tuple[str, str]]:
    """Every category with every purpose for which a clause of either covers it."""
    named = {
        (category, purpose)
        for one in both
        for clause in one.clauses
        for category in clause.categories
        for purpose in clause.purposes
    }
    order = (terms.CATEGORIES, terms.PURPOSES)
    return sorted(named, key=lambda cell: (order[0].index(cell[0]), order[1].index(cell[1])))


def _absent(
    both: Sequence[Agreement],
    category: str,
    purpose: str,
    found: Sequence[Sequence[Clause]],
    fitting: Sequence[Sequence[Clause]],
) -> Iterator[Gap]:
    """The one of the two that has no clause for the category, or none for the purpose."""
    for place in (0, 1):
        if fitting[place]:
            continue
        model = next(iter(fitting[1 - place]), None)
        params: dict[str, str | Listed] = {
            "title": both[place].title,
            "other": both[1 - place].title,
            "model": model.id if model else "",
        }
        if found[place]:
            yield Gap(category, purpose, place, found[place][0].id, "purpose", params)
        else:
            yield Gap(category, purpose, place, "", "category", params)


@dataclass(frozen=True, slots=True)
class _Laid:
    """A clause of each, for one category and purpose."""

    category: str
    purpose: str
    first: Clause
    second: Clause
    ways: tuple[Way, ...]

    @property
    def both(self) -> tuple[Clause, Clause]:
        return self.first, self.second

    def modes(self) -> tuple[str, ...]:
        return tuple(each for each in self.first.modes if each in self.second.modes)

    def common_ways(self) -> tuple[Way, ...]:
        theirs = [_ways(each, self.ways) for each in self.both]
        return tuple(each for each in theirs[0] if each in theirs[1])

    def lets_out(self) -> tuple[set[str], set[str]]:
        """The leaf fields that each lets out."""
        known = _leaves(self.category, self.both)
        rules = [minimisation.rules(each) for each in self.both]
        out = [{path for path in known if each.lets_out(path)} for each in rules]
        return out[0], out[1]

    def common_fields(self) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
        """The fields that both let out, and how they are coarsened: as coarse as both want."""
        first, second = self.lets_out()
        rules = [minimisation.rules(each) for each in self.both]
        kept, forms = set(), {}
        for path in first & second:
            form = _coarser(rules[0].form(path), rules[1].form(path))
            if form is not None:
                kept.add(path)
                if form:
                    forms[path] = form
        return _folded(kept, _leaves(self.category, self.both)), tuple(sorted(forms.items()))

    def apart(self) -> set[str]:
        """The fields that both let out, coarsened so differently that no value is both."""
        first, second = self.lets_out()
        rules = [minimisation.rules(each) for each in self.both]
        return {
            path
            for path in first & second
            if _coarser(rules[0].form(path), rules[1].form(path)) is None
        }

    def lacking(self) -> list[tuple[int, tuple[str, ...]]]:
        """Which of the two lacks what every type of the category requires, and what."""
        found = []
        for place, clause in enumerate(self.both):
            rules = minimisation.rules(clause)
            short = [
                [
                    path
                    for path in shape.required
                    if not (rules.lets_out(path) or rules.leads_to(path))
                ]
                for shape in shapes.of(self.category)
            ]
            if short and all(short):
                fewest: list[str] = min(short, key=len)
                found.append((place, tuple(fewest)))
        return found

    def common(self) -> Allowed | None:
        """What both allow, or None where nothing is left."""
        modes, ways = self.modes(), self.common_ways()
        allowed, forms = self.common_fields()
        if not modes or not allowed or (self.ways and not ways) or self.lacking():
            return None
        one, other = self.both
        onward, onward_to = _onward(one, other)
        return Allowed(
            category=self.category,
            purpose=self.purpose,
            clauses=(one.id, other.id),
            modes=modes,
            ways=ways,
            fields=allowed,
            generalise=forms,
            handling=min((one.handling, other.handling), key=terms.tightness),
            retention_days=min(one.retention_days, other.retention_days),
            onward=onward,
            onward_to=onward_to,
            use="evidence" if one.use == other.use == "evidence" else "intelligence",
            approval=max((one.approval, other.approval), key=lambda each: terms.APPROVAL[each]),
            conditional=set(one.when) != set(other.when),
        )

    def closeness(self) -> tuple[bool, bool, int, int]:
        """How near the two are: the more, the better."""
        shared = len(self.lets_out()[0] & self.lets_out()[1])
        ways = bool(self.common_ways()) or not self.ways
        return bool(self.modes()), ways, -len(self.lacking()), shared

    def gaps(self) -> Iterator[Gap]:
        """What one of the two allows and the other does not."""
        out = self.lets_out()
        known = _leaves(self.category, self.both)
        for place, clause in enumerate(self.both):
            other = self.both[1 - place]
            modes = [each for each in other.modes if each not in clause.modes]
            if modes:
                yield self._gap(place, "mode", modes=Listed(tuple(modes), "mode"))
            mine, theirs = _ways(clause, self.ways), _ways(other, self.ways)
            ways = [f"{way[0]} → {way[1]}" for way in theirs if way not in mine]
            if ways:
                yield self._gap(place, "direction", ways=Listed(tuple(ways)))
            missing = _folded(out[1 - place] - out[place], known)
            if missing:
                yield self._gap(place, "fields", fields=Listed(missing, "field"))
            more = [each.field for each in clause.when if each not in other.when]
            if more:
                named = Listed(tuple(dict.fromkeys(more)), "field")
                yield self._gap(place, "condition", fields=named)
        apart = _folded(self.apart(), known)
        if apart:
            yield self._gap(1, "forms", fields=Listed(apart, "field"))

    def _gap(self, place: int, code: str, **params: str | Listed) -> Gap:
        return Gap(self.category, self.purpose, place, self.both[place].id, code, params)


def _ways(clause: Clause, ways: Sequence[Way]) -> list[Way]:
    """The ways among those between common parties that the clause has."""
    return [each for each in ways if each[0] in clause.disclosers and each[1] in clause.recipients]


def _leaves(category: str, both: Sequence[Clause]) -> list[str]:
    """The leaf fields of the category's types; where none is known, those that the clauses name."""
    known = {path.removesuffix(".*") for shape in shapes.of(category) for path in shape.fields}
    if not known:
        named = {path for each in both for path in (*each.allow, *each.withhold)}
        known = {p for p in named if not any(p != q and fields.covers(p, q) for q in named)}
    return sorted(known)


def _folded(paths: set[str], known: Sequence[str]) -> tuple[str, ...]:
    """The fields named shortly: a member of which every known field is there by its own name."""
    shortest: dict[str, None] = {}
    for path in sorted(paths):
        steps = path.split(".")
        whole = (".".join(steps[:end]) for end in range(1, len(steps)))
        covering = (each for each in whole if paths.issuperset(_below(each, known)))
        shortest[next(covering, path)] = None
    return tuple(shortest)


def _below(name: str, known: Sequence[str]) -> list[str]:
    return [each for each in known if fields.covers(name, each)]


def _coarser(one: str, other: str) -> str | None:
    """The form that is as coarse as both; "" where there is none, None where no value is both."""
    if one == other or not other:
        return one
    if not one or "presence" in {one, other}:
        return other if not one else "presence"
    for chain in _COARSER:
        if one in chain and other in chain:
            return min(one, other, key=chain.index)
    return None


def _onward(one: Clause, other: Clause) -> tuple[str, tuple[str, ...]]:
    """The stricter of two words on passing on."""
    said = {one.onward, other.onward}
    if NONE in said:
        return NONE, ()
    if WITH_CONSENT in said:
        return WITH_CONSENT, ()
    listed = tuple(each for each in one.onward_to if each in other.onward_to)
    return ("listed", listed) if listed else (NONE, ())


BLOCKED: Final = {
    "category": N_("No clause of “{title}” covers {category}."),
    "purpose": N_("Clause {clause} of “{title}” covers {category}, but not for {purpose}."),
    "mode": N_("Clause {clause} does not let {category} go {modes}."),
    "direction": N_("Clause {clause} does not let {category} go this way: {ways}."),
    "fields": N_("Clause {clause} keeps at home: {fields}."),
    "forms": N_("Clause {clause} coarsens otherwise than the other: {fields}."),
    "condition": N_("Clause {clause} sets a condition on {fields} that the other does not."),
}
MET: Final = {
    "category": N_("A clause for it in “{title}”, such as clause {model} of “{other}”."),
    "purpose": N_("The purpose added to clause {clause}: {purpose}."),
    "mode": N_("The mode added to clause {clause}: {modes}."),
    "direction": N_("Disclosers and recipients of clause {clause} that allow {ways}."),
    "fields": N_("These fields allowed by clause {clause}: {fields}."),
    "forms": N_("The same form for these fields in clause {clause} and in the other: {fields}."),
    "condition": N_("The condition of clause {clause} on {fields} taken out."),
}
