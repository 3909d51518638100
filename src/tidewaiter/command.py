"""What every verb of the command shares: `--json`, one-line refusals, exit codes.

A room's `commands.py` builds click groups with these; `cli` gathers them. Exit 0 done, 1 failed or
refused, 2 wrong usage. With `--json` one JSON document stands on standard output and nothing else.
"""

import functools
import json
import re
import sys
from collections.abc import Callable
from typing import Any, Final, ParamSpec, cast

import click

from tidewaiter.problem import Problem

P = ParamSpec("P")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What moves a cursor or turns the writing round: others choose much of what is said."""
_UNDECODABLE: Final = re.compile("[\udc80-\udcff]")  # how Python carries bytes that are no UTF-8


class Refused(click.exceptions.Exit):
    """The verb has printed its result and ends with exit code 1."""

    def __init__(self) -> None:
        super().__init__(1)


def verb(function: Callable[P, object]) -> Callable[P, None]:
    """A verb that returns what `--json` prints; the option, refusals and exit codes are added.

    The function returns plain JSON data (dicts, lists, texts, numbers). Without `--json` a text is
    printed as it is, and anything else as aligned lines; to print better words, return `Said`.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, **options: Any) -> None:
        try:
            result = function(*args, **options)
        except Problem as problem:
            if as_json:
                click.echo(document(problem.document()))
            else:
                click.echo(f"tidewaiter: {seen(problem.line())}", err=True)
            raise Refused from None
        show(result, as_json=as_json)

    return cast(Callable[P, None], run)


class Said:
    """A result with its words for people; `failed` ends the command with exit code 1."""

    def __init__(self, data: Any, words: str | None = None, *, failed: bool = False) -> None:
        self.data = data
        self.words = words
        self.failed = failed


def show(result: object, *, as_json: bool) -> None:
    """Print a verb's result, and end with exit code 1 where it says that it failed."""
    said = result if isinstance(result, Said) else Said(result)
    if as_json:
        click.echo(document(said.data))
    elif said.words is not None:
        click.echo(seen(said.words))
    elif said.data is not None:
        click.echo(seen(lines(said.data)))
    if said.failed:
        raise Refused


def document(data: object) -> str:
    """One JSON document in UTF-8; bytes of a name that are none are escaped."""
    text = json.dumps(data, ensure_ascii=False, default=str)
    return seen(_UNDECODABLE.sub(lambda found: f"\\\\x{ord(found[0]) & 0xFF:02x}", text))


def seen(text: str) -> str:
    """A text for a terminal, in which every sign shows: those that do not as JSON escapes them."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def lines(data: Any) -> str:
    """Plain data as lines: a list of records as a table, a record as `name  value`."""
    if isinstance(data, list):
        if not data:
            return "nothing"
        if all(isinstance(row, dict) for row in data):
            return table(data)
        return "\n".join(lines(row) for row in data)
    if isinstance(data, dict):
        width = max((len(name) for name in data), default=0)
        return "\n".join(f"{name:<{width}}  {cell(value)}" for name, value in data.items())
    return cell(data)


def table(rows: list[dict[str, Any]]) -> str:
    """Records as aligned columns under their names."""
    names = list(rows[0])
    cells = [names, *([cell(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(names))]
    return "\n".join(
        "  ".join(f"{text:<{width}}" for text, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def cell(value: Any) -> str:
    """One value as text; structures as JSON."""
    if value is None:
        return "-"
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)


def progress(text: str) -> None:
    """Say how far long work has come, on standard error; on one line where it is a terminal."""
    if sys.stderr.isatty():
        click.echo(f"\r\033[K{text}", nl=False, err=True)
    else:
        click.echo(text, err=True)
