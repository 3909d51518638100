"""The node that is tried: its document, its endpoints, and its receipts held to the page."""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from tidewaiter.exchange.conformance.encoding import digest, unb64
from tidewaiter.exchange.conformance.signing import Jwk, NoSignature, read
from tidewaiter.exchange.conformance.tester import NODE, SPOKEN, Draft

PROBLEMS: Final = "https://tidewaiter.org/problems/"
RECEIPT: Final = "org.tidewaiter.receipt.v1"
ONE: Final = "application/jose"
MANY: Final = "application/x-ndjson"
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ANSWER: Final = 30.0  # seconds


class NoAnswer(Exception):
    """The node did not answer as a node does; says what came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One line's receipt, verified: `said` is the outcome, or the name of the refusal."""

    said: str
    event: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        """The facts of the receipt."""
        found: dict[str, Any] = self.event["data"]
        return found


@dataclass(slots=True)
class Subject:
    """A node under its URL, as its document says."""

    url: str
    http: httpx.Client
    administration: str = ""
    document: dict[str, Any] = field(default_factory=dict)
    compact: str = ""
    faults: list[str] = field(default_factory=list)  # of its receipts, as they came

    def meet(self) -> None:
        """Read the node document, whose signature must hold by a key that it lists."""
        answer = self.http.get(f"{self.url}/.well-known/tidewaiter/node.json")
        if answer.status_code != 200:
            raise NoAnswer(f"node.json: HTTP {answer.status_code}")
        self.compact = answer.text.strip()
        try:
            document = json.loads(unb64(self.compact.split(".")[1]))
            self.document = document
            read(self.compact, self.keys("sig"), NODE)
            self.administration = document["administration"]
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise NoAnswer(f"node.json: {error}") from None

    def keys(self, use: str) -> dict[str, Jwk]:
        """Its keys of one use, by kid."""
        return {key["kid"]: key for key in self.document["keys"] if key["use"] == use}

    @property
    def enc(self) -> Jwk:
        """The first `enc` key that it lists."""
        return next(iter(self.keys("enc").values()))

    @property
    def suite(self) -> str:
        """Whether its keys are of suite A or B."""
        kinds = {key["kty"] for key in self.keys("sig").values()}
        return "B" if kinds == {"EC"} else "A"

    def post(
        self,
        body: bytes,
        media: str = MANY,
        *,
        path: str = "messages",
        client: httpx.Client | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        """A body to one of its endpoints, as it is."""
        sent = {"Content-Type": media, **(headers or {})}
        http = client or self.http
        return http.post(f"{self.url}/exchange/v1/{path}", content=body, headers=sent)

    def receipts(self, lines: list[bytes], client: httpx.Client | None = None) -> list[Answer]:
        """The receipts of lines that can be read, in order. Raises NoAnswer."""
        media = ONE if len(lines) == 1 else MANY
        answer = self.post(b"\n".join(lines), media, client=client)
        if answer.status_code != 202:
            raise NoAnswer(f"HTTP {answer.status_code}: {problem(answer)}")
        if not answer.headers.get("Content-Type", "").startswith(MANY):
            self.faults.append("the receipts are not answered as application/x-ndjson")
        found = [self.answer(line) for line in answer.text.split("\n") if line.strip()]
        count = sum(1 for line in lines if line.strip())
        if len(found) != count:
            raise NoAnswer(f"{len(found)} receipts for {count} lines")
        return found

    def answer(self, line: str) -> Answer:
        """One receipt, its signature and form held to the page. Raises NoAnswer."""
        try:
            event = json.loads(read(line.strip(), self.keys("sig"), SPOKEN))
            said = event["data"]["outcome"]
            if said == "refused":
                kind = event["data"]["problem"]["type"]
                if not kind.startswith(PROBLEMS):
                    self.faults.append(f"the problem's type is {kind}")
                said = kind.removeprefix(PROBLEMS)
        except NoSignature as error:
            raise NoAnswer(f"the receipt does not verify: {error}") from None
        except (ValueError, KeyError, TypeError) as error:
            raise NoAnswer(f"the receipt is none: {error!r}") from None
        self.faults += [f"{said}: {fault}" for fault in self._form(event)]
        return Answer(said, event)

    def _form(self, event: dict[str, Any]) -> list[str]:
        faults = []
        source = f"tidewaiter:{self.administration}"
        for name, right in (("specversion", "1.0"), ("source", source), ("type", RECEIPT)):
            if event.get(name) != right:
                faults.append(f"{name} is {event.get(name)!r}")
        if not UUID.fullmatch(str(event.get("id"))):
            faults.append("id is no UUIDv7")
        data = event["data"]
        for name, value in (("time", event.get("time")), ("received", data.get("received"))):
            if not MOMENT.fullmatch(str(value)):
                faults.append(f"{name} is {value!r}")
        taken = data["outcome"] in {"accepted", "duplicate"}
        if taken and not (isinstance(data.get("logindex"), int) and data["logindex"] >= 0):
            faults.append(f"logindex is {data.get('logindex')!r}")
        if data["outcome"] not in {"accepted", "duplicate", "refused"}:
            faults.append(f"outcome is {data['outcome']!r}")
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", str(data.get("digest"))):
            faults.append("digest has not its form")
        return faults

    def held_to(self, draft: Draft, answer: Answer) -> None:
        """Note where a receipt does not name the message that it answers."""
        if answer.data.get("digest") != digest(draft.compact().encode()):
            self.faults.append(f"{answer.said}: the digest is not that of the JWS")
        if answer.event.get("inreplyto") != draft.event.get("id"):
            self.faults.append(f"{answer.said}: inreplyto is not the message's id")
        prefix, _, sender = str(draft.event.get("source")).partition(":")
        if prefix == "tidewaiter" and answer.event.get("recipient") != sender:
            self.faults.append(f"{answer.said}: recipient is not the message's source")


def problem(answer: httpx.Response) -> str:
    """The problem of a 4xx by name, or the beginning of what came instead."""
    try:
        return str(answer.json()["type"]).removeprefix(PROBLEMS)
    except (ValueError, KeyError, TypeError):
        return answer.text[:80]
