"""Where something stands in a document: the XPath of an element by local names, and its line."""

from collections.abc import Iterable, Sequence

from lxml import etree

from tidewaiter.documents import anatomy, finding
from tidewaiter.documents.declaration import Declaration
from tidewaiter.documents.element import Part
from tidewaiter.documents.rules import Remark
from tidewaiter.documents.wco import names


def of(element: etree._Element) -> tuple[str, int]:
    """The XPath of `element` and its line."""
    steps = []
    at: etree._Element | None = element
    while at is not None:
        name = names.local(at.tag)
        parent = at.getparent()
        if parent is not None:
            twins = [one for one in parent if names.local(one.tag) == name]
            name = f"{name}[{twins.index(at) + 1}]" if len(twins) > 1 else name
        steps.append(name)
        at = parent
    line: int = element.sourceline or 0  # type: ignore[assignment]
    return "/" + "/".join(reversed(steps)), line


def depth(element: etree._Element) -> int:
    """How deep elements are nested in `element`, itself counted."""
    deepest, at = 1, 1
    for event, _ in etree.iterwalk(element, events=("start", "end")):
        at += 1 if event == "start" else -1
        deepest = max(deepest, at - 1)
    return deepest


def located(root: etree._Element, remarks: Iterable[Remark]) -> list[finding.Finding]:
    """Remarks on the canonical form as findings at the elements they came from."""
    return [
        finding.find(one.rule, *of(_element(root, one.path)), **one.parameters) for one in remarks
    ]


def _element(root: etree._Element, path: Sequence[str | int]) -> etree._Element:
    """The element at a canonical path, or the nearest one above it that is there."""
    at = root
    if names.local(root.tag) == "MetaData" and path[:1] != ("metadata",):
        at = next(one for one in root if names.local(one.tag) == "Declaration")
    part: type[Part] | None = Declaration
    for step, name in enumerate(path):
        if part is None or isinstance(name, int):
            continue
        field = next((one for one in anatomy.of(part).fields if one.name == name), None)
        if field is None:
            break
        after = path[step + 1] if step + 1 < len(path) else 0
        nth = after if isinstance(after, int) else 0
        twins = [one for one in at if names.local(one.tag) == field.element]
        if nth >= len(twins):
            break
        at, part = twins[nth], field.part
    return at
