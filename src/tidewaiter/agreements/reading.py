"""YAML read as text (failsafe): every scalar is the text that stands there, with its line.

`NO` is Norway, `0101` is horses, `7.10` is a clause. No tags, anchors or aliases, one document, no
member twice; depth and size are bounded before anything is built. Imports nothing of ours.
"""

import re
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

BYTES: Final = 512 * 1024
DEPTH: Final = 32
Path = tuple[str | int, ...]
_UNFIT: Final = re.compile("[\\x00\ud800-\udfff]")  # what I-JSON cannot carry
_LOADER: Final[Any] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class NotText(ValueError):
    """This is no YAML that is taken; `code` and `params` say why, `line` (from 1) says where."""

    def __init__(self, code: str, line: int, **params: str | int) -> None:
        super().__init__(f"line {line}: {code} {params or ''}".rstrip())
        self.code = code
        self.line = line
        self.params = params


@dataclass(frozen=True, slots=True)
class Text:
    """What was read: dicts, lists and texts, and the line of each path from the root."""

    value: Any
    lines: dict[Path, int]


@dataclass(slots=True)
class _Open:
    """A mapping or a list whose end has not come yet."""

    value: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    seen: dict[str, int] = field(default_factory=dict)


def read(source: bytes) -> Text:
    """The one document in `source`. Raises NotText."""
    if len(source) > BYTES:
        raise NotText("too-large", 1, limit=BYTES)
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NotText("not-utf-8", source.count(b"\n", 0, error.start) + 1) from None
    try:
        return _built(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise NotText("not-yaml", line, reason=(error.problem or "")[:200]) from None
    except yaml.YAMLError as error:
        reason = str(error).partition("\n")[0][:200]
        raise NotText("not-yaml", 1, reason=reason) from None


def _built(text: str) -> Text:
    stack: list[_Open] = []
    lines: dict[Path, int] = {}
    root: list[Any] = []
    event: Any
    for event in yaml.parse(text, Loader=_LOADER):
        line: int = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and root:
            raise NotText("two-documents", line)
        if isinstance(event, yaml.CollectionEndEvent):
            stack.pop()
        elif isinstance(event, yaml.NodeEvent):
            _plain(event, line, len(stack))
            if isinstance(event, yaml.ScalarEvent) and _UNFIT.search(event.value):
                raise NotText("no-text", line)
            if isinstance(event, yaml.ScalarEvent) and _is_key(stack):
                _take_key(stack[-1], event.value, line, lines)
                continue
            if _is_key(stack):
                raise NotText("key-no-text", line)
            value, path = _placed(event, stack, root, line, lines)
            if isinstance(value, dict | list):
                stack.append(_Open(value, path))
    if not root:
        raise NotText("nothing", 1)
    return Text(root[0], lines)


def _plain(event: yaml.NodeEvent, line: int, depth: int) -> None:
    if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
        raise NotText("alias", line)
    if getattr(event, "tag", None) is not None:
        raise NotText("tag", line, tag=str(getattr(event, "tag", ""))[:80])
    if depth >= DEPTH:
        raise NotText("too-deep", line, limit=DEPTH)


def _is_key(stack: list[_Open]) -> bool:
    return bool(stack) and isinstance(stack[-1].value, dict) and stack[-1].key is None


def _take_key(mapping: _Open, key: str, line: int, lines: dict[Path, int]) -> None:
    if key in mapping.seen:
        raise NotText("member-twice", line, member=key[:80], first=mapping.seen[key])
    mapping.seen[key] = line
    mapping.key = key
    lines[(*mapping.path, key)] = line


def _placed(
    event: yaml.NodeEvent, stack: list[_Open], root: list[Any], line: int, lines: dict[Path, int]
) -> tuple[Any, Path]:
    value: Any = {}
    if isinstance(event, yaml.ScalarEvent):
        value = event.value
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
    if not stack:
        root.append(value)
        lines[()] = line
        return value, ()
    holder = stack[-1]
    if isinstance(holder.value, list):
        path: Path = (*holder.path, len(holder.value))
        holder.value.append(value)
        lines[path] = line
    else:
        assert holder.key is not None
        path = (*holder.path, holder.key)
        holder.value[holder.key] = value
        holder.key = None
    return value, path
