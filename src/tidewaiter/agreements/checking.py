"""What an agreement says that cannot be meant: fields nobody has, clauses that let nothing out.

The document is well formed; these findings are about its sense. Some only warn.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from types import MappingProxyType

from tidewaiter.agreements import conditions, fields, minimisation, schema, shapes
from tidewaiter.agreements.document import Clause, Condition, Source
from tidewaiter.agreements.finding import Finding, dotted
from tidewaiter.agreements.reading import Path

_DATES = ("date", "validuntil", "departure", "arrival", "from", "to", "due")
_FITS = {  # what the last name of a field tells of its values, where it tells
    "hs2": ("hs",),
    "hs4": ("hs",),
    "hs6": ("hs",),
    "month": _DATES,
    "year": _DATES,
    "country": ("route", "office", "origin", "country"),
    "band": ("amount", "grossmass", "quantity"),
}


def check(
    source: Source, replaced: Mapping[str, frozenset[str]] = MappingProxyType({})
) -> list[Finding]:
    """All that is found in a document that was read, in the order of its lines.

    `replaced` tells of each agreement that is known which others it replaces, by their ids.
    """
    found = []
    for at, other in enumerate(source.agreement.supersedes):
        if source.agreement.id in _leads_to(other, replaced):
            named: Path = ("supersedes", at)
            line = source.line(named)
            circle: dict[str, str | int] = {"id": other}
            found.append(Finding("supersedes-circle", dotted(named), line, circle, warns=True))
    for index, clause in enumerate(source.agreement.clauses):
        path: Path = ("clauses", index)
        for code, below, params, warns in _clause(clause):
            place = (*path, *below)
            found.append(Finding(code, dotted(place), source.line(place), params, warns))
    for place, params in _overlaps(source.agreement.clauses):
        found.append(Finding("overlap", dotted(place), source.line(place), params, warns=True))
    return sorted(found, key=lambda each: (each.line, each.path, each.code))


def _leads_to(start: str, replaced: Mapping[str, frozenset[str]]) -> set[str]:
    """All that `start` replaces, at once or through others."""
    pending = [start]
    seen: set[str] = set()
    while pending:
        for each in replaced.get(pending.pop(), frozenset()) - seen:
            seen.add(each)
            pending.append(each)
    return seen


Raw = tuple[str, Path, dict[str, str | int], bool]


def _clause(clause: Clause) -> Iterator[Raw]:
    known = [shape for category in clause.categories for shape in shapes.of(category)]
    judged = all(shapes.of(category) for category in clause.categories)
    if judged:
        yield from _unknown(clause, known)
    yield from _generalised(clause, known, judged=judged)
    yield from _withheld(clause)
    yield from _contradictions(clause)
    for category in clause.categories:
        yield from _uncarried(clause, category)


def _named(clause: Clause) -> Iterator[tuple[str, Path]]:
    for at, path in enumerate(clause.allow):
        yield path, ("fields", "allow", at)
    for at, path in enumerate(clause.withhold):
        yield path, ("fields", "withhold", at)
    for path, _ in clause.generalise:
        yield path, ("fields", "generalise", path)
    for at, condition in enumerate(clause.when):
        yield condition.field, ("when", at, "field")


def _unknown(clause: Clause, known: list[shapes.Shape]) -> Iterator[Raw]:
    names = sorted({name.removesuffix(".*") for shape in known for name in shape.fields})
    for path, place in _named(clause):
        if not any(shape.knows(path) for shape in known):
            near = schema.like(path, names)
            params: dict[str, str | int] = {
                "categories": ", ".join(clause.categories),
                "field": path,
                "like": near,
            }
            yield "unknown-field-like" if near else "unknown-field", place, params, False


def _generalised(clause: Clause, known: list[shapes.Shape], *, judged: bool) -> Iterator[Raw]:
    rules = minimisation.rules(clause)
    for path, form in clause.generalise:
        place: Path = ("fields", "generalise", path)
        fit = _FITS.get(form)
        if not (rules.lets_out(path) or rules.leads_to(path)):
            yield "idle-generalise", place, {"field": path}, True
        elif judged and any(shape.knows(path) for shape in known):
            if not any(shape.single(path) or _is_open(shape, path) for shape in known):
                yield "not-a-scalar", place, {"field": path}, False
            elif fit and path.rpartition(".")[2] not in fit and not _opens(known, path):
                yield "wrong-form", place, {"field": path, "form": form}, True


def _opens(known: list[shapes.Shape], path: str) -> bool:
    return any(_is_open(shape, path) for shape in known)


def _is_open(shape: shapes.Shape, path: str) -> bool:
    bases = [name.removesuffix(".*") for name in shape.fields if name.endswith(".*")]
    return fields.covered(bases, path)


def _withheld(clause: Clause) -> Iterator[Raw]:
    if all(fields.covered(clause.withhold, path) for path in clause.allow):
        yield "lets-nothing", ("fields", "withhold"), {"clause": clause.id}, False
        return
    for at, path in enumerate(clause.allow):
        if fields.covered(clause.withhold, path):
            yield "allowed-withheld", ("fields", "allow", at), {"field": path}, True
    rules = minimisation.rules(clause)
    for at, path in enumerate(clause.withhold):
        below = any(fields.covers(path, name) for name in clause.allow)
        if not (fields.covered(rules.allow, path) or below):
            yield "idle-withhold", ("fields", "withhold", at), {"field": path}, True


def _contradictions(clause: Clause) -> Iterator[Raw]:
    """Conditions on one field that no value meets; of a list each may meet another one."""
    by_field: dict[str, list[tuple[int, Condition]]] = {}
    for at, condition in enumerate(clause.when):
        by_field.setdefault(condition.field, []).append((at, condition))
    for field, placed in by_field.items():
        if not conditions.possible([condition for _, condition in placed]):
            params: dict[str, str | int] = {"clause": clause.id, "field": field}
            listed = shapes.many(field)
            code = "contradiction-unless-many" if listed else "contradiction"
            yield code, ("when", placed[-1][0]), params, listed


def _uncarried(clause: Clause, category: str) -> Iterator[Raw]:
    rules = minimisation.rules(clause)

    def leaves(path: str) -> bool:
        return rules.lets_out(path) or rules.leads_to(path)

    lacking = []
    for shape in shapes.of(category):
        short = [path for path in shape.required if not leaves(path)]
        if shape.either and not any(leaves(path) for path in shape.either):
            short.append(" / ".join(shape.either))
        lacking.append((len(short), shape.type, short))
    if lacking and min(lacking)[0]:
        _, type_, short = min(lacking)
        params: dict[str, str | int] = {"clause": clause.id, "category": category}
        yield (
            "cannot-carry",
            ("fields", "allow"),
            {
                **params,
                "type": type_,
                "fields": ", ".join(short),
            },
            False,
        )


def _overlaps(clauses: tuple[Clause, ...]) -> Iterator[tuple[Path, dict[str, str | int]]]:
    for (_, first), (at, second) in combinations(enumerate(clauses), 2):
        ways = {
            (one, other)
            for clause in (first, second)
            for one in clause.disclosers
            for other in clause.recipients
            if one != other
        }
        both = [
            {way for way in ways if way[0] in each.disclosers and way[1] in each.recipients}
            for each in (first, second)
        ]
        shared = [both[0] & both[1]] + [
            set(getattr(first, name)) & set(getattr(second, name))
            for name in ("categories", "purposes", "modes")
        ]
        if all(shared):
            yield ("clauses", at), {"clause": second.id, "other": first.id}
