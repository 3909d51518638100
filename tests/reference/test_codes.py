"""What the code lists know, and how quickly."""

import subprocess
import sys
import time

import pytest

from tidewaiter.reference import chapters, countries, currencies, nomenclature, places


class TestCountries:
    def test_are_those_of_iso_3166(self) -> None:
        assert all(countries.known(code) for code in ("NO", "DE", "FR", "KR", "ZA"))
        assert len(countries.codes()) > 240

    def test_an_aggregate_or_a_reserved_code_is_none(self) -> None:
        assert not any(countries.known(code) for code in ("EU", "UN", "ZZ", "QQ"))

    def test_xa_to_xz_are_user_assigned(self) -> None:
        assert countries.known("XA")
        assert countries.known("XZ")
        assert countries.name("XA", "fr") == "XA"

    def test_are_named_in_the_readers_language(self) -> None:
        assert countries.name("DE") == "Germany"
        assert countries.name("DE", "fr") == "Allemagne"

    @pytest.mark.parametrize("code", ["de", "D", "DEU", "D1", "ÄB", ""])
    def test_other_shapes_are_malformed(self, code: str) -> None:
        assert not countries.well_formed(code)


class TestCurrencies:
    def test_historical_ones_are_known(self) -> None:
        assert currencies.known("KRW")
        assert currencies.known("DEM")
        assert not currencies.known("QQQ")

    def test_are_named_in_the_readers_language(self) -> None:
        assert currencies.name("KRW", "fr") == "won sud-coréen"


class TestNomenclature:
    def test_knows_the_subheadings_of_every_edition(self) -> None:
        assert nomenclature.known("010121")
        assert nomenclature.known("0101210000")
        assert {len(code) for code in nomenclature.codes()} == {6}

    def test_a_retired_code_is_unknown_but_well_formed(self) -> None:
        assert nomenclature.well_formed("851712")
        assert not nomenclature.known("851712")
        assert nomenclature.chapter_exists("851712")

    def test_chapter_77_does_not_exist(self) -> None:
        assert not nomenclature.chapter_exists("770110")
        assert not nomenclature.chapter_exists("000000")

    def test_national_chapters_are_taken(self) -> None:
        assert nomenclature.known("990500")

    @pytest.mark.parametrize("code", ["0101", "01012", "0101210", "01012A", "٠١٠١٢١", ""])
    def test_other_shapes_are_malformed(self, code: str) -> None:
        assert not nomenclature.well_formed(code)

    def test_every_chapter_has_a_label(self) -> None:
        assert set(chapters.LABELS) == set(nomenclature.CHAPTERS)
        assert chapters.label("090111") == "Coffee, tea, spices"


class TestPlaces:
    def test_a_port_has_its_name_functions_and_position(self) -> None:
        hamburg = places.find("DEHAM")
        assert hamburg is not None
        assert hamburg.name == "Hamburg"
        assert {"port", "airport"} <= hamburg.functions
        assert hamburg.latitude == pytest.approx(53.52, abs=0.1)
        assert hamburg.longitude == pytest.approx(9.93, abs=0.1)

    def test_south_and_west_are_negative(self) -> None:
        santos = places.find("BR SSZ")
        assert santos is not None
        assert santos.latitude is not None
        assert santos.longitude is not None
        assert santos.latitude < 0
        assert santos.longitude < 0

    def test_a_name_keeps_its_signs(self) -> None:
        assert places.find("ADESC") is not None
        assert "à" in str(places.find("ADEAC")) or places.known("ADEAC")

    @pytest.mark.parametrize("code", ["DE", "DE???", "ZZZZZ", "", "DEHAMB"])
    def test_what_is_not_held_is_none(self, code: str) -> None:
        assert places.find(code) is None


def test_a_country_of_places_loads_within_a_tenth_of_a_second() -> None:
    begun = time.perf_counter()
    assert places.find("FRLEH")
    assert time.perf_counter() - begun < 0.1


def test_importing_the_room_reads_no_list() -> None:
    code = (
        "import sys; from tidewaiter.reference import countries, nomenclature, places;"
        "sys.exit('babel' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
