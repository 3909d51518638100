"""Rounds of witnessing with partners over HTTP: cosigned, followed, kept, and whoever cheats named.

A round is one period; whatever a log does must be found within two.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.exchange.partner import Partner
from tests.exchange.peer import Log, Peer, cosign
from tidewaiter import clock
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import settling
from tidewaiter.exchange.delivery import Heard
from tidewaiter.exchange.models import Outbound, Owed, Restore, Watch
from tidewaiter.exchange.receipt import ACCEPTED, Receipt
from tidewaiter.exchange.witnessing import actions, following, reading
from tidewaiter.exchange.witnessing.following import Clock
from tidewaiter.exchange.witnessing.steadiness import Steady
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as partners
from tidewaiter.keys import actions as keys
from tidewaiter.keys import queries as own
from tidewaiter.keys import ring
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import (
    commitment,
    contradiction,
    cosignature,
    mirroring,
    note,
    queries,
    standing,
    tile,
    tree,
    witness,
)
from tidewaiter.ledger.models import Claim, Entry, Witnessed
from tidewaiter.ledger.witnessing import queries as held
from tidewaiter.work import queries as work
from tidewaiter.work.models import Job

pytestmark = pytest.mark.django_db
PERIOD = timedelta(seconds=60)


@pytest.fixture
def peers() -> Iterator[dict[str, Peer]]:
    """XB and XC, partners of ours, each with a log of 300 entries."""
    with ExitStack() as stack:
        made = {}
        for code in ("XB", "XC"):
            made[code] = Peer(code)
            stack.callback(made[code].close)
            partner = made[code].partner
            identity.add_partner(
                document=partner.document(), thumbprint=partner.thumbprint(), at=partner.at
            )
            made[code].log.grow(300)
        yield made


@pytest.fixture
def xb(peers: dict[str, Peer]) -> Peer:
    return peers["XB"]


@pytest.fixture
def xc(peers: dict[str, Peer]) -> Peer:
    return peers["XC"]


@pytest.fixture
def at() -> datetime:
    return clock.real()


def grown(count: int, at: datetime) -> None:
    """Our own log takes entries and is signed."""
    ledger.append_many([(b"%d" % n, b"s" * 32) for n in range(count)], at=at)
    ledger.publish(at=at + timedelta(seconds=6))


def a_round(peer: Peer, at: datetime) -> tuple[str, ...]:
    """One round with that partner; what was not whole."""
    return actions.witness_partner(peer.code, now=lambda: at).reasons


def liaison(at: datetime) -> list[work.TaskView]:
    """What the liaison is asked to do."""
    return work.tasks(
        person="lee", roles=["liaison"], office=None, everywhere=True, at=at + timedelta(days=1)
    )


def pushing(at: datetime) -> Log:
    """The log of XD, of 300 entries, which has no address and had us cosign it."""
    partner = Partner("XD", url="http://127.0.0.1:9", at=at - timedelta(minutes=5))
    log = Log(partner)
    partner.url = ""
    identity.add_partner(
        document=partner.document(), thumbprint=partner.thumbprint(), at=partner.at
    )
    log.grow(300)
    request = witness.Request(0, (), log.shown().encode())
    ledger.add_checkpoint(witness.written(request), at=at)
    return log


def partner_of(peer: Peer) -> partners.Partner:
    known = partners.partner(peer.code)
    assert known is not None
    return known


def found() -> list[tuple[str, str, str]]:
    """Who is accused of what, told by whom."""
    return sorted((each.administration, each.kind, each.told_by) for each in queries.alarms())


def irreconcilable(alarm: queries.Alarmed) -> bool:
    """Whether an alarm's notes and proof show two trees to whoever knows the log's key alone."""
    heads = [note.checkpoint(note.parts(each.encode())[0]) for each in (alarm.first, alarm.second)]
    small, large = sorted((head.size, head.root) for head in heads)
    if small[0] == large[0]:
        return small[1] != large[1]
    return contradiction.proven(alarm.proof, small, large)


class TestARound:
    def test_has_our_checkpoint_cosigned(self, xb: Peer, at: datetime) -> None:
        grown(5, at)
        assert a_round(xb, at) == ()
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert (cosigned.size, cosigned.by) == (5, ("XB",))
        whole = cosigned.note.encode()
        assert note.read(whole, note.verifier(own.note_verifier())).root == cosigned.root
        one = cosignature.verifier(own.verifier(xb.partner.key(Use.WITNESS)))
        assert len(cosignature.held(whole, [one])) == 1

    def test_brings_the_entries_that_were_cosigned_and_are_not_kept(
        self, xb: Peer, at: datetime, settings: Any
    ) -> None:
        """Whoever cosigned them could give back none of them, were we to lose them now."""
        settings.NODE_URL = "http://127.0.0.1:9"
        grown(5, at)
        assert a_round(xb, at) == ()
        newest = queries.checkpoint()
        assert newest is not None
        assert len(xb.kept[queries.origin()]) == newest.size
        xb.faults[reading.ENTRIES] = lambda _: (500, b"", "text/plain")
        grown(5, at + PERIOD)
        assert a_round(xb, at + PERIOD) == (), "they will be fetched"
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.size > newest.size

    def test_shows_the_cosignature_on_our_checkpoint(
        self, xb: Peer, at: datetime, client: Client
    ) -> None:
        grown(5, at)
        plain = client.get("/tlog/checkpoint").content
        a_round(xb, at)
        shown = client.get("/tlog/checkpoint").content
        assert shown.startswith(plain)
        assert xb.partner.key(Use.WITNESS).origin.encode() in shown.removeprefix(plain)

    def test_proves_that_our_log_only_grew(self, xb: Peer, at: datetime) -> None:
        for turn in range(3):
            grown(300, at + turn * PERIOD)
            assert a_round(xb, at + turn * PERIOD) == ()
        assert xb.heads[own.origin()].size == 900
        assert queries.cosigned(899) is not None
        assert queries.cosigned(900) is None

    def test_pushes_once_a_period_and_only_what_has_grown(self, xb: Peer, at: datetime) -> None:
        grown(5, at)
        for turn in (0, 1, 2):
            a_round(xb, at + turn * PERIOD)
        assert xb.asked.count(reading.ADD) == 1
        grown(1, at + 2 * PERIOD)
        a_round(xb, at + 2 * PERIOD + timedelta(seconds=7))
        a_round(xb, at + 2 * PERIOD + timedelta(seconds=9))  # woken in between
        assert xb.asked.count(reading.ADD) == 2

    def test_pushes_what_grows_meanwhile_when_the_period_is_over_and_not_before(
        self, xb: Peer, at: datetime
    ) -> None:
        grown(5, at)
        a_round(xb, at)
        grown(1, at + timedelta(seconds=30))
        for seconds in (31, 45, 59):  # a partner that pushes to us wakes a round each time
            a_round(xb, at + timedelta(seconds=seconds))
        assert xb.asked.count(reading.ADD) == 1
        due = Job.objects.filter(kind=actions.KIND).values_list("not_before", flat=True)
        assert list(due) == [at + PERIOD]
        a_round(xb, at + PERIOD)
        assert xb.asked.count(reading.ADD) == 2

    def test_goes_on_from_what_the_witness_says_that_it_cosigned(
        self, xb: Peer, at: datetime
    ) -> None:
        grown(5, at)
        a_round(xb, at)
        grown(5, at + PERIOD)
        root = queries.tile.Reader(7, queries.Tile.fetch).root()
        xb.heads[own.origin()] = witness.Head(7, root)  # its answer was lost on the way
        assert a_round(xb, at + PERIOD) == ()
        assert xb.heads[own.origin()].size == 10

    def test_cosigns_the_partners_log_and_keeps_its_entries(self, xb: Peer, at: datetime) -> None:
        assert a_round(xb, at) == ()
        log = held.held(xb.log.origin)
        assert log is not None
        assert (log.size, log.kept, log.root) == (300, 300, xb.log.root())
        assert held.kept_entries(log.origin, 0, 300) == xb.log.entries
        xb.log.grow(1000)
        assert a_round(xb, at + PERIOD) == ()
        assert held.kept_entries(log.origin, 0, 1300) == xb.log.entries
        (standing,) = [one for one in queries.witnesses() if one.administration == "XB"]
        assert standing.log is not None
        assert (standing.log.size, standing.log.kept) == (1300, 1300)

    def test_goes_on_where_a_long_log_was_fetched_in_part(
        self, xb: Peer, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        xb.log.grow(256 * 80)
        monkeypatch.setattr(following, "LONGEST", -1.0)
        assert a_round(xb, at) == ()
        assert Witnessed.objects.get(pk=xb.log.origin).kept == 0
        monkeypatch.setattr(following, "LONGEST", 20.0)
        assert a_round(xb, at + PERIOD) == ()
        assert held.kept_entries(xb.log.origin, 0, xb.log.size) == xb.log.entries

    def test_keeps_no_entries_of_others_on_a_full_disk_and_cosigns_all_the_same(
        self, xb: Peer, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A log can grow without end at its owner's will; ours must have room to be written."""
        least = held.LEAST_ROOM
        monkeypatch.setattr(held, "LEAST_ROOM", 2**62)
        (reason,) = a_round(xb, at)
        assert "disk is nearly full" in reason
        log = held.held(xb.log.origin)
        assert log is not None
        assert (log.size, log.kept) == (300, 0)
        monkeypatch.setattr(held, "LEAST_ROOM", least)
        assert a_round(xb, at + PERIOD) == ()
        assert held.kept_entries(xb.log.origin, 0, 300) == xb.log.entries

    def test_carries_what_it_knows_into_a_bundle(self, xb: Peer, at: datetime) -> None:
        grown(5, at)
        a_round(xb, at)
        carried = queries.carried("XC")
        heads = [note.checkpoint(note.parts(each.note.encode())[0]) for each in carried]
        assert [(head.origin, head.size) for head in heads] == [
            (own.origin(), 5),
            (xb.log.origin, 300),
        ]

    def test_is_none_with_a_partner_that_is_suspended(self, xb: Peer, at: datetime) -> None:
        identity.suspend_partner(administration="XB")
        assert a_round(xb, at) == ()
        assert xb.asked == []

    def test_is_begun_with_every_active_partner(self, xb: Peer, xc: Peer, at: datetime) -> None:
        identity.suspend_partner(administration="XC")
        assert actions.rounds(at=at) == ["XB"]
        assert [job.key for job in work.jobs(state="waiting") if job.kind == actions.KIND] == ["XB"]


class TestAPartnersKeys:
    def test_of_the_log_may_change(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        old = xb.partner.key(Use.LOG)
        new = ring.following(
            Use.LOG, administration="XB", origin=xb.log.origin, at=at, suite="A", taken={old.kid}
        )
        xb.partner.keys = (*xb.partner.keys, new)
        xb.log.grow(1)
        assert a_round(xb, at + PERIOD) == ()  # signed by both; we know the old one
        xb.partner.at = at
        identity.take_document(administration="XB", document=xb.partner.document(), at=at)
        xb.log.grow(1)
        assert a_round(xb, at + 2 * PERIOD) == ()
        assert Witnessed.objects.get(pk=xb.log.origin).size == 302

    def test_of_the_witness_may_change(self, xb: Peer, at: datetime) -> None:
        old = xb.partner.key(Use.WITNESS)
        new = ring.following(
            Use.WITNESS, administration="XB", origin=old.origin, at=at, suite="A", taken={old.kid}
        )
        xb.partner.keys, xb.partner.at = (*xb.partner.keys, new), at
        identity.take_document(administration="XB", document=xb.partner.document(), at=at)
        grown(1, at)
        assert a_round(xb, at) == ()
        grown(1, at + PERIOD)
        xb.partner.keys = tuple(key for key in xb.partner.keys if key is not new)  # not yet used
        assert a_round(xb, at + PERIOD) == ()
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.size == 2

    def test_of_the_log_that_is_new_is_looked_up_in_its_document(
        self, xb: Peer, at: datetime
    ) -> None:
        """A node that signs by the new key alone is one whose word of it is still on the way."""
        a_round(xb, at)
        old = xb.partner.key(Use.LOG)
        new = ring.following(
            Use.LOG, administration="XB", origin=xb.log.origin, at=at, suite="A", taken={old.kid}
        )
        others = tuple(key for key in xb.partner.keys if key is not old)
        xb.partner.keys, xb.partner.at = (*others, new), at + timedelta(seconds=1)
        document = xb.partner.document().encode()
        xb.faults["/.well-known"] = lambda _: (200, document, "application/jose")
        xb.log.grow(1)
        assert a_round(xb, at + PERIOD) == ()
        assert Witnessed.objects.get(pk=xb.log.origin).size == 301
        assert found() == []

    def test_of_the_log_need_not_be_known_for_what_was_cosigned(
        self, xb: Peer, at: datetime
    ) -> None:
        """A log that has not grown since its key changed goes on showing what that key signed."""
        a_round(xb, at)
        old = xb.partner.key(Use.LOG)
        new = ring.following(
            Use.LOG, administration="XB", origin=xb.log.origin, at=at, suite="A", taken={old.kid}
        )
        shown = xb.log.shown()
        xb.partner.keys, xb.partner.at = (*xb.partner.keys, new), at
        identity.take_document(administration="XB", document=xb.partner.document(), at=at)
        later = at + ring.LISTED_FOR + timedelta(days=1)
        xb.faults["/tlog/checkpoint"] = lambda _: (200, shown.encode(), "text/plain")
        for turn in range(3):
            assert a_round(xb, later + turn * PERIOD) == ()
        assert found() == []


class TestALogThatCheats:
    """Each is found within two rounds, and the log's administration is named."""

    def test_by_rewriting_an_entry(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        ours = Witnessed.objects.get(pk=xb.log.origin).whole
        xb.log.entries[17] = b"rewritten"
        xb.log.grow(5)
        a_round(xb, at + PERIOD)
        assert found() == [("XB", "fork", "")]
        (alarm,) = queries.alarms()
        assert (alarm.first, alarm.second) == (ours, xb.log.shown())
        assert irreconcilable(alarm)
        assert Witnessed.objects.get(pk=xb.log.origin).size == 300  # not cosigned

    def test_by_rewriting_an_entry_and_growing_no_more(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        xb.log.entries[17] = b"rewritten"
        a_round(xb, at + PERIOD)
        assert found() == [("XB", "fork", "")]

    def test_by_losing_entries_and_going_another_way(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        del xb.log.entries[290:]
        xb.log.grow(5, mark=" otherwise")
        a_round(xb, at + PERIOD)
        assert found() == [("XB", "fork", "")]

    def test_by_showing_less_than_it_signed(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        del xb.log.entries[290:]
        a_round(xb, at + PERIOD)
        assert found() == []  # a proxy may be behind for a moment
        a_round(xb, at + 2 * PERIOD)
        assert found() == [("XB", "shrunk", "")]
        (alarm,) = queries.alarms()
        assert alarm.proof == ""  # what it shows is the beginning of what it signed

    def test_but_not_where_it_pushes_while_its_answer_is_on_a_slow_line(
        self, xb: Peer, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_round(xb, at)
        fetch = reading.Log.checkpoint

        def slowly(log: reading.Log) -> bytes:
            shown, old = fetch(log), xb.log.size
            xb.log.grow(5)
            request = witness.Request(old, xb.log.proof(old), xb.log.shown().encode())
            ledger.add_checkpoint(witness.written(request), at=at)
            return shown

        monkeypatch.setattr(reading.Log, "checkpoint", slowly)
        for turn in range(1, 5):  # both nodes have their rounds at the same moments
            assert a_round(xb, at + turn * PERIOD) == ()
        assert found() == []

    def test_by_showing_less_though_our_clock_was_put_back(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        del xb.log.entries[290:]
        a_round(xb, at + timedelta(minutes=30))
        for turn in (1, 2):
            a_round(xb, at + turn * PERIOD)
        assert found() == [("XB", "shrunk", "")]

    def test_but_not_where_it_only_was_behind_once(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        whole = list(xb.log.entries)
        del xb.log.entries[290:]
        a_round(xb, at + PERIOD)
        xb.log.entries = [*whole, b"one more"]
        a_round(xb, at + 2 * PERIOD)
        del xb.log.entries[290:]
        a_round(xb, at + 3 * PERIOD)
        assert found() == []

    def test_by_showing_another_tree_to_another_partner(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.entries = [*xb.log.entries[:200], b"for XC alone", *xb.log.entries[201:]]
        xc.saw(other.shown())
        a_round(xc, at + PERIOD)
        assert found() == [("XB", "split-view", "XC")]
        (alarm,) = queries.alarms()
        assert alarm.first.startswith(xb.log.shown())
        assert alarm.second == other.shown()

    def test_by_showing_a_smaller_tree_to_another_partner(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.entries = [*xb.log.entries[:200], b"for XC alone"]
        xc.saw(other.shown())
        a_round(xc, at + PERIOD)
        assert found() == [("XB", "split-view", "XC")]
        (alarm,) = queries.alarms()
        assert irreconcilable(alarm)

    def test_by_two_trees_of_one_size_though_its_log_shows_us_nothing(
        self, xb: Peer, xc: Peer, at: datetime, client: Client
    ) -> None:
        xb.faults["/tlog"] = lambda _: (503, b"", "text/plain")
        xd = Partner("XD", url="http://127.0.0.1:9", at=at - timedelta(minutes=5))
        identity.add_partner(document=xd.document(), thumbprint=xd.thumbprint(), at=xd.at)
        xc.saw(xb.log.shown())
        a_round(xc, at)
        other = Log(xb.partner)
        other.grow(300, mark=" for XD alone")
        line = cosign(xd, note.parts(other.shown().encode())[0], at)
        brought = other.shown() + line
        answer = client.post("/witness/checkpoints", brought, content_type="text/plain")
        assert answer.status_code == 204
        assert found() == [("XB", "split-view", "XD")]  # whose cosignature is under it
        (alarm,) = queries.alarms()
        assert irreconcilable(alarm)

    def test_by_showing_a_larger_tree_to_another_partner(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.entries = [*xb.log.entries, b"for XC alone"]
        xc.saw(other.shown())
        a_round(xc, at + PERIOD)
        assert found() == []  # the log may have grown since we asked: it is asked at once
        waiting = work.jobs(state="waiting")
        assert [job.key for job in waiting if job.kind == actions.KIND] == ["XB"]
        a_round(xb, at + PERIOD + timedelta(seconds=6))
        assert found() == [("XB", "split-view", "XC")]

    def test_but_not_where_the_log_grew_between_two_rounds(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        xb.log.grow(3)
        xc.saw(xb.log.shown())
        a_round(xc, at + PERIOD)
        a_round(xb, at + PERIOD + timedelta(seconds=6))
        assert found() == []
        assert Witnessed.objects.get(pk=xb.log.origin).size == 303

    def test_but_not_where_our_clock_was_put_back_while_its_answer_was_on_the_way(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        clock = iter([at + timedelta(minutes=9)])

        def grown_meanwhile(_: bytes) -> tuple[int, bytes, str]:
            """Another thread of ours hears of what the log signed after this answer."""
            shown = xb.log.shown().encode()
            xb.log.grow(3)
            line = cosign(xc.partner, note.parts(xb.log.shown().encode())[0], at)
            told.append(xb.log.shown() + line)
            return 200, shown, "text/plain"

        told: list[str] = []
        xb.faults["/tlog/checkpoint"] = grown_meanwhile
        xb.faults["/witness/checkpoints"] = lambda _: (200, b"", "text/plain")

        def now() -> datetime:
            if told:
                ledger.told(told.pop().encode(), by="XC", at=at + timedelta(seconds=2))
            return next(clock, at + timedelta(seconds=3))

        following.follow(partner_of(xb), Watch.objects.of("XB"), Clock(PERIOD, now))
        assert found() == []
        assert len(Claim.objects.open(xb.log.origin)) == 1

    def test_though_our_clock_was_ahead_when_we_were_told(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.entries = [*xb.log.entries, b"for XC alone"]
        xc.saw(other.shown())
        a_round(xc, at + timedelta(minutes=20))
        a_round(xb, at + timedelta(seconds=1))
        assert found() == []
        a_round(xb, at + PERIOD)
        assert found() == [("XB", "split-view", "XC")]

    def test_by_a_larger_tree_that_goes_another_way(self, xb: Peer, xc: Peer, at: datetime) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.entries = [*xb.log.entries[:100], b"for XC alone", *xb.log.entries[101:], b"more"]
        xc.saw(other.shown())
        a_round(xc, at + PERIOD)
        xb.log.grow(10)  # meanwhile it has grown past that, for us
        a_round(xb, at + PERIOD + timedelta(seconds=6))
        assert found() == [("XB", "split-view", "XC")]

    @pytest.mark.parametrize(
        ("path", "answer"),
        [
            ("/tlog/tile/0/001", (404, b"")),
            ("/tlog/tile/0/001", (200, b"cut off")),
            ("/tlog/tile/0/001", (200, b"x" * 32 * 44)),
            ("/tlog/tile/entries/000", (404, b"")),
            ("/tlog/tile/entries/000", (200, b"\x00\x04half")),
            ("/tlog/tile/entries/000", (200, b"\xff\xff")),
            ("/tlog/tile/entries/000", (200, b"x" * 2**20)),
            ("/tlog/checkpoint", (200, b"no note")),
        ],
    )
    def test_by_not_showing_what_it_signed(
        self, xb: Peer, at: datetime, path: str, answer: tuple[int, bytes]
    ) -> None:
        xb.faults[path] = lambda _: (*answer, "text/plain")
        assert a_round(xb, at) != ()
        assert found() == []  # once may be a fault of the line
        assert a_round(xb, at + PERIOD) != ()
        assert found() == [("XB", "withheld", "")]
        xb.faults.clear()
        assert a_round(xb, at + 2 * PERIOD) == ()

    def test_by_no_checkpoint_any_more(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        xb.faults["/tlog/checkpoint"] = lambda _: (404, b"", "text/plain")
        for turn in (1, 2):
            a_round(xb, at + turn * PERIOD)
        assert found() == [("XB", "withheld", "")]

    @pytest.mark.parametrize("page", [(404, b""), (200, b"<html>closed for maintenance</html>")])
    def test_but_not_by_what_stands_in_the_place_of_its_node(
        self, xb: Peer, at: datetime, page: tuple[int, bytes]
    ) -> None:
        a_round(xb, at)
        xb.faults["/"] = lambda _: (*page, "text/html")
        for turn in range(1, 5):
            assert a_round(xb, at + turn * PERIOD) != ()
        assert found() == []
        a_round(xb, at + timedelta(days=2))
        assert found() == []
        receipted(xb, at + timedelta(days=2, minutes=1))  # so it is its node after all
        a_round(xb, at + timedelta(days=2, minutes=2))
        assert found() == [("XB", "withheld", "")]

    def test_but_not_by_no_checkpoint_before_it_signed_one(self, xb: Peer, at: datetime) -> None:
        xb.faults["/tlog/checkpoint"] = lambda _: (404, b"", "text/plain")
        for turn in (0, 1, 2):
            assert a_round(xb, at + turn * PERIOD) != ()
        assert found() == []

    def test_by_no_checkpoint_though_it_receipted(self, xb: Peer, at: datetime) -> None:
        xb.faults["/tlog/checkpoint"] = lambda _: (404, b"", "text/plain")
        receipted(xb, at)
        for turn in (1, 2):
            a_round(xb, at + turn * PERIOD)
        assert found() == [("XB", "withheld", "")]
        (alarm,) = queries.alarms()
        assert alarm.second == "the.signed.receipt"

    def test_by_no_checkpoint_though_others_saw_one(self, xb: Peer, xc: Peer, at: datetime) -> None:
        xb.faults["/tlog/checkpoint"] = lambda _: (404, b"", "text/plain")
        xc.saw(xb.log.shown())
        a_round(xc, at)
        for turn in (1, 2):
            a_round(xb, at + turn * PERIOD)
        assert found() == [("XB", "withheld", "")]

    @pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
    def test_but_not_by_asking_us_to_wait(self, xb: Peer, at: datetime, status: int) -> None:
        a_round(xb, at)
        xb.faults["/tlog"] = lambda _: (status, b"", "text/plain")
        for turn in range(1, 4):
            assert a_round(xb, at + turn * PERIOD) != ()
        assert found() == []

    def test_by_asking_us_to_wait_for_a_day_and_answering_all_else(
        self, xb: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        xb.faults["/tlog"] = lambda _: (503, b"", "text/plain")
        for hours in (1, 23):
            a_round(xb, at + timedelta(hours=hours))
        assert found() == []
        xb.faults["/"] = lambda _: (503, b"", "text/plain")  # it is down: that is another thing
        a_round(xb, at + timedelta(hours=25))
        assert found() == []
        del xb.faults["/"]
        a_round(xb, at + timedelta(hours=26))
        assert found() == [("XB", "withheld", "")]

    def test_but_not_behind_the_fence_of_a_restore_that_it_told_of(
        self, xb: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        Restore.objects.note(
            "XB", message_id=uuid4(), since=at, told_at=at + timedelta(minutes=1), size=300
        )
        xb.faults["/tlog"] = lambda _: (503, b"", "text/plain")
        a_round(xb, at + timedelta(days=3))
        assert found() == []

    def test_though_it_brings_a_few_entries_again_and_again(
        self, xb: Peer, at: datetime, client: Client
    ) -> None:
        xb.faults["/tlog/tile/entries/001"] = lambda _: (404, b"", "text/plain")
        reader = tile.Reader(300, xb.log.fetch)
        path = tree.prove_node(0, 256, 300, reader.subtree)
        package = mirroring.Package(0, tuple(xb.log.entries[:256]), path)
        sent = mirroring.written(mirroring.Upload(xb.log.origin, 0, 300, (package,)))
        for turn in (0, 1):
            a_round(xb, at + turn * PERIOD)
            assert client.post(reading.ENTRIES, sent, content_type="x/y").status_code == 202
        assert found() == [("XB", "withheld", "")]

    def test_but_not_since_our_clock_was_put_forward(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        wall, tick = [at], [0.0]
        steady = Steady(lambda: wall[0], lambda: tick[0])
        xb.faults["/tlog/checkpoint"] = lambda _: (404, b"", "text/plain")

        def turn(minutes: float, seconds: float) -> None:
            wall[0], tick[0] = at + timedelta(minutes=minutes), seconds
            actions.witness_partner("XB", now=lambda: wall[0], steady=steady)

        turn(0, 0)
        turn(10, 1)
        assert found() == []
        turn(11, 61)
        assert found() == [("XB", "withheld", "")]

    def test_by_a_checkpoint_of_another_key(self, xb: Peer, at: datetime) -> None:
        other = Peer("XB")
        other.close()
        stranger = other.partner.key(Use.LOG)
        text = xb.log.shown(by=[stranger]).encode()
        xb.faults["/tlog/checkpoint"] = lambda _: (200, text, "text/plain")
        for turn in (0, 1):
            a_round(xb, at + turn * PERIOD)
        assert found() == [("XB", "withheld", "")]
        assert Witnessed.objects.get(pk=xb.log.origin).note == ""

    def test_is_accused_once_while_the_alarm_stands(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        xb.log.entries[17] = b"rewritten"
        for turn in range(1, 5):
            xb.log.grow(1)
            a_round(xb, at + turn * PERIOD)
        (alarm,) = queries.alarms()
        assert alarm.times == 4
        (task,) = [each for each in liaison(at) if each.kind == "ledger.alarm"]
        assert task.params["administration"] == "XB"
        ledger.acknowledge(alarm.id, by="ada", remark="They lost a disk", at=at + 5 * PERIOD)
        assert list(queries.alarms()) == []
        assert [each for each in liaison(at) if each.kind == "ledger.alarm"] == []
        a_round(xb, at + 6 * PERIOD)
        assert list(queries.alarms()) == []
        a_round(xb, at + timedelta(days=2))
        assert len(queries.alarms()) == 1


class TestAWitnessThatIsNone:
    """It is noted, it delays nobody, and what is no evidence accuses nobody."""

    def test_since_its_node_is_down(self, xb: Peer, xc: Peer, at: datetime) -> None:
        grown(5, at)
        xb.close()
        reasons = a_round(xb, at)
        assert any("push: Connect" in each for each in reasons)
        assert a_round(xc, at) == ()
        a_round(xb, at + PERIOD)
        watch = Watch.objects.of("XB")
        assert (watch.failures, watch.failed_since) == (2, at)
        assert found() == []

    def test_since_it_hangs(self, xb: Peer, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        grown(5, at)

        def hang(_: bytes) -> tuple[int, bytes, str]:
            time.sleep(1.5)
            return 200, b"", ""

        monkeypatch.setattr(reading, "ANSWER", 0.3)
        xb.faults[reading.ADD] = hang
        began = time.monotonic()
        reasons = a_round(xb, at)
        assert time.monotonic() - began < 1.4
        assert [each.partition(":")[0] for each in reasons] == ["push"]
        assert Witnessed.objects.get(pk=xb.log.origin).kept == 300  # the rest went on
        assert found() == []

    @pytest.mark.parametrize("status", [400, 403, 404, 422, 500, 503])
    def test_since_it_refuses(self, xb: Peer, at: datetime, status: int) -> None:
        grown(5, at)
        xb.faults[reading.ADD] = lambda _: (status, b"", "text/plain")
        (reason,) = a_round(xb, at)
        assert reason.startswith("push:")
        assert str(status) in reason
        assert queries.cosigned() is None
        assert found() == []

    @pytest.mark.parametrize("body", [b"", b"x\n", b"9999999999999999999999\n", b"3"])
    def test_since_its_answer_409_names_no_size(self, xb: Peer, at: datetime, body: bytes) -> None:
        grown(5, at)
        xb.faults[reading.ADD] = lambda _: (409, body, witness.SIZE_TYPE)
        (reason,) = a_round(xb, at)
        assert "no size" in reason

    def test_since_it_says_that_it_cosigned_more_than_there_is(
        self, xb: Peer, at: datetime
    ) -> None:
        grown(5, at)
        xb.faults[reading.ADD] = lambda _: (409, b"900\n", witness.SIZE_TYPE)
        (reason,) = a_round(xb, at)
        assert "cosigned 900 entries of our log, which has 5" in reason

    def test_since_its_cosignature_does_not_hold(self, xb: Peer, at: datetime) -> None:
        grown(5, at)
        line = cosign(xb.partner, "another text\n", at).encode()
        xb.faults[reading.ADD] = lambda _: (200, line, "text/plain")
        assert a_round(xb, at) != ()
        assert queries.cosigned() is None
        assert found() == [("XB", "bad-signature", "")]

    def test_since_its_cosignature_is_by_a_key_that_nobody_knows(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        grown(5, at)
        newest = queries.checkpoint()
        assert newest is not None
        line = cosign(xc.partner, note.parts(newest.note.encode())[0], at).encode()
        xb.faults[reading.ADD] = lambda _: (200, line, "text/plain")
        (reason,) = a_round(xb, at)
        assert "by no key of its" in reason
        assert queries.cosigned() is None
        assert found() == []

    def test_since_what_it_cosigned_is_cut_off(self, xb: Peer, at: datetime) -> None:
        xb.faults[reading.COSIGNED] = lambda _: (200, b"log\n3\n", "text/plain")
        (reason,) = a_round(xb, at)
        assert reason.startswith("witness:")
        assert found() == []

    def test_since_it_makes_checkpoints_up(self, xb: Peer, xc: Peer, at: datetime) -> None:
        a_round(xb, at)
        forged = xb.log.shown().replace("\n300\n", "\n200\n")
        xc.cosigned[xb.log.origin] = forged
        a_round(xc, at + PERIOD)
        assert found() == [("XC", "bad-signature", "")]  # who made it up, not the log

    def test_but_not_since_somebody_put_a_false_line_under_what_it_cosigned(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        """A witness passes over keys that it does not know, and may keep what it was sent whole."""
        a_round(xb, at)
        old = xb.partner.key(Use.LOG)
        new = ring.following(
            Use.LOG, administration="XB", origin=xb.log.origin, at=at, suite="A", taken={old.kid}
        )
        xb.partner.keys, xb.partner.at = (*xb.partner.keys, new), at + timedelta(seconds=1)
        identity.take_document(administration="XB", document=xb.partner.document(), at=at)
        other = Log(xb.partner)
        other.grow(300, mark=" for XC alone")
        signed = other.shown(by=[old])
        false = note.signature_line(note.verifier(own.verifier(new)), b"f" * 64)
        xc.saw(signed)
        xc.cosigned[xb.log.origin] += false
        grown(5, at)
        newest = queries.checkpoint()
        assert newest is not None
        wrong = cosign(xb.partner, "another text\n", at)  # names XB's witness
        line = cosign(xc.partner, note.parts(newest.note.encode())[0], at)
        xc.cosigned[own.origin()] = newest.note + wrong + line
        xc.faults[reading.ADD] = lambda _: (503, b"", "text/plain")
        a_round(xc, at + PERIOD)
        assert found() == [("XB", "split-view", "XC")]  # and what is true of it is heard
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.by == ("XC",)

    def test_since_it_tells_of_logs_that_are_nobodys(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        stranger = Peer("XD")
        stranger.close()
        stranger.log.grow(4)
        xc.saw(stranger.log.shown())
        assert a_round(xc, at) == ()
        assert held.held(stranger.log.origin) is None


def test_what_is_told_of_a_log_that_is_down_does_not_pile_up(
    xb: Peer, xc: Peer, at: datetime
) -> None:
    for turn in range(60):
        xb.log.grow(1)
        xc.saw(xb.log.shown())
        a_round(xc, at + turn * PERIOD)
    sizes = [claim.size for claim in Claim.objects.open(xb.log.origin)]
    assert sizes == list(range(311, 361))
    a_round(xb, at + 60 * PERIOD)  # it is back
    assert Claim.objects.open(xb.log.origin) == []
    assert found() == []


class TestWhatOthersSayOfOurLog:
    def test_gives_us_the_cosignatures_that_we_did_not_get(
        self, xb: Peer, xc: Peer, at: datetime
    ) -> None:
        grown(5, at)
        newest = queries.checkpoint()
        assert newest is not None
        body = note.parts(newest.note.encode())[0]
        line = cosign(xc.partner, body, at)
        xb.cosigned[own.origin()] = newest.note + line  # XB tells what XC cosigned
        xb.faults[reading.ADD] = lambda _: (503, b"", "text/plain")
        a_round(xb, at)
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.by == ("XC",)

    def test_that_is_not_ours_though_our_key_signed_it_raises_the_alarm(
        self, xb: Peer, at: datetime
    ) -> None:
        grown(5, at)
        head = note.Checkpoint(own.origin(), 3, b"w" * 32)
        signed = keys.sign_notes(head.text.encode(), at=at)
        lines = [note.signature_line(note.verifier(vkey), raw) for vkey, raw in signed]
        xb.saw(note.signed(head.text, lines))
        xb.faults[reading.ADD] = lambda _: (503, b"", "text/plain")
        a_round(xb, at)
        assert found() == [("XA", "fork", "XB")]


def receipted(xb: Peer, at: datetime, index: int | None = None) -> Outbound:
    """A message of ours that XB says it logged, at the end of its log where it is not said."""
    sent = exchange.tell(
        to="XB", type="org.tidewaiter.resend.v1", data={"first": 1, "last": 1}, at=at
    )
    row = Outbound.objects.get(message_id=sent.id)
    said = Receipt(ACCEPTED, row.digest, at, xb.log.size if index is None else index, "", "")
    words = {row.pk: Heard(said, "the.signed.receipt")}
    settling.settle("XB", words, us=exchange.us(), sign=keys.sign, at=at)
    return row


def logged(xb: Peer, row: Outbound) -> None:
    """XB's log takes the message."""
    said = commitment.commit("XB", row.jws.encode(), bytes(row.salt))
    xb.log.entries.append(commitment.entry(said))


class TestAReceipt:
    def test_is_borne_out_by_the_entry_that_it_names(self, xb: Peer, at: datetime) -> None:
        for _ in range(5):
            logged(xb, receipted(xb, at))
        assert Owed.objects.count() == 5
        assert a_round(xb, at) == ()
        assert Owed.objects.count() == 0
        assert found() == []

    def test_is_not_borne_out_by_another_entry(self, xb: Peer, at: datetime) -> None:
        row = receipted(xb, at)
        xb.log.grow(1)
        a_round(xb, at)
        assert found() == [("XB", "entry-missing", "")]
        (alarm,) = queries.alarms()
        assert str(row.message_id) in alarm.detail
        assert alarm.second == "the.signed.receipt"
        shown = standing.read(alarm.proof)  # what stands there, for whoever has the log's key
        assert (shown.index, shown.entry) == (300, xb.log.entries[300])
        assert shown.checkpoint == alarm.first
        assert shown.checkpoint.startswith(xb.log.shown())
        for wrong in (alarm.proof.replace("index 300", "index 299"), alarm.proof[:60], ""):
            assert not standing.holds(wrong, alarm.first)
        assert not standing.holds(alarm.proof, alarm.second)

    def test_waits_for_the_checkpoint_that_covers_it(self, xb: Peer, at: datetime) -> None:
        row = receipted(xb, at)
        assert a_round(xb, at + timedelta(seconds=8)) == ()
        logged(xb, row)
        assert a_round(xb, at + PERIOD) == ()
        assert Owed.objects.count() == 0
        assert found() == []

    def test_of_an_entry_that_is_never_shown_is_withheld(self, xb: Peer, at: datetime) -> None:
        receipted(xb, at)
        a_round(xb, at + timedelta(seconds=30))
        assert found() == []
        a_round(xb, at + timedelta(seconds=90))
        assert found() == [("XB", "withheld", "")]

    def test_is_not_withheld_since_our_clock_was_put_ahead(self, xb: Peer, at: datetime) -> None:
        row = receipted(xb, at)
        ahead = at + timedelta(minutes=9)
        assert a_round(xb, ahead) == ()
        logged(xb, row)
        assert a_round(xb, ahead + PERIOD) == ()
        assert found() == []

    def test_of_a_partner_that_was_away_between_is_not_withheld(
        self, xb: Peer, at: datetime
    ) -> None:
        row = receipted(xb, at)
        a_round(xb, at + timedelta(seconds=30))
        xb.faults["/tlog/checkpoint"] = lambda _: (503, b"", "text/plain")
        a_round(xb, at + 2 * PERIOD)
        assert found() == []
        xb.faults.clear()
        logged(xb, row)
        a_round(xb, at + 3 * PERIOD)
        assert found() == []

    def test_of_a_partner_that_is_down_is_not_withheld(self, xb: Peer, at: datetime) -> None:
        a_round(xb, at)
        receipted(xb, at)
        xb.close()
        for turn in range(1, 4):
            a_round(xb, at + turn * PERIOD)
        assert found() == []

    def test_under_a_checkpoint_that_the_line_lost_half_of_is_not_withheld(
        self, xb: Peer, at: datetime
    ) -> None:
        a_round(xb, at)
        logged(xb, receipted(xb, at))
        xb.faults["/tlog/tile"] = lambda _: (503, b"", "text/plain")
        for turn in range(1, 4):
            assert a_round(xb, at + turn * PERIOD) != ()
        assert found() == []
        xb.faults.clear()
        assert a_round(xb, at + 4 * PERIOD) == ()
        assert Owed.objects.count() == 0

    def test_is_not_withheld_since_our_clock_was_ahead_when_the_log_was_looked_at(
        self, xb: Peer, at: datetime
    ) -> None:
        a_round(xb, at + timedelta(minutes=9))
        receipted(xb, at)
        xb.close()
        for turn in range(1, 4):
            a_round(xb, at + turn * PERIOD)
        assert found() == []

    def test_of_a_message_that_was_forgotten_tells_nothing(self, xb: Peer, at: datetime) -> None:
        row = receipted(xb, at)
        Outbound.objects.filter(pk=row.pk).delete()
        xb.log.grow(1)
        assert a_round(xb, at) == ()


class TestANodeThatCannotBeReached:
    def test_brings_what_it_cosigned(self, xb: Peer, xc: Peer, at: datetime, settings: Any) -> None:
        settings.NODE_URL = ""
        a_round(xc, at)
        xc.brought.clear()
        assert a_round(xb, at) == ()
        (body,) = xb.brought
        assert {note.checkpoint(note.parts(each)[0]).origin for each in witness.split(body)} == {
            xb.log.origin,
            xc.log.origin,
        }

    def test_brings_the_entries_of_its_log(
        self, xb: Peer, at: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings.NODE_URL = ""
        monkeypatch.setattr(actions, "ROOM", 30_000)  # so that it takes several requests
        grown(1000, at)
        assert a_round(xb, at) == ()
        entries = [bytes(row.entry) for row in Entry.between(0, 1000)]
        assert xb.kept[own.origin()] == entries
        grown(10, at + PERIOD)
        assert a_round(xb, at + PERIOD) == ()
        assert len(xb.kept[own.origin()]) == 1010
        before = xb.asked.count(reading.ENTRIES)
        assert a_round(xb, at + 2 * PERIOD) == ()
        assert xb.asked.count(reading.ENTRIES) == before + 1  # nothing is missing there

    def test_is_no_worse_off_where_a_partner_keeps_no_entries(
        self, xb: Peer, at: datetime, settings: Any
    ) -> None:
        settings.NODE_URL = ""
        grown(5, at)
        xb.faults[reading.ENTRIES] = lambda _: (404, b"", "text/plain")
        assert a_round(xb, at) == ()

    @pytest.mark.parametrize("body", [b"", b"x\ny\n\n", b"5\n0\n\n", b"9\n0\n\n", b"5\n-1\n\n"])
    def test_gives_up_where_the_partner_takes_none(
        self, xb: Peer, at: datetime, settings: Any, body: bytes
    ) -> None:
        settings.NODE_URL = ""
        grown(5, at)
        xb.faults[reading.ENTRIES] = lambda _: (202, body, "text/plain")
        (reason,) = a_round(xb, at)
        assert reason.startswith("entries:")
        assert xb.asked.count(reading.ENTRIES) <= 2

    def test_that_shows_two_faces_is_found_by_what_it_brought(
        self, xc: Peer, at: datetime, client: Client
    ) -> None:
        log = pushing(at)
        other = Log(log.partner)
        other.entries = [*log.entries[:200], b"for XC alone", *log.entries[201:250]]
        xc.saw(other.shown())
        a_round(xc, at + PERIOD)
        assert found() == []  # we keep nothing of it yet
        body = mirroring.written(log.upload())
        assert client.post(reading.ENTRIES, body, content_type="x/y").status_code == 200
        assert found() == [("XD", "split-view", "XC")]

    def test_that_denies_what_it_signed_for_another_is_found_when_it_pushes_again(
        self, xc: Peer, at: datetime
    ) -> None:
        hidden = Peer("XD")
        hidden.close()
        hidden.partner.url = ""
        identity.add_partner(
            document=hidden.partner.document(), thumbprint=hidden.partner.thumbprint(), at=at
        )
        hidden.log.grow(300)
        request = witness.Request(0, (), hidden.log.shown().encode())
        ledger.add_checkpoint(witness.written(request), at=at)
        other = Log(hidden.partner)
        other.entries = [*hidden.log.entries, *(b"for XC alone %d" % n for n in range(50))]
        xc.saw(other.shown())
        a_round(xc, at)
        a_round(hidden, at + timedelta(seconds=30))
        assert found() == []
        hidden.log.grow(1)
        proof = hidden.log.proof(300)
        request = witness.Request(300, proof, hidden.log.shown().encode())
        ledger.add_checkpoint(witness.written(request), at=at + PERIOD)
        a_round(hidden, at + PERIOD + timedelta(seconds=5))
        assert found() == [("XD", "split-view", "XC")]

    def test_that_was_only_behind_when_it_pushed_is_accused_of_nothing(
        self, xc: Peer, at: datetime
    ) -> None:
        hidden = Peer("XD")
        hidden.close()
        hidden.partner.url = ""
        identity.add_partner(
            document=hidden.partner.document(), thumbprint=hidden.partner.thumbprint(), at=at
        )
        hidden.log.grow(300)
        pushed = witness.written(witness.Request(0, (), hidden.log.shown().encode()))
        ahead = at + timedelta(minutes=9)  # our clock is
        ledger.add_checkpoint(pushed, at=ahead)
        hidden.log.grow(50)
        xc.saw(hidden.log.shown())
        a_round(xc, at)
        a_round(hidden, at + timedelta(seconds=1))  # our clock was put right
        assert found() == []
        request = witness.Request(300, hidden.log.proof(300), hidden.log.shown().encode())
        ledger.add_checkpoint(witness.written(request), at=at + PERIOD)
        hidden.log.grow(50)
        xc.saw(hidden.log.shown())
        a_round(xc, at + PERIOD - timedelta(seconds=20))  # the push was on its way so long
        a_round(hidden, at + PERIOD + timedelta(seconds=1))
        assert found() == []

    def test_that_lost_entries_and_pushes_another_tree_is_found_whatever_it_says(
        self, at: datetime, client: Client
    ) -> None:
        log = pushing(at)
        sent = mirroring.written(log.upload())
        assert client.post(reading.ENTRIES, sent, content_type="x/y").status_code == 200
        del log.entries[280:]
        log.grow(10, mark=" otherwise")
        request = witness.Request(0, (), log.shown().encode())
        answer = client.post(reading.ADD, witness.written(request), content_type="text/plain")
        assert (answer.status_code, answer.content) == (409, b"300\n")
        assert found() == [("XD", "fork", "")]
        (alarm,) = queries.alarms()
        assert irreconcilable(alarm)

    def test_brings_as_much_as_it_cosigned_in_several_parts(self) -> None:
        notes = ["x" * 40_000, "y" * 20_000, "z" * 10_000, "w" * 70_000, "v"]
        assert witness.parcels(notes) == [notes[:2], [notes[2], notes[4]]]
        assert witness.parcels([]) == []

    def test_is_heard_though_something_else_that_it_brings_is_wrong(
        self, xb: Peer, xc: Peer, at: datetime, client: Client
    ) -> None:
        a_round(xb, at)
        other = Log(xb.partner)
        other.grow(300, mark=" for others")
        unknown = xc.log.shown(by=[xb.partner.key(Use.LOG)])
        both = witness.joined([unknown, other.shown()])
        answer = client.post("/witness/checkpoints", both, content_type="text/plain")
        assert answer.status_code == 403
        assert found() == [("XB", "split-view", "")]
        longer = witness.joined([other.shown()] * 400)
        answer = client.post("/witness/checkpoints", longer, content_type="text/plain")
        assert answer.status_code == 400

    def test_has_what_it_cosigned_kept_as_its_word_whatever_others_bring(
        self, xb: Peer, xc: Peer, at: datetime, client: Client
    ) -> None:
        """Else a log could push what was brought out with claims of its own making."""
        other = Log(xb.partner)
        other.grow(20, mark=" for XC alone")
        line = cosign(xc.partner, note.parts(other.shown().encode())[0], at)
        client.post("/witness/checkpoints", other.shown() + line, content_type="text/plain")
        for size in range(100, 160):
            client.post("/witness/checkpoints", xb.log.shown(size), content_type="text/plain")
        assert a_round(xb, at) == ()
        assert found() == [("XB", "split-view", "XC")]

    def test_has_what_it_brings_taken_by_anybody_who_can_prove_it(
        self, xb: Peer, xc: Peer, at: datetime, client: Client
    ) -> None:
        grown(5, at)
        newest = queries.checkpoint()
        assert newest is not None
        body = note.parts(newest.note.encode())[0]
        ours = newest.note + cosign(xc.partner, body, at)
        a_round(xb, at)
        theirs = Log(xb.partner)
        theirs.entries = [*xb.log.entries[:100], b"for XC alone"]
        both = witness.joined([ours, theirs.shown()])
        answer = client.post("/witness/checkpoints", both, content_type="text/plain")
        assert answer.status_code == 204
        cosigned = queries.cosigned()
        assert cosigned is not None
        assert cosigned.by == ("XB", "XC")
        assert found() == [("XB", "split-view", "")]

    def test_accuses_nobody_by_what_a_stranger_made_up(
        self, xb: Peer, at: datetime, client: Client
    ) -> None:
        forged = xb.log.shown().replace("\n300\n", "\n200\n")
        for body in (forged, "no note", "a\n\nb\n\nc\n"):
            answer = client.post("/witness/checkpoints", body, content_type="text/plain")
            assert answer.status_code in {400, 403}
        assert found() == []


class TestWhatAPartnerHasCosigned:
    """Until its entries are here too, nobody could give it its log back."""

    @pytest.fixture
    def push(self, xb: Peer, client: Client) -> Callable[[int], None]:
        def push(old: int) -> None:
            request = witness.Request(old, xb.log.proof(old), xb.log.shown().encode())
            body = witness.written(request)
            answer = client.post("/witness/add-checkpoint", body, content_type="text/plain")
            assert answer.status_code == 200

        return push

    def kept(self) -> tuple[int, int]:
        (log,) = Witnessed.objects.filter(administration="XB")
        return log.kept, log.size

    def test_is_kept_before_it_is_cosigned(self, xb: Peer, push: Callable[[int], None]) -> None:
        push(0)
        assert self.kept() == (300, 300)
        xb.log.grow(5)
        push(300)
        assert self.kept() == (305, 305)
        assert work.pending(["exchange.witness"]) == 0

    def test_is_fetched_as_soon_as_may_be_where_it_cannot_be_had_at_once(
        self, xb: Peer, at: datetime, push: Callable[[int], None]
    ) -> None:
        xb.faults["/tlog/tile"] = lambda _: (503, b"", "text/plain")
        push(0)
        assert self.kept() == (0, 300)
        assert work.pending(["exchange.witness"]) == 1
        xb.faults.clear()
        assert a_round(xb, at) == ()
        assert self.kept() == (300, 300)

    def test_is_kept_though_the_line_broke_once(
        self, xb: Peer, push: Callable[[int], None]
    ) -> None:
        """Who has its disk die a moment later finds nobody else to get it back from."""
        broken: set[str] = set()
        answer = xb.answer

        def breaking(path: str, body: bytes) -> tuple[int, bytes, str]:
            if path.startswith("/tlog/tile") and path not in broken:
                broken.add(path)
                return 503, b"", "text/plain"
            return answer(path, body)

        xb.answer = breaking  # type: ignore[method-assign]
        push(0)
        assert broken
        assert self.kept() == (300, 300)

    def test_is_not_asked_for_by_two_at_once(self, push: Callable[[int], None]) -> None:
        with following._one_at_a_time:
            push(0)
        assert self.kept() == (0, 300)
        assert work.pending(["exchange.witness"]) == 1


def test_nothing_is_witnessed_behind_the_fence(xb: Peer, at: datetime, client: Client) -> None:
    ledger.fence(since=at - timedelta(days=1), at=at)
    assert a_round(xb, at) == ()
    assert xb.asked == []
    body = witness.written(witness.Request(0, (), xb.log.shown().encode()))
    answer = client.post("/witness/add-checkpoint", body, content_type="text/plain")
    assert (answer.status_code, "Retry-After" in answer) == (503, True)
