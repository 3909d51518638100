"""What runs while the writer is held loads no library first: for that, others would wait."""

import ast
import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest
from django.db import connection

from tests.controls.test_controls import record
from tests.documents.papers import AT, taken
from tests.risk.test_assessing import alert
from tests.test_house import HEAVY, modules
from tidewaiter.controls import registries
from tidewaiter.documents import actions as documents
from tidewaiter.risk import messages
from tidewaiter.risk.models import Signal

pytestmark = pytest.mark.django_db


def loads(module: ast.Module) -> bool:
    """Whether importing it imports something heavy."""
    found: set[str] = set()
    for node in module.body:
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    return bool(found & HEAVY)


def forget(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a module of ours imported anew by whoever wants it next."""
    place, _, last = name.rpartition(".")
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(importlib.import_module(place), last, raising=False)


def test_a_partners_alert_is_kept_without_a_heavy_library(monkeypatch: pytest.MonkeyPatch) -> None:
    for path, module in modules().items():
        if loads(module):
            forget("tidewaiter." + path.removesuffix(".py").replace("/", "."), monkeypatch)
    for name in HEAVY:
        monkeypatch.setitem(sys.modules, name, None)  # type: ignore[arg-type]
    messages.raise_signals(alert())
    assert Signal.objects.exists()


class Watch:
    """Notes how deep in transactions one module is looked for; finds none itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.depths: list[int] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == self.name:
            self.depths.append(len(connection.savepoint_ids))
        return None


def test_what_hears_of_a_finding_is_loaded_before_it_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    name = "tidewaiter.risk.findings"
    reference = documents.take([taken("L-1")], at=AT, by="test").taken[0].reference
    forget(name, monkeypatch)
    monkeypatch.setattr(registries.findings, "_found", {})
    watch = Watch(name)
    monkeypatch.setattr(sys, "meta_path", [watch, *sys.meta_path])
    outside = len(connection.savepoint_ids)
    record(reference, "not-conform", offence="counterfeit", marks=["ZEPHYR"])
    assert watch.depths == [outside]
    assert Signal.objects.filter(notice__source="own").exists()
