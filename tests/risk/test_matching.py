"""What a partner's word means for our goods: pure."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.agreements import generalisation
from tidewaiter.documents import frame
from tidewaiter.risk import matching, norms, signals, subjects

KEY = bytes(range(32))


def items(**more: object) -> pl.DataFrame:
    row = {
        **dict.fromkeys(frame.SCHEMA, ""),
        **dict.fromkeys(("lodged_on", "net_mass", "gross_mass", "value", "quantity")),
        "tax_rate": None,
        "declaration": 1,
        "item": 1,
        "hs6": "640411",
        "origin": "CN",
        "importer": "XB555",
        "importer_name": "Nordmark Sport GmbH",
        "exporter_name": "Société Arvénienne de Négoce, S. A. R. L.",
        "description": "Running shoes NORDVIK AIR",
        "containers": ["MSKU1234565"],
        "seals": [],
        "transport_documents": ["BL 77-1"],
        **more,
    }
    return norms.beside(norms.clean(pl.DataFrame([row], schema=frame.SCHEMA)), None)


def raised(data: dict[str, object], **more: object) -> pl.DataFrame:
    given = {
        "word": "m1",
        "source": "partner",
        "partner": "XB",
        "message_id": "m1",
        "alert": "XB-1",
        "agreement": "sha256:a",
        "offence": "counterfeit",
        "certainty": "suspected",
        **more,
    }
    rows = [
        {**given, "part": one.part, "kind": one.kind, "value": one.value}
        for one in subjects.subjects(data)
    ]
    return pl.DataFrame(rows, schema=matching.SIGNALS)


def hits(data: dict[str, object], found: pl.DataFrame | None = None, **more: object) -> list[str]:
    shown = items() if found is None else found
    met = matching.meet(shown, raised(data, **more), hasher)
    return [hit.code for _, hit in signals.find(met, shown)]


def hasher(text: str, agreement: str) -> str | None:
    return generalisation.pseudonym(text, KEY) if agreement == "sha256:a" else None


class TestAnItemIsHit:
    def test_by_its_container_however_it_is_written(self) -> None:
        data = {"consignment": {"containers": ["msku 123456-5"]}}
        assert hits(data) == ["signal.partner.consignment"]

    def test_by_its_transport_document(self) -> None:
        data = {"consignment": {"transportdocuments": ["bl77/1"]}}
        assert hits(data) == ["signal.partner.consignment"]

    def test_by_a_trader_whose_name_is_written_otherwise(self) -> None:
        data = {"consignment": {"consignor": {"name": "SOCIETE ARVENIENNE DE NEGOCE"}}}
        assert hits(data) == ["signal.partner.party"]

    def test_more_by_a_trader_together_with_the_goods(self) -> None:
        data = {
            "consignment": {"consignee": {"identifier": "XB555"}},
            "goods": [{"hs": "6404", "origin": "CN"}],
        }
        assert hits(data) == ["signal.partner.party_goods"]

    def test_by_a_pseudonym_under_the_agreements_key(self) -> None:
        name = generalisation.pseudonym("Nordmark Sport GmbH", KEY)
        data = {"consignment": {"consignee": {"name": name}}}
        assert hits(data) == ["signal.partner.party"]
        assert hits(data, agreement="sha256:b") == []

    def test_by_a_mark_as_a_whole_word(self) -> None:
        assert hits({"goods": [{"marks": ["Nordvik Air"]}]}) == ["signal.partner.mark"]
        assert hits({"goods": [{"marks": ["nord"]}]}) == []

    @pytest.mark.parametrize("code", ["64", "6404", "640411", "6404110000"])
    def test_by_goods_of_whatever_length_of_code_that_was_let_out(self, code: str) -> None:
        assert hits({"goods": [{"hs": code}]}) == ["signal.partner.goods"]

    def test_not_by_goods_of_another_origin(self) -> None:
        assert hits({"goods": [{"hs": "640411", "origin": "VN"}]}) == []

    def test_once_a_word_by_the_strongest_of_what_it_meets(self) -> None:
        data = {
            "consignment": {"containers": ["MSKU1234565"], "consignee": {"identifier": "XB555"}},
            "goods": [{"hs": "640411"}],
        }
        assert hits(data) == ["signal.partner.consignment"]


def test_ten_words_of_one_partner_under_one_subject_count_once() -> None:
    data = {"consignment": {"consignee": {"identifier": "XB555"}}}
    words = pl.concat([raised(data, word=f"m{n}", message_id=f"m{n}") for n in range(10)])
    shown = items()
    assert len(signals.find(matching.meet(shown, words), shown)) == 1


def test_what_is_generalised_beyond_use_names_nothing() -> None:
    data = {
        "consignment": {"ucr": True, "consignee": {"country": "XB"}, "route": ["XA"]},
        "goods": [{"hs": True, "value": {"amount": "band:1000"}, "marks": True}],
    }
    assert subjects.subjects(data) == ()


_json = st.recursive(
    st.none() | st.booleans() | st.text(max_size=8) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(_json, _json)
def test_no_data_that_a_partner_sends_makes_reading_it_fail(one: object, two: object) -> None:
    for subject in subjects.subjects({"consignment": one, "goods": two}):
        assert subject.value
