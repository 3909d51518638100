"""Proofs of what was exchanged: who may have one, by which name, and that a stranger judges it."""

import json
import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import transaction
from django.test import Client

from tests.exchange.partner import Partner
from tests.exchange.peer import Log, cosign
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tests.ledger import verifier
from tidewaiter import clock
from tidewaiter.cli.main import main
from tidewaiter.exchange import receipt
from tidewaiter.exchange.keyring import actions as keyring
from tidewaiter.exchange.models import Inbound, Outbound
from tidewaiter.exchange.publishing import actions as publishing
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as people
from tidewaiter.identity import viewer
from tidewaiter.keys import actions as keys
from tidewaiter.ledger import actions as ledger
from tidewaiter.ledger import commitment, errors, papers, proof, witness
from tidewaiter.ledger import queries as log
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.models import AuditDay, Witnessed
from tidewaiter.ledger.proving import actions
from tidewaiter.ledger.witnessing import actions as witnessing
from tidewaiter.ledger.witnessing import keeping

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
NODE_ADMIN = viewer.person("nora", frozenset({"node_admin"}), None)  # reads no message
OFFICER = viewer.person("ada", frozenset({"officer"}), None)  # reads messages, not the log


def published(*, by: Partner | None = None) -> None:
    """Our log's head is signed, and cosigned by a partner."""
    at = clock.real() + timedelta(seconds=6)
    signed = ledger.publish(at=at) or log.checkpoint()
    assert signed is not None
    if by is not None:
        text = signed.note.partition("\n\n")[0] + "\n"
        line = cosign(by, text, clock.real())
        assert witnessing.cosigned((signed.note + line).encode(), by=by.code, at=at) == 1


def proven(reference: str, who: viewer.Viewer = ME, *, whole: bool = True) -> bytes:
    at = clock.real()
    return actions.prove([actions.find(reference, who, whole=whole, at=at)], at=at)


def run(*words: str) -> tuple[int, Any]:
    """The exit code and the JSON of a command."""
    done = CliRunner().invoke(main, [*words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def accepted(row: Outbound, partner: Partner, index: int) -> None:
    """The partner's receipt for a message of ours."""
    answer = receipt.Answer(
        digest=row.digest,
        outcome=receipt.ACCEPTED,
        received=clock.real(),
        about=str(row.message_id),
        to="XA",
        log_index=index,
    )
    row.receipt = partner.sign(
        receipt.build(answer, us=partner.code, id=row.message_id, at=clock.real())
    )
    row.save()


def kept(partner: Partner, entries: Sequence[bytes]) -> None:
    """The partner's log, which we cosigned and keep."""
    theirs = Log(partner)
    theirs.entries = list(entries)
    request = witness.Request(0, (), theirs.shown().encode())
    witnessing.add_checkpoint(witness.written(request), at=clock.real())
    keeping.keep(theirs.origin, [(0, theirs.entries)])


class TestAMessageOfOurs:
    def test_is_proven_under_a_cosigned_checkpoint(self, xb: Partner, agreement: str) -> None:
        sent = send()
        published(by=xb)
        data = proven(str(sent.id))
        row = Outbound.objects.get(message_id=sent.id)
        said = verifier.verify(data)
        assert (said["index"], said["size"]) == (row.log_index, log.size())
        assert said["cosigned_by"] == ["XB"]
        (paper,) = proof.check(data).papers
        assert (paper.kind, paper.facts["id"], paper.signed_by) == (
            "message",
            str(sent.id),
            ("XA",),
        )

    def test_is_proven_by_its_digest_too(self, agreement: str) -> None:
        sent = send()
        published()
        digest = Outbound.objects.get(message_id=sent.id).digest
        assert proven(digest) == proven(str(sent.id))

    def test_is_proven_in_the_partners_log_too_where_we_keep_it(
        self, xb: Partner, agreement: str
    ) -> None:
        sent = send()
        row = Outbound.objects.get(message_id=sent.id)
        said = commitment.commit("XB", row.jws.encode(), bytes(row.salt))
        kept(xb, [*(commitment.entry(b"%032d" % n) for n in range(9)), commitment.entry(said)])
        accepted(row, xb, 9)
        published(by=xb)
        data = proven(str(sent.id))
        assert verifier.verify(data)["index"] == row.log_index
        checked = proof.check(data)
        assert [(each.administration, each.index) for each in checked.papers[0].places] == [
            ("XA", row.log_index),
            ("XB", 9),
        ]
        assert [each.by.administration for each in checked.heads[1].cosigned] == ["XA"]

    def test_is_proven_in_our_log_alone_where_the_partners_holds_another(
        self, xb: Partner, agreement: str
    ) -> None:
        sent = send()
        kept(xb, [commitment.entry(b"%032d" % n) for n in range(9)])
        accepted(Outbound.objects.get(message_id=sent.id), xb, 4)
        published(by=xb)
        assert len(proof.check(proven(str(sent.id))).papers[0].places) == 1

    def test_that_nobody_signed_yet_is_not_proven(self, agreement: str) -> None:
        held = send(purpose="security")  # which two people release
        with pytest.raises(errors.NotLogged):
            proven(str(held.id))

    def test_that_no_checkpoint_covers_yet_is_not_proven(self, agreement: str) -> None:
        published()
        with pytest.raises(errors.NotCovered):
            proven(str(send().id))


class TestAMessageThatCame:
    def test_is_proven_as_its_sender_signed_it(self, xb: Partner, agreement: str) -> None:
        receive(xb.line(alert(xb, agreement)))
        published(by=xb)
        row = Inbound.objects.get()
        data = proven(str(row.message_id))
        assert verifier.verify(data)["index"] == row.log_index
        (paper,) = proof.check(data).papers
        assert paper.signed_by == ("XB",)

    def test_is_proven_after_its_sender_has_changed_its_keys(
        self, xb: Partner, agreement: str
    ) -> None:
        receive(xb.line(alert(xb, agreement)))
        old = xb.rotate(clock.real())
        newer = xb.signed_by(old)
        assert identity.take_document(administration="XB", document=newer, at=clock.real())
        xb.keys = tuple(key for key in xb.keys if key.kid != old)
        xb.at = clock.real() + timedelta(milliseconds=1)
        identity.take_document(administration="XB", document=xb.document(), at=xb.at)
        assert people.signing_key("XB", old) is None  # no longer pinned
        published()
        row = Inbound.objects.get()
        assert verifier.verify(proven(str(row.message_id)))["index"] == row.log_index

    def test_that_was_forgotten_is_proven_by_its_entry_alone(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        receive(xb.line(alert(xb, agreement)))
        published(by=xb)
        row = Inbound.objects.get()
        Inbound.objects.update(jws="")
        file = tmp_path / "proof.json"
        done = CliRunner().invoke(
            main, ["ledger", "prove", str(row.message_id), "--out", str(file)]
        )
        assert done.exit_code == 0
        assert "only the entry in the log is left" in done.stderr
        said = verifier.verify(file.read_bytes())
        assert said["index"] == row.log_index
        assert b"document" not in file.read_bytes()


class TestOtherPapers:
    def test_an_agreement_is_proven_with_who_signed_it(self, xb: Partner, agreement: str) -> None:
        published(by=xb)
        data = proven(agreement)
        assert verifier.verify(data)["cosigned_by"] == ["XB"]
        (paper,) = proof.check(data).papers
        assert (paper.kind, paper.signed_by) == ("agreement", ("XA", "XB"))
        assert paper.facts["digest"] == agreement

    def test_a_day_of_the_read_audit_is_proven_by_its_date(self) -> None:
        at = clock.real()
        identity.audit(ME, "message", ["1"], [], at - timedelta(days=2))
        ledger.log_audit(at=at)
        published()
        day = AuditDay.objects.earliest("on").on.isoformat()
        assert proof.check(proven(day)).papers[0].facts["day"] == day
        assert proven(f"audit:{day}") == proven(day)

    def test_a_node_document_of_ours_is_proven(self) -> None:
        at = clock.real()
        publishing.own(at=at)
        with pytest.raises(errors.NotLogged):
            proven("node.json")  # the first one changes no key
        keyring.rotate(["sig"], at=at + timedelta(minutes=1))
        published()
        (paper,) = proof.check(proven("node.json")).papers
        assert (paper.kind, paper.signed_by) == ("node-document", (settings.ADMINISTRATION,))

    def test_an_entry_is_proven_by_its_index(self, agreement: str) -> None:
        published()
        assert verifier.verify(proven("0"))["index"] == 0

    @pytest.mark.parametrize(
        "reference", ["", "x", "9999", "sha256:" + "0" * 64, "2026-13-01", "019a", "../etc"]
    )
    def test_what_nobody_knows_is_named(self, agreement: str, reference: str) -> None:
        published()
        with pytest.raises((errors.NoSuchPaper, errors.NoSuchEntry)):
            proven(reference)


class TestWhoMayHaveOne:
    def test_is_who_may_read_the_message(self, agreement: str) -> None:
        sent = send()
        published()
        with pytest.raises(identity_errors.Forbidden):
            proven(str(sent.id), NODE_ADMIN)

    def test_is_who_may_read_the_log_where_the_document_is_left_out(self, agreement: str) -> None:
        sent = send()
        published()
        data = proven(str(sent.id), NODE_ADMIN, whole=False)
        assert verifier.verify(data)["index"] == 1
        row = Outbound.objects.get(message_id=sent.id)
        assert row.jws.encode() not in data
        with pytest.raises(identity_errors.Forbidden):
            proven(str(sent.id), OFFICER, whole=False)

    def test_is_noted(self, agreement: str) -> None:
        sent = send()
        published()
        proven(str(sent.id))
        (row,) = [row for _, row in people.readings() if row.kind == "proof of a message"]
        assert (row.person, row.references) == ("command line", (str(sent.id),))

    def test_is_not_noted_where_nothing_is_shown(self, agreement: str) -> None:
        sent = send()
        published()
        proven(str(sent.id), whole=False)
        assert "proof of a message" not in [row.kind for _, row in people.readings()]


class TestTheCommand:
    def test_writes_a_file_that_it_judges(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        sent = send()
        published(by=xb)
        file = tmp_path / "proof.json"
        code, said = run("ledger", "prove", str(sent.id), "--out", str(file))
        assert (code, said["file"], said["ok"]) == (0, str(file), True)
        assert file.stat().st_mode & 0o777 == 0o600
        code, said = run("ledger", "check", str(file))
        assert (code, said["ok"], said["index"], said["size"]) == (0, True, 1, 2)
        assert said["cosigned_by"] == ["XB"]
        assert {each["administration"] for each in said["keys"]} == {"XA", "XB"}

    def test_prints_the_proof_itself_where_no_file_is_named(
        self, agreement: str, tmp_path: Path
    ) -> None:
        sent = send()
        published()
        for more in ([], ["--json"]):
            done = CliRunner().invoke(main, ["ledger", "prove", str(sent.id), *more])
            file = tmp_path / "printed.json"
            file.write_text(done.stdout)
            assert run("ledger", "check", str(file))[1]["index"] == 1

    def test_proves_several_in_one_file(self, agreement: str, tmp_path: Path) -> None:
        ids = [str(send().id) for _ in range(3)]
        published()
        file = tmp_path / "proof.json"
        run("ledger", "prove", *ids, ids[0], "1", agreement, "--out", str(file))
        said = run("ledger", "check", str(file))[1]
        assert [each["kind"] for each in said["papers"]] == ["message"] * 3 + ["agreement"]

    def test_says_of_a_wrong_file_why_and_exits_1(self, agreement: str, tmp_path: Path) -> None:
        sent = send()
        published()
        file = tmp_path / "proof.json"
        run("ledger", "prove", str(sent.id), "--out", str(file))
        file.write_bytes(file.read_bytes()[:-10])
        code, said = run("ledger", "check", str(file))
        assert (code, said["ok"], said["index"], said["cosigned_by"]) == (1, False, None, [])
        assert said["faults"][0]["code"] == "not-json"
        done = CliRunner().invoke(main, ["ledger", "check", str(file)])
        assert done.stdout.startswith("it does not hold")

    def test_holds_a_file_to_the_keys_that_are_named(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        sent = send()
        published(by=xb)
        file = tmp_path / "proof.json"
        run("ledger", "prove", str(sent.id), "--out", str(file))
        keys = {
            each["administration"]: each for each in run("ledger", "check", str(file))[1]["keys"]
        }
        right = ["--vkey", keys["XA"]["vkey"], "--witness", keys["XB"]["witness"]]
        assert run("ledger", "check", str(file), *right)[0] == 0
        wrong = ["--vkey", keys["XB"]["vkey"]]
        code, said = run("ledger", "check", str(file), *wrong)
        assert (code, said["faults"][0]["code"]) == (1, "log-not-known")
        assert run("ledger", "check", str(file), "--thumbprint", keys["XA"]["thumbprint"])[0] == 0

    @pytest.mark.parametrize("file", ["/dev/null", "/nowhere/proof.json", "/tmp"])
    def test_names_a_file_that_it_cannot_read(self, file: str) -> None:
        code, said = run("ledger", "check", file)
        assert (code, said["type"].rpartition("/")[2]) == (1, "proof-unreadable")

    def test_leaves_nothing_behind_where_it_cannot_write(self, agreement: str) -> None:
        published()
        code, said = run("ledger", "prove", "0", "--out", "/nowhere/proof.json")
        assert (code, said["type"].rpartition("/")[2]) == (1, "proof-unreadable")

    def test_writes_into_no_file_that_another_has_laid_there(
        self, agreement: str, tmp_path: Path
    ) -> None:
        published()
        laid = tmp_path / "laid"
        laid.touch(0o666)
        for name in ("proof.json.part", "proof.json"):
            (tmp_path / name).symlink_to(laid)
        code, _ = run("ledger", "prove", "0", "--out", str(tmp_path / "proof.json"))
        assert (code, laid.read_bytes()) == (0, b"")
        assert (tmp_path / "proof.json").lstat().st_mode & 0o777 == 0o600
        assert len(list(tmp_path.iterdir())) == 3  # nothing of ours stands beside it


class TestTheApi:
    @pytest.fixture
    def auditor(self) -> dict[str, str]:
        identity.add_person(name="aud", roles=["auditor"], at=clock.real())
        token = identity.add_token(name="aud", at=clock.real()).token
        return {"authorization": f"Bearer {token}"}

    def test_gives_a_proof_and_judges_it(
        self, xb: Partner, agreement: str, client: Client, auditor: dict[str, str]
    ) -> None:
        sent = send()
        published(by=xb)
        answer = client.get(f"/api/v1/proofs/{sent.id}", headers=auditor)
        assert answer.status_code == 200
        assert verifier.verify(answer.content)["cosigned_by"] == ["XB"]
        judged = client.post(
            "/api/v1/proofs/check", answer.content, content_type="application/json", headers=auditor
        ).json()
        assert (judged["ok"], judged["index"], judged["cosigned_by"]) == (True, 1, ["XB"])
        assert client.get("/api/v1/proofs/1", headers=auditor).json()["index"] == 1

    def test_leaves_the_document_out_where_it_is_asked_to(
        self, agreement: str, client: Client, auditor: dict[str, str]
    ) -> None:
        published()
        answer = client.get(f"/api/v1/proofs/{agreement}?document=false", headers=auditor)
        assert "document" not in answer.json()["papers"][0]

    def test_says_what_it_has_not(self, client: Client, auditor: dict[str, str]) -> None:
        answer = client.get("/api/v1/proofs/nothing", headers=auditor)
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
            404,
            "no-such-paper",
        )
        assert client.get("/api/v1/proofs/nothing").status_code == 401


class TestTheScreen:
    def test_hands_the_proof_out_as_a_file_and_notes_it(
        self, agreement: str, client: Client
    ) -> None:
        identity.add_person(name="lee", roles=["liaison"], at=clock.real())
        client.force_login(people_row("lee"))
        sent = send()
        published()
        page = client.get(f"/exchange/{sent.id}/").content.decode()
        assert f'href="/ledger/proofs/{sent.id}"' in page
        answer = client.get(f"/ledger/proofs/{sent.id}")
        assert "attachment" in answer["Content-Disposition"]
        assert verifier.verify(answer.content)["index"] == 1
        assert "proof of a message" in {row.kind for _, row in people.readings(person="lee")}
        assert (
            f'href="/ledger/proofs/{agreement}"'
            in client.get(f"/agreements/{agreement}").content.decode()
        )

    def test_hands_no_document_to_who_may_not_read_it(self, agreement: str, client: Client) -> None:
        identity.add_person(name="nora", roles=["node_admin"], at=clock.real())
        client.force_login(people_row("nora"))
        sent = send()
        published()
        assert client.get(f"/ledger/proofs/{sent.id}").status_code == 403
        assert client.get(f"/ledger/proofs/{sent.id}?document=no").status_code == 200


def people_row(name: str) -> Any:
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(name=name)


def test_every_finder_can_be_found() -> None:
    assert set(papers.papers) >= {
        "agreements.version",
        "exchange.message",
        "exchange.node",
        "ledger.audit",
        "ledger.entry",
    }
    for name in papers.papers:
        assert callable(papers.papers.get(name))


class TestALogOfOursThatWasClosed:
    """An index alone does not say of which log it is: a paper that is not shown is found too."""

    @pytest.fixture
    def lost(
        self, agreement: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> tuple[str, int]:
        """A message in the log of before; the log of now has other papers at the same indices."""
        publishing.own(at=clock.real())
        sent = send()
        published()
        at = clock.real()
        shutil.copytree(settings.KEYS_DIR, tmp_path / "keys")
        monkeypatch.setattr(settings, "KEYS_DIR", tmp_path / "keys")
        fencing.close(keys.new_log(at=at), "", at=at)
        publishing.own(at=clock.real())
        with transaction.atomic():
            ledger.append_many([(b"another %d" % n, b"s" * 32) for n in range(20)], at=at)
        signed = ledger.publish(at=clock.real() + timedelta(minutes=1))
        assert signed is not None
        index = Outbound.objects.get(message_id=sent.id).log_index
        assert index is not None
        assert index < signed.size
        return str(sent.id), index

    def origins(self, data: bytes) -> list[tuple[str, int]]:
        checked = proof.check(data)
        assert checked.faults == ()
        return [
            (checked.heads[place.log].origin, place.index)
            for paper in checked.papers
            for place in paper.places
        ]

    def test_proves_what_is_withheld_where_it_stands(self, lost: tuple[str, int]) -> None:
        reference, index = lost
        shown, bare = proven(reference), proven(reference, whole=False)
        (place,) = self.origins(shown)
        assert place[0] != log.origin()
        assert self.origins(bare) == [place]
        assert verifier.verify(bare)["index"] == index

    def test_proves_what_was_forgotten_where_it_stands(self, lost: tuple[str, int]) -> None:
        reference, _ = lost
        place = self.origins(proven(reference))
        Outbound.objects.update(jws="", forgotten_at=clock.real())
        assert self.origins(proven(reference)) == place

    def test_proves_nothing_else_where_none_of_it_was_kept(self, lost: tuple[str, int]) -> None:
        reference, _ = lost
        Witnessed.objects.all().delete()
        with pytest.raises(errors.NotProvable):
            proven(reference, whole=False)
        Outbound.objects.update(jws="", forgotten_at=clock.real())
        with pytest.raises(errors.NotProvable):
            proven(reference)
