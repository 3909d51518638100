"""A log that reaches its witness in bundles alone is cosigned and kept as over the wire."""

import base64
import gzip
import json
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.partner import Partner
from tests.exchange.peer import Log, cosign
from tests.exchange.test_bundles import bundle, export, opened, take
from tests.exchange.test_bundles import root as root
from tidewaiter import base64url, canonical, clock
from tidewaiter.exchange.bundling import cosigning
from tidewaiter.exchange.witnessing import actions as rounds
from tidewaiter.identity import actions as identity
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import mirroring, note, queries, witness
from tidewaiter.ledger.witnessing import queries as held

pytestmark = pytest.mark.django_db


@pytest.fixture
def at() -> datetime:
    return clock.real()


@pytest.fixture
def xb(at: datetime) -> Partner:
    """A partner without an address."""
    partner = Partner("XB", at=at)
    partner.url = ""
    identity.add_partner(document=partner.document(), thumbprint=partner.thumbprint(), at=at)
    return partner


@pytest.fixture
def log(xb: Partner) -> Log:
    """Its log of 300 entries."""
    made = Log(xb)
    made.grow(300)
    return made


def asks(log: Log, old: int = 0) -> str:
    """The line by which it has its newest checkpoint cosigned."""
    return json.dumps(cosigning.members(witness.Carried(log.shown(), old, log.proof(old))))


def brings(log: Log, start: int = 0) -> str:
    """The line that brings its entries."""
    body = mirroring.written(log.upload(start))
    return json.dumps(cosigning.members(witness.Carried(log.shown(), entries=body)))


def kept(log: Log) -> tuple[int, int]:
    """How much of it we cosigned, and keep."""
    found = held.held(log.origin)
    assert found is not None
    return found.size, found.kept


def moved(at: datetime, minutes: int) -> datetime:
    """A later moment."""
    return at + timedelta(minutes=minutes)


class TestAPartnersLog:
    def test_is_cosigned_and_kept_in_whatever_order_its_lines_come(
        self, xb: Partner, log: Log
    ) -> None:
        done = take(bundle(xb, [brings(log), asks(log)]))
        assert (done.cosigned, done.unproven, done.unknown) == (1, 0, 0)
        assert kept(log) == (300, 300)
        assert held.kept_entries(log.origin, 250, 260) == log.entries[250:260]

    def test_goes_on_by_a_proof_in_the_next(self, xb: Partner, log: Log) -> None:
        take(bundle(xb, [asks(log), brings(log)]))
        log.grow(500)
        assert take(bundle(xb, [asks(log, 300), brings(log, 300)])).cosigned == 1
        assert kept(log) == (800, 800)
        assert queries.verify_partner("XB").ok

    def test_is_cosigned_once_by_the_same_file_and_not_by_an_older_one(
        self, xb: Partner, log: Log
    ) -> None:
        older = [asks(log), brings(log)]
        take(bundle(xb, older))
        log.grow(10)
        newer = [asks(log, 300), brings(log, 300)]
        assert [take(bundle(xb, each)).cosigned for each in (newer, newer, older)] == [1, 0, 0]
        assert kept(log) == (310, 310)
        assert queries.alarms() == []

    def test_gets_our_cosignature_in_the_bundle_back(
        self, xb: Partner, log: Log, tmp_path: Path
    ) -> None:
        take(bundle(xb, [asks(log)]))
        export(tmp_path / "back.twb")
        (back,) = (
            each for each in opened(tmp_path / "back.twb")["checkpoint"] if log.origin in each
        )
        assert back.startswith(log.shown())
        assert "/witness " in back

    def test_that_forked_is_named(self, xb: Partner, log: Log) -> None:
        take(bundle(xb, [asks(log), brings(log)]))
        other = Log(xb)
        other.entries = [*log.entries[:100], b"another", *log.entries[101:280]]
        take(bundle(xb, [asks(other)]))
        assert [(each.administration, each.kind) for each in queries.alarms()] == [("XB", "fork")]

    def test_that_others_saw_further_is_not_accused_by_an_old_bundle(
        self, xb: Partner, log: Log, at: datetime
    ) -> None:
        """A bundle may lie for weeks: when it came tells nothing of when its log was so small."""
        xc = Partner("XC", at=at)
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=at)
        lines = [asks(log), brings(log)]
        log.grow(10)
        text = log.shown()
        line = cosign(xc, note.parts(text.encode())[0], at)
        ledger.told((text + line).encode(), by="XC", at=at - timedelta(minutes=10))
        take(bundle(xb, lines))
        for minutes in range(1, 5):
            later = rounds.witness_partner("XB", now=partial(moved, at, minutes))
            assert later.reasons == ()
        assert queries.alarms() == []
        take(bundle(xb, [asks(log, 300), brings(log, 300)]))
        assert kept(log) == (310, 310)
        assert queries.alarms() == []

    @pytest.mark.parametrize(
        "more",
        [
            {"old": "0", "proof": []},
            {"old": True, "proof": []},
            {"old": -1, "proof": []},
            {"old": 0},
            {"old": 0, "proof": [1]},
            {"old": 0, "proof": ["é"]},
            {"old": 0, "proof": ["AAAA"]},
            {"old": 7, "proof": [base64.b64encode(b"x" * 32).decode()]},
            {"old": 0, "proof": [base64.b64encode(b"x" * 32).decode()]},
            {"entries": 7},
            {"entries": "=="},
            {"entries": base64url.encode(b"nothing")},
        ],
    )
    def test_is_heard_and_no_more_where_what_stands_beside_is_wrong(
        self, xb: Partner, log: Log, more: dict[str, canonical.Json]
    ) -> None:
        done = take(bundle(xb, [json.dumps({"checkpoint": log.shown(), **more})]))
        assert done.cosigned == 0
        found = held.held(log.origin)
        assert found is None or (found.size, found.kept) == (0, 0)

    def test_with_an_entry_changed_keeps_none(self, xb: Partner, log: Log) -> None:
        changed = Log(xb)
        changed.entries = [b"entry x", *log.entries[1:]]
        take(bundle(xb, [asks(log), brings(changed)]))
        assert kept(log) == (300, 0)


class TestOurLog:
    @pytest.fixture(autouse=True)
    def grown(self, at: datetime) -> None:
        ledger.append_many([(b"%d" % n, b"s" * 32) for n in range(600)], at=at)
        ledger.publish(at=at + timedelta(seconds=6))

    def lines(self, place: Path) -> list[dict[str, Any]]:
        _, *lines = gzip.decompress(place.read_bytes()).splitlines()
        return [json.loads(line) for line in lines]

    def test_goes_with_all_its_entries_to_whom_it_reaches_by_hand_alone(
        self, xb: Partner, tmp_path: Path
    ) -> None:
        export(tmp_path / "out.twb", most=30_000)
        files = sorted(tmp_path.glob("*.twb"))
        assert len(files) > 1
        assert max(each.stat().st_size for each in files) <= 30_000
        found = [line for each in files for line in self.lines(each)]
        newest = queries.checkpoint()
        assert newest is not None
        (asked,) = (each for each in found if "old" in each)
        assert (asked["old"], asked["proof"]) == (0, [])
        body = cosigning.request(asked["checkpoint"], asked)
        assert body is not None
        assert witness.read(body).note == newest.note.encode()
        bodies = [base64url.decode(each["entries"]) for each in found if "entries" in each]
        uploads = [mirroring.read(each) for each in bodies]
        assert sum(len(one.entries) for each in uploads for one in each.packages) == newest.size

    def test_goes_on_from_what_the_partner_cosigned(
        self, xb: Partner, tmp_path: Path, at: datetime
    ) -> None:
        newest = queries.checkpoint()
        assert newest is not None
        whole = newest.note + cosign(xb, note.parts(newest.note.encode())[0], at)
        take(bundle(xb, [json.dumps({"checkpoint": whole})]))
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.by == ("XB",)
        export(tmp_path / "idle.twb")
        ledger.append(b"more", b"s" * 32, at=at)
        ledger.publish(at=at + timedelta(seconds=12))
        export(tmp_path / "more.twb")
        assert not any(
            "old" in each or "entries" in each for each in self.lines(tmp_path / "idle.twb")
        )
        asked, *_, brought = (each for each in self.lines(tmp_path / "more.twb") if len(each) > 1)
        assert asked["old"] == newest.size
        assert mirroring.read(base64url.decode(brought["entries"])).start == newest.size

    def test_goes_without_its_entries_where_each_has_the_address_of_the_other(
        self, tmp_path: Path, at: datetime, settings: Any
    ) -> None:
        settings.NODE_URL = "http://127.0.0.1:9"
        partner = Partner("XB", url="http://127.0.0.1:9", at=at)
        identity.add_partner(document=partner.document(), thumbprint=partner.thumbprint(), at=at)
        export(tmp_path / "out.twb")
        found = self.lines(tmp_path / "out.twb")
        assert any("old" in each for each in found)
        assert not any("entries" in each for each in found)
