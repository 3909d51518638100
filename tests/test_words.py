"""Every word that people read is there in French, with the placeholders of the English."""

import pytest
from babel.messages import Catalog

from tools import messages


@pytest.mark.parametrize("room", messages.rooms())
def test_every_word_of_a_room_is_there_in_french(room: str) -> None:
    assert messages.check(room) == []


def test_one_english_text_has_one_french_text() -> None:
    """Django joins the rooms' catalogues, so two would depend on the order of the rooms."""
    told: dict[tuple[str | None, str], dict[str, str]] = {}
    for room in messages.rooms():
        for each in messages.held(room, "fr"):
            if each.id and isinstance(each.id, str):
                told.setdefault((each.context, each.id), {})[room] = str(each.string)
    assert {key: by for key, by in told.items() if len(set(by.values())) > 1} == {}


class TestTheCheck:
    def compared(self, monkeypatch: pytest.MonkeyPatch, french: Catalog) -> list[str]:
        english = Catalog()
        english.add("Clause {clause} of %(party)s")
        monkeypatch.setattr(messages, "extracted", lambda room: english)
        monkeypatch.setattr(messages, "held", lambda room, language: french)
        return messages.check("web")

    def test_finds_what_is_missing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert "is missing" in self.compared(monkeypatch, Catalog(locale="fr"))[0]

    def test_finds_what_is_empty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        french = Catalog(locale="fr")
        french.add("Clause {clause} of %(party)s", "")
        assert "is empty" in self.compared(monkeypatch, french)[0]

    def test_finds_what_is_fuzzy(self, monkeypatch: pytest.MonkeyPatch) -> None:
        french = Catalog(locale="fr")
        words = "Clause {clause} de %(party)s"
        french.add("Clause {clause} of %(party)s", words, flags={"fuzzy"})
        assert "is fuzzy" in self.compared(monkeypatch, french)[0]

    def test_finds_other_placeholders(self, monkeypatch: pytest.MonkeyPatch) -> None:
        french = Catalog(locale="fr")
        french.add("Clause {clause} of %(party)s", "Clause {clausse} de %(party)s")
        assert "other placeholders" in self.compared(monkeypatch, french)[0]

    def test_finds_what_nobody_says_any_more(self, monkeypatch: pytest.MonkeyPatch) -> None:
        french = Catalog(locale="fr")
        french.add("Clause {clause} of %(party)s", "Clause {clause} de %(party)s")
        french.add("Gone", "Parti")
        assert "nowhere" in self.compared(monkeypatch, french)[0]
