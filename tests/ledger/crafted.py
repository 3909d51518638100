"""Files of whoever wants two readers to judge apart, or one to be kept busy: made by hand."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from tests.ledger.proofs import Node, b64u, filled, jcs, message, salt

PRIME = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, PRIME) % PRIME
Point = tuple[int, int]


def added(one: Point, other: Point) -> Point:
    """RFC 8032 §5.1.4."""
    (x1, y1), (x2, y2) = one, other
    both = CURVE * x1 * x2 * y1 * y2 % PRIME
    x = (x1 * y2 + x2 * y1) * pow(1 + both, -1, PRIME) % PRIME
    return x, (y1 * y2 + x1 * x2) * pow(1 - both, -1, PRIME) % PRIME


def times(number: int, point: Point) -> Point:
    found = (0, 1)
    while number:
        if number & 1:
            found = added(found, point)
        point, number = added(point, point), number >> 1
    return found


def written(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def at(y: int) -> Point:
    """The point of that y with an even x (RFC 8032 §5.1.3). Raises ValueError."""
    up, down = y * y - 1, CURVE * y * y + 1
    x = pow(up * pow(down, -1, PRIME), (PRIME + 3) // 8, PRIME)
    if (x * x * down - up) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if (x * x * down - up) % PRIME:
        raise ValueError(y)
    return (x if not x & 1 else PRIME - x), y


BASE = at(4 * pow(5, -1, PRIME) % PRIME)
EIGHTH = times(ORDER, at(3))  # of order 8
assert times(4, EIGHTH) != (0, 1) == times(8, EIGHTH)


class Slanted(Node):
    """Signs so that it holds where the cofactor is multiplied in, and not where it is not."""

    SECRET = int.from_bytes(hashlib.sha512(b"slanted").digest(), "little") % ORDER

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": b64u(written(times(self.SECRET, BASE)))}

    def _sign(self, signed: bytes) -> bytes:
        r, key = 777, written(times(self.SECRET, BASE))
        point = written(added(times(r, BASE), EIGHTH))
        k = int.from_bytes(hashlib.sha512(point + key + signed).digest(), "little")
        return point + ((r + k * self.SECRET) % ORDER).to_bytes(32, "little")


class Anybodys(Node):
    """Has a key of small order, here the neutral one: what anybody signs holds by it."""

    @property
    def jwk(self) -> dict[str, str]:
        return {"kty": "OKP", "crv": "Ed25519", "x": b64u(written((0, 1)))}

    def _sign(self, signed: bytes) -> bytes:
        return written(times(5, BASE)) + (5).to_bytes(32, "little")


def file(
    documents: Sequence[bytes],
    nodes: Sequence[str],
    *,
    log: Node | None = None,
    signed_by: Sequence[str] = (),
    cosigned_by: Sequence[Node] = (),
) -> bytes:
    """A file as `proof.build` would make it, whether it holds or not."""
    xa = log or Node("XA")
    filled(xa, 2)
    places = [xa.log(document, salt(n + 1)) for n, document in enumerate(documents)]
    papers: list[dict[str, Any]] = []
    for n, (document, place) in enumerate(zip(documents, places, strict=True)):
        entry = xa.entry(0, place)
        said = {"log": 0, "index": place, "commitment": b64u(entry.commitment)}
        papers.append(
            {
                "entries": [{**said, "path": [b64u(hash_) for hash_ in entry.path]}],
                "document": b64u(document),
                "salt": b64u(salt(n + 1)),
                "signed_by": list(signed_by),
            }
        )
    head = {
        "administration": xa.code,
        "checkpoint": xa.checkpoint(*cosigned_by),
        "cosigned_by": [each.code for each in cosigned_by],
    }
    return jcs({"tidewaiter": "proof/1", "logs": [head], "nodes": list(nodes), "papers": papers})


def listing(key: Any) -> bytes:
    """A file whose node document lists that beside its own key."""
    xa = Node("XA")
    own = {"kid": xa.kid, "use": "sig", **xa.jwk}
    return file([b"one"], [xa.document(keys=[own, key])])


def of_one_name(keys: int, messages: int) -> bytes:
    """So many messages, each signed by the last of so many keys of one name."""
    xa = Node("XA")
    own = {"kid": xa.kid, "use": "sig", **xa.jwk}
    first = {**own, "use": "recovery"}  # signs the document
    others = [{**own, "x": b64u(hashlib.sha256(b"%d" % n).digest())} for n in range(keys)]
    made = [message(xa, "XB", n + 1) for n in range(messages)]
    return file(made, [xa.document(keys=[first, *others, own])], signed_by=["XA"])


def odd() -> dict[str, bytes]:
    """Files that readers judged apart, or at which one of them gave up; with what they are."""
    xa = Node("XA")
    blank, two = Node("XA"), Node("XB")
    name = "xa\ufeff.example/tlog"
    raw = b"\x01" + bytes(32)
    made = {
        f"audit {each!r}": file([jcs({"audit": each, "rows": 1, "digest": "d"})], [xa.document()])
        for each in ("2026-11-24", {}, [], None, 1.5, "\u202e" * 300)
    }
    made["comma"] = file([jcs({"audit,digest": 1, "rows": 2})], [xa.document()])
    for each in (
        {"use": []}, {"use": {}}, {"use": "sig", "kty": [], "crv": "Ed25519"},
        {"use": "sig", "kty": "OKP", "crv": {}}, {"use": "sig", "kty": {}, "crv": []}, [], None,
    ):  # fmt: skip
        made[f"key {json.dumps(each)}"] = listing(each)
    made["cofactor"] = file([b"one"], [Slanted("XA").document()])
    made["small order"] = file([b"one"], [Anybodys("XA").document()])
    made["code"] = file([b"one"], [xa.document(administration="XA, XB")])
    made["other code"] = file(
        [b"one"], [xa.document(), two.document(administration="\uff21\U00010000")],
        cosigned_by=[two],
    )  # fmt: skip
    digest = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
    odd_key = f"{name}+{digest}+AQ{'A' * 42}=="
    made["name"] = file([b"one"], [blank.document(log={"origin": name, "vkey": odd_key})])
    for witness in ("none", f"xb.example/witness+00000000+{'A' * 44}", "+" * 2000, "a" * 2000):
        made[f"witness {witness[:24]}"] = file(
            [message(two, "XA", 1)], [xa.document(), two.document(witness={"vkey": witness})],
            signed_by=["XB"],
        )  # fmt: skip
    return made


def impersonating(both: bool) -> bytes:
    """XA says that it is XB: its key signs a document of XB's, which brings a log and messages."""
    xb = Node("XB")
    xa = Node("XA")

    class Claimed(Node):
        @property
        def jwk(self) -> dict[str, str]:
            return xa.jwk

        def _sign(self, signed: bytes) -> bytes:
            return xa._sign(signed)

    claimed = Claimed("XB")
    nodes = [claimed.document(), xa.document()] if both else [claimed.document()]
    witnesses = [xa] if both else []
    return file([message(claimed, "XA", 1)], nodes, log=xb, signed_by=["XB"], cosigned_by=witnesses)
