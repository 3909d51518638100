"""The published schema, read by code: it gives texts their types and names what does not fit.

`schema.json` is the full list of an agreement's members (JSON Schema 2020-12). This walks a value
along the part of that language that it uses, so that a finding has its path and its remedy.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any, Final

Path = tuple[str | int, ...]
Params = dict[str, str | int]
Misfit = tuple[str, Path, Params]  # code, path, parameters
Found = list[Misfit]
_TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "boolean": bool,
}
_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_QUOTED: Final = 60  # signs of a value that a finding repeats


@lru_cache(maxsize=1)
def published() -> dict[str, Any]:
    """The JSON Schema of an agreement."""
    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def typed(value: Any, *, text: bool) -> tuple[Any, Found]:
    """`value` with the schema's types, and all that does not fit.

    With `text` every scalar came as text (YAML) and is turned; else it must have its type.
    """
    found: Found = []
    return _walk(value, published(), (), found, text), found


def like(name: str, names: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """The one of `names` that was probably meant, or nothing."""
    return next(iter(difflib.get_close_matches(name, list(names), n=1, cutoff=0.7)), "")


def _walk(value: Any, schema: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    rules = _resolved(schema)
    if "anyOf" in rules:
        return _any(value, rules, path, found, text)
    if text and isinstance(value, str):
        value = _turned(value, rules)
    kind = rules.get("type") or ("string" if "enum" in rules or "const" in rules else "")
    if not _is(value, kind):
        code = "empty" if value in ("", None) else f"want-{kind}"
        found.append((code, path, {"value": quoted(value)}))
        return value
    if not _one_of(value, rules, path, found):
        return value
    return _CHECKS[kind](value, rules, path, found, text)


def _resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    rules = dict(schema)
    while "$ref" in rules:
        target: Any = published()
        for step in rules.pop("$ref").removeprefix("#/").split("/"):
            target = target[step]
        rules = {**target, **rules}
    return rules


def _any(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    for choice in rules["anyOf"]:
        misfits: Found = []
        turned = _walk(value, choice, path, misfits, text)
        if not misfits:
            return turned
        if isinstance(value, list) and _resolved(choice).get("type") == "array":
            found.extend(misfits)  # it is meant to be the list, so say what is wrong in it
            return turned
    found.append(("empty" if value in ("", None) else _form(rules), path, {"value": quoted(value)}))
    return value


def _turned(value: str, rules: Mapping[str, Any]) -> Any:
    kind = rules.get("type")
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "boolean" and value in {"true", "false"}:
        return value == "true"
    return value


def _is(value: Any, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, _TYPES[kind])


def _one_of(value: Any, rules: Mapping[str, Any], path: Path, found: Found) -> bool:
    allowed = [rules["const"]] if "const" in rules else rules.get("enum")
    if allowed is None or value in allowed:
        return True
    if value == "":
        found.append(("empty", path, {}))
        return False
    near = like(str(value), [str(each) for each in allowed])
    shown = ", ".join(json.dumps(each) if isinstance(each, bool) else each for each in allowed)
    params: Params = {"value": quoted(value), "allowed": shown, "like": near}
    found.append(("not-one-of-like" if near else "not-one-of", path, params))
    return False


def _object(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    known = rules.get("properties", {})
    others = rules.get("additionalProperties", False)
    for name in rules.get("required", ()):
        if name not in value:
            found.append(("missing", path, {"member": name}))
    _count(len(value), rules, "Properties", path, found)
    turned = {}
    for name, member in value.items():
        place = (*path, name)
        if name in known:
            turned[name] = _walk(member, known[name], place, found, text)
        elif others:
            _walk(name, rules.get("propertyNames", {"type": "string"}), place, found, text)
            turned[name] = _walk(member, others, place, found, text)
        else:
            near = like(name, list(known))
            params: Params = {"member": quoted(name), "allowed": ", ".join(known), "like": near}
            found.append(("unknown-like" if near else "unknown", place, params))
    return turned


def _array(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    _count(len(value), rules, "Items", path, found)
    turned = []
    for index, item in enumerate(value):
        made = _walk(item, rules["items"], (*path, index), found, text)
        if rules.get("uniqueItems") and made in turned:
            found.append(("twice", (*path, index), {"value": quoted(made)}))
        turned.append(made)
    return turned


def _count(count: int, rules: Mapping[str, Any], of: str, path: Path, found: Found) -> None:
    least, most = rules.get(f"min{of}", 0), rules.get(f"max{of}", count)
    if {"field", "under"} <= set(rules.get("properties", {})) and count != 2:
        tests = ", ".join(name for name in rules["properties"] if name != "field")
        found.append(("condition-tests", path, {"allowed": tests}))
    elif count < least:
        found.append(("empty" if not count else "too-few", path, {"limit": least}))
    elif count > most:
        found.append(("too-many", path, {"limit": most}))


def _string(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    if not value and ("pattern" in rules or rules.get("minLength", 0)):
        found.append(("empty", path, {}))
    elif len(value) > rules.get("maxLength", len(value)):
        found.append(("too-long", path, {"limit": rules["maxLength"]}))
    elif "pattern" in rules and not re.fullmatch(rules["pattern"].rstrip("$"), value):
        found.append((_form(rules), path, {"value": quoted(value)}))
    return value


def _integer(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    if value < rules.get("minimum", value):
        found.append(("too-small", path, {"value": value, "limit": rules["minimum"]}))
    elif value > rules.get("maximum", value):
        found.append(("too-big", path, {"value": value, "limit": rules["maximum"]}))
    return value


def _boolean(value: Any, rules: Mapping[str, Any], path: Path, found: Found, text: bool) -> Any:
    return value


def _form(rules: Mapping[str, Any]) -> str:
    return f"form-{rules['x-form']}" if "x-form" in rules else "form"


def quoted(value: Any) -> str:
    """A value as a finding repeats it, cut short."""
    shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= _QUOTED else shown[: _QUOTED - 1] + "…"


_CHECKS: Final[dict[str, Callable[[Any, Mapping[str, Any], Path, Found, bool], Any]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "boolean": _boolean,
}
