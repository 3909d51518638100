"""Apply a correction (function code 13) to the declaration that it corrects.

A WCO correction points at what it changes by section and tag numbers of the Data Model and brings
the new values; what it points at and does not bring is taken out. A correction without pointers
brings the whole declaration anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from msgspec import structs

from tidewaiter.documents import anatomy, content, finding, rules
from tidewaiter.documents.declaration import CARRIES, Declaration
from tidewaiter.documents.element import Extension, Part
from tidewaiter.documents.paper import Amendment, Pointer

ROOT: Final = "42A"  # the section number of a declaration


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a pointer: the section, the number of the part in it, and perhaps a tag."""

    section: str
    number: int
    tag: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.section}" + (f".{self.tag}" if self.tag else "")


class Astray(Exception):
    """A pointer leads to nothing that can be corrected."""


def apply(original: Declaration, change: Declaration) -> finding.ReadResult:
    """`original` with what `change` corrects, checked by the rules; or the findings that refuse.

    A correction that was applied before gives back the same declaration.
    """
    if not change.amendments:
        if not change.items or change.type_code == CARRIES:
            return _refused("correction-empty")
        anew = structs.replace(change, function_code=original.function_code, id=original.id)
        return _checked(anew, original)
    ways = list(pointers(change.amendments))
    if not ways:
        return _refused("correction-empty")
    corrected = original
    for steps in ways:
        try:
            corrected = _put(corrected, change, steps)
        except Astray:
            return _refused("correction-pointer", " > ".join(map(str, steps)))
    return _checked(corrected, original)


def pointers(amendments: Sequence[Amendment]) -> Iterator[tuple[Step, ...]]:
    """The way to each thing that is changed, from the declaration down."""
    for amendment in amendments:
        if amendment.pointers:
            yield tuple(map(_step, amendment.pointers))


def _step(pointer: Pointer) -> Step:
    number = 1 if pointer.sequence_numeric is None else pointer.sequence_numeric
    return Step(pointer.document_section_code or "", number, pointer.tag_id or "")


def _refused(rule: str, found: str = "") -> finding.ReadResult:
    return finding.ReadResult(None, (finding.find(rule, "Amendment", 0, found=found),))


def _checked(corrected: Declaration, original: Declaration) -> finding.ReadResult:
    if content.key(corrected) != content.key(original):
        return _refused("correction-identity")
    found = tuple(
        finding.find(one.rule, rules.written(one.path), 0, **one.parameters)
        for one in rules.check(corrected)
    )
    refused = any(one.refuses for one in found)
    return finding.ReadResult(None if refused else corrected, found)


def _put(original: Declaration, change: Declaration, steps: Sequence[Step]) -> Declaration:
    """`original` with the one thing that `steps` point at taken from `change`. Raises Astray."""
    first, *rest = steps
    if first.section != ROOT or not (rest or first.tag):
        raise Astray
    corrected: Declaration = _into(original, change, rest, first.tag)
    return corrected


def _into(part: Any, change: Part | None, steps: Sequence[Step], tag: str) -> Any:
    """A part with what the rest of the steps, or the tag of the last one, points at replaced."""
    if not steps:
        return _leaf(part, change, tag)
    step, *rest = steps
    field = _named(type(part), step.section)
    if field.part is None:
        raise Astray
    old: Any = getattr(part, field.name)
    new: Any = getattr(change, field.name, () if field.many else None)
    if not field.many:
        return structs.replace(part, **{field.name: _one(field, old, new, rest, step)})
    here, there = _index(old, step.number), _index(new, step.number)
    if here is None and there is None and (rest or not step.tag):
        raise Astray
    was = None if here is None else old[here]
    brought = None if there is None else new[there]
    one = _one(field, was, brought, rest, step)
    if here is None:
        row = (*old, one)
    else:
        row = (*old[:here], *(() if one is None else (one,)), *old[here + 1 :])
    return structs.replace(part, **{field.name: row})


def _one(
    field: anatomy.Field, old: Part | None, new: Part | None, rest: Sequence[Step], step: Step
) -> Part | None:
    """The part at a step: brought whole, taken out, or changed within."""
    if not rest and not step.tag:
        if old is None and new is None:
            raise Astray
        return new
    if old is None and field.part is not None:
        if new is None:
            raise Astray
        old = field.part()
        if hasattr(old, "sequence_numeric"):
            old = structs.replace(old, sequence_numeric=step.number)
    return _into(old, new, rest, step.tag)  # type: ignore[no-any-return]


def _index(row: Sequence[Part], number: int) -> int | None:
    """Which part of a row has `number`: by its sequence number, else by its place from 1."""
    for index, one in enumerate(row):
        if getattr(one, "sequence_numeric", None) == number:
            return index
    numbered = any(getattr(one, "sequence_numeric", None) is not None for one in row)
    return number - 1 if not numbered and 0 < number <= len(row) else None


def _named(part: type[Part], number: str) -> anatomy.Field:
    for field in anatomy.of(part).fields:
        if number in field.wco:
            return field
    raise Astray


def _leaf(part: Any, change: Part | None, tag: str) -> Any:
    """A part with the value of one element taken from `change`, and how that was written."""
    field = _named(type(part), tag)
    if field.part is not None or field.required:
        raise Astray
    changed: dict[str, Any] = {field.name: getattr(change, field.name, None)}
    kept = [one for one in part.extensions if not _of(one, field.element)]
    brought = change.extensions if change is not None else ()
    kept += [one for one in brought if _of(one, field.element)]
    return structs.replace(part, **changed, extensions=tuple(kept))


def _of(extension: Extension, element: str) -> bool:
    """Whether an extension says how `element` was written."""
    return (
        extension.kind in {"written", "attribute"} and extension.name.partition("/")[0] == element
    )
