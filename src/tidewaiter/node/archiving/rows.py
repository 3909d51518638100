"""Rows of a table as lines of JSON that mean the same on every database. Pure.

The first line names the columns with the kind of each; each line after it is a row.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

CHUNK: Final = 2**20  # bytes of a member, but for its last row

KINDS: Final[Mapping[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]]] = {
    "moment": (lambda value: value.isoformat(), datetime.fromisoformat),
    "day": (lambda value: value.isoformat(), date.fromisoformat),
    "uuid": (str, UUID),
    "bytes": (lambda value: base64.b64encode(value).decode("ascii"), base64.b64decode),
    "plain": (lambda value: value, lambda value: value),  # text, numbers, truth, JSON
}
"""Each kind of value: how it is written, and how read. A missing value is null in any."""


def written(
    columns: Sequence[tuple[str, str]], rows: Iterator[Sequence[Any]]
) -> Iterator[tuple[bytes, int]]:
    """The members of a table, each with how many rows it holds; none of a table without rows."""
    encoders = [KINDS[kind][0] for _, kind in columns]
    head = _line({"columns": columns})
    lines, size = [head], len(head)
    for row in rows:
        line = _line(
            [
                None if value is None else encode(value)
                for value, encode in zip(row, encoders, strict=True)
            ]
        )
        lines.append(line)
        size += len(line)
        if size >= CHUNK:
            yield b"".join(lines), len(lines) - 1
            lines, size = [head], len(head)
    if len(lines) > 1:
        yield b"".join(lines), len(lines) - 1


def read(data: bytes) -> tuple[list[str], list[list[Any]]]:
    """The names of the columns and the rows of one member. Raises ValueError."""
    head, *lines = data.split(b"\n")
    if not lines or lines.pop():
        raise ValueError("the last line has no end")
    try:
        columns = [(str(name), str(kind)) for name, kind in json.loads(head)["columns"]]
        decoders = [KINDS[kind][1] for _, kind in columns]
        rows = [
            [
                None if value is None else decode(value)
                for value, decode in zip(json.loads(line), decoders, strict=True)
            ]
            for line in lines
        ]
    except (KeyError, TypeError) as error:
        raise ValueError(f"a line has another form ({type(error).__name__})") from None
    return [name for name, _ in columns], rows


def _line(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
