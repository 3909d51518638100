"""The house keeps its own rules: who may import Django, write a row, read a clock, and how long."""

import ast
import gc
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from tests import longest
from tidewaiter.registry import Registry

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "tidewaiter"
FACES = {"views.py", "api.py", "commands.py", "panels.py", "forms.py", "middleware.py"}
DJANGO = FACES | {
    "models.py",
    "actions.py",
    "queries.py",
    "messages.py",
    "errors.py",
    "apps.py",
    "urls.py",
    "jobs.py",
}
FORBIDDEN = {"utils", "helpers", "common", "misc", "manager", "services"}
HEAVY = {"polars", "xgboost", "numpy", "scipy", "duckdb", "shapely", "pandas"}

# Each exception to a rule stands here with its reason.
DJANGO_TOO = {
    "node/env.py": "raises Django's own ImproperlyConfigured while settings are read",
    "node/founding.py": "catches it",
    "node/settings.py": "the settings",
    "node/process.py": "sets Django up in a child process",
    "cli/main.py": "sets Django up for a verb",
    "cli/faults.py": "explains Django's database errors",
}
CLOCK_TOO = {"clock.py": "the clock itself", "node/process.py": "hands the clock to the worker"}
WRITES_TOO: dict[str, str] = {}
LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of ours by its path below the package."""
    return {
        str(file.relative_to(SOURCE)): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(SOURCE.rglob("*.py"))
        if "migrations" not in file.parts
    }


def rooms() -> list[str]:
    return sorted(file.parent.name for file in SOURCE.glob("*/__init__.py"))


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def dotted(node: ast.AST) -> str:
    """`a.b.c` of an expression, calls passed over: what a call is made on."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    if isinstance(node, ast.Call):
        return dotted(node.func)
    if isinstance(node, ast.Subscript):
        return dotted(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            yield node.lineno, f"{name}(…)" if name.startswith("timezone.") and node.args else name


def test_django_is_imported_in_the_named_files_alone() -> None:
    wrong = [
        path
        for path, tree in modules().items()
        if any(name.split(".")[0] in {"django", "ninja"} for name in imports(tree))
        and Path(path).name not in DJANGO
        and "templatetags" not in path
        and path not in DJANGO_TOO
    ]
    assert wrong == []


WRITES = re.compile(
    r"\.(save|bulk_create|bulk_update|get_or_create|update_or_create)$"
    r"|\.objects\..*\b(create|update|delete)$"
)
SQL = re.compile(r"\s*(INSERT|UPDATE|DELETE|REPLACE)\s", re.I)


def test_rows_are_written_in_models_alone() -> None:
    wrong = [
        f"{path}:{line} {name}"
        for path, tree in modules().items()
        if Path(path).name != "models.py" and path not in WRITES_TOO
        for line, name in calls(tree)
        if WRITES.search(name) and not (name.endswith(".save") and "PIL" in set(imports(tree)))
    ]
    wrong += [
        f"{path}:{node.lineno} {node.value[:40]!r}"
        for path, tree in modules().items()
        if Path(path).name != "models.py" and path not in WRITES_TOO
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and SQL.match(node.value)
        and re.search(r"\b(INTO|SET|FROM)\b", node.value)
    ]
    assert wrong == []


CLOCKS = re.compile(
    r"^(clock\.(real|trade)|datetime\.(datetime\.)?(now|utcnow|today)|date\.today"
    r"|timezone\.(now|localtime|localdate)|time\.(time|time_ns))$"
)


def test_the_clock_is_read_by_faces_and_jobs_alone() -> None:
    wrong = [
        f"{path}:{line} {name}"
        for path, tree in modules().items()
        if Path(path).name not in FACES | {"jobs.py", "messages.py"}
        and path not in CLOCK_TOO
        and not path.startswith("demo/")  # a face throughout: it plays an officer at a terminal
        for line, name in calls(tree)
        if CLOCKS.match(name)
    ]
    assert wrong == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in modules() if Path(path).stem in FORBIDDEN] == []


def test_files_are_short() -> None:
    lengths = {path: len((SOURCE / path).read_text().splitlines()) for path in modules()}
    assert {p: n for p, n in lengths.items() if n > 400 and p not in LONG_FILES} == {}


def test_functions_fit_a_screen() -> None:
    lengths = {
        f"{path}::{node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {f: n for f, n in lengths.items() if n > 60 and f not in LONG_FUNCTIONS} == {}


def test_every_module_says_what_it_is_for() -> None:
    bare = [path for path, tree in modules().items() if ast.get_docstring(tree) is None]
    assert [path for path in bare if not path.endswith("__init__.py")] == []


def test_every_exception_is_still_needed() -> None:
    files = {*DJANGO_TOO, *CLOCK_TOO, *WRITES_TOO, *LONG_FILES}
    assert sorted(file for file in files if not (SOURCE / file).exists()) == []
    assert [path for path, n in LONG_FILES.items() if len((SOURCE / path).read_text()) < 400] == []


def test_every_room_with_models_keeps_them_to_itself() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    held = {
        module.split(".")[1]
        for contract in contracts
        if contract["type"] == "protected"
        for module in contract["protected_modules"]
    }
    assert {room for room in rooms() if (SOURCE / room / "models.py").exists()} <= held


def test_every_room_has_its_tests() -> None:
    missing = [
        room
        for room in rooms()
        if not list((ROOT / "tests" / room).glob("test_*.py")) and room not in {"demo"}
    ]
    assert missing == []


def test_starting_a_node_loads_no_heavy_library() -> None:
    script = (
        "import sys, django; django.setup()\n"
        "import tidewaiter.node.urls\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tidewaiter.node.settings"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


def registries() -> list[Registry[object]]:
    """Every registry of the house; what defines one is imported when it is filled."""
    for path in modules():
        if "REGISTRY" in (SOURCE / path).read_text() or "Registry(" in (SOURCE / path).read_text():
            name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
            import_module(f"tidewaiter.{name}")
    return [each for each in gc.get_objects() if isinstance(each, Registry)]


def test_everything_that_is_registered_is_there() -> None:
    found = [(each.name, name) for each in registries() for name in each]
    assert found
    for each in registries():
        for name in each:
            assert each.get(name) is not None, (each.name, name)


def test_every_schedule_is_of_a_kind_that_somebody_does() -> None:
    from tidewaiter.work import jobs, schedules

    assert {schedule.kind for _, schedule in schedules.each()} <= set(jobs.REGISTRY)


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("no version control here: git clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_names_a_machine_or_a_registry() -> None:
    told = re.compile(rb"(?<![\w.])/(root|home)/|(?<!no-emit-)index-url|/simple/")
    allowed = {Path(__file__)}
    wrong = [
        str(file.relative_to(ROOT))
        for file in tracked()
        if file.is_file() and file not in allowed and told.search(file.read_bytes())
    ]
    assert wrong == []


def test_the_tests_that_begin_first_are_there() -> None:
    for name in longest.LONGEST:
        file, _, test = name.partition("::")
        text = (ROOT / file).read_text(encoding="utf-8")
        assert f"def {test.partition('[')[0]}" in text, name
