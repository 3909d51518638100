"""Alarms on the screens and by REST: found for real, shown with evidence, seen to by a person."""

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client
from playwright.sync_api import expect

from tests.browser import NodePage, inspect, look
from tests.exchange.partner import Partner
from tests.ledger import forks
from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.keys import queries as own
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions, contradiction, note, queries
from tidewaiter.ledger.alarms.actions import alarm
from tidewaiter.ledger.alarms.kinds import WORDS, Kind
from tidewaiter.ledger.alarms.models import Fault
from tidewaiter.ledger.fencing import actions as fencing
from tidewaiter.ledger.screens import panels, words
from tidewaiter.ledger.screens import queries as screens
from tidewaiter.work.models import Task

SIZES = ((1280, 720), (1024, 768), (375, 812))


@pytest.fixture
def xb(db: None) -> Partner:
    return partner("XB")


def partner(code: str) -> Partner:
    at = clock.real()
    made = Partner(code, url=f"https://{code.lower()}.example", at=at)
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=at)
    return made


def keys(partner: Partner) -> list[note.Verifier]:
    """The key of its log, as its document names it."""
    return [note.verifier(own.verifier(partner.key(Use.LOG)))]


def token(*roles: str) -> dict[str, str]:
    name = "-".join(roles)
    identity.add_person(name=name, roles=list(roles), at=clock.real())
    made = identity.add_token(name=name, at=clock.real()).token
    return {"Authorization": f"Bearer {made}"}


def test_every_kind_has_its_meaning_and_its_steps_in_words() -> None:
    assert set(words.MEANING) == set(words.STEPS) == set(WORDS) == set(Kind)


@pytest.mark.django_db
class TestByRest:
    def test_an_alarm_is_listed_with_both_notes_until_somebody_saw_to_it(
        self, client: Client, xb: Partner
    ) -> None:
        number = forks.forked(xb)
        headers = token("liaison")
        (found,) = client.get("/api/v1/alarms", headers=headers).json()
        assert (found["id"], found["administration"], found["kind"]) == (number, "XB", "fork")
        assert found["first"] != found["second"]
        done = client.post(
            f"/api/v1/alarms/{number}/acknowledgement",
            {"remark": "their disk"},
            content_type="application/json",
            headers=headers,
        )
        assert (done.status_code, done.json()["remark"]) == (200, "their disk")
        assert client.get("/api/v1/alarms", headers=headers).json() == []
        assert len(client.get("/api/v1/alarms?all=true", headers=headers).json()) == 1
        again = client.post(
            f"/api/v1/alarms/{number}/acknowledgement",
            {"remark": "once more"},
            content_type="application/json",
            headers=headers,
        )
        assert again.status_code == 409

    def test_one_of_two_sizes_gives_the_proof_of_the_contradiction(
        self, client: Client, xb: Partner
    ) -> None:
        """By the two notes and the proof alone, whoever has the log's key finds two trees."""
        number = forks.beside(xb)
        headers = token("liaison")
        found = client.get(f"/api/v1/alarms/{number}", headers=headers).json()
        first, second = (note.read(found[side].encode(), *keys(xb)) for side in ("first", "second"))
        assert (first.size, second.size) == (300, 200)
        large, small = (first.size, first.root), (second.size, second.root)
        assert contradiction.proven(found["proof"], small, large)
        page = panels.page(
            queries.alarm(None, number), screens.evidence(queries.alarm(None, number))
        )
        assert page["relation"].startswith("The list of 300 entries does not begin with the 200")
        assert page["proof"] == f"/ledger/alarms/{number}/proof"
        client.force_login(get_user_model().objects.get(name="liaison"))
        assert page["proof"] in client.get(f"/ledger/alarms/{number}/").content.decode()
        assert client.get(page["proof"]).content.decode() == found["proof"]

    def test_nobody_sees_to_one_who_only_reads(self, client: Client, xb: Partner) -> None:
        number = forks.forked(xb)
        done = client.post(
            f"/api/v1/alarms/{number}/acknowledgement",
            {"remark": "nothing"},
            content_type="application/json",
            headers=token("auditor"),
        )
        assert done.status_code == 403
        assert queries.alarms()


@pytest.mark.browser
class TestTheScreens:
    def test_say_of_our_own_log_that_it_is_ours_and_what_is_to_be_done(
        self, node_page: NodePage, xb: Partner
    ) -> None:
        alarm(Fault("XA", queries.origin(), Kind.FORK, ("", ""), "XB"), at=clock.real())
        page = node_page.signed_in("node_admin").open(f"/ledger/alarms/{queries.alarms()[0].id}/")
        expect(page.locator("main")).to_contain_text("This is about our own log.")
        expect(page.locator("main")).to_contain_text("Tell the administrator of this node at once")
        expect(page.locator("main")).to_contain_text("There is none: this is what was not shown.")
        assert look(page, theme="auto") == []

    def test_an_alarm_is_told_where_work_begins_understood_and_seen_to(
        self, node_page: NodePage, xb: Partner
    ) -> None:
        forks.forked(xb)
        page = node_page.signed_in("liaison").open("/")
        expect(page.locator(".menu .badge")).to_contain_text("1")
        page.get_by_role("link", name="What it means and what to do").click()
        main = page.locator("main")
        expect(page.locator("h1")).to_have_text("Alarm about the log of XB")
        expect(main).to_contain_text("XB signed both statements and can deny neither.")
        expect(main).to_contain_text("Both speak of 120 entries")
        expect(main.get_by_text("signed by its log, checked now")).to_have_count(2)
        with page.expect_download() as downloading:
            page.get_by_role("link", name="Download this statement").nth(1).click()
        found = queries.alarms()[0]
        assert downloading.value.path().read_text() == found.second
        page.get_by_label("What was found, and who takes it in hand").fill("XB restored a backup")
        page.get_by_role("button", name="Note that it is seen to").click()
        expect(main).to_contain_text("XB restored a backup")
        expect(page.locator(".menu .badge")).to_have_count(0)
        page.get_by_role("link", name="Alarms").click()
        expect(main).to_contain_text("No alarm is open")
        assert Task.objects.get(subject=str(found.id)).closed_by == "liaison"

    def test_of_a_fork(self, node_page: NodePage, xb: Partner) -> None:
        number = forks.forked(xb)
        inspect(node_page.signed_in("liaison"), f"/ledger/alarms/{number}/", sizes=SIZES)

    def test_of_a_split_view_with_the_list_and_the_ledger(
        self, node_page: NodePage, xb: Partner
    ) -> None:
        partner("XC")
        number = forks.split(xb, "XC")
        with transaction.atomic():
            actions.append(b"one", b"s" * 32, at=clock.real())
        actions.publish(at=clock.real())
        page = node_page.signed_in("auditor")
        for path in (f"/ledger/alarms/{number}/", "/ledger/alarms/", "/ledger/"):
            inspect(page, path, sizes=SIZES[:2], themes=("light",))

    def test_of_a_restored_node_stands_on_every_page(
        self, node_page: NodePage, xb: Partner
    ) -> None:
        fencing.fence(since=clock.real(), at=clock.real())
        page = node_page.signed_in("officer").open("/")
        expect(page.locator(".banner")).to_contain_text("restored from a backup")
        inspect(node_page, "/declarations/", sizes=SIZES[:1], themes=("light",))

    def test_go_without_script(self, plain_page: NodePage, xb: Partner) -> None:
        number = forks.forked(xb)
        page = plain_page.signed_in("node_admin").open(f"/ledger/alarms/{number}/")
        page.get_by_role("button", name="Note that it is seen to").click()
        page.get_by_label("What was found, and who takes it in hand").fill("a fault")
        page.get_by_role("button", name="Note that it is seen to").click()
        expect(page.locator("main")).to_contain_text("By node_admin")
