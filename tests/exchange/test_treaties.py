"""Agreements over the exchange: proposed, signed, suspended and ended, each word told (wire)."""

import json
from dataclasses import replace
from typing import Any

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.agreements.test_faces import bearer, signed_in
from tests.exchange.conftest import TEXT
from tests.exchange.partner import Partner, read
from tests.exchange.test_receiving import alert
from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document, queries, signing
from tidewaiter.cli.main import main
from tidewaiter.exchange import actions, errors
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.exchange.treaties.actions import KEY, NOTICE, PROPOSAL, SIGNATURE
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
DRAFT = document.read(json.dumps(TEXT).encode())
KEYED: dict[str, Any] = {
    **TEXT,
    "clauses": [
        {
            **TEXT["clauses"][0],
            "fields": {
                "allow": ["alert", "offence", "certainty", "validuntil", "goods", "consignment"],
                "generalise": {"consignment.consignee.name": "keyed-hash"},
            },
        }
    ],
}


def signed_by(xb: Partner, text: dict[str, Any] = TEXT) -> dict[str, Any]:
    """The data of XB's proposal."""
    form = document.read(json.dumps(text).encode()).canonical
    member = xb.member(form, typ=signing.TYP)
    return {"payload": jose.encode(form), "signatures": [member]}


def told(kind: str) -> list[dict[str, Any]]:
    """The data of what we said of that type, in order."""
    rows = Outbound.objects.filter(type=kind).order_by("serial")
    return [canonical.read(jose.read(row.jws).payload)["data"] for row in rows]


def says(xb: Partner, kind: str, data: dict[str, Any], **changes: Any) -> str:
    """The outcome of XB's word, as our receipt says it."""
    made = replace(xb.next(clock.real()), type=kind, data=data, **changes)
    return outcome(actions.receive([xb.line(made)], at=clock.real())[0])


def outcome(receipt: str) -> str:
    data = read(receipt)["data"]
    if "problem" in data:
        return str(data["problem"]["type"].rpartition("/")[2])
    return str(data["outcome"])


def state(digest: str) -> str:
    return queries.agreement(digest, clock.real()).state


class TestProposing:
    def test_signs_and_sends_the_document_so_far(self, xb: Partner) -> None:
        done = treaties.propose(source=DRAFT.canonical, at=clock.real(), by="ada")
        assert (done.state, done.signed_by, done.told) == ("pending", ("XA",), ("XB",))
        (data,) = told(PROPOSAL)
        assert jose.decode(data["payload"]) == DRAFT.canonical
        assert len(data["signatures"]) == 1
        found = queries.agreement(done.digest, clock.real())
        assert found.proposed_by == "XA"

    def test_is_in_force_once_the_partner_signs(self, xb: Partner) -> None:
        digest = treaties.propose(source=DRAFT.canonical, at=clock.real(), by="ada").digest
        (member,) = signed_by(xb)["signatures"]
        assert says(xb, SIGNATURE, {"digest": digest, "signature": member}) == "accepted"
        assert state(digest) == "in-force"

    def test_names_the_parties_that_are_no_partners(self, xb: Partner) -> None:
        text = {**TEXT, "parties": ["XA", "XB", "XC"], "entry": 2}
        source = json.dumps(text).encode()
        done = treaties.propose(source=source, at=clock.real(), by="ada")
        assert (done.told, done.untold) == (("XB",), ("XC",))

    def test_to_nobody_is_refused_and_keeps_nothing(self, db: None) -> None:
        with pytest.raises(errors.NobodyToTell):
            treaties.propose(source=DRAFT.canonical, at=clock.real(), by="ada")
        assert queries.versions(DRAFT.id) == []
        assert not Outbound.objects.exists()


class TestAccepting:
    def test_signs_what_was_proposed_and_tells_our_signature(self, xb: Partner) -> None:
        assert says(xb, PROPOSAL, signed_by(xb)) == "accepted"
        assert state(DRAFT.digest) == "pending"
        done = treaties.accept(digest=DRAFT.digest, at=clock.real(), by="ada")
        assert (done.state, done.told) == ("in-force", ("XB",))
        (data,) = told(SIGNATURE)
        assert data["digest"] == DRAFT.digest
        assert jose.member_header(data["signature"])["typ"] == signing.TYP
        tasks = work.tasks(person="", roles=[], office=None, everywhere=True)
        assert not [each for each in tasks if each.kind == "agreements.sign"]

    def test_counts_for_the_next_line_of_a_post(self, xb: Partner) -> None:
        """A proposal that completes an agreement and a message under it come in one batch."""
        agreements.add(agreements.sign(DRAFT.canonical, at=xb.at).jws, at=clock.real(), by="ada")
        proposal = replace(xb.next(clock.real()), type=PROPOSAL, data=signed_by(xb))
        lines = [xb.line(proposal), xb.line(alert(xb, DRAFT.digest))]
        receipts = actions.receive(lines, at=clock.real())
        assert [outcome(each) for each in receipts] == ["accepted", "accepted"]


class TestANotice:
    def test_of_ours_counts_at_once_and_is_told(self, xb: Partner, agreement: str) -> None:
        order = {"digest": agreement, "at": clock.real(), "by": "ada"}
        done = treaties.notice(notice="suspend", reason="why", **order)
        assert done.state == "suspended"
        assert told(NOTICE) == [{"digest": agreement, "notice": "suspend", "reason": "why"}]
        made = alert(xb, agreement)
        assert outcome(actions.receive([xb.line(made)], at=clock.real())[0]) == "unknown-agreement"
        assert treaties.notice(notice="resume", reason="why", **order).state == "in-force"

    def test_of_the_partner_counts_for_the_next_line(self, xb: Partner, agreement: str) -> None:
        def word(what: str) -> bytes:
            data = {"digest": agreement, "notice": what, "reason": "why"}
            return xb.line(replace(xb.next(clock.real()), type=NOTICE, data=data))

        lines = [word("suspend"), xb.line(alert(xb, agreement)), word("resume")]
        lines.append(xb.line(alert(xb, agreement)))
        receipts = actions.receive(lines, at=clock.real())
        assert [outcome(each) for each in receipts] == [
            "accepted",
            "unknown-agreement",
            "accepted",
            "accepted",
        ]

    def test_that_is_not_its_to_give_is_not_permitted(self, xb: Partner, agreement: str) -> None:
        data = {"digest": agreement, "notice": "resume", "reason": "why"}
        assert says(xb, NOTICE, data) == "not-permitted"
        assert says(xb, NOTICE, {**data, "digest": "sha256:" + "0" * 64}) == "unknown-agreement"

    def test_that_ends_it_is_final(self, xb: Partner, agreement: str) -> None:
        data = {"digest": agreement, "notice": "terminate", "reason": "why"}
        assert says(xb, NOTICE, data) == "accepted"
        assert state(agreement) == "terminated"
        assert says(xb, NOTICE, {**data, "notice": "resume"}) == "not-permitted"
        assert state(agreement) == "terminated"


class TestTheKeyOfPseudonyms:
    text = document.read(json.dumps(KEYED).encode())

    def test_goes_to_who_signed_once_it_is_in_force(self, xb: Partner) -> None:
        digest = treaties.propose(source=self.text.canonical, at=clock.real(), by="ada").digest
        assert told(KEY) == []
        (member,) = signed_by(xb, KEYED)["signatures"]
        assert says(xb, SIGNATURE, {"digest": digest, "signature": member}) == "accepted"
        (data,) = told(KEY)
        assert data["agreement"] == self.text.id
        assert jose.decode(data["key"]) == queries.key(self.text.id)

    def test_is_the_same_through_all_versions(self, xb: Partner) -> None:
        for version in (1, 2):
            data = signed_by(xb, {**KEYED, "version": version})
            assert says(xb, PROPOSAL, data) == "accepted"
            digest = canonical.digest(jose.decode(data["payload"]))
            treaties.accept(digest=digest, at=clock.real(), by="ada")
        first, second = told(KEY)
        assert first == second

    def test_goes_to_a_partner_that_comes_later(self, xb: Partner) -> None:
        says(xb, PROPOSAL, signed_by(xb, KEYED))
        treaties.accept(digest=self.text.digest, at=clock.real(), by="ada")
        treaties.introduce("XB", clock.real())
        assert len(told(KEY)) == 2

    def test_is_not_ours_to_give_where_another_comes_first(self, xb: Partner) -> None:
        says(xb, PROPOSAL, signed_by(xb, KEYED))
        key = {"agreement": self.text.id, "key": jose.encode(bytes(32))}
        assert says(xb, KEY, key) == "not-permitted"


class TestTheCommand:
    def run(self, *arguments: str, code: int = 0) -> Any:
        done = CliRunner().invoke(main, ["agreements", *arguments, "--json"])
        assert done.exit_code == code, done.output
        return json.loads(done.stdout)

    def test_proposes_and_gives_notice(self, xb: Partner, tmp_path: Any) -> None:
        file = tmp_path / "draft.json"
        file.write_bytes(DRAFT.canonical)
        done = self.run("propose", str(file))
        assert (done["state"], done["missing"], done["told"]) == ("pending", ["XB"], ["XB"])
        (member,) = signed_by(xb)["signatures"]
        says(xb, SIGNATURE, {"digest": done["digest"], "signature": member})
        ended = self.run("notice", done["digest"], "--terminate", "--reason", "It is over")
        assert ended["state"] == "terminated"

    def test_accepts(self, xb: Partner) -> None:
        says(xb, PROPOSAL, signed_by(xb))
        assert self.run("accept", DRAFT.digest)["state"] == "in-force"
        missing = self.run("accept", "sha256:" + "0" * 64, code=1)
        assert missing["type"].endswith("/agreement-not-here")


class TestTheApi:
    def post(self, path: str, body: bytes, kind: str = "application/json") -> Any:
        headers = bearer("liaison") if not self.headers else self.headers
        self.headers = headers
        answer = Client().post(f"/api/v1/{path}", body, content_type=kind, headers=headers)
        assert answer.status_code == 201, answer.content
        return answer.json()

    headers: dict[str, str] | None = None

    def test_proposes_accepts_and_gives_notice(self, xb: Partner) -> None:
        done = self.post("proposals", DRAFT.canonical, "application/json")
        assert (done["state"], done["told"]) == ("pending", ["XB"])
        again = self.post(f"agreements/{DRAFT.digest}/proposal", b"")
        assert again["signed_by"] == ["XA"]
        (member,) = signed_by(xb)["signatures"]
        says(xb, SIGNATURE, {"digest": DRAFT.digest, "signature": member})
        assert self.post(f"agreements/{DRAFT.digest}/acceptance", b"")["state"] == "in-force"
        notice = json.dumps({"notice": "suspend", "reason": "why"}).encode()
        assert self.post(f"agreements/{DRAFT.digest}/notices", notice)["state"] == "suspended"


class TestTheScreen:
    def test_offers_what_may_be_done_and_does_it(self, xb: Partner) -> None:
        says(xb, PROPOSAL, signed_by(xb))
        liaison = signed_in("liaison")
        page = liaison.get(f"/agreements/{DRAFT.digest}").content.decode()
        assert "Sign and tell XB" in page
        assert liaison.post(f"/agreements/{DRAFT.digest}/accept").status_code == 302
        assert state(DRAFT.digest) == "in-force"
        page = liaison.get(f"/agreements/{DRAFT.digest}").content.decode()
        assert "Terminate" in page
        path = f"/agreements/{DRAFT.digest}/notice/terminate"
        assert liaison.get(path).status_code == 200
        assert liaison.post(path, {"reason": "It is over"}).status_code == 422
        assert state(DRAFT.digest) == "in-force"
        sure = {"reason": "It is over", "sure": "on"}
        assert liaison.post(path, sure).status_code == 302
        assert state(DRAFT.digest) == "terminated"
        assert "It is over" in liaison.get(f"/agreements/{DRAFT.digest}").content.decode()
