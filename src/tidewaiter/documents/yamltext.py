"""YAML read as text alone: every scalar is the characters that stand there (`NO` is Norway).

Tags, anchors, aliases, several documents and doubled keys are refused, with their line.
"""

from dataclasses import dataclass, field
from typing import Final

import yaml

DEPTH: Final = 16
SIZE: Final = 2**20  # bytes of a document
Tree = str | list["Tree"] | dict[str, "Tree"]
Path = tuple[str | int, ...]


class NotText(ValueError):
    """The document is no plain YAML; `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """A tree of texts, and the line on which each of its paths stands."""

    tree: Tree
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of `path`, else of the nearest path above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def read(data: bytes) -> Document:
    """The document in `data`, UTF-8. Raises NotText."""
    if len(data) > SIZE:
        raise NotText(1, f"the document is larger than {SIZE} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText(data.count(b"\n", 0, error.start) + 1, "this is not UTF-8") from None
    try:
        _plain(text)
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise NotText(line, error.problem or "this is no YAML") from None
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())[:200]
        raise NotText(1, f"this is no YAML: {said}") from None
    if node is None:
        raise NotText(1, "the document is empty")
    lines: dict[Path, int] = {}
    return Document(_tree(node, (), lines), lines)


def _plain(text: str) -> None:
    """Refuse what is more than text, by the events, before anything is built."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise NotText(line, "anchors and aliases are not read")
        if tag := getattr(event, "tag", None):
            raise NotText(line, f"the tag {tag[:80]} is not read: everything is text")
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            depth += 1
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            depth -= 1
        if depth > DEPTH:
            raise NotText(line, f"nested deeper than {DEPTH}")


def _tree(node: yaml.Node, path: Path, lines: dict[Path, int]) -> Tree:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        tree: dict[str, Tree] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise NotText(line, "a key is a plain text")
            if key.value in tree:
                raise NotText(line, f"{key.value[:80]!r} stands twice")
            lines[(*path, key.value)] = line
            tree[key.value] = _tree(value, (*path, key.value), lines)
        return tree
    if isinstance(node, yaml.SequenceNode):
        return [_tree(one, (*path, at), lines) for at, one in enumerate(node.value)]
    return str(node.value)
