"""The work of an officer by the keyboard alone, and without script; lists that come anew."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tests import scene
from tests.browser import NodePage, axe, look
from tests.documents import papers
from tests.exchange.conftest import agreement, xb  # noqa: F401 (fixtures)
from tests.exchange.partner import Partner
from tidewaiter import clock
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.documents import wco
from tidewaiter.exchange import queries as messages
from tidewaiter.identity import viewer
from tidewaiter.risk.partners import queries as risk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COMMAND = viewer.command_line()
FOCUSED = """() => {
    const it = document.activeElement;
    if (!it || it === document.body) return null;
    const label = it.labels && it.labels.length ? it.labels[0].innerText : "";
    const style = getComputedStyle(it);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    return { words: (label || it.innerText || it.value || "").trim(), ring: ring };
}"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """A declaration as a trader's file."""
    file = tmp_path / "trader.xml"
    file.write_bytes(wco.write(papers.declaration("BY-HAND")))
    return file


def tab_to(page: Any, words: str, *, most: int = 80) -> None:
    """Go on by the tabulator to what bears these words; every stop must show that it is one."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None:
            continue
        assert found["ring"], f"nobody sees that {found['words']!r} has the focus"
        if found["words"] == words:
            return
    raise AssertionError(f"no way by the keyboard to {words!r} on {page.url}")


def enter(page: Any, words: str) -> None:
    """Tab there, press Enter, and wait for the page that this leads to."""
    tab_to(page, words)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def state(number: str) -> str:
    """The state of the declaration that the trader numbered so."""
    found = declarations.summaries(declarations.ids())
    return next(one.state for one in found.values() if one.local_reference == number)


def test_a_declaration_is_lodged_inspected_and_released_by_the_keyboard_alone(
    node_page: NodePage, document: Path
) -> None:
    page = node_page.signed_in("officer").open("/declarations/")
    page.on("filechooser", lambda _: None)  # from here on: asked for with the key, it may come late
    enter(page, "Lodge a declaration")
    tab_to(page, "Document")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(document)
    enter(page, "Lodge")
    expect(page.locator("main")).to_contain_text("Running shoes")
    enter(page, "Inspect")
    tab_to(page, "conform")
    page.keyboard.press("Space")
    enter(page, "Put on record")
    expect(page.locator("main")).to_contain_text("Inspected: conform")
    if not page.locator("#release-power").is_visible():
        tab_to(page, "Release the goods")
        page.keyboard.press("Enter")
    tab_to(page, "Power")
    enter(page, "Release")
    expect(page.locator(".lead")).to_contain_text("Released")
    assert state("BY-HAND") == "released"
    assert node_page.faults == []


def test_the_same_goes_without_script(plain_page: NodePage, document: Path) -> None:
    page = plain_page.signed_in("officer").open("/declarations/")
    page.get_by_role("link", name="Lodge a declaration").click()
    page.set_input_files("input[type=file]", document)
    page.get_by_role("button", name="Lodge").click()
    page.get_by_role("link", name="Inspect", exact=True).click()
    page.get_by_label("conform", exact=True).check()
    page.get_by_role("button", name="Put on record").click()
    if not page.locator("#release-power").is_visible():
        page.get_by_text("Release the goods").click()
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.locator(".lead")).to_contain_text("Released")
    assert state("BY-HAND") == "released"


def test_every_other_step_goes_without_script(
    plain_page: NodePage,
    xb: Partner,  # noqa: F811
    agreement: str,  # noqa: F811
) -> None:
    played = scene.played(xb, agreement)
    page = plain_page.signed_in("supervisor").open(f"/inspections/{played.waiting}/")
    page.get_by_label("Person").select_option("ada")
    page.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status").first).to_contain_text("assigned")
    page.get_by_role("button", name="Put on record").click()  # nothing was filled in
    page.get_by_label("not conform").check()
    page.get_by_role("button", name="Put on record").click()
    expect(page.get_by_role("alert")).to_contain_text("Offence")  # what is wrong, and where
    page.get_by_label("Offence").select_option("counterfeit")
    page.get_by_label("Findings").fill("Forged labels.")
    page.get_by_role("button", name="Put on record").click()
    page.get_by_role("button", name="Seize").click()
    expect(page.locator(".lead")).to_contain_text("Detained")
    page.get_by_role("link", name="Warn a partner").click()
    page.get_by_label("Summary").fill("Seen twice this week.")
    page.get_by_role("button", name="Send the alert").click()
    expect(page.locator("main")).to_contain_text("We warned XB")
    assert risk.alerts(reference=played.waiting)
    page.goto(plain_page.url + "/alerts/")
    page.get_by_role("button", name="Withdraw").first.click()
    expect(page.locator("main")).to_contain_text("is withdrawn")
    page.goto(f"{plain_page.url}/exchange/{played.held}/")
    page.get_by_role("button", name="Release this message").click()
    held = messages.message(COMMAND, UUID(played.held), at=clock.real())
    assert "supervisor" in held.released_by
    page.goto(f"{plain_page.url}/declarations/{played.long}")
    page.get_by_text("Decide on another lane").click()
    page.locator("#lane-lane").select_option("green")
    page.locator("#lane-note").fill("Seen before.")
    page.get_by_role("button", name="Set the lane").click()
    expect(page.locator("main")).to_contain_text("decided on the lane")
    page.goto(plain_page.url + "/?lane=green")
    page.locator(f"#tick-{played.long}").check()
    page.get_by_role("button", name="Release those ticked").click()
    expect(page.locator("main")).to_contain_text("1 released")
    page.locator(".account summary").click()
    page.get_by_role("button", name="Français").click()
    expect(page.locator("h1")).to_have_text("Poste de travail")


def test_the_workbench_comes_anew_and_keeps_focus_and_place(node_page: NodePage) -> None:
    report = documents.take([papers.taken(f"L-{n}") for n in range(24)], at=papers.AT, by="t")
    names = sorted(one.reference for one in report.taken)
    page = node_page.signed_in("officer").open("/")
    page.evaluate("window.here = true")
    for _ in range(12):
        page.keyboard.press("j")
    focused = page.evaluate("document.activeElement.id")
    assert focused.removeprefix("row-") in names
    place = page.evaluate("window.scrollY")
    assert place > 0
    new = documents.take([papers.taken("NEW")], at=papers.AT, by="t").taken[0].reference
    expect(page.locator(f"#row-{new}")).to_be_attached(timeout=20_000)
    assert page.evaluate("window.here") is True, "the page was loaded anew"
    assert page.evaluate("document.activeElement.id") == focused
    assert page.evaluate("window.scrollY") == place
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.id") != focused
    assert node_page.faults == []


def test_the_workbench_is_narrowed_and_ticked_by_keys(node_page: NodePage) -> None:
    taken = documents.take([papers.taken(f"L-{n}") for n in range(2)], at=papers.AT, by="t").taken
    page = node_page.signed_in("officer").open("/")
    page.keyboard.press("/")
    page.keyboard.type(taken[0].reference)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("[data-rows] tbody tr").count() == 1
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(f"#tick-{taken[0].reference}")).to_be_checked()
    with page.expect_navigation():
        page.focus("#release-ticked")
        page.keyboard.press("Enter")
    assert state("L-0") == "released"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_a_form_that_says_what_is_wrong_is_read_by_everybody(
    node_page: NodePage,
    tmp_path: Path,
    xb: Partner,  # noqa: F811
    agreement: str,  # noqa: F811
) -> None:
    played = scene.played(xb, agreement)
    bad = tmp_path / "bad.txt"
    bad.write_text("neither a declaration nor an agreement: [", encoding="utf-8")
    everybody = node_page.signed_in("supervisor", "liaison", "node_admin")
    page = everybody.open(f"/inspections/{played.waiting}/")
    page.get_by_label("not conform").check()
    _refused(page, "Put on record")
    assert page.locator("#id_offence").get_attribute("aria-invalid") == "true"
    page.goto(node_page.url + "/declarations/lodge/")
    page.set_input_files("input[type=file]", bad)
    _refused(page, "Lodge")
    page.goto(node_page.url + "/agreements/register")
    page.set_input_files("input[type=file]", bad)
    _refused(page, "Register")
    page.goto(node_page.url + "/partners/")
    page.get_by_label("The node's signed document").fill("x.y.z")
    page.get_by_label("Thumbprint").fill("nope")
    _refused(page, "Register")
    page.goto(node_page.url + "/people/new/")
    page.get_by_label("Name", exact=True).fill("No Name!")
    page.get_by_label("First password").fill("short")
    page.get_by_label("Trainer").check()
    _refused(page, "Make the account")


def _refused(page: Any, button: str) -> None:
    """Send the form; what is wrong with it is said, in a page without a serious finding."""
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert look(page, theme="auto") == []
    assert axe(page) == []
