"""Payloads with a mark of its own in every field that can hold one, and where the marks are found.

What is kept of a message may be its text, its signed form in base64url, or what a room made of it
(folded, in capitals): a mark is looked for in each form.
"""

import base64
import itertools
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

FIXED = {  # what stands where no mark can, by how its pattern begins
    "^[A-Z]{2}$": "XB",
    "^[A-Z]{3}$": "EUR",
    "^[A-Z]{2}( ?": "XBPRT",
    "^[0-9]{4}-(0[1-9]|1[0-2])$": "2026-11",
    "^[0-9]{4}$": "2026",
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": "2026-11-20",
}
DEEPEST = 12
PLAIN = re.compile(rb"(?i:qz[a-z]+[0-9]{5}vkj)|97[0-9]{5}318464")
ALL: set[str] = set()  # every mark that was made
CODED = re.compile(rb"[A-Za-z0-9_-]{24,}")  # what may be something in base64url
DIGITS = itertools.count(1)


class Planter:
    """Makes data of a schema, each text with a mark that stands nowhere else."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.marks: list[str] = []
        self.fields: set[str] = set()

    def mark(self, most: int = 200) -> str:
        """A word that stands nowhere else; digits alone where letters may not stand."""
        made = f"qz{self.name}{next(DIGITS):05d}vkj"[:most]
        self.marks.append(made)
        ALL.add(made)
        return made

    def digits(self, most: int = 14) -> str:
        """The same of digits alone."""
        made = f"97{next(DIGITS):05d}318464"[:most]
        self.marks.append(made)
        ALL.add(made)
        return made

    def data(self, schema: Mapping[str, Any]) -> Any:
        """Data that keeps the schema, with every member that it names."""
        return self._value(schema, schema.get("$defs", {}), "", 0)

    def _value(
        self, schema: Mapping[str, Any], defs: Mapping[str, Any], path: str, deep: int
    ) -> Any:
        if "$ref" in schema:
            named = str(schema["$ref"]).rpartition("/")[2]
            return self._value(defs[named], defs, path, deep)
        if "properties" in schema:
            return self._object(schema, defs, path, deep)
        if "anyOf" in schema:
            return self._value(_freest(schema["anyOf"], defs), defs, path, deep)
        if "enum" in schema or "const" in schema:
            return schema["enum"][0] if "enum" in schema else schema["const"]
        match schema.get("type"):
            case "array":
                return [self._value(schema.get("items", {}), defs, path, deep + 1)]
            case "integer" | "number":
                return max(int(schema.get("minimum", 0)), 3)
            case "boolean":
                return True
            case "null":
                return None
            case "object":
                return {"summary": self.mark()}
        self.fields.add(path)
        return self._text(schema)

    def _object(self, schema: Any, defs: Any, path: str, deep: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, below in schema["properties"].items():
            if deep > DEEPEST or name == "attachments":
                continue
            if made and "oneOf" in schema:  # one of them, and no other
                break
            value = self._value(below, defs, f"{path}.{name}", deep + 1)
            if value is not None:
                made[name] = value
        return made

    def _text(self, schema: Mapping[str, Any]) -> str:
        pattern = str(schema.get("pattern", ""))
        if not pattern:
            return self.mark(int(schema.get("maxLength", 200)))
        if pattern.startswith("^[0-9]{1,30}"):
            return self.digits(30)
        if pattern.startswith("^[0-9]{2,14}"):
            return self.digits(14)
        if "T(" in pattern or "T[" in pattern:
            return f"2031-04-17T05:06:07.{next(DIGITS):06d}Z"
        return next(value for begins, value in FIXED.items() if pattern.startswith(begins))


def _freest(options: list[Any], defs: Mapping[str, Any]) -> Any:
    """The option in which a mark has most room: an object or list, plain text, a pattern."""

    def rank(option: Any) -> int:
        if "$ref" in option:
            return rank(defs[str(option["$ref"]).rpartition("/")[2]])
        if "anyOf" in option and "properties" not in option:
            return min(rank(each) for each in option["anyOf"])
        if "properties" in option or option.get("type") in {"array", "object"}:
            return 0
        if option.get("type") == "string":
            text = str(option.get("pattern", ""))
            return 4 if text.startswith(("^(kh:", "^kh:", "^band")) else (2 if text else 1)
        if "enum" in option:
            return 3
        return 3 if option.get("type") in {"integer", "number", "boolean"} else 5

    return min(options, key=rank)


def seen(marks: Collection[str], data: bytes) -> set[str]:
    """Those of the marks that stand in these bytes, in any of their forms."""
    wanted = set(marks)
    hits = set(PLAIN.findall(data))
    for run in CODED.finditer(data):
        for shift in range(4):
            part = run[0][shift:]
            hits.update(PLAIN.findall(base64.urlsafe_b64decode(part[: len(part) // 4 * 4])))
    return {each.decode().lower() for each in hits} & wanted


def found(marks: Collection[str], folder: Path) -> dict[str, set[str]]:
    """The marks that stand in files below the folder, by file."""
    files = (file for file in sorted(folder.rglob("*")) if file.is_file())
    each = ((str(file.relative_to(folder)), seen(marks, file.read_bytes())) for file in files)
    return {name: hits for name, hits in each if hits}
