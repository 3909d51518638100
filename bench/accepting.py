"""Accepting messages in batches on one core, against a floor measured in the same run.

The floor decrypts, verifies, holds `data` to its schema, signs a receipt, and commits a batch at
once; nothing else. `_share` is of the floor by our own `jose` and `canonical`, which keep RFC 7515,
7516 and I-JSON to the letter; `_of_primitives` of one written straight on `cryptography`, which
takes any base64 and any JSON. Floors and subject take turns, batch by batch, in one process. Both
suites; SQLite with WAL and `synchronous=FULL`, and PostgreSQL where its binaries are.
"""

import base64
import hashlib
import json
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.documents import line
from tests import postgres

LINES = 500  # of a batch, as many as a POST may carry
BATCHES = int(os.environ.get("TIDEWAITER_BENCH_BATCHES", "12"))
ROWS = int(os.environ.get("TIDEWAITER_BENCH_ROWS", "1000000"))  # in the inbox, once it is full
SHARE = 0.6  # of the floor
SENT, SENDS = 2_000, 500  # messages of a batch that is sent; so many a second at least
GROWTH = 1.25  # how much longer a batch may take beside a full inbox
ALERT = "org.tidewaiter.alert.shipment.v1"


def data(number: int) -> dict[str, Any]:
    """An alert as an officer would write it: two lines of goods, some 1.5 KB."""
    goods = {
        "hs": "640411",
        "description": "Sports footwear with outer soles of rubber, uppers of textile, boxed",
        "origin": "CN",
        "marks": ["STRIDE ORIGINAL", "lot 4471/A"],
        "grossmass": "1200.0",
        "quantity": "800",
        "unit": "PR",
        "value": {"amount": "2400.00", "currency": "USD"},
        "packaging": "120 cartons on 6 pallets",
    }
    party = {"identifier": "XA4419087", "country": "XA", "address": "14 Harbour Road, Port Arven"}
    return {
        "alert": f"XB-2026-{number:06d}",
        "offence": "counterfeit",
        "certainty": "suspected",
        "summary": "Marks differ from the recorded ones; the seller shipped like goods in March.",
        "validuntil": "2027-03-01T00:00:00.000Z",
        "consignment": {
            "ucr": f"26XB4419087{number:012d}",
            "transportdocuments": [f"MEDUXB{number:07d}"],
            "containers": ["MSKU1234565", "TGHU7654321"],
            "seals": [f"ML-XB{number:07d}"],
            "consignor": {**party, "name": "Shenzhen Lucky Step Trading Co., Ltd."},
            "consignee": {**party, "name": "Arven Sports Wholesale S.à r.l."},
            "route": ["CNSHA", "SGSIN", "XAPRT"],
            "departure": "2026-10-28T00:00:00.000Z",
            "arrival": "2026-11-30T00:00:00.000Z",
        },
        "goods": [goods, {**goods, "hs": "420222", "description": "Handbags, textile outside"}],
    }


class World:
    """This node, XA, and its partner XB under an agreement that both signed."""

    def __init__(self, suite: str) -> None:
        from django.core.management import call_command

        from tests.exchange.conftest import CLAUSE, TEXT
        from tests.exchange.partner import Partner
        from tidewaiter import jose
        from tidewaiter.agreements import actions as agreements
        from tidewaiter.agreements import document, signing
        from tidewaiter.identity import actions as identity
        from tidewaiter.keys import actions as keys

        self.at = datetime.now(UTC)
        call_command("migrate", verbosity=0)
        keys.create(at=self.at, suite=suite)
        early = self.at - timedelta(minutes=5)
        self.partner = Partner("XB", at=early, suite=suite)
        identity.add_partner(
            document=self.partner.document(), thumbprint=self.partner.thumbprint(), at=early
        )
        fields = {"allow": [*data(0), "attachments"], "withhold": ["consignment.declarant"]}
        text = {**TEXT, "clauses": [{**CLAUSE, "fields": fields}]}
        read = document.read(json.dumps(text).encode())
        theirs = self.partner.member(read.canonical, typ=signing.TYP)
        ours = keys.sign_member(read.canonical, header=signing.header(early))
        signed = {"payload": jose.encode(read.canonical), "signatures": [theirs, ours]}
        self.agreement = agreements.add(json.dumps(signed).encode(), at=self.at, by="bench").digest

    def batch(self) -> list[bytes]:
        """The next 500 messages as they come over the wire."""
        from tidewaiter.exchange import message

        at = datetime.now(UTC)
        made = []
        for _ in range(LINES):
            permit = message.Permit(
                agreement=self.agreement,
                clause="1",
                purpose="ipr-enforcement",
                mode="spontaneous",
                handling="TLP:AMBER",
                retain_until=at + timedelta(days=300),
                conversation="019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c02",
            )
            number = self.partner.serial + 1
            made.append(self.partner.line(self.partner.next(at, data=data(number), permit=permit)))
        return made


class Floor:
    """What cannot be left out, and nothing else, straight on the primitives."""

    def __init__(self, world: World, suite: str, database: Any) -> None:
        from jsonschema_rs import Draft202012Validator

        from tidewaiter.exchange import types
        from tidewaiter.keys import queries
        from tidewaiter.keys.keyfile import Use

        kind = types.get(ALERT)
        assert kind is not None
        self.suite = suite
        self.valid = Draft202012Validator(dict(kind.schema))
        self.ours: Any = queries.current(Use.ENC).private
        self.signer: Any = queries.current(Use.SIG).private
        self.theirs: Any = world.partner.key(Use.SIG).private.public_key()
        self.jwk = world.partner.key(Use.SIG).jwk
        self.database = database

    def take(self, lines: list[bytes]) -> list[bytes]:
        """The receipts of a batch, once its messages are durable."""
        rows = [self.opened(each) for each in lines]
        self.database(rows)
        return [self.receipt(id_, digest) for id_, digest, _ in rows]

    def take_strictly(self, lines: list[bytes]) -> list[str]:
        """The same by our own modules, which the subject stands on too."""
        from tidewaiter import canonical, jose

        rows = []
        for each in lines:
            jws = jose.open_(each.decode("ascii"), self.ours, cty="tidewaiter+jws")
            payload = jose.verify(jws.decode("ascii"), self.jwk, typ="tidewaiter+jws")
            event = canonical.read(payload)
            if not self.valid.is_valid(event["data"]):
                raise ValueError("the schema")
            rows.append((event["id"], canonical.digest(jws), jws))
        self.database(rows)
        head = {"kid": "XA-2026-1", "typ": "tidewaiter+jws"}
        return [
            jose.sign(json.dumps(said(id_, digest)).encode(), self.signer, head)
            for id_, digest, _ in rows
        ]

    def opened(self, sealed: bytes) -> tuple[str, str, bytes]:
        """One line decrypted, verified, held to the schema: id, digest and the signed bytes."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.keywrap import aes_key_unwrap

        protected, wrapped, nonce, body, tag = sealed.split(b".")
        shared = self.shared(json.loads(unb64(protected))["epk"])
        algorithm = b"ECDH-ES+A256KW"
        known = len(algorithm).to_bytes(4, "big") + algorithm + bytes(8) + b"\0\0\1\0"
        wrapping = hashlib.sha256(b"\0\0\0\1" + shared + known).digest()
        key = aes_key_unwrap(wrapping, unb64(wrapped))
        jws = AESGCM(key).decrypt(unb64(nonce), unb64(body) + unb64(tag), protected)
        signed, _, signature = jws.rpartition(b".")
        self.verify(unb64(signature), signed)
        event = json.loads(unb64(signed.partition(b".")[2]))
        if not self.valid.is_valid(event["data"]):
            raise ValueError("the schema")
        return event["id"], "sha256:" + hashlib.sha256(jws).hexdigest(), jws

    def receipt(self, id_: str, digest: str) -> bytes:
        """One signed receipt."""
        event = said(id_, digest)
        header = b'{"alg":"Ed25519","kid":"XA-2026-1","typ":"tidewaiter+jws"}'
        signed = b64(header) + b"." + b64(json.dumps(event).encode())
        return signed + b"." + b64(self.sign(signed))

    def shared(self, epk: dict[str, str]) -> bytes:
        """The secret that the ephemeral key and ours agree on."""
        from cryptography.hazmat.primitives.asymmetric import ec, x25519

        if self.suite == "A":
            point = x25519.X25519PublicKey.from_public_bytes(unb64(epk["x"].encode()))
            return bytes(self.ours.exchange(point))
        raw = b"\4" + unb64(epk["x"].encode()) + unb64(epk["y"].encode())
        curve = ec.SECP256R1()
        point_b = ec.EllipticCurvePublicKey.from_encoded_point(curve, raw)
        return bytes(self.ours.exchange(ec.ECDH(), point_b))

    def verify(self, signature: bytes, signed: bytes) -> None:
        """Raises where the partner did not sign that."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        if self.suite == "A":
            self.theirs.verify(signature, signed)
            return
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        self.theirs.verify(utils.encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))

    def sign(self, signed: bytes) -> bytes:
        """Our signature."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, utils

        if self.suite == "A":
            return bytes(self.signer.sign(signed))
        r, s = utils.decode_dss_signature(self.signer.sign(signed, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def said(id_: str, digest: str) -> dict[str, Any]:
    """What a receipt cannot leave out."""
    return {"inreplyto": id_, "data": {"digest": digest, "outcome": "accepted"}}


def unb64(text: bytes) -> bytes:
    return base64.urlsafe_b64decode(text + b"==")


def b64(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


Insert = Callable[[list[tuple[str, str, bytes]]], None]


def plain_table(home: Path, url: str) -> Insert:
    """One INSERT of many rows and one commit, in a plain table of the same kind of database."""
    table = "CREATE TABLE floor (id TEXT, digest TEXT, jws {bytes})"
    if url:
        import psycopg

        base = psycopg.connect(url, autocommit=True)
        base.execute(table.format(bytes="BYTEA"))

        def insert(rows: list[tuple[str, str, bytes]]) -> None:
            with base.transaction(), base.cursor() as cursor:
                cursor.executemany("INSERT INTO floor VALUES (%s, %s, %s)", rows)

        return insert
    import sqlite3

    lite = sqlite3.connect(home / "floor.sqlite3")
    lite.execute("PRAGMA journal_mode=WAL")
    lite.execute("PRAGMA synchronous=FULL")
    lite.execute(table.format(bytes="BLOB"))

    def insert_lite(rows: list[tuple[str, str, bytes]]) -> None:
        with lite:
            lite.executemany("INSERT INTO floor VALUES (?, ?, ?)", rows)

    return insert_lite


def timed(act: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock and by the processor."""
    begun, busy = time.perf_counter(), time.process_time()
    act()
    return time.perf_counter() - begun, time.process_time() - busy


def accept(lines: list[bytes]) -> None:
    """The subject: a POST's lines as the endpoint hands them on; all must be accepted."""
    from tidewaiter.exchange import actions

    receipts = actions.receive(lines, at=datetime.now(UTC), address="127.0.0.1")
    assert len(receipts) == len(lines)
    outcome = json.loads(unb64(receipts[-1].split(".")[1].encode()))["data"]
    assert outcome["outcome"] == "accepted", outcome


def turns(world: World, floor: Floor, batches: int) -> Iterator[tuple[float, ...]]:
    """Seconds by the clock and by the processor of both floors and the subject, same messages."""
    for _ in range(batches):
        lines = world.batch()
        yield (
            *timed(lambda: floor.take(lines)),  # noqa: B023
            *timed(lambda: floor.take_strictly(lines)),  # noqa: B023
            *timed(lambda: accept(lines)),  # noqa: B023
        )


def measure(suite: str, url: str) -> None:
    """Print the figures of one suite and one database; in a process and a home of its own."""
    import django
    from django.conf import settings

    django.setup()
    # The rate of a partner is another matter, and this is all one partner's.
    settings.EXCHANGE_RATE = 10**9
    world = World(suite)
    floor = Floor(world, suite, plain_table(settings.HOME, url))
    name = f"exchange.accept_{'postgresql' if url else 'sqlite'}_{suite.lower()}"
    list(turns(world, floor, 2))  # what is compiled and cached once
    seen = list(turns(world, floor, BATCHES))
    sent = LINES * BATCHES
    _, _, strict, strict_cpu, clock, cpu = (sum(each) for each in zip(*seen, strict=True))
    line(name, sent / clock, "messages/s", SHARE * sent / strict)
    line(f"{name}_cpu", sent / cpu, "messages/s", SHARE * sent / strict_cpu)
    paired = statistics.median(each[3] / each[5] for each in seen)
    line(f"{name}_share", paired, "of_the_floor", SHARE)
    paired = statistics.median(each[1] / each[5] for each in seen)
    line(f"{name}_of_primitives", paired, "of_the_floor", SHARE)
    if not url:
        sending(world, suite)
    if not url and suite == "A" and ROWS:
        empty = statistics.median(each[5] for each in seen)
        fill(ROWS)
        list(turns(world, floor, 2))
        full = statistics.median(each[5] for each in turns(world, floor, BATCHES))
        line(f"exchange.accept_beside_{ROWS}", full / empty, "times_as_long", GROWTH, less=True)


def sending(world: World, suite: str) -> None:
    """Messages a second that are decided, cut down, written, signed, logged and sealed."""
    from tidewaiter import clock
    from tidewaiter.exchange import actions, envelope, jobs
    from tidewaiter.exchange.models import Outbound
    from tidewaiter.identity import queries as partners

    order: dict[str, Any] = {
        "to": "XB",
        "type": ALERT,
        "purpose": "ipr-enforcement",
        "handling": "TLP:AMBER",
        "by": "bench",
    }
    key = partners.enc_key("XB", clock.real())
    assert key is not None
    begun = time.process_time()
    actions.send_batch(datas=[data(at) for at in range(SENT)], at=clock.real(), **order)
    jobs.seal()
    for jws in Outbound.objects.order_by("serial").values_list("jws", flat=True).iterator(200):
        envelope.sealed(jws, key, kid=key["kid"])
    seconds = time.process_time() - begun
    line(f"exchange.send_and_seal_{suite.lower()}_cpu", SENT / seconds, "messages/s", SENDS)


def fill(rows: int) -> None:
    """An inbox and a log of so many messages, most of them of the same partner."""
    from django.db import connection

    from tidewaiter.exchange.models import Inbound

    known = Inbound.objects.order_by("-pk").values().first()
    assert known is not None
    with connection.cursor() as cursor:
        fields = [each for each in Inbound._meta.concrete_fields if not each.primary_key]
        columns = [str(each.column) for each in fields]
        changed = {
            "message_id": "printf('019a%08x70008%015x', n, n)",
            "sender": "CASE WHEN n % 4 THEN 'XB' ELSE 'XC' END",
            "serial": "1000000 + n",
            "jws": "substr(jws, 1, 400)",
            "handled_at": "received_at",
        }
        chosen = ", ".join(changed.get(each, f'"{each}"') for each in columns)
        cursor.execute(
            "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted"
            f" WHERE n < {rows}) INSERT INTO exchange_inbound ({', '.join(columns)})"
            f" SELECT {chosen} FROM exchange_inbound, counted WHERE id = {known['id']}"
        )
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def main() -> None:
    """Each suite and database in a process of its own, in a home that goes afterwards."""
    if len(sys.argv) > 1:
        measure(sys.argv[1], os.environ.get("TIDEWAITER_DATABASE_URL", ""))
        return
    there = postgres.binaries() is not None
    if not there:
        print("# no PostgreSQL is found: its figures are left out", file=sys.stderr)
    with postgres.server() if there else nullcontext() as server:
        for number, (suite, base) in enumerate(
            [("A", ""), ("B", ""), *([("A", server.url), ("B", server.url)] if server else [])]
        ):
            with tempfile.TemporaryDirectory(prefix="tidewaiter-bench-") as home:
                around = {k: v for k, v in os.environ.items() if not k.startswith("TIDEWAITER_D")}
                around |= {
                    "TIDEWAITER_HOME": home,
                    "DJANGO_SETTINGS_MODULE": "tidewaiter.node.settings",
                }
                if base:
                    around["TIDEWAITER_DATABASE_URL"] = fresh_database(base, f"bench{number}")
                subprocess.run(
                    [sys.executable, "-m", "bench.accepting", suite], env=around, check=True
                )


def fresh_database(url: str, name: str) -> str:
    """The URL of a new database beside that one."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as base:
        base.execute(f"CREATE DATABASE {name}_{secrets.token_hex(4)}")
        (found,) = base.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE %s", (f"{name}%",)
        ).fetchone() or ("",)
    head, _, query = url.partition("?")
    return f"{head.rpartition('/')[0]}/{found}" + (f"?{query}" if query else "")


if __name__ == "__main__":
    main()
