"""The screens of agreements, in a real browser: each as it stands in its life, and the notices."""

from typing import Any

import pytest

from tests.agreements.test_examples import example
from tests.browser import NodePage, inspect
from tests.exchange.partner import Partner
from tests.exchange.test_treaties import NOTICE, PROPOSAL, says, signed_by
from tidewaiter import canonical, clock
from tidewaiter.agreements import document, queries
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.identity import actions as identity

pytestmark = pytest.mark.browser


@pytest.fixture
def xb(db: None) -> Partner:
    made = Partner("XB", at=clock.real())
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    return made


def text(**changes: Any) -> dict[str, Any]:
    """The example that ships, as data."""
    data = canonical.read(example("xaxb-mutual-assistance.yaml").canonical)
    return {**data, **changes}


def in_force(xb: Partner, data: dict[str, Any]) -> str:
    proposal = signed_by(xb, data)
    assert says(xb, PROPOSAL, proposal) == "accepted"
    digest = document.read(canonical_of(data)).digest
    treaties.accept(digest=digest, at=clock.real(), by="ada")
    return digest


def canonical_of(data: dict[str, Any]) -> bytes:
    return canonical.write(data)


def amended(xb: Partner) -> dict[str, Any]:
    """Version 2, which XB has proposed: other fields, a longer retention, a clause more."""
    data = text(version=2)
    clauses = [dict(each) for each in data["clauses"]]
    clauses[0]["retention"] = {"days": 1460}
    clauses[0]["fields"] = {
        **clauses[0]["fields"],
        "allow": [each for each in clauses[0]["fields"]["allow"] if each != "office"],
    }
    clauses[1]["onward"] = ["XC"]
    clauses.append({**clauses[2], "id": "7.4", "title": "The status of operators"})
    data["clauses"] = clauses
    return data


def test_a_proposal_that_came_is_signed_by_a_button(node_page: NodePage, xb: Partner) -> None:
    assert says(xb, PROPOSAL, signed_by(xb, text())) == "accepted"
    (found,) = queries.agreements(clock.real())
    page = node_page.signed_in("liaison")
    inspect(page, f"/agreements/{found.digest}")
    opened = page.open(f"/agreements/{found.digest}")
    opened.locator("aside .button--primary").click()
    opened.wait_for_selector("aside .button--primary", state="detached")
    assert queries.agreement(found.digest, clock.real()).state == "in-force"


def test_an_amendment_shows_what_changed(node_page: NodePage, xb: Partner) -> None:
    in_force(xb, text())
    data = amended(xb)
    assert says(xb, PROPOSAL, signed_by(xb, data)) == "accepted"
    digest = document.read(canonical_of(data)).digest
    page = node_page.signed_in("liaison")
    inspect(page, f"/agreements/{digest}")
    page.cookie("django_language", "en")
    shown = page.open(f"/agreements/{digest}").locator("#amended").locator("..").inner_text()
    assert "Taken out: the office." in shown
    assert "The recipient deletes it after 1460 days." in shown
    assert "New article" in shown


def test_it_is_ended_with_a_confirmation(node_page: NodePage, xb: Partner) -> None:
    digest = in_force(xb, text())
    page = node_page.signed_in("liaison")
    path = f"/agreements/{digest}/notice/terminate"
    inspect(page, path)
    opened = page.open(path)
    opened.locator("#id_reason").fill("It is over")
    opened.locator(".button--danger").click()
    assert queries.agreement(digest, clock.real()).state == "in-force"
    opened.locator("#id_sure").check()
    opened.locator(".button--danger").click()
    opened.wait_for_url(f"**/agreements/{digest}")
    assert queries.agreement(digest, clock.real()).state == "terminated"
    inspect(page, f"/agreements/{digest}")


def test_the_list_and_a_suspended_one(node_page: NodePage, xb: Partner) -> None:
    digest = in_force(xb, text())
    in_force(xb, text(version=2, title="Arvenia and Belmora, as amended"))
    draft = treaties.propose(source=canonical_of(text(version=3)), at=clock.real(), by="ada").digest
    second = next(each for each in queries.agreements(clock.real()) if each.version == 2)
    reason = "A court asks for it: no reports until it has decided"
    data = {"digest": second.digest, "notice": "suspend", "reason": reason}
    assert says(xb, NOTICE, data) == "accepted"
    page = node_page.signed_in("liaison")
    inspect(page, "/agreements/")
    inspect(page, f"/agreements/{second.digest}")
    inspect(page, f"/agreements/{digest}", themes=("light",))
    inspect(page, f"/agreements/{draft}", themes=("light",))
    inspect(page, f"/agreements/{second.digest}/notice/suspend", themes=("light",))
