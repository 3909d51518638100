"""Print into docs/reference/ what the program knows of itself: `write`, or `check` what is there.

Commands, settings, problems, roles, states and registries are never typed by hand.
"""

import ast
import gc
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import click

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = ROOT / "src" / "tidewaiter"
PLACE: Final = ROOT / "docs" / "reference"
NOTE: Final = "<!-- Printed by `make docs`; change the program instead. -->\n\n"


def row(*cells: object) -> str:
    """A row of a Markdown table."""
    return (
        "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    )


def table(head: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """A Markdown table."""
    return "\n".join([row(*head), row(*("---" for _ in head)), *(row(*each) for each in rows)])


def modules(name: str) -> Iterator[Any]:
    """Every room's module of that name, imported."""
    for file in sorted(SOURCE.glob(f"*/{name}.py")):
        yield import_module(f"tidewaiter.{file.parent.name}.{name}")


def commands() -> str:
    """The help text of every verb."""
    from tidewaiter.cli import main

    def each(name: str, one: click.Command, above: click.Context | None) -> Iterator[str]:
        context = click.Context(one, info_name=name, parent=above, terminal_width=88)
        yield f"## {context.command_path}\n\n```text\n{one.get_help(context)}\n```"
        if isinstance(one, click.Group):
            for verb, inner in sorted(one.commands.items()):
                yield from each(verb, inner, context)

    top = click.Context(main.main, info_name="tidewaiter")
    texts: list[str] = []
    for name in main.GROUPS:
        found = main.main.get_command(top, name)
        assert found is not None
        texts += each(name, found, top)
    return "# Commands\n\nEvery verb takes `--json`.\n\n" + "\n\n".join(texts)


def settings() -> str:
    """Every variable of the environment with its default and its comment."""
    source = SOURCE / "node" / "settings.py"
    lines = source.read_text(encoding="utf-8").splitlines()
    rows = []
    for node in ast.walk(ast.parse("\n".join(lines))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if getattr(node.func.value, "id", "") != "env" or not node.args:
            continue
        name = getattr(node.args[0], "value", None)
        if isinstance(name, str) and name.startswith("TIDEWAITER_"):
            line = lines[(node.end_lineno or 1) - 1]
            default = ast.unparse(node.args[1])
            said = line.partition("#")[2].strip()
            rows.append((f"`{name}`", f"`{default}`", said))
    told = "`node.toml` of the home says who the node is; a variable stands above it."
    rows += [("`TIDEWAITER_HOME`", "`./tidewaiter-home`", "the home, where `--home` is not given")]
    rows += [("`TIDEWAITER_DEBUG`", "", "a command that fails unexpectedly shows its traceback")]
    rows += [("`TIDEWAITER_TRADE_CLOCK`", "", "a file with the moment of trade, for simulations")]
    return f"# Settings\n\n{told}\n\n" + table(("variable", "default", "meaning"), sorted(rows))


def problems() -> str:
    """Every refusal: its type, status and words."""
    from tidewaiter.problem import TYPES, Problem

    list(modules("errors"))
    found = {
        each.type: each for each in _under(Problem) if each.__module__.startswith("tidewaiter")
    }
    rows: list[tuple[object, ...]] = [
        (f"`{name}`", each.status, each.title, each.detail, each.remedy)
        for name, each in sorted(found.items())
    ]
    head = ("type", "status", "title", "detail", "remedy")
    return f"# Problems\n\nTypes stand under `{TYPES}` (RFC 9457).\n\n" + table(head, rows)


def _under(parent: Any) -> Iterator[Any]:
    for each in parent.__subclasses__():
        yield each
        yield from _under(each)


def roles() -> str:
    """Which role holds which permission."""
    from tidewaiter.identity.roles import ROLES
    from tidewaiter.permission import Permission

    rows: list[tuple[object, ...]] = [
        (f"`{each.value}`", ", ".join(name for name, held in ROLES.items() if each in held))
        for each in Permission
        if each is not Permission.PUBLIC
    ]
    return "# Roles and permissions\n\n" + table(("permission", "held by"), rows)


def states() -> str:
    """Every state table."""
    texts: list[str] = []
    for module in modules("life"):
        moves = getattr(module, "MOVES", None)
        if moves is None:
            continue
        room = module.__name__.split(".")[1]
        rows: list[tuple[object, ...]] = [
            (_word(state), _word(event), _to(move)) for (state, event), move in moves.items()
        ]
        first = (module.__doc__ or "").splitlines()[0]
        texts.append(f"## {room}\n\n{first}\n\n" + table(("in", "comes", "then"), rows))
    return "# States\n\n" + "\n\n".join(texts)


def _word(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)


def _to(move: Any) -> str:
    if move is None:
        return "gone"
    return _word(getattr(move, "to", move))


def _name(registry: Any) -> str:
    return str(registry.name)


def registries() -> str:
    """What each registry holds."""
    from tidewaiter.registry import Registry

    for file in sorted(SOURCE.glob("*/*.py")):
        if "Registry(" in file.read_text(encoding="utf-8"):
            import_module(f"tidewaiter.{file.parent.name}.{file.stem}")
    gc.unfreeze()  # what was frozen is not listed
    found = sorted((r for r in gc.get_objects() if isinstance(r, Registry)), key=_name)
    texts = [
        f"## {each.name}\n\n"
        + table(("name", "is"), [(f"`{n}`", f"`{p}`") for n, p in each.paths().items()])
        for each in found
    ]
    return "# Registries\n\nUpper rooms put these in; lower rooms find them.\n\n" + "\n\n".join(
        texts
    )


def rules() -> str:
    """Every rule that readers of declarations report by."""
    from tidewaiter.documents.rulebook import RULES

    told = (
        "What a reader of declarations reports by: the `rule` of `errors[]`. Names never change. "
        "A rule that refuses keeps the declaration out; the others are kept beside it."
    )
    texts = [f"# Rules on declarations\n\n{told}"]
    for heading, refuses in (("Refuses", True), ("Is taken with a finding", False)):
        rows: list[tuple[object, ...]] = [
            (f"`{rule.name}`", rule.text) for rule in RULES.values() if rule.refuses is refuses
        ]
        texts.append(f"## {heading}\n\n" + table(("rule", "says"), rows))
    return "\n\n".join(texts)


def fields() -> str:
    """Every field of the canonical declaration, with its element of the WCO Data Model."""
    from tidewaiter.documents import anatomy
    from tidewaiter.documents.declaration import Declaration, Metadata

    texts, parts = [], [Declaration, Metadata]
    for part in parts:
        rows: list[tuple[object, ...]] = []
        for one in anatomy.of(part).fields:
            if one.part and one.part not in parts:
                parts.append(one.part)
            kind = one.part.__name__ if one.part else one.kind.value
            numbers = ", ".join(sorted(one.wco))
            rows.append((f"`{one.name}`", f"`{one.element}`", numbers, kind, "*" * one.many))
        words = (part.__doc__ or "").splitlines()[0]
        head = ("member", "WCO element", "WCO number", "is", "many")
        texts.append(f"## {part.__name__}\n\n{words}\n\n" + table(head, rows))
    told = (
        "The members of the canonical JSON (`declaration.schema.json` beside this page), each "
        "with the element of the WCO Data Model that it is."
    )
    return f"# Fields of a declaration\n\n{told}\n\n" + "\n\n".join(texts)


PAGES: Final[dict[str, Callable[[], str]]] = {
    "commands": commands,
    "settings": settings,
    "problems": problems,
    "roles": roles,
    "states": states,
    "registries": registries,
    "rules": rules,
    "declaration-fields": fields,
}


def printed() -> dict[Path, str]:
    """Every page with its text."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tidewaiter.node.settings"
    os.environ.setdefault("TIDEWAITER_HOME", tempfile.gettempdir() + "/no-home")
    import django

    django.setup()
    from tidewaiter.agreements import schema as agreements
    from tidewaiter.documents import jsonform

    pages = {PLACE / f"{name}.md": NOTE + page() + "\n" for name, page in PAGES.items()}
    schemas = {"declaration": jsonform.schema(), "agreement": agreements.published()}
    return pages | {
        PLACE / f"{name}.schema.json": json.dumps(each, indent=2, ensure_ascii=False) + "\n"
        for name, each in schemas.items()
    }


def main() -> int:
    """Write or check the pages; 1 where one is old."""
    verb = sys.argv[1] if len(sys.argv) > 1 else "check"
    old = []
    PLACE.mkdir(parents=True, exist_ok=True)
    for file, text in printed().items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            old.append(file.name)
            if verb == "write":
                file.write_text(text, encoding="utf-8")
    if old:
        print(f"{'written' if verb == 'write' else 'old'}: {', '.join(old)}")
    return int(bool(old) and verb != "write")


if __name__ == "__main__":
    sys.exit(main())
