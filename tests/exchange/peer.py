"""A partner's node as far as witnessing goes, over real HTTP: its log, its witness, its faults.

It keeps C2SP tlog-tiles and tlog-witness; a test makes it rewrite, hide or lie.
"""

import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.keys import queries as own_keys
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import cosignature, mirroring, note, tile, tree, witness

Answer = tuple[int, bytes, str]
TEXT = "text/plain"


class Log:
    """A log in memory, whose owner may sign whatever they like."""

    def __init__(self, partner: Partner) -> None:
        self.partner = partner
        self.origin: str = partner.key(Use.LOG).origin
        self.entries: list[bytes] = []

    @property
    def size(self) -> int:
        return len(self.entries)

    def grow(self, count: int, mark: str = "") -> None:
        first = len(self.entries)
        self.entries += [f"entry {first + n}{mark}".encode() for n in range(count)]

    def root(self, size: int | None = None) -> bytes:
        return tree.root([tree.leaf(each) for each in self.entries[:size]])

    def fetch(self, level: int, index: int, width: int) -> bytes:
        """The hashes of a tile (a `tile.Fetch`)."""
        span = tile.WIDTH**level
        first = index * tile.WIDTH
        parts = [self.entries[n * span : (n + 1) * span] for n in range(first, first + width)]
        roots = [
            tree.root([tree.leaf(each) for each in part]) for part in parts if len(part) == span
        ]
        return b"".join(roots)

    def proof(self, old: int, new: int | None = None) -> tuple[bytes, ...]:
        new = self.size if new is None else new
        reader = tile.Reader(new, self.fetch)
        return tree.prove_consistency(old, new, reader.subtree).path if 0 < old < new else ()

    def upload(self, start: int = 0) -> mirroring.Upload:
        """Its entries from `start` on, as it brings them."""
        subtree = tile.Reader(self.size, self.fetch).subtree
        packages = tuple(
            mirroring.Package(
                first,
                tuple(self.entries[first:end]),
                tree.prove_node(mirroring.bundle(first), end, self.size, subtree),
            )
            for first, end in mirroring.spans(start, self.size)
        )
        return mirroring.Upload(self.origin, start, self.size, packages)

    def path(self, start: int, end: int) -> bytes:
        """The root over some of its entries, as they stand beside others in a path."""
        return tree.root([tree.leaf(each) for each in self.entries[start:end]])

    def shown(self, size: int | None = None, *, by: Any = None) -> str:
        """Its checkpoint, signed by its log key, or by another key."""
        size = self.size if size is None else size
        return self.signed(note.Checkpoint(self.origin, size, self.root(size)), by=by)

    def signed(self, head: note.Checkpoint, *, by: Any = None) -> str:
        keys = by or [key for key in self.partner.keys if key.use is Use.LOG]
        lines = [
            note.signature_line(
                note.verifier(own_keys.verifier(key)), key.private.sign(head.text.encode())
            )
            for key in keys
        ]
        return note.signed(head.text, lines)


def cosign(partner: Partner, text: str, at: datetime, *, by: Any = None) -> str:
    """The line by which a partner's witness cosigns a checkpoint."""
    key = by or partner.key(Use.WITNESS)
    one = cosignature.verifier(own_keys.verifier(key))
    seconds = int(at.timestamp())
    return cosignature.line(one, seconds, key.private.sign(cosignature.message(text, seconds)))


class Peer:
    """The node: served until `close`."""

    def __init__(self, code: str = "XB") -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.code = code
        self.partner = Partner(code, url=self.url, at=clock.real())
        self.log = Log(self.partner)
        self.view = self.log  # what its node shows as its log
        self.heads: dict[str, witness.Head] = {}  # what it cosigned of logs
        self.cosigned: dict[str, str] = {}
        self.faults: dict[str, Callable[[bytes], Answer]] = {}  # by the beginning of a path
        self.asked: list[str] = []
        self.brought: list[bytes] = []
        self.kept: dict[str, list[bytes]] = {}  # entries of logs that brought them
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def saw(self, text: str, by: Partner | None = None) -> None:
        """Have it say that it cosigned this checkpoint."""
        body, _ = note.parts(text.encode())
        line = cosign(by or self.partner, body, clock.real())
        self.cosigned[note.checkpoint(body).origin] = text + line

    def answer(self, path: str, body: bytes) -> Answer:
        self.asked.append(path)
        for beginning, fault in self.faults.items():
            if path.startswith(beginning):
                return fault(body)
        if path == "/.well-known/tidewaiter/node.json":
            return 200, self.partner.document().encode(), "application/jose"
        if path == "/tlog/checkpoint":
            return 200, self.view.shown().encode(), TEXT
        if path.startswith("/tlog/tile/"):
            return self._tile(tile.parse(path.removeprefix("/tlog/tile/")))
        if path == "/witness/checkpoints":
            if body:
                self.brought.append(body)
                return 204, b"", TEXT
            return 200, witness.joined(self.cosigned.values()).encode(), TEXT
        if path == "/witness/add-checkpoint":
            return self._cosign(witness.read(body))
        if path == "/witness/add-entries":
            return self._keep(mirroring.read(body))
        return 404, b"", TEXT

    def _tile(self, wanted: tile.Tile) -> Answer:
        if not tile.available(wanted, self.view.size):
            return 404, b"", TEXT
        if wanted.level is None:
            first = wanted.index * tile.WIDTH
            data = tile.bundle(self.view.entries[first : first + wanted.width])
        else:
            data = self.view.fetch(wanted.level, wanted.index, wanted.width)
        return 200, data, "application/octet-stream"

    def _keep(self, upload: mirroring.Upload) -> Answer:
        head = self.heads.get(upload.origin, witness.Head())
        kept = self.kept.setdefault(upload.origin, [])
        if upload.end == head.size and upload.start <= len(kept):
            for each in upload.packages:
                first = mirroring.bundle(each.first)
                whole = [*kept[first : each.first], *each.entries]
                over = tree.root([tree.leaf(entry) for entry in whole])
                root = tree.node_root(first, each.end, head.size, each.path, over)
                if root != head.root:
                    return 422, b"", TEXT
                kept[each.first :] = each.entries
            if len(kept) == head.size:
                return 200, b"", TEXT
        status = 202 if upload.packages else 409
        return (
            status,
            mirroring.info(mirroring.Info(head.size, len(kept))),
            mirroring.INFO_TYPE,
        )

    def _cosign(self, request: witness.Request) -> Answer:
        text, _ = note.parts(request.note)
        head = note.checkpoint(text)
        held = self.heads.get(head.origin, witness.Head())
        if request.old != held.size:
            return 409, f"{held.size}\n".encode(), witness.SIZE_TYPE
        try:
            witness.follows(request, head, held)
        except witness.BadConsistency:
            return 422, b"", TEXT
        self.heads[head.origin] = witness.Head(head.size, head.root)
        line = cosign(self.partner, text, clock.real())
        self.cosigned[head.origin] = request.note.decode() + line
        return 200, line.encode(), TEXT


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._say(b"")

        def do_POST(self) -> None:
            self._say(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def _say(self, body: bytes) -> None:
            status, answer, media = peer.answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if status != 204:
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
