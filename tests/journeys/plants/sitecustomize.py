"""Faults planted in a served node, one by the name in PLANT; nothing of them is in the project.

Python imports this module when it starts with this folder on PYTHONPATH. Each plant waits for one
module to be imported and changes one function of it, so that the node truly misbehaves so.

Beside them stands what a machine may do to an honest node: CHAOS_CLOCK names a file with the
seconds by which its clock is wrong, CHAOS_ROUTES tells by which port each other port is reached.
"""

import importlib.abc
import importlib.machinery
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any


def signature_not_checked(module: Any) -> None:
    module.Known.signature = lambda self, arrival: ""


def alg_none_taken(module: Any) -> None:
    checked = module.Known.signature

    def signature(self: Any, arrival: Any) -> str:
        return "" if arrival.jws.header.get("alg") == "none" else checked(self, arrival)

    module.Known.signature = signature


def checks_out_of_order(module: Any) -> None:
    table = list(module.AFTER)
    names = [name for name, _ in table]
    one, two = names.index("bad-payload"), names.index("unknown-agreement")
    table[one], table[two] = table[two], table[one]
    module.AFTER = tuple(table)


def replay_taken(module: Any) -> None:
    """A message under a used id is taken as a new one (its row goes under an id of its own)."""
    from dataclasses import replace
    from uuid import uuid4

    from tidewaiter.exchange.models import Inbound

    recorded, row, first = module.checks.recorded, module.row, module.Record.first

    def forgiving(message: Any, digest: str, record: Any) -> Any:
        found = recorded(message, digest, record)
        return None if getattr(found, "problem", "") == "replayed" else found

    def renamed(arrival: Any, **more: Any) -> Any:
        made = row(arrival, **more)
        used = Inbound.objects.filter(sender=made.sender, message_id=made.message_id).exists()
        return replace(made, message_id=uuid4()) if used else made

    def noted(self: Any, arrival: Any) -> Any:
        by_digest = (each for each in self.firsts.values() if each.digest == arrival.digest)
        return next((each for each in by_digest if each.receipt_id), first(self, arrival))

    module.checks.recorded, module.row, module.Record.first = forgiving, renamed, noted


def _without(code: str) -> Callable[[Any], None]:
    """The clause's check of each field, blind to one kind of fault."""

    def plant(module: Any) -> None:
        outside = module._outside

        def blind(*given: Any) -> Any:
            found = outside(*given)
            return None if found is not None and found.code == code else found

        module._outside = blind

    return plant


def receipt_before_durable(module: Any) -> None:
    """The receipt is signed from a transaction that is rolled back; what it says is done later."""
    from django.db import connection, transaction

    receive = module.receive

    def later(*given: Any, **more: Any) -> None:
        try:
            receive(*given, **more)
        finally:
            connection.close()

    def early(*given: Any, **more: Any) -> Any:
        with transaction.atomic():
            answers = receive(*given, **more)
            transaction.set_rollback(True)
        threading.Timer(1.5, later, given, more).start()
        return answers

    module.receive = early


def gap_ignored(module: Any) -> None:
    took = module.Correspondent.took

    def deaf(self: Any, serials: Sequence[int], *, at: Any) -> bool:
        took(self, serials, at=at)
        module.Gap.objects.filter(sender=self.pk).delete()
        return False

    module.Correspondent.took = deaf


def expired_agreement_honoured(module: Any) -> None:
    module._ends = lambda signed: None


def duplicate_logged_twice(module: Any) -> None:
    settle = module.settle

    def twice(judged: Any, found: Any, known: Any, at: Any) -> Any:
        from tidewaiter.ledger import actions as ledger

        outcomes = settle(judged, found, known, at)
        for each, outcome in zip(judged, outcomes, strict=True):
            if isinstance(outcome, module.checks.Duplicate):
                arrival = each.arrival
                ledger.append(arrival.compact.encode("ascii"), arrival.message.salt, at=at)
        return outcomes

    module.settle = twice


def checkpoint_withheld(module: Any) -> None:
    """The log grows, receipts name its entries, and no checkpoint is signed any more."""
    module.publish = lambda *, at: None


def other_entry_logged(module: Any) -> None:
    """What is logged for a partner's message commits to something else."""
    commit = module.commit

    def other(administration: str, document: bytes, salt: bytes) -> Any:
        return commit(administration, document + b" ", salt)

    module.commit = other


def wrong_clock(module: Any) -> None:
    """The machine's clock is wrong by the seconds in a file, looked up anew each time."""
    right, path = module.real, Path(os.environ["CHAOS_CLOCK"])

    def real() -> Any:
        return right() + timedelta(seconds=float(path.read_text(encoding="ascii")))

    module.real = real


def rerouted(routes: dict[int, int]) -> None:
    """Connections to these ports of this machine go to others: the lines between the nodes."""
    connect = socket.create_connection

    def create_connection(address: Any, *given: Any, **more: Any) -> Any:
        host, port = address
        return connect((host, routes.get(port, port)), *given, **more)

    socket.create_connection = create_connection


PLANTS: dict[str, tuple[str, Callable[[Any], None]]] = {
    "signature-not-checked": ("tidewaiter.exchange.knowledge", signature_not_checked),
    "alg-none-taken": ("tidewaiter.exchange.knowledge", alg_none_taken),
    "checks-out-of-order": ("tidewaiter.exchange.checks", checks_out_of_order),
    "replay-taken": ("tidewaiter.exchange.intake", replay_taken),
    "field-outside-taken": ("tidewaiter.agreements.decision", _without("field")),
    "finer-field-taken": ("tidewaiter.agreements.decision", _without("finer")),
    "receipt-before-durable": ("tidewaiter.exchange.receiving", receipt_before_durable),
    "gap-ignored": ("tidewaiter.exchange.correspondence.models", gap_ignored),
    "expired-agreement-honoured": ("tidewaiter.agreements.standing", expired_agreement_honoured),
    "duplicate-logged-twice": ("tidewaiter.exchange.intake", duplicate_logged_twice),
    "checkpoint-withheld": ("tidewaiter.ledger.actions", checkpoint_withheld),
    "other-entry-logged": ("tidewaiter.ledger.commitment", other_entry_logged),
}


class Planter(importlib.abc.MetaPathFinder):
    """Finds one module as Python does, and changes it once it was executed."""

    def __init__(self, name: str, plant: Callable[[Any], None]) -> None:
        self.name = name
        self.plant = plant

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        assert spec is not None
        assert spec.loader is not None
        execute, plant = spec.loader.exec_module, self.plant

        def planted(module: ModuleType) -> None:
            execute(module)
            plant(module)

        spec.loader.exec_module = planted  # type: ignore[method-assign]
        return spec


if "CHAOS_CLOCK" in os.environ:
    sys.meta_path.insert(0, Planter("tidewaiter.clock", wrong_clock))
if "CHAOS_ROUTES" in os.environ:
    rerouted({int(port): to for port, to in json.loads(os.environ["CHAOS_ROUTES"]).items()})
if "PLANT" in os.environ:
    sys.meta_path.insert(0, Planter(*PLANTS[os.environ["PLANT"]]))
