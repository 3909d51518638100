"""The screens of declarations in a real browser: two sizes, light and dark, both languages."""

from pathlib import Path

import pytest

from tests.browser import NodePage, inspect
from tests.documents.papers import AT, declaration, taken
from tidewaiter.documents import actions, importing, life, models, wco

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HERE = Path(__file__).parent


@pytest.fixture
def reference(tmp_path: Path, settings) -> str:  # type: ignore[no-untyped-def]
    """Some declarations of several states and lanes; the reference of the one to look at."""
    settings.VAULT_DIR = tmp_path / "vault"
    done = importing.lodge(
        wco.write(declaration("L-0")),
        name="a.xml",
        form=importing.named("wco-xml"),
        at=AT,
        by="ada",
    )
    report = actions.take([taken(f"L-{at}") for at in range(1, 4)], at=AT, by="ada")
    lanes = zip(report.ids, ("green", "yellow", "red"), strict=True)
    actions.judged([actions.Judgement(pk, lane, 0.5) for pk, lane in lanes], at=AT)
    actions.move(report.taken[0].reference, life.Event.RELEASE, by="ada", at=AT, note="green")
    actions.move(done.taken[0].reference, life.Event.CONTROL, by="ada", at=AT, note="by chance")
    return models.Declaration.objects.get(local_reference="L-0").reference


def test_the_list(node_page: NodePage, reference: str) -> None:
    inspect(node_page.signed_in("officer"), "/declarations/")


def test_a_list_that_finds_nothing(node_page: NodePage, reference: str) -> None:
    inspect(node_page.signed_in("officer"), "/declarations/?q=nothing")


def test_the_page_of_a_consignment(node_page: NodePage, reference: str) -> None:
    inspect(node_page.signed_in("officer"), f"/declarations/{reference}")


def test_the_source_document(node_page: NodePage, reference: str) -> None:
    inspect(node_page.signed_in("officer"), f"/declarations/{reference}/source/1")


def test_lodging(node_page: NodePage, reference: str) -> None:
    inspect(node_page.signed_in("officer"), "/declarations/lodge/")


def test_what_became_of_a_bad_document(node_page: NodePage, reference: str) -> None:
    page = node_page.signed_in("officer")
    page.page.goto(page.url + "/declarations/lodge/")
    page.page.set_input_files("input[type=file]", str(HERE / "defects" / "hs-chapter.xml"))
    page.page.click("main form .button--primary")
    assert "hs-chapter" not in page.page.inner_text("main")  # it is said in words
    assert "chapter" in page.page.inner_text("main")
