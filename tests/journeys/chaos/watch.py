"""Somebody who reads all logs all the time, and keeps every checkpoint that anybody showed."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from tests.journeys.chaos import reading
from tests.journeys.chaos.nodes import Node
from tests.journeys.chaos.reading import Head

EVERY: Final = 1.0  # seconds between two rounds


@dataclass
class Watch:
    """Reads until it is closed; `seen` holds who showed which head."""

    nodes: Sequence[Node]
    seen: dict[tuple[str, int, bytes], dict[str, Head]] = field(default_factory=dict)
    _ends: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """No more."""
        self._ends.set()
        self._thread.join(30)

    def round(self) -> None:
        """Read what each shows now."""
        for node in self.nodes:
            if not node.up:
                continue
            with suppress(httpx.HTTPError):
                answer = reading.HTTP.get(f"{node.url}/tlog/checkpoint", timeout=5)
                if answer.status_code == 200:
                    self._keep(node.code, reading.head(answer.text))
            with suppress(httpx.HTTPError):
                answer = reading.HTTP.get(f"{node.url}/witness/checkpoints", timeout=5)
                if answer.status_code == 200:
                    for head in reading.heads(answer.text):
                        self._keep(node.code, head)

    def of(self, origin: str) -> list[Head]:
        """Every head of a log, by size."""
        heads = [
            head
            for (name, _, _), by in list(self.seen.items())
            if name == origin
            for head in by.values()
        ]
        return sorted(heads, key=lambda head: head.size)

    def alone(self, head: Head, code: str) -> bool:
        """Whether only the node itself ever showed that head, and nobody cosigned it."""
        shown = self.seen[head.origin, head.size, head.root]
        return set(shown) == {code} and shown[code].note.count("\n\u2014 ") == 1

    def _keep(self, by: str, head: Head) -> None:
        self.seen.setdefault((head.origin, head.size, head.root), {})[by] = head

    def _run(self) -> None:
        while not self._ends.wait(EVERY):
            self.round()
