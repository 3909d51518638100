"""The ways in: traders lodge by REST, as WCO XML or as JSON, or through a watched folder."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import httpx

from tidewaiter.demo import papers, processes, scenario
from tidewaiter.documents import jsonform, wco

ANSWERS_WITHIN: Final = 60.0  # seconds for a watched folder


class Desk(Protocol):
    """Where one administration takes declarations."""

    def lodge(
        self, due: list[scenario.Shipment], *, gap: float, stopped: Callable[[], bool]
    ) -> None:
        """Lodge each declaration, `gap` seconds apart. Raises NodeFailed where one is refused."""


class Rest:
    """Declarations one by one to the REST API, in a format of the trader's."""

    def __init__(self, node: processes.Node, token: str, *, xml: bool) -> None:
        self.node = node
        self.xml = xml
        self.http = httpx.Client(
            base_url=node.url, headers={"Authorization": f"Bearer {token}"}, timeout=60
        )

    def lodge(
        self, due: list[scenario.Shipment], *, gap: float, stopped: Callable[[], bool]
    ) -> None:
        """As Desk says."""
        media = "application/xml" if self.xml else "application/json"
        for one in due:
            if stopped():
                return
            document = papers.canonical(one)
            body = wco.write(document) if self.xml else jsonform.write(document)
            headers = {"Content-Type": media, "Idempotency-Key": one.number}
            answer = self.http.post("/api/v1/declarations", content=body, headers=headers)
            if answer.status_code not in {httpx.codes.OK, httpx.codes.CREATED}:
                raise self.node.failed(f"lodging {one.number}", answer.text)
            time.sleep(gap)


class Folder:
    """Declarations dropped into a folder that `declarations watch` takes from."""

    def __init__(self, node: processes.Node, base: Path) -> None:
        self.node = node
        self.inbox = processes.folder(base / "in")
        self.outbox = processes.folder(base / "out")
        self.watcher = node.start(
            "declarations", "watch", "--in", str(self.inbox), "--out", str(self.outbox)
        )

    def lodge(
        self, due: list[scenario.Shipment], *, gap: float, stopped: Callable[[], bool]
    ) -> None:
        """As Desk says; ends when the last answer has come back."""
        names = []
        for one in due:
            if stopped():
                return
            name = f"{one.number}.json"
            aside = self.inbox / f".{name}.new"
            aside.write_bytes(jsonform.write(papers.canonical(one)))
            os.replace(aside, self.inbox / name)  # noqa: PTH105 (whole or not at all)
            names.append(name)
            time.sleep(gap)
        until = time.monotonic() + ANSWERS_WITHIN
        for name in names:
            self._answered(name, until)

    def _answered(self, name: str, until: float) -> None:
        answer = self.outbox / f"{name}.answer.json"
        while not answer.exists():
            if self.watcher.poll() is not None or time.monotonic() > until:
                raise self.node.failed(f"the watched folder's answer to {name}", "there is none")
            time.sleep(0.05)
        said = json.loads(answer.read_bytes())
        if said.get("refused"):
            raise self.node.failed(f"lodging {name}", said)


def desks(nodes: list[processes.Node], tokens: dict[str, str], files: Path) -> dict[str, Desk]:
    """A way in for each node, by turns: WCO XML by REST, a watched folder, JSON by REST."""
    made: dict[str, Desk] = {}
    for place, node in enumerate(nodes):
        if place % 3 == 1:
            made[node.code] = Folder(node, files / f"{node.code}-watched")
        else:
            made[node.code] = Rest(node, tokens[node.code], xml=place % 3 == 0)
    return made
