"""The auditor's view: all that passed with one partner in a period, accounted for and proven."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.exchange.partner import Partner
from tests.exchange.peer import Log
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tidewaiter import base64url, canonical, clock
from tidewaiter.cli.main import main
from tidewaiter.exchange import gaps, message, receipt
from tidewaiter.exchange.auditing import dossier, errors, panels, queries, table
from tidewaiter.exchange.auditing.tally import queries as tally
from tidewaiter.exchange.models import Correspondent, Former, Inbound, Outbound
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as people
from tidewaiter.identity import viewer
from tidewaiter.keys import actions as signing
from tidewaiter.keys import queries as keys
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import commitment, cosignature, proof, witness
from tidewaiter.ledger import queries as log
from tidewaiter.ledger.models import ClosedLog
from tidewaiter.ledger.witnessing import actions as witnessing
from tidewaiter.ledger.witnessing import keeping

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
AUDITOR = viewer.person("aude", frozenset({"auditor"}), None)
ADMIN = viewer.person("nora", frozenset({"node_admin"}), None)  # who may read no message


def period(**changes: Any) -> queries.Wanted:
    now = clock.real()
    days = timedelta(days=1)
    return queries.Wanted(**{"partner": "XB", "since": now - days, "until": now + days, **changes})


def page(who: viewer.Viewer = ME, **changes: Any) -> list[queries.Passage]:
    more = {name: changes.pop(name) for name in ("cursor", "limit", "disclose") if name in changes}
    return queries.page(who, period(**changes), at=clock.real(), **more)


def serials(**changes: Any) -> tally.Serials:
    return tally.serials(ME, period(**changes))


def answered(xb: Partner, sent: Any, *, outcome: str = "accepted", index: int = 7) -> None:
    """XB's signed receipt for a message of ours comes in."""
    row = Outbound.objects.get(message_id=sent.id)
    problem = {"type": "https://tidewaiter.org/problems/not-permitted"}
    answer = receipt.Answer(
        digest=row.digest,
        outcome=outcome,
        received=clock.real(),
        about=str(row.message_id),
        to="XA",
        log_index=index if outcome != "refused" else None,
        problem=problem if outcome == "refused" else None,
    )
    said = receipt.build(answer, us="XB", id=row.message_id, at=clock.real())
    row.receipt = xb.sign(said)
    row.state = "refused" if outcome == "refused" else "delivered"
    row.problem = "not-permitted" if outcome == "refused" else ""
    row.settled_at = clock.real()
    row.save()


def cosigned_by(xb: Partner) -> None:
    """XB cosigns our newest checkpoint."""
    newest = log.checkpoint()
    assert newest is not None
    text, at = newest.note.partition("\n\n")[0] + "\n", int(clock.real().timestamp())
    key = xb.key(Use.WITNESS)
    witness = cosignature.verifier(keys.verifier(key))
    line = cosignature.line(witness, at, key.private.sign(cosignature.message(text, at)))
    assert ledger.cosigned((newest.note + line).encode(), by="XB", at=clock.real()) == 1


def ledger_entry(jws: str) -> int:
    """A message logged once more; its index."""
    with transaction.atomic():
        return ledger.append(jws.encode(), base64url.decode(queries.salt(jws)), at=clock.real())


def command(*arguments: str, code: int = 0) -> Any:
    """What `exchange audit …` prints as JSON."""
    done = CliRunner().invoke(main, ["exchange", "audit", *arguments, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


@pytest.fixture
def passed(xb: Partner, agreement: str) -> Partner:
    """Three ways out of four: accepted there, refused there, waiting; two that came here."""
    answered(xb, send())
    answered(xb, send(), outcome="refused")
    send()
    receive(xb.line(alert(xb, agreement)), xb.line(alert(xb, agreement)))
    ledger.publish(at=clock.real())
    return xb


class TestWhatPassed:
    def test_is_listed_both_ways_with_receipt_and_places_in_the_two_logs(
        self, passed: Partner
    ) -> None:
        rows = page()
        assert [(each.side, each.serial, each.state) for each in rows] == [
            ("in", 2, "accepted"),
            ("in", 1, "accepted"),
            ("out", 3, "waiting"),
            ("out", 2, "refused"),
            ("out", 1, "accepted"),
        ]
        first = rows[-1]
        assert (first.receipt.outcome, first.receipt.log_index) == ("accepted", 7)
        assert first.receipt.holds
        assert all(each.covered and not each.cosigned for each in rows)
        kept = {
            row.message_id: row.log_index
            for row in [*Outbound.objects.all(), *Inbound.objects.all()]
        }
        assert {each.id: each.log_index for each in rows} == kept

    def test_counts_by_the_signed_time_in_a_half_open_period(self, passed: Partner) -> None:
        first = Outbound.objects.order_by("pk").first()
        assert first is not None
        since, until = first.sent_at, Outbound.objects.order_by("-pk")[0].sent_at
        found = page(since=since, until=until, side="out")
        assert first.message_id in {each.id for each in found}
        assert all(since <= each.time < until for each in found)

    def test_is_of_that_partner_alone(self, passed: Partner, agreement: str) -> None:
        assert {each.digest for each in page()} == {
            *Outbound.objects.filter(recipient="XB").values_list("digest", flat=True),
            *Inbound.objects.filter(sender="XB").values_list("digest", flat=True),
        }
        with pytest.raises(identity_errors.UnknownPartner):
            page(partner="XC")

    def test_goes_on_page_by_page_and_loses_nothing_at_one_moment(self, passed: Partner) -> None:
        moment = clock.real()
        Outbound.objects.update(sent_at=moment)
        Inbound.objects.update(sent_at=moment)
        seen: list[str] = []
        cursor = ""
        while rows := page(cursor=cursor, limit=2):
            seen += [str(each.id) for each in rows]
            cursor = rows[-1].place.written()
        assert seen == [str(each.id) for each in page(limit=99)]
        assert len(set(seen)) == 5

    @pytest.mark.parametrize("cursor", ["x", "~~", "2026-01-01T00:00:00Z~in~-1", "1~in~1"])
    def test_refuses_a_cursor_of_nobodys(self, passed: Partner, cursor: str) -> None:
        with pytest.raises(errors.BadCursor):
            page(cursor=cursor)

    def test_is_narrowed_by_side_state_and_type(self, passed: Partner) -> None:
        assert [each.serial for each in page(side="in")] == [2, 1]
        assert [(each.side, each.serial) for each in page(state="accepted")] == [
            ("in", 2),
            ("in", 1),
            ("out", 1),
        ]
        assert [each.serial for each in page(state="refused")] == [2]
        assert page(type="org.tidewaiter.key.revoked.v1") == []

    def test_a_receipt_that_was_changed_since_does_not_hold(self, passed: Partner) -> None:
        row = Outbound.objects.get(serial=1)
        other = Outbound.objects.get(serial=2)
        row.receipt = other.receipt
        row.save()
        assert [each.serial for each in page(side="out") if not each.receipt.holds] == [1]

    def test_shows_what_was_forgotten_as_such(self, passed: Partner) -> None:
        Inbound.objects.filter(serial=1).update(jws="")
        row = page(side="in")[-1]
        assert (row.forgotten, row.held_back, row.covered) == (True, "forgotten", True)
        assert [each.serial for each in page(state="forgotten")] == [1]
        assert serials().received.whole

    def test_is_shut_to_who_may_not_audit(self, passed: Partner) -> None:
        officer = viewer.person("olaf", frozenset({"officer"}), None)
        with pytest.raises(identity_errors.Forbidden):
            page(officer)


class TestSerials:
    def test_are_accounted_for_each_way_with_what_the_receipts_say(self, passed: Partner) -> None:
        found = serials()
        assert found.whole
        assert [(run.first, run.last, run.fate) for run in found.sent.runs] == [
            (1, 1, "accepted"),
            (2, 2, "refused"),
            (3, 3, "waiting"),
        ]
        assert [(run.first, run.last, run.fate) for run in found.receipts.runs] == [
            (1, 1, "accepted"),
            (2, 2, "refused"),
            (3, 3, "unreceipted"),
        ]
        assert [(run.first, run.last, run.fate) for run in found.received.runs] == [
            (1, 2, "accepted")
        ]

    def test_that_are_missing_are_named(self, passed: Partner, agreement: str) -> None:
        alert(passed, agreement)
        alert(passed, agreement)
        receive(passed.line(alert(passed, agreement)))
        found = serials()
        assert not found.whole
        assert [(run.first, run.last) for run in found.received.of("missing")] == [(3, 4)]

    def test_that_their_originator_withdraws_are_no_gap_and_name_its_message(
        self, passed: Partner, agreement: str
    ) -> None:
        alert(passed, agreement)
        alert(passed, agreement)
        told = passed.house("withdrawn.v1", {"serials": [3], "reason": "expired"})
        receive(passed.line(told))
        found = serials()
        assert found.told == {3: told.id}
        assert [(run.first, run.fate) for run in found.received.of("withdrawn", "missing")] == [
            (3, "withdrawn"),
            (4, "missing"),
        ]

    def test_follow_on_the_last_before_the_period(self, passed: Partner, agreement: str) -> None:
        """What was lost on the border of two periods is missing in the second."""
        alert(passed, agreement)
        border = clock.real()
        Inbound.objects.update(sent_at=border - timedelta(hours=1))
        receive(passed.line(alert(passed, agreement)))
        found = serials(since=border - timedelta(minutes=1))
        assert [(run.first, run.last, run.fate) for run in found.received.runs] == [
            (3, 3, "missing"),
            (4, 4, "accepted"),
        ]

    def test_that_were_removed_are_missing_wherever_they_stood(self, passed: Partner) -> None:
        """Whoever has the database can take out a row, not what was counted and what follows."""
        Inbound.objects.get(serial=2).delete()
        Outbound.objects.get(serial=3).delete()
        found = serials()
        assert [(run.first, run.last) for run in found.sent.of("missing")] == [(3, 3)]
        assert [(run.first, run.last) for run in found.received.of("missing")] == [(2, 2)]
        Inbound.objects.all().delete()
        Outbound.objects.all().delete()
        found = serials()
        assert [(run.first, run.last, run.fate) for run in found.sent.runs] == [(1, 3, "missing")]
        assert [(run.first, run.last) for run in found.received.of("missing")] == [(1, 2)]

    def test_that_were_removed_on_a_border_are_missing_on_both_sides_of_it(
        self, passed: Partner, agreement: str
    ) -> None:
        receive(*(passed.line(alert(passed, agreement)) for _ in range(2)))
        border = clock.real() + timedelta(hours=1)
        Inbound.objects.filter(serial__gt=2).update(sent_at=border)
        Inbound.objects.filter(serial__in=(2, 3)).delete()
        for part in ({"until": border}, {"since": border}):
            found = serials(**part).received
            assert [(run.first, run.last) for run in found.of("missing")] == [(2, 3)]
        quiet = serials(since=border + timedelta(hours=1))
        assert (quiet.sent.count, quiet.received.count, quiet.whole) == (0, 0, True)

    def test_that_we_withdrew_are_no_gap_and_name_our_message(self, passed: Partner) -> None:
        """After a restore we do not know what they were, and have told that they do not come."""
        origin = message.Origin("XA", "")
        Correspondent.objects.beyond("XB", 5)
        with transaction.atomic():
            now, sign = clock.real(), signing.sign
            gaps.tell_withdrawn("XB", [4, 5], reason="expired", us=origin, sign=sign, at=now)
        told = Outbound.objects.get(serial=6)
        found = serials()
        assert found.whole
        assert found.told_by_us == {4: told.message_id, 5: told.message_id}
        assert [(run.first, run.last) for run in found.receipts.of("withdrawn")] == [(4, 5)]
        assert str(told.message_id) in json.dumps(
            dossier.head(period(), tally.summary(ME, period()), found)["serials"]["sent"]["told"]
        )

    def test_of_what_is_held_again_are_named_as_such(self, passed: Partner) -> None:
        Outbound.objects.filter(serial=2).update(state="held")
        assert [run.fate for run in serials().sent.runs] == ["accepted", "held", "waiting"]
        assert [each.serial for each in page(state="held")] == [2]
        fates = [str(word) for word, _, _ in panels.ways("XB", serials())[0].fates]
        assert "held" in fates


class TestWhatWasChangedInTheDatabase:
    """The log cannot be rewritten; what is kept beside it can, and the view says so."""

    def test_a_document_is_not_what_was_logged(self, passed: Partner, agreement: str) -> None:
        theirs = Inbound.objects.get(serial=1)
        forged = passed.jws(alert(passed, agreement, id=theirs.message_id, serial=1))
        Inbound.objects.filter(serial=1).update(jws=forged)
        self.found((1,))

    def test_a_document_and_its_digest_are_not_what_was_logged(
        self, passed: Partner, agreement: str
    ) -> None:
        theirs = Inbound.objects.get(serial=1)
        made = alert(passed, agreement, id=theirs.message_id, serial=1, time=theirs.sent_at)
        forged = passed.jws(made)
        digest = canonical.digest(forged.encode())
        Inbound.objects.filter(serial=1).update(jws=forged, digest=digest)
        self.found((1,))

    def test_a_document_that_can_no_longer_be_read(self, passed: Partner) -> None:
        Inbound.objects.filter(serial=1).update(jws="rubbish")
        self.found((1,))

    @pytest.mark.parametrize(
        "change",
        [
            {"type": "org.tidewaiter.seizure.report.v1"},
            {"clause": "9.9"},
            {"sent_at": datetime.now(UTC) - timedelta(hours=3)},
        ],
        ids=["type", "clause", "time"],
    )
    def test_a_column_does_not_say_what_the_document_says(
        self, passed: Partner, change: dict[str, Any]
    ) -> None:
        Inbound.objects.filter(serial=1).update(**change)
        self.found((1,))

    def test_a_copy_fills_no_gap(self, passed: Partner) -> None:
        copied = Inbound.objects.get(serial=2)
        Inbound.objects.filter(serial=1).update(
            jws=copied.jws, digest=copied.digest, log_index=copied.log_index
        )
        self.found((1,))

    def found(self, serials_: tuple[int, ...]) -> None:
        for disclose in (False, True):
            rows = page(side="in", disclose=disclose)
            assert tuple(each.serial for each in rows if each.altered) == serials_
            assert not any(each.salt or each.document for each in rows if each.altered)
            assert [each.altered for each in page(side="out", disclose=disclose)] == [False] * 3
        (made,) = dossier.files(ME, period(), at=clock.real())
        checked = proof.check(made.data)
        assert (checked.ok, made.disclosed) == (True, 5 - len(serials_))
        days = [(clock.real() + timedelta(days=n)).date().isoformat() for n in (-1, 2)]
        said = command("--with", "XB", "--from", days[0], "--until", days[1], code=1)
        assert len(said["altered"]) == len(serials_)

    def test_a_state_that_no_receipt_bears_out(self, passed: Partner) -> None:
        Outbound.objects.filter(serial=3).update(state="delivered")
        refused = Outbound.objects.get(serial=2)
        Outbound.objects.filter(serial=2).update(state="delivered", problem="")
        assert [each.serial for each in page(side="out") if not each.receipt.holds] == [3, 2]
        assert refused.receipt
        says = {run.first: run.fate for run in serials().receipts.runs}
        assert says[3] == "unreceipted"
        assert "2, 3" in panels.faults(page(side="out"))
        days = [(clock.real() + timedelta(days=n)).date().isoformat() for n in (-1, 2)]
        said = command("--with", "XB", "--from", days[0], "--until", days[1], code=1)
        assert said["receipts_that_do_not_hold"] == [2, 3]


class TestWhatWeRefused:
    def test_is_told_one_by_one(self, passed: Partner, agreement: str) -> None:
        wrong = alert(passed, agreement, purpose="revenue")
        receive(passed.line(wrong))
        found = tally.summary(ME, period())
        assert (found.refused, [each.message_id for each in found.turned]) == (1, [str(wrong.id)])
        (told,) = dossier.head(period(), found, serials())["refusals"]
        assert (told["id"], told["problem"]) == (str(wrong.id), "not-permitted")
        later = period(since=clock.real() + timedelta(hours=1))
        assert tally.summary(ME, later).turned == []


class TestDisclosure:
    def test_gives_salt_and_document_to_who_may_read_messages_and_notes_it(
        self, passed: Partner
    ) -> None:
        rows = page(AUDITOR, disclose=True)
        assert all(each.salt and each.document and not each.held_back for each in rows)
        (noted,) = people.readings(person="aude")
        assert set(noted[1].references) == {str(each.id) for each in rows}

    def test_is_asked_for(self, passed: Partner) -> None:
        assert {each.salt + each.document for each in page(AUDITOR)} == {""}
        assert people.readings(person="aude") == []

    def test_holds_back_from_who_may_not_and_says_so(self, passed: Partner) -> None:
        rows = page(ADMIN, disclose=True)
        assert {(each.salt, each.document, each.held_back) for each in rows} == {
            ("", "", "forbidden")
        }
        assert tally.summary(ADMIN, period()).held_back == {"forbidden": 5}
        assert people.readings(person="nora") == []

    def test_never_gives_a_key_for_pseudonyms(self, passed: Partner) -> None:
        Inbound.objects.filter(serial=1).update(type="org.tidewaiter.agreement.key.v1")
        row = page(AUDITOR, disclose=True, side="in")[-1]
        assert (row.salt, row.document, row.held_back) == ("", "", "secret")


class TestTheNumbers:
    def test_say_what_there_is_and_how_far_it_is_proven(self, passed: Partner) -> None:
        send()
        found = tally.summary(ME, period())
        assert (found.sent, found.received) == ({"accepted": 1, "refused": 1, "waiting": 2}, 2)
        assert (found.passages, found.logged, found.covered, found.cosigned) == (6, 6, 5, 0)

    def test_take_as_many_statements_whatever_the_period_holds(
        self, passed: Partner, agreement: str
    ) -> None:
        def statements() -> int:
            with CaptureQueriesContext(connection) as counted:
                page(limit=10)
                tally.summary(ME, period())
                serials()
            return len(counted)

        few = statements()
        for _ in range(4):
            receive(*(passed.line(alert(passed, agreement)) for _ in range(10)))
        assert statements() <= few

    def test_say_who_cosigned_how_much_of_it(self, passed: Partner) -> None:
        cosigned_by(passed)
        send()
        found = tally.summary(ME, period())
        assert (found.cosigned, found.heads.by) == (5, ("XB",))
        assert [each.cosigned for each in page()].count(False) == 1


class TestTheFile:
    def test_stands_under_the_newest_cosigned_checkpoint(self, passed: Partner) -> None:
        cosigned_by(passed)
        send()
        (made,) = dossier.files(ME, period(), at=clock.real())
        found = proof.check(made.data)
        assert (found.ok, found.cosigned_by, len(found.papers)) == (True, ("XB",), 5)

    def test_has_what_was_signed_before_it_was_decided_again(self, passed: Partner) -> None:
        row = Outbound.objects.get(serial=2)
        index = ledger_entry(row.jws)
        Former.objects.keep([row], at=clock.real())
        Former.objects.update(log_index=index)
        ledger.publish(at=clock.real() + timedelta(seconds=10))
        (made,) = dossier.files(ME, period(), at=clock.real())
        found = proof.check(made.data)
        assert found.ok
        assert index in {place.index for each in found.papers for place in each.places}

    def test_proves_every_paper_of_the_period_under_one_checkpoint(self, passed: Partner) -> None:
        (made,) = dossier.files(ME, period(), at=clock.real())
        found = proof.check(made.data)
        assert found.faults == ()
        assert {each.facts["id"] for each in found.papers} == {str(each.id) for each in page()}
        assert (made.papers, made.disclosed) == (5, 5)

    def test_shows_the_partners_entry_too_where_we_keep_its_log(self, passed: Partner) -> None:
        row = Outbound.objects.get(serial=1)
        salt = base64url.decode(queries.salt(row.jws))
        theirs = Log(passed)
        theirs.grow(7)
        theirs.entries.append(commitment.entry(commitment.commit("XB", row.jws.encode(), salt)))
        asked = witness.Request(0, (), theirs.shown().encode())
        witnessing.add_checkpoint(witness.written(asked), at=clock.real())
        keeping.keep(theirs.origin, [(0, theirs.entries)])
        (made,) = dossier.files(ME, period(), at=clock.real())
        found = proof.check(made.data)
        assert found.ok
        both = [each for each in found.papers if len(each.places) == 2]
        assert [each.facts["id"] for each in both] == [str(row.message_id)]
        assert [(each.administration, each.index) for each in both[0].places] == [
            ("XA", row.log_index),
            ("XB", 7),
        ]

    def test_proves_nothing_by_the_index_of_a_log_that_was_closed(self, passed: Partner) -> None:
        """What is held back cannot be told from another entry of the same index."""
        ClosedLog.keep(
            "xa.old/tlog",
            size=2,
            document="",
            salt=b"s" * 32,
            followed_by=log.origin(),
            closed_at=clock.real() + timedelta(minutes=1),
        )
        assert [(each.covered, each.cosigned) for each in page(side="out")[::-1]] == [
            ((each.log_index or 0) < 2, (each.log_index or 0) < 2)
            for each in page(side="out")[::-1]
        ]
        assert tally.summary(ME, period()).covered == sum(each.covered for each in page())
        assert list(dossier.files(ME, period(), at=clock.real(), disclose=False)) == []

    def test_discloses_nothing_where_it_is_asked_for_bare(self, passed: Partner) -> None:
        (made,) = dossier.files(ME, period(), at=clock.real(), disclose=False)
        assert proof.check(made.data).ok
        assert made.disclosed == 0
        for row in page(disclose=True):
            assert row.salt.encode() not in made.data
            assert row.document.encode() not in made.data

    def test_shows_the_entry_alone_of_what_is_held_back_or_forgotten(self, passed: Partner) -> None:
        Inbound.objects.filter(serial=1).update(jws="")
        (made,) = dossier.files(ME, period(), at=clock.real())
        kinds = [each.kind for each in proof.check(made.data).papers]
        assert sorted(kinds) == ["message"] * 4 + ["withheld"]

    def test_is_written_in_several_where_a_reader_takes_no_more(
        self, passed: Partner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dossier, "PAPERS", 2)
        made = list(dossier.files(ME, period(), at=clock.real()))
        assert [each.papers for each in made] == [2, 2, 1]
        assert all(proof.check(each.data).ok for each in made)

    def test_refuses_a_download_that_is_too_long(
        self, passed: Partner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(dossier, "DOWNLOAD", 4)
        with pytest.raises(errors.TooMuch):
            dossier.one(ME, period(), at=clock.real())


class TestTheFaces:
    def test_the_table_keeps_a_spreadsheet_from_running_a_cell(self, passed: Partner) -> None:
        Outbound.objects.filter(serial=1).update(clause="=cmd()")
        rows = list(csv.DictReader(io.StringIO("".join(table.lines(page())))))
        assert [row["clause"] for row in rows][-1] == "'=cmd()"
        assert [row["serial"] for row in rows] == ["2", "1", "3", "2", "1"]

    def test_rest_pages_through_the_period(self, passed: Partner) -> None:
        identity.add_person(name="aude", roles=["auditor"], at=clock.real())
        token = identity.add_token(name="aude", at=clock.real()).token
        asked = {
            "partner": "XB",
            "since": clock.text(period().since),
            "until": clock.text(period().until),
            "limit": "3",
        }
        headers = {"Authorization": f"Bearer {token}"}
        first = Client().get("/api/v1/exchange/audit", asked, headers=headers).json()
        more = {**asked, "cursor": first["next"]}
        second = Client().get("/api/v1/exchange/audit", more, headers=headers).json()
        assert [each["serial"] for each in first["items"] + second["items"]] == [2, 1, 3, 2, 1]
        assert second["next"] is None
        for wrong in ({"since": "0001-01-01T00:00:00+14:00"}, {"partner": "\0A"}, {"type": "\0"}):
            answer = Client().get("/api/v1/exchange/audit", {**asked, **wrong}, headers=headers)
            assert answer.status_code in {404, 422}
        whole = Client().get("/api/v1/exchange/audit/summary", asked, headers=headers).json()
        assert whole["serials"]["whole"]
        assert (whole["messages"], whole["covered"]) == (5, 5)


class TestTheCommand:
    def test_says_what_passed_and_writes_files_that_hold(
        self, passed: Partner, tmp_path: Path
    ) -> None:
        days = [(clock.real() + timedelta(days=n)).date().isoformat() for n in (-1, 2)]
        out, sheet = tmp_path / "file.json", tmp_path / "file.csv"
        asked = ["--with", "XB", "--from", days[0], "--until", days[1]]
        said = command(*asked, "--out", str(out), "--table", str(sheet))
        assert (said["messages"], said["logged"], said["receipts_that_do_not_hold"]) == (5, 5, [])
        (made,) = said["files"]
        assert (made["papers"], made["disclosed"]) == (5, 5)
        assert out.stat().st_mode & 0o077 == 0  # the documents are in it
        judged = CliRunner().invoke(main, ["ledger", "check", str(out), "--json"])
        assert (judged.exit_code, json.loads(judged.stdout)["ok"]) == (0, True)
        assert len(list(csv.DictReader(sheet.open()))) == 5

    def test_fails_where_a_serial_is_missing(self, passed: Partner, agreement: str) -> None:
        alert(passed, agreement)
        receive(passed.line(alert(passed, agreement)))
        said = command("--with", "XB", "--from", "2026-01-01", "--until", "2100-01-01", code=1)
        assert not said["serials"]["whole"]

    def test_names_a_partner_that_never_was_one(self, passed: Partner) -> None:
        said = command("--with", "XD", "--from", "2026-01-01", "--until", "2027-01-01", code=1)
        assert said["type"].endswith("/unknown-partner")

    def test_takes_a_year_at_the_edge_of_the_calendar(self, passed: Partner, settings: Any) -> None:
        settings.TIME_ZONE = "Asia/Tokyo"
        said = command("--with", "XB", "--from", "0001-01-01", "--until", "9999-12-31")
        assert said["messages"] == 5

    def test_takes_no_period_that_is_none(self, passed: Partner) -> None:
        said = command("--with", "XB", "--from", "2027-01-01", "--until", "2026-01-01", code=1)
        assert said["type"].endswith("/empty-period")
