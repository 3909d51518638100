"""Identifiers: UUIDv7, container numbers, folded names."""

import doctest
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter import identifier

MS = timedelta(milliseconds=1)
AT = datetime(2026, 11, 24, 8, 15, 30, 123000, tzinfo=UTC)
MOMENTS = st.integers(0, 2**47).map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + ms * MS)


def stamp(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // MS


class TestAUuid7:
    @given(MOMENTS)
    def test_has_version_7_the_variant_of_the_rfc_and_the_time(self, at: datetime) -> None:
        made = identifier.uuid7(at)
        assert (made.version, made.variant) == (7, "specified in RFC 4122")
        assert stamp(at) <= made.int >> 80 <= stamp(at) + 10_000

    def test_ascends_within_a_millisecond(self) -> None:
        made = [identifier.uuid7(AT) for _ in range(2000)]
        assert made == sorted(made)
        assert len(set(made)) == 2000
        assert made[0].int >> 80 == stamp(AT)

    def test_ascends_where_the_clock_steps_back_a_little(self) -> None:
        later = AT + timedelta(days=1)
        one = identifier.uuid7(later)
        assert identifier.uuid7(later - timedelta(seconds=9)) > one

    def test_follows_a_clock_that_was_set_back(self) -> None:
        identifier.uuid7(AT + timedelta(days=9))
        assert identifier.uuid7(AT).int >> 80 == stamp(AT)

    def test_is_never_made_twice_by_threads(self) -> None:
        at = datetime.fromtimestamp(time.time(), UTC)
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda _: identifier.uuid7(at), range(4000)))
        assert len(set(made)) == 4000


class TestAContainerNumber:
    @pytest.mark.parametrize(
        "text", ["CSQU3054383", "csqu 305438-3", " CSQU305438/3 ", "MSKU1234565"]
    )
    def test_is_written_as_the_standard_does(self, text: str) -> None:
        assert identifier.container(text) in {"CSQU3054383", "MSKU1234565"}

    @pytest.mark.parametrize(
        "text", ["", "CSQU3054384", "CSQX3054383", "CSQU305438", "CSQU٣054383"]
    )
    def test_that_is_none_is_none(self, text: str) -> None:
        assert identifier.container(text) is None

    @given(st.text(max_size=15))
    def test_of_any_text_is_itself_again_or_none(self, text: str) -> None:
        found = identifier.container(text)
        assert found is None or identifier.container(found) == found


class TestAFoldedName:
    @pytest.mark.parametrize(
        "names",
        [
            ("Acme Trading Co., Ltd.", "ACME TRADING COMPANY LIMITED", "Acme  Trading"),
            ("Müller GmbH & Co. KG", "MULLER GMBH & CO KG", "muller"),
            ("Société Générale S.A.", "SOCIETE GENERALE SA", "Societe Generale, S. A."),
            ("Ａｃｍｅ　Ｌｔｄ", "acme"),
            ("L'Atelier SARL", "L’ATELIER S.A.R.L."),
            ("PT Sumber Jaya Tbk", "Sumber Jaya"),
            ("Grupo Azul, S.A. de C.V.", "GRUPO AZUL"),
            ("Straße AG", "STRASSE"),
        ],
    )
    def test_is_the_same_however_it_is_written(self, names: tuple[str, ...]) -> None:
        assert len({identifier.fold(name) for name in names}) == 1

    @pytest.mark.parametrize(
        ("one", "other"),
        [("Acme North Ltd", "Acme South Ltd"), ("顺丰速运", "顺风速运"), ("Ltd", "SA")],
    )
    def test_of_another_party_is_another(self, one: str, other: str) -> None:
        assert identifier.fold(one) != identifier.fold(other)

    def test_is_not_empty_where_the_form_is_all_there_is(self) -> None:
        assert identifier.fold("Company Ltd.") == "company ltd"

    @given(st.text(max_size=40))
    def test_is_its_own_folded_name(self, name: str) -> None:
        folded = identifier.fold(name)
        assert identifier.fold(folded) == folded


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(identifier).failed == 0
