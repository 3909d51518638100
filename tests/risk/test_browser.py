"""The screens of risk and controls with something on them, in a real browser."""

from datetime import timedelta

import pytest

from tests.browser import NodePage, inspect
from tests.documents.papers import AT, taken
from tests.exchange.conftest import agreement, xb  # noqa: F401 (fixtures)
from tests.risk.test_assessing import alert
from tidewaiter import clock
from tidewaiter.controls import actions as controls
from tidewaiter.documents import actions as documents
from tidewaiter.identity import viewer
from tidewaiter.risk import actions, messages

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
COMMAND = viewer.command_line()
POWER = "Customs Code, Art. 188"


@pytest.fixture
def references(agreement: str) -> list[str]:  # noqa: F811
    messages.raise_signals(alert(summary="Seen with forged marks at our harbour."))
    report = documents.take([taken(f"L-{n}") for n in range(3)], at=AT, by="test")
    actions.follow(report.ids, at=AT)
    found = [one.reference for one in report.taken]
    controls.record(
        reference=found[0],
        result="not-conform",
        offence="counterfeit",
        note="Forged labels in the second row.",
        marks=["NORDVIK"],
        power=POWER,
        by=COMMAND,
        at=AT + timedelta(hours=1),
    )
    controls.seize(reference=found[0], power=POWER, by=COMMAND, at=AT + timedelta(hours=2))
    actions.send_alert(reference=found[0], to="XB", by=COMMAND, at=clock.real(), on=AT)
    return found


def test_the_workbench(node_page: NodePage, references: list[str]) -> None:
    page = node_page.signed_in("supervisor")
    inspect(page, "/")
    inspect(page, "/?lane=red&q=L-1")


def test_a_consignment_that_waits_and_one_that_was_seized(
    node_page: NodePage, references: list[str]
) -> None:
    page = node_page.signed_in("supervisor")
    inspect(page, f"/declarations/{references[1]}")
    inspect(page, f"/declarations/{references[0]}")


def test_inspections(node_page: NodePage, references: list[str]) -> None:
    page = node_page.signed_in("supervisor")
    inspect(page, "/inspections/?state=")
    inspect(page, f"/inspections/{references[1]}/")


def test_alerts(node_page: NodePage, references: list[str]) -> None:
    page = node_page.signed_in("supervisor")
    inspect(page, "/alerts/")
    inspect(page, f"/declarations/{references[0]}/alert")


def test_an_inspection_is_recorded_without_a_mouse(
    node_page: NodePage, references: list[str]
) -> None:
    page = node_page.signed_in("supervisor").open(f"/inspections/{references[1]}/")
    page.focus("#id_result_0")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.focus("text=Put on record")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/declarations/{references[1]}")
    assert "Inspected: conform" in page.content()
