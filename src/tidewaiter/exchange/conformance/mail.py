"""What the node sends to the testers: by their own endpoint, or fetched by `collect`.

Every message is opened, held to the page, kept and answered with a receipt. The first POST to an
endpoint is answered with garbage, for a receipt that does not verify is no answer.
"""

import http.server
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from tidewaiter.exchange.conformance.encoding import digest, unb64
from tidewaiter.exchange.conformance.kit import Kit
from tidewaiter.exchange.conformance.sealing import DoesNotOpen, unseal
from tidewaiter.exchange.conformance.signing import NoSignature, read
from tidewaiter.exchange.conformance.subject import MANY, MOMENT, ONE, UUID, Subject
from tidewaiter.exchange.conformance.tester import SPOKEN, Tester

COLLECT: Final = "org.tidewaiter.collect.v1"
REQUIRED: Final = (
    "specversion", "id", "source", "type", "time", "recipient", "salt", "serial", "expires", "data",
)  # fmt: skip
UNDER: Final = (
    "agreement", "clause", "purpose", "mode", "handling", "retainuntil", "conversation",
)  # fmt: skip
KEPT_HOUSE: Final = ("agreement.", "key.", "node.", "resend.", "withdrawn.")


@dataclass(slots=True)
class Mail:
    """The letters of one run, by the tester's role, and what is wrong with them."""

    subject: Subject
    kit: Kit
    letters: list["Letter"] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    fetched: dict[str, list[float]] = field(default_factory=dict)  # when a document was, by role
    garbled: dict[str, str] = field(default_factory=dict)  # the digest first answered with garbage
    server: http.server.ThreadingHTTPServer | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> None:
        """Listen where the kit says. Raises OSError where the address is taken."""
        if self.kit.listen:
            place = urlsplit(self.kit.listen)
            address = (place.hostname or "127.0.0.1", place.port or 80)
            self.server = http.server.ThreadingHTTPServer(address, _handler(self))
            threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()

    def of(self, tester: Tester, kind: str = "") -> list["Letter"]:
        """What came for a tester, of one type; who is behind `collect` fetches it first."""
        if not tester.url:
            self.collect(tester)
        with self.lock:
            found = [each for each in self.letters if each.role == tester.role]
        return [each for each in found if each.event["type"] == kind or not kind]

    def ask(
        self, tester: Tester, after: int = 0, limit: int = 100, **members: Any
    ) -> httpx.Response:
        """A `collect` as the page says it; members given are put over, None leaves out."""
        data = {"after": after, "limit": limit}
        event = tester.event(self.subject.administration, COLLECT, data)
        event["expires"] = tester.moment(minutes=4)
        for name in ("salt", "serial"):
            del event[name]
        event = {k: v for k, v in {**event, **members}.items() if v is not None}
        return self.subject.post(tester.speak(event).encode(), ONE, path="collect")

    def collect(self, tester: Tester) -> int:
        """Fetch what waits, and send its receipts; how many there were. Raises NoSignature."""
        answer = self.ask(tester)
        if answer.status_code != 200:
            self.note(f"collect is answered {answer.status_code}")
            return 0
        receipts = [self.take(tester, line) for line in answer.text.split("\n") if line.strip()]
        body = "\n".join(line for line in receipts if line).encode()
        if body:
            sent = self.subject.post(body, MANY, path="receipts")
            if sent.status_code != 204:
                self.note(f"receipts are answered {sent.status_code}")
        return len(receipts)

    def take(self, tester: Tester, line: str) -> str:
        """Open one message of the node and keep it; the receipt, "" where there can be none."""
        try:
            compact, event = self.opened(tester, line)
        except (DoesNotOpen, NoSignature, ValueError) as error:
            self.note(f"a message to {tester.code}: {error}")
            return ""
        said = digest(compact.encode())
        with self.lock:
            self.letters.append(Letter(tester.role, compact, event, time.monotonic()))
            self.faults += [f"{event.get('type')}: {each}" for each in faults(event, self, tester)]
            serial = event.get("serial")
            if isinstance(serial, int) and tester.heard.setdefault(serial, said) != said:
                self.faults.append(f"serial {serial} was sent with other bytes before")
        return tester.receipt(compact, event)

    def opened(self, tester: Tester, line: str) -> tuple[str, dict[str, Any]]:
        """The JWS and the event in a line to a tester. Raises DoesNotOpen, NoSignature."""
        compact = unseal(line.strip(), tester.opening).decode("ascii")
        event: dict[str, Any] = json.loads(read(compact, self.subject.keys("sig"), SPOKEN))
        return compact, event

    def note(self, fault: str) -> None:
        """Keep what was wrong."""
        with self.lock:
            self.faults.append(fault)


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of the node, each time that it came."""

    role: str
    compact: str
    event: dict[str, Any]
    at: float

    @property
    def data(self) -> Any:
        """What it says."""
        return self.event["data"]


def faults(event: dict[str, Any], mail: Mail, tester: Tester) -> list[str]:
    """Where a message of the node does not keep the page."""
    kind = str(event.get("type"))
    house = kind.removeprefix("org.tidewaiter.").startswith(KEPT_HOUSE)
    found = [f"{name} is missing" for name in REQUIRED if name not in event]
    if house:
        found += [f"{name} stands in housekeeping" for name in UNDER if name in event]
    else:
        found += [f"{name} is missing" for name in UNDER if name not in event]
    found += [f"{name} is empty" for name, value in event.items() if value is None or value == ""]
    right = {
        "specversion": "1.0",
        "source": f"tidewaiter:{mail.subject.administration}",
        "recipient": tester.code,
    }
    found += [f"{name} is {event.get(name)!r}" for name in right if event.get(name) != right[name]]
    found += [
        f"{name} is {event.get(name)!r}"
        for name in ("time", "expires")
        if not MOMENT.fullmatch(str(event.get(name)))
    ]
    if not UUID.fullmatch(str(event.get("id"))):
        found.append("id is no UUIDv7")
    try:
        if len(unb64(str(event.get("salt")))) != 32:
            found.append("salt is not of 32 bytes")
    except ValueError:
        found.append("salt is no base64url")
    if "subject" in event:
        found.append("there is a subject")
    return found


def _handler(mail: Mail) -> type[http.server.BaseHTTPRequestHandler]:
    """The testers' endpoints, each under its own prefix."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def tester(self) -> tuple[Tester | None, str]:
            code, _, path = self.path.strip("/").partition("/")
            found = [each for each in mail.kit.testers.values() if each.code.lower() == code]
            return (found[0] if found else None), path

        def do_GET(self) -> None:
            tester, path = self.tester()
            if tester is None or path != ".well-known/tidewaiter/node.json":
                self.reply(404, "text/plain", "")
                return
            mail.fetched.setdefault(tester.role, []).append(time.monotonic())
            self.reply(200, ONE, tester.document)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode("ascii")
            tester, path = self.tester()
            if tester is None or path != "exchange/v1/messages":
                self.reply(404, "text/plain", "")
                return
            receipts = [mail.take(tester, line) for line in body.split("\n") if line.strip()]
            if tester.role not in mail.garbled and mail.letters:
                mail.garbled[tester.role] = mail.letters[-1].event["id"]
                self.reply(202, MANY, "no.receipt.atall\n")
                return
            self.reply(202, MANY, "".join(f"{line}\n" for line in receipts))

        def reply(self, status: int, media: str, body: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *args: Any) -> None:
            pass

    return Handler
