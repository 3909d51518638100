"""A node that lost what came after its backup, and a partner that kept its log: for the tests."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction

from tests.exchange.partner import Partner
from tests.exchange.test_delivery import Endpoint
from tidewaiter import clock, jose
from tidewaiter.exchange import actions, message
from tidewaiter.exchange.models import Correspondent, Gap, Inbound, Outbound
from tidewaiter.exchange.restoring import jobs
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import queries as log
from tidewaiter.ledger import tile, tree, witness
from tidewaiter.ledger.models import Checkpoint, Entry, Head, Tile

SINCE = clock.real() - timedelta(hours=2)


def grow(count: int) -> str:
    """Log so many documents and sign the head; the checkpoint."""
    with transaction.atomic():
        for _ in range(count):
            ledger.append(uuid4().bytes, bytes(32), at=clock.real())
    last = log.checkpoint()
    at = clock.real() if last is None else last.signed_at + timedelta(seconds=6)
    signed = ledger.publish(at=at)
    assert signed is not None
    return signed.note


def lose(size: int) -> None:
    """Have the log as it was at `size` entries, and the fence that a restore sets."""
    Entry.objects.filter(index__gte=size).delete()
    Head.objects.filter(pk=1).update(size=size)
    Checkpoint.objects.filter(size__gt=size).delete()
    Tile.objects.all().delete()
    Tile.build(size)
    ledger.fence(since=SINCE, at=clock.real())


def lose_messages(*rows: Outbound | Inbound) -> None:
    """Forget messages as a backup from before them does."""
    for row in rows:
        row.delete()
    for each in Correspondent.objects.all():
        sent = Outbound.objects.filter(recipient=each.pk).order_by("-serial").first()
        came = Inbound.objects.filter(sender=each.pk).order_by("-serial").first()
        Gap.objects.filter(sender=each.pk).delete()
        Correspondent.objects.filter(pk=each.pk).update(
            last_serial=sent.serial if sent else 0,
            highest=came.serial if came else 0,
        )


class Keeper(Endpoint):
    """A partner's node that cosigned our log, keeps it, and takes our question."""

    def __init__(self, partner: Partner) -> None:
        super().__init__(partner)
        self.notes: list[str] = []
        self.entries: list[bytes] = []
        self.waiting: list[message.Message] = []  # for us, by serial
        self.receipts: list[str] = []
        self.down = False
        self.witnesses = True
        self.asked: list[str] = []
        self.taken_to: int | None = None  # the highest serial of ours that it has
        keeper = self

        class Getter(self.server.RequestHandlerClass):  # type: ignore[name-defined, misc]
            def do_GET(self) -> None:
                status, body = keeper.shown(self.path)
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server.RequestHandlerClass = Getter
        self.answer = self.judge

    def keep(self) -> None:
        """Keep our log as it stands, cosigned."""
        self.entries = [bytes(row.entry) for row in Entry.objects.order_by("index")]
        newest = log.checkpoint()
        assert newest is not None
        self.notes = [newest.note]

    def taken(self, path: str, body: bytes) -> tuple[int, bytes]:
        """What it answers to a POST; what waits for us it hands over by `collect`."""
        if path == "/exchange/v1/collect":
            event = json.loads(jose.read(body.decode()).payload)
            after = event["data"]["after"]
            due = [each for each in self.waiting if each.serial > after][: event["data"]["limit"]]
            return 200, b"".join(self.partner.line(each) + b"\n" for each in due)
        if path == "/exchange/v1/receipts":
            self.receipts += body.decode().split()
            return 204, b""
        return super().taken(path, body)

    def shown(self, path: str) -> tuple[int, bytes]:
        """What it answers to a GET."""
        self.asked.append(path)
        if self.down:
            return 503, b""
        if path == "/witness/checkpoints":
            return (200, witness.joined(self.notes).encode()) if self.witnesses else (404, b"")
        mirrored = witness.mirror(log.origin()) + "/tile/"
        if not path.startswith(mirrored):
            return 404, b""
        wanted = tile.parse(path.removeprefix(mirrored))
        if not tile.available(wanted, len(self.entries)):
            return 404, b""
        first = wanted.index * tile.WIDTH
        return 200, tile.bundle(self.entries[first : first + wanted.width])

    def judge(self, lines: list[str]) -> tuple[int, bytes]:
        """It takes a serial that it has not, as the contract says."""
        if self.down:
            return 503, b""
        event = json.loads(jose.read(lines[0]).payload)
        if self.taken_to is not None and event["serial"] <= self.taken_to:
            return self.refuse("bad-serial")(lines)
        if event["serial"] > (self.taken_to or 0) + 10_000:
            return self.refuse("bad-serial")(lines)
        self.taken_to = event["serial"]
        return self.accept(lines)

    def questions(self) -> list[dict[str, Any]]:
        """The events that came."""
        return [json.loads(jose.read(lines[0]).payload) for lines in self.came]

    def state(self, **changes: Any) -> message.Message:
        """Its answer to the last question."""
        data = {"sent": self.partner.serial + 1, "received": self.taken_to or 0}
        if self.notes:
            data["checkpoint"] = self.notes[-1]
        question = self.questions()[-1]["id"]
        return self.partner.house("node.state.v1", {**data, **changes}, in_reply_to=question)


def round_() -> Any:
    """One round of coming back, whatever waits for its time."""
    from tidewaiter.exchange.models import Rejoining

    Rejoining.objects.update(next_at=None)
    return jobs.rejoin()


def take(line: bytes) -> list[str]:
    """What this node answers to one line."""
    return actions.receive([line], at=clock.real())


def root_of(entries: list[bytes]) -> bytes:
    """The root over these."""
    return tree.root([tree.leaf(entry) for entry in entries])
