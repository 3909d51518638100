"""The simulated officers of one administration, who use the same REST actions as people.

An inspector opens the box and sees what the scenario put in it; nobody looks inside unopened ones.
"""

from typing import Any, Final

import httpx

from tidewaiter.demo import processes, scenario

CAPACITY: Final = 8  # boxes that the inspectors of an office open in one slot of a trade day
OFFICERS: Final = ("officer", "officer-2")  # one an office
SEIZES: Final = frozenset({scenario.Offence.COUNTERFEIT, scenario.Offence.SMUGGLING})
PAGE: Final = 200
KINDS: Final = {scenario.Offence.SMUGGLING: "/findings"}  # a seizure closed; else a warning


class Crew:
    """The officers, the supervisor and the liaison of one node."""

    def __init__(
        self,
        node: processes.Node,
        tokens: dict[str, str],
        boxes: dict[str, scenario.Shipment],
        partners: list[str],
    ) -> None:
        self.node = node
        self.boxes = boxes
        self.partners = partners
        self.http = {
            name: httpx.Client(
                base_url=node.url + "/api/v1",
                headers={"Authorization": f"Bearer {token}"},
                timeout=60,
            )
            for name, token in tokens.items()
        }
        self.warned: set[tuple[str, scenario.Offence]] = set()
        self.counts = {"inspected": 0, "found": 0, "released": 0, "alerts": 0}

    def work(self) -> None:
        """Inspect what the lanes sent, release the rest, warn the partners of what was found."""
        for who in OFFICERS:
            waiting = self._all(who, "/inspections", state="open")
            waiting.sort(
                key=lambda row: (row["lane"] != "red", -(row["score"] or 0), row["reference"])
            )
            for row in waiting[:CAPACITY]:
                self._inspect(who, row)
            unseen = [row["reference"] for row in waiting[CAPACITY:] if row["lane"] != "red"]
            green = self._all(who, "/declarations", lane="green", state="waiting")
            self._release(who, unseen + [row["reference"] for row in green])

    def clear_records(self) -> None:
        """Release what was brought in as records: it was cleared long ago."""
        for who in OFFICERS:
            kept = self._all(who, "/declarations", state="accepted")
            self._release(who, [row["reference"] for row in kept])
        self.counts["released"] = 0

    def settled(self) -> bool:
        """Whether nothing waits to go out and nothing that came in waits to be handled."""
        said = self._call("liaison", "GET", "/messages/status").json()
        return not said["outbox"] and not said["inbox"]

    def said(self) -> str:
        """What this crew has done so far, in a few words."""
        return (
            f"{self.counts['inspected']} inspected, {self.counts['found']} found,"
            f" {self.counts['alerts']} alerts"
        )

    def _inspect(self, who: str, row: dict[str, Any]) -> None:
        self.counts["inspected"] += 1
        reference = row["reference"]
        box = self.boxes[row["local_reference"]]
        if box.truth is None:
            result = {"reference": reference, "result": "conform"}
            self._call(who, "POST", "/inspections", result)
            self._release(who, [reference])
            return
        self.counts["found"] += 1
        result = {
            "reference": reference,
            "result": "not-conform",
            "offence": box.truth.offence.value,
            "note": box.truth.found,
            "marks": list(box.truth.marks),
        }
        self._call(who, "POST", "/inspections", result)
        if box.truth.offence in SEIZES:
            seizure = {"reference": reference, "note": box.truth.found}
            self._call("supervisor", "POST", "/seizures", seizure)
        trader = (box.exporter.identifier, box.truth.offence)
        if trader in self.warned:  # the partners know of this one already
            return
        self.warned.add(trader)
        for partner in self.partners:
            self._warn(reference, partner, kind=KINDS.get(box.truth.offence, "/alerts"))

    def _warn(self, reference: str, partner: str, *, kind: str) -> None:
        """Tell a partner, and have it released where the clause wants a second look."""
        told = {"reference": reference, "to": partner}
        sent = self._call("liaison", "POST", kind, told).json()
        if sent["state"] == "held":
            self._call("supervisor", "POST", f"/messages/{sent['id']}/release")
        self.counts["alerts"] += kind == "/alerts"

    def _release(self, who: str, references: list[str]) -> None:
        for at in range(0, len(references), PAGE):
            batch = {"references": references[at : at + PAGE]}
            said = self._call(who, "POST", "/releases", batch).json()
            self.counts["released"] += len(said["released"])

    def _all(self, who: str, path: str, **query: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            asked = {**query, "limit": str(PAGE), **({"cursor": cursor} if cursor else {})}
            said = self._call(who, "GET", path, query=asked).json()
            rows += said.get("items") or said.get("declarations") or []
            cursor = said.get("next") or ""
            if not cursor:
                return rows

    def _call(
        self,
        who: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        query: dict[str, str] | None = None,
    ) -> httpx.Response:
        answer = self.http[who].request(method, path, json=body, params=query)
        if answer.is_error:
            raise self.node.failed(f"{method} {path} as {who}", answer.text)
        return answer
