"""Our keys change, and a partner that keeps the page follows: message by message, by serial."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.exchange.partner import Partner, read, sealed
from tests.exchange.test_delivery import Endpoint, endpoint, state  # noqa: F401 (a fixture)
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import send
from tidewaiter import clock, jose
from tidewaiter.exchange import actions, document, envelope, errors, jobs
from tidewaiter.exchange.keyring import actions as keyring
from tidewaiter.exchange.keyring import commands
from tidewaiter.exchange.models import Outbound, Paper
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import pinning
from tidewaiter.keys import actions as keys
from tidewaiter.keys import errors as key_errors
from tidewaiter.keys import keyfile, queries, recovering
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import note
from tidewaiter.ledger import queries as log

pytestmark = pytest.mark.django_db
AT = clock.real()
NODE, KEY = "org.tidewaiter.node.document.v1", "org.tidewaiter.key.revoked.v1"


@pytest.fixture(autouse=True, params=["A", "B"])
def ours(tmp_path: Path, settings: Any, request: pytest.FixtureRequest) -> Path:
    """Keys of this test alone, of either suite, that partners know."""
    settings.KEYS_DIR, settings.SUITE = tmp_path / "keys", request.param
    keys.create(at=AT - timedelta(days=1))
    return tmp_path / "keys"


@dataclass
class Follower:
    """What a partner knows of us that keeps the page to the letter."""

    held: pinning.Document
    revoked: set[str] = field(default_factory=set)
    seen: int = 0
    types: list[str] = field(default_factory=list)

    def follow(self) -> None:
        """Take what waits for it, in the order of serials; each must verify by a pinned key."""
        rows = Outbound.objects.filter(recipient="XB", serial__gt=self.seen).order_by("serial")
        for row in rows:
            kid = str(jose.header(row.jws)["kid"])
            key = self.held.key(kid)
            assert key is not None, f"{row.type} is signed by {kid}, which is not pinned"
            assert key.thumbprint not in self.revoked, f"{kid} is revoked"
            data = json.loads(jose.verify(row.jws, key.jwk, typ=envelope.TYP))["data"]
            if row.type == NODE:
                self.take(data["document"])
            elif row.type == KEY:
                found = self.held.key(data["kid"], "")
                assert found is not None
                self.revoked.add(found.thumbprint)
            self.seen = row.serial or 0
            self.types.append(row.type)

    def take(self, compact: str) -> None:
        self.held = pinning.renew(self.held, compact, revoked=self.revoked)

    def kids(self, use: str) -> list[str]:
        return [key.kid for key in self.held.keys if key.use == use]


@pytest.fixture
def follower(xb: Partner) -> Follower:
    """XB, which registered us by the thumbprint that we told it."""
    compact = publishing.own(at=AT)
    publishing.publish(at=AT)
    made = Follower(pinning.register(compact, keyring.pinned(at=AT)))
    made.follow()
    made.types.clear()
    return made


def test_a_rotation_is_told_before_the_new_key_signs(follower: Follower, agreement: str) -> None:
    send()
    done = keyring.rotate(["sig", "enc"], at=AT)
    send()
    follower.follow()
    year = AT.year
    assert follower.types == ["org.tidewaiter.alert.shipment.v1", NODE, follower.types[0]]
    assert follower.kids("sig") == [f"XA-{year}-2", f"XA-{year}-1"]
    assert follower.kids("enc") == [f"XA-{year}-e2", f"XA-{year}-e1"]
    assert done.told == ("XB",)
    assert done.document == follower.held.compact
    assert [key.state for key in done.keys] == ["current", "old"] * 2
    last = Outbound.objects.order_by("-serial")[0]
    assert jose.header(last.jws)["kid"] == f"XA-{year}-2"


def test_rotations_follow_one_another_for_years(follower: Follower) -> None:
    for turn in range(1, 8):
        at = AT + timedelta(days=20 * turn)
        keyring.rotate(["sig"], at=at)
        publishing.publish(at=at)
        follower.follow()
    later = AT + timedelta(days=400)
    publishing.publish(at=later)
    follower.follow()
    assert len(follower.kids("sig")) == 1


def test_the_old_key_leaves_the_document_after_32_days_and_partners_hear(
    follower: Follower,
) -> None:
    keyring.rotate(["sig"], at=AT)
    follower.follow()
    assert publishing.publish(at=AT + timedelta(days=31)) == []
    assert publishing.publish(at=AT + timedelta(days=32)) == ["XB"]
    follower.follow()
    assert follower.kids("sig") == [f"XA-{AT.year}-2"]


def test_two_changes_in_one_moment_are_issued_one_after_the_other(follower: Follower) -> None:
    keyring.rotate(["sig"], at=AT)
    keyring.rotate(["enc"], at=AT)
    keyring.rotate(["log"], at=AT)
    follower.follow()
    assert follower.types == [NODE] * 3


def test_a_rotation_cut_short_is_ended_when_the_node_starts(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise OSError("the machine stopped")

    with monkeypatch.context() as broken:
        broken.setattr(keys, "settle", stop)
        with pytest.raises(OSError, match="stopped"):
            keyring.rotate(["sig"], at=AT)
    assert queries.signing().kid == f"XA-{AT.year}-1"
    actions.start(at=AT)
    assert queries.signing().kid == f"XA-{AT.year}-2"
    follower.follow()
    assert follower.types == [NODE]


class TestRevoking:
    def test_the_key_in_use_brings_another_in_its_place(
        self, follower: Follower, agreement: str
    ) -> None:
        send()
        done = keyring.revoke(f"XA-{AT.year}-1", reason="stolen", at=AT)
        send()
        follower.follow()
        alert_ = "org.tidewaiter.alert.shipment.v1"
        assert follower.types == [alert_, NODE, KEY, NODE, alert_]
        assert follower.kids("sig") == [f"XA-{AT.year}-2"]
        assert {key.kid: key.state for key in done.keys} == {
            f"XA-{AT.year}-2": "current",
            f"XA-{AT.year}-1": "revoked",
        }

    def test_the_revocation_is_signed_by_a_key_that_every_partner_pinned(
        self, follower: Follower
    ) -> None:
        keyring.revoke(f"XA-{AT.year}-1", reason="stolen", at=AT)
        row = Outbound.objects.get(type=KEY)
        assert jose.header(row.jws)["kid"] == f"XA-{AT.year}-1"
        data = json.loads(jose.read(row.jws).payload)["data"]
        assert data == {"kid": f"XA-{AT.year}-1", "since": clock.text(AT), "reason": "stolen"}

    def test_an_old_key_goes_without_another(self, follower: Follower) -> None:
        keyring.rotate(["sig"], at=AT)
        keyring.revoke(f"XA-{AT.year}-1", reason="", since=AT - timedelta(days=9), at=AT)
        follower.follow()
        assert follower.types == [NODE, KEY, NODE]
        assert follower.kids("sig") == [f"XA-{AT.year}-2"]

    def test_a_key_to_seal_to_goes_and_what_is_under_way_still_opens(
        self, follower: Follower, xb: Partner, agreement: str
    ) -> None:
        line = sealed(xb.jws(alert(xb, agreement)))
        keyring.revoke(f"XA-{AT.year}-e1", reason="lost", at=AT)
        follower.follow()
        assert follower.kids("enc") == [f"XA-{AT.year}-e2"]
        (receipt,) = actions.receive([line], at=clock.real())
        assert read(receipt)["data"]["outcome"] == "accepted"

    def test_the_logs_key_is_told_by_the_document_alone(self, follower: Follower) -> None:
        before = follower.held.log_vkey
        keyring.revoke("XA-log", reason="stolen", at=AT)
        follower.follow()
        assert follower.types == [NODE]
        assert follower.held.log_vkey != before
        assert follower.held.log_origin == before.split("+")[0]

    def test_nothing_twice_and_nothing_that_is_not_there(self, follower: Follower) -> None:
        with pytest.raises(key_errors.UnknownKey):
            keyring.revoke("XA-1999-1", reason="x", at=AT)
        with pytest.raises(key_errors.NotRotated):
            keyring.revoke("XA-recovery", reason="x", at=AT)
        assert not Outbound.objects.filter(type=KEY).exists()

    def test_what_a_partner_refuses_for_the_revoked_key_is_signed_anew(
        self,
        endpoint: Endpoint,  # noqa: F811
        agreement: str,
    ) -> None:
        sent = send()
        keyring.revoke(f"XA-{AT.year}-1", reason="stolen", at=clock.real())
        accept = endpoint.accept

        def answer(lines: list[str]) -> tuple[int, bytes]:
            said = []
            for each in lines:
                stale = jose.header(each)["kid"] == f"XA-{AT.year}-1"
                one = endpoint.refuse("bad-signature") if stale else accept
                said.append(one([each])[1].decode().strip())
            return endpoint.said(said)

        endpoint.answer = answer
        while jobs.deliver(partner="XB") is not None:
            pass
        row = Outbound.objects.get(message_id=sent.id)
        assert (state(sent), row.serial) == ("delivered", sent.serial)
        assert jose.header(row.jws)["kid"] == f"XA-{AT.year}-2"


class TestTheLog:
    def test_has_an_entry_for_every_change_of_keys(self, follower: Follower) -> None:
        before = log.size()
        keyring.rotate(["enc"], at=AT)
        paper = Paper.objects.newest()
        assert paper is not None
        assert paper.log_index is not None
        assert log.size() >= before + 2  # the change, and the message that tells it
        assert len(bytes(paper.salt or b"")) == 32

    def test_goes_on_as_one_tree_under_its_name_with_a_new_key(self, follower: Follower) -> None:
        actions.tell(to="XB", type="org.tidewaiter.resend.v1", data={"first": 1, "last": 1}, at=AT)
        first = ledger.publish(at=AT)
        old = note.verifier(log.vkey())
        assert first is not None
        keyring.rotate(["log"], at=AT + timedelta(minutes=1))
        second = ledger.publish(at=AT + timedelta(minutes=2))
        assert second is not None
        new = note.verifier(log.vkey())
        assert (new.name, new.key) != (old.name, old.key)
        assert new.name == old.name
        for verifier in (old, new):  # who knows either follows
            assert note.read(second.note.encode(), verifier).size == second.size
        keyring.rotate(["sig"], at=AT + timedelta(days=33))
        third = ledger.publish(at=AT + timedelta(days=33))
        assert third is not None
        with pytest.raises(note.BadNote):
            note.read(third.note.encode(), old)
        assert log.verify().ok, log.verify().faults


class TestTheWitness:
    def test_stands_in_the_document_and_changes_like_the_log(self, follower: Follower) -> None:
        before = pinning.read(publishing.own(at=AT)).witness_vkey
        assert before == queries.witness_verifier()
        changed = keyring.rotate(["witness"], at=AT)
        follower.follow()
        assert follower.held.witness_vkey == queries.witness_verifier() != before
        assert [key.use for key in changed.keys] == ["witness", "witness"]
        old = next(key.kid for key in changed.keys if key.state == "old")
        assert keyring.revoke(old, reason="stolen", at=AT).told == ()  # by the document alone

    def test_of_a_home_of_before_is_told_to_partners_when_it_is_served(
        self, follower: Follower, ours: Path
    ) -> None:
        (ours / "XA-witness.json").unlink()
        follower.take(publishing.own(at=AT))
        assert follower.held.witness_vkey == ""
        publishing.publish(at=AT)
        actions.start(at=AT + timedelta(seconds=1))
        follower.follow()
        assert follower.held.witness_vkey == queries.witness_verifier() != ""
        actions.start(at=AT + timedelta(seconds=2))
        seen = follower.seen
        follower.follow()
        assert follower.seen == seen  # once


class TestRecovering:
    def offline(self, ours: Path, tmp_path: Path) -> keyfile.Key:
        (ours / "XA-recovery.json").rename(tmp_path / "stick.json")
        return keyfile.read(tmp_path / "stick.json")

    def test_brings_us_back_where_all_keys_were_lost(
        self, follower: Follower, ours: Path, tmp_path: Path
    ) -> None:
        stick = self.offline(ours, tmp_path)
        origin = queries.origin()
        for file in ours.iterdir():
            file.unlink()
        done = keyring.rotate(["sig", "enc", "log"], at=AT)
        assert done.told == ()
        assert queries.origin() == origin
        assert queries.signing().kid == f"XA-{AT.year}-2"  # no name twice
        compact = recovering.signed(keyring.draft(at=AT), stick, at=AT + timedelta(minutes=5))
        done = keyring.publish(compact, at=AT + timedelta(minutes=6))
        assert done.told == ("XB",)
        assert publishing.own(at=AT + timedelta(minutes=7)) == compact
        follower.take(publishing.own(at=AT))  # fetched, for the kid was not known
        assert follower.kids("sig") == [f"XA-{AT.year}-2"]
        follower.follow()
        assert {key.state for key in queries.public() if key.use == "recovery"} == {"offline"}

    def test_takes_us_back_from_a_thief(
        self, follower: Follower, ours: Path, tmp_path: Path
    ) -> None:
        stick = self.offline(ours, tmp_path)
        stolen: Any = keyfile.read(ours / f"XA-{AT.year}-1.json")
        thief = keyfile.made("XA-t", keyfile.Use.SIG)
        said = json.loads(jose.read(follower.held.compact).payload)
        entry = {"kid": "XA-t", "use": "sig", **thief.jwk}
        ahead = clock.text(AT + timedelta(days=500))
        said = {**said, "keys": [entry, *said["keys"]], "issued": ahead}
        header = {"kid": stolen.kid, "typ": document.TYP}
        follower.take(jose.sign(json.dumps(said).encode(), stolen.private, header))
        assert "XA-t" in follower.kids("sig")
        keyring.revoke(stolen.kid, reason="stolen", at=AT)
        compact = recovering.signed(keyring.draft(at=AT), stick, at=AT + timedelta(minutes=5))
        keyring.publish(compact, at=AT + timedelta(minutes=6))
        follower.take(publishing.own(at=AT + timedelta(minutes=6)))
        assert follower.kids("sig") == [f"XA-{AT.year}-2"]

    def test_tells_new_partners_to_pin_the_key_that_signs_the_document(
        self, follower: Follower, ours: Path, tmp_path: Path
    ) -> None:
        stick = self.offline(ours, tmp_path)
        compact = recovering.signed(keyring.draft(at=AT), stick, at=AT + timedelta(minutes=5))
        keyring.publish(compact, at=AT + timedelta(minutes=6))
        thumbprint = keyring.pinned(at=AT + timedelta(minutes=6))
        assert pinning.register(compact, thumbprint).compact == compact

    def test_refuses_what_is_not_ours_or_not_what_we_say(
        self, follower: Follower, ours: Path, tmp_path: Path
    ) -> None:
        stick = self.offline(ours, tmp_path)
        draft = keyring.draft(at=AT)
        later = AT + timedelta(minutes=5)
        other = keyfile.made("XA-recovery", keyfile.Use.RECOVERY)
        said = json.loads(draft)
        wrong = {
            "no recovery key": recovering.signed(draft, other, at=later),
            "does not say": recovering.signed(
                json.dumps({**said, "name": "X"}).encode(), stick, at=later
            ),
            "before our last": recovering.signed(draft, stick, at=AT - timedelta(days=1)),
            "it is of": recovering.signed(
                json.dumps({**said, "administration": "XB"}).encode(), stick, at=later
            ),
        }
        before = publishing.own(at=AT)
        for rule, compact in {**wrong, "compact JWS": "nothing"}.items():
            with pytest.raises(errors.NotRecovered, match=rule):
                keyring.publish(compact, at=later)
        assert publishing.own(at=AT) == before


def run(command: Any, *arguments: str) -> Any:
    done = CliRunner().invoke(command, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


class TestTheVerbs:
    def test_print_the_keys_and_the_document(self, follower: Follower) -> None:
        printed = run(commands.rotate, "--use", "sig")
        assert [key["state"] for key in printed["keys"]] == ["current", "old"]
        assert pinning.read(printed["document"]).keys[0].kid == printed["keys"][0]["kid"]
        printed = run(commands.revoke, printed["keys"][1]["kid"], "--reason", "stolen")
        assert [key["state"] for key in printed["keys"]] == ["current", "revoked"]
        both = {key["use"] for key in run(commands.rotate)["keys"]}
        assert both == {"sig", "enc"}

    def test_draft_and_publish_by_files(
        self, follower: Follower, ours: Path, tmp_path: Path
    ) -> None:
        stick = keyfile.read(ours / "XA-recovery.json")
        there = tmp_path / "draft.json"
        assert run(commands.draft, "--out", str(there))["file"] == str(there)
        later = clock.real() + timedelta(seconds=1)
        signed = tmp_path / "signed.jws"
        signed.write_text(recovering.signed(there.read_bytes(), stick, at=later) + "\n")
        assert run(commands.publish, str(signed))["document"] == signed.read_text().strip()
