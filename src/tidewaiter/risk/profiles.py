"""Profiles: what an administration looks for, as YAML that is read as text (failsafe).

A profile has conditions over an item, a weight, perhaps a lane below which its finds never fall,
and a reason in every language that it speaks. It runs no code. Its version is its digest.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import polars as pl
import yaml

from tidewaiter.risk import criteria, score

FORMAT: Final = "profile/1"
LARGEST: Final = 64 * 1024  # bytes
_ID: Final = re.compile(r"[a-z][a-z0-9-]{1,63}")
_BRACES: Final = re.compile(r"\{([a-z_0-9]*)\}")
_MEMBERS: Final = frozenset({"tidewaiter", "id", "title", "weight", "lane", "when", "reason"})
LANGUAGES: Final = ("en", "fr")


class NotAProfile(ValueError):
    """The text is no profile: `line` (from 1) and the reason."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile: what it asks, what a find weighs, and how it is told."""

    id: str
    version: str  # sha256:… of the text
    title: dict[str, str]  # by language
    weight: float  # 0 to 1
    lane: str  # the loosest lane of a find
    when: tuple[criteria.Condition, ...]
    reason: dict[str, str]  # by language; fields of the item in braces


@dataclass(frozen=True, slots=True)
class _Text:
    """A value of the YAML with the line on which it starts."""

    value: Any
    line: int


def read(text: bytes) -> Profile:
    """The profile in `text`. Raises NotAProfile with the line of what is wrong."""
    if len(text) > LARGEST:
        raise NotAProfile(1, f"a profile has at most {LARGEST} bytes")
    members = _members(text)
    told = {name: found.value for name, found in members.items()}
    line = {name: found.line for name, found in members.items()}
    for name in members.keys() - _MEMBERS:
        raise NotAProfile(line[name], f"there is no member {name[:60]!r}")
    for name in ("tidewaiter", "id", "title", "weight", "when", "reason"):
        if name not in told:
            raise NotAProfile(1, f"the member {name!r} is missing")
    if told["tidewaiter"] != FORMAT:
        raise NotAProfile(line["tidewaiter"], f"it is not of the format {FORMAT!r}")
    if not isinstance(told["id"], str) or not _ID.fullmatch(told["id"]):
        raise NotAProfile(line["id"], "an id is lower-case letters, digits and hyphens")
    lane = told.get("lane", "green")
    if lane not in score.LANES:
        raise NotAProfile(line["lane"], "a lane is green, yellow or red")
    if not isinstance(told["when"], list) or not told["when"]:
        raise NotAProfile(line["when"], "'when' is a list of conditions")
    try:
        when = tuple(criteria.condition(one) for one in told["when"] if isinstance(one, dict))
    except criteria.NotACondition as error:
        raise NotAProfile(line["when"], str(error)) from None
    if len(when) != len(told["when"]):
        raise NotAProfile(line["when"], "each condition is a mapping")
    reason = _words(told["reason"], line["reason"])
    named = {name for words in reason.values() for name in _BRACES.findall(words)}
    for name in named - criteria.FIELDS.keys():
        raise NotAProfile(line["reason"], f"the reason names no field {name!r}")
    return Profile(
        id=told["id"],
        version="sha256:" + hashlib.sha256(text).hexdigest(),
        title=_words(told["title"], line["title"]),
        weight=_weight(told["weight"], line["weight"]),
        lane=lane,
        when=when,
        reason=reason,
    )


@cache
def shipped() -> tuple[tuple[Profile, bytes], ...]:
    """The profiles that come with the project, by id, each with its text."""
    folder = resources.files("tidewaiter.risk") / "shipped"
    texts = [one.read_bytes() for one in folder.iterdir() if one.name.endswith(".yaml")]
    return tuple(sorted(((read(text), text) for text in texts), key=lambda pair: pair[0].id))


def version(active: Iterable[Profile]) -> str:
    """The version of a set of profiles: the digest over theirs."""
    joined = "\n".join(sorted(f"{one.id} {one.version}" for one in active))
    return "sha256:" + hashlib.sha256(joined.encode()).hexdigest()


def find(items: pl.DataFrame, active: Sequence[Profile]) -> list[tuple[int, score.Hit]]:
    """The hits of the `active` profiles on `items`: row (from 0) and hit, rows in order.

    `items` has the frame's columns and those that `norms.beside` adds.
    """
    if not active or not items.height:
        return []
    masks = items.select(
        [criteria.expression(one.when).alias(str(index)) for index, one in enumerate(active)]
    )
    found: list[tuple[int, score.Hit]] = []
    for index, profile in enumerate(active):
        rows = masks[str(index)].arg_true()
        if not rows.len():
            continue
        fields = sorted({n for words in profile.reason.values() for n in _BRACES.findall(words)})
        told = items[rows].select("item", *fields).to_dicts()
        for row, values in zip(rows.to_list(), told, strict=True):
            hit = score.Hit(
                code=f"profile.{profile.id}",
                parameters={name: _value(values[name]) for name in fields},
                weight=profile.weight,
                item=values["item"],
                source="profile",
                floor=profile.lane,
            )
            found.append((row, hit))
    found.sort(key=lambda pair: pair[0])
    return found


def _value(value: object) -> str | int | float:
    if isinstance(value, float):
        return round(value, 2)
    if isinstance(value, int):
        return value
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _weight(told: object, line: int) -> float:
    try:
        weight = float(told) if isinstance(told, str) else -1.0
    except ValueError:
        weight = -1.0
    if not 0.0 < weight < 1.0:
        raise NotAProfile(line, "a weight is a number between 0 and 1")
    return weight


def _words(told: object, line: int) -> dict[str, str]:
    if not isinstance(told, dict) or not all(isinstance(words, str) for words in told.values()):
        raise NotAProfile(line, "words are a mapping of languages to texts")
    for language in LANGUAGES:
        if not told.get(language):
            raise NotAProfile(line, f"the words in {language!r} are missing")
    return {str(language): str(words) for language, words in told.items()}


def _members(text: bytes) -> dict[str, _Text]:
    try:
        source = text.decode("utf-8")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(source)):
            raise NotAProfile(1, "aliases are not taken")
        root = yaml.compose(source, Loader=yaml.BaseLoader)
    except UnicodeDecodeError as error:
        raise NotAProfile(1, f"byte {error.start} is not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "this is no YAML"
        raise NotAProfile(mark.line + 1 if mark else 1, problem) from None
    except RecursionError:
        raise NotAProfile(1, "it is nested too deeply") from None
    if not isinstance(root, yaml.MappingNode):
        raise NotAProfile(1, "a profile is a mapping")
    return {
        str(name.value): _Text(_plain(value), name.start_mark.line + 1)
        for name, value in _pairs(root)
    }


def _pairs(node: yaml.MappingNode) -> list[tuple[yaml.Node, yaml.Node]]:
    names: set[str] = set()
    for name, _ in node.value:
        if not isinstance(name, yaml.ScalarNode) or name.value in names:
            raise NotAProfile(name.start_mark.line + 1, "a member stands once, under a plain name")
        names.add(name.value)
    return list(node.value)


def _plain(node: yaml.Node) -> Any:
    """Texts, lists and mappings; a tag is refused."""
    if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
        return str(node.value)
    if isinstance(node, yaml.SequenceNode) and node.tag == "tag:yaml.org,2002:seq":
        return [_plain(one) for one in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == "tag:yaml.org,2002:map":
        return {str(name.value): _plain(value) for name, value in _pairs(node)}
    raise NotAProfile(node.start_mark.line + 1, f"the tag {node.tag!r} is not taken")
