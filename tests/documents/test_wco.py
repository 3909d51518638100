"""WCO declarations: what is taken, what is refused and where, and that nothing is lost."""

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from lxml import etree

from tests.data import DATA
from tidewaiter.documents import coverage, rulebook, wco
from tidewaiter.documents.element import Mass, Money
from tidewaiter.documents.wco import schemas

HERE = Path(__file__).parent
DEFECTS = sorted((HERE / "defects").glob("*.xml"))
SOUND = (HERE / "sound.xml").read_bytes()
SAMPLES = DATA / "wco-declarations"
XSD = SAMPLES / "schemas" / "customs" / "wrapper_submit.xsd"

Tree = tuple[str, str, tuple[tuple[str, str], ...], tuple["Tree", ...]]


def tree(document: bytes) -> Tree:
    """A document without comments, blank text and prefixes, its numbers by value."""
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    return _tree(etree.fromstring(document, parser))


def _tree(element: etree._Element) -> Tree:
    text = (element.text or "") if (element.text or "").strip() else ""
    with suppress(InvalidOperation):
        text = str(Decimal(text.strip()).normalize())
    attributes = sorted((str(key), str(value)) for key, value in element.attrib.items())
    return str(element.tag), text, tuple(attributes), tuple(map(_tree, element))


def changed(old: str, new: str) -> bytes:
    assert old in SOUND.decode()
    return SOUND.decode().replace(old, new, 1).encode()


@pytest.mark.parametrize("file", DEFECTS, ids=lambda file: file.stem)
def test_a_defect_is_reported_under_its_own_name(file: Path) -> None:
    result = wco.read(file.read_bytes(), name=file.name)
    assert [found.rule for found in result.findings] == [file.stem]
    assert result.refused == rulebook.RULES[file.stem].refuses
    assert result.findings[0].file == file.name
    assert result.findings[0].message


class TestADeclarationThatIsSound:
    def test_is_read_without_a_finding(self) -> None:
        assert wco.read(SOUND).findings == ()

    def test_holds_money_in_minor_units_and_masses_in_grams(self) -> None:
        declaration = wco.read(SOUND).declaration
        assert declaration is not None
        assert declaration.invoice_amount == Money(amount=125_050, currency="EUR")
        commodity = declaration.items[0].commodity
        assert commodity is not None
        assert commodity.goods_measure is not None
        assert commodity.goods_measure.gross_mass_measure == Mass(grams=120_500)
        assert commodity.hs6 == "620520"

    def test_tells_its_kind_its_number_its_day_and_its_containers(self) -> None:
        declaration = wco.read(SOUND).declaration
        assert declaration is not None
        assert declaration.kind == "import"
        assert declaration.local_reference == "LRN-2026-0001"
        assert str(declaration.lodged_on) == "2026-04-25"
        assert [one.id for one in declaration.containers] == ["CSQU3054383"]
        assert declaration.items[0].procedure == "4000"
        assert declaration.items[0].origin == "CN"

    def test_is_written_back_as_an_equivalent_document(self) -> None:
        declaration = wco.read(SOUND).declaration
        assert declaration is not None
        assert tree(wco.write(declaration)) == tree(SOUND)


class TestAFindingSaysWhere:
    def test_a_wrong_number_stands(self) -> None:
        (found,) = wco.read(changed(">120.5<", ">many<")).findings
        assert found.place.startswith("/MetaData/Declaration/GoodsShipment/GovernmentAgency")
        assert found.place.endswith("/Commodity/GoodsMeasure/GrossMassMeasure")
        assert found.line == SOUND[: SOUND.index(b">120.5<")].count(b"\n") + 1
        assert "'" not in found.message
        assert "many" in found.message

    def test_a_wrong_code_stands_though_a_rule_of_all_formats_found_it(self) -> None:
        (found,) = wco.read(changed("<Origin><CountryCode>CN", "<Origin><CountryCode>c1")).findings
        assert found.place.endswith("/Origin/CountryCode")
        assert found.line == SOUND[: SOUND.index(b"<Origin>")].count(b"\n") + 1

    def test_and_quotes_at_most_200_characters_and_nothing_unprintable(self) -> None:
        (found,) = wco.read(changed(">120.5<", ">" + "7\u200b" * 300 + "<")).findings
        assert len(found.parameters["found"]) <= 200
        assert found.parameters["found"].isprintable()


class TestHostileXml:
    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
    def test_hides_no_doctype_in_another_encoding(self, encoding: str) -> None:
        text = (HERE / "defects" / "doctype.xml").read_text(encoding="utf-8")
        data = text.replace(' encoding="UTF-8"', "").encode(encoding)
        assert [found.rule for found in wco.read(data).findings] == ["doctype"]

    def test_hides_no_doctype_behind_a_comment(self) -> None:
        data = b"<!-- a > b -->\n<?pi?>\n<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"
        (found,) = wco.read(data).findings
        assert (found.rule, found.line) == ("doctype", 3)

    def test_of_an_encoding_that_could_hide_one_is_refused(self) -> None:
        for name in ("utf-7", "IBM037", "utf-32"):
            data = SOUND.replace(b"UTF-8", name.encode())
            assert [found.rule for found in wco.read(data).findings] == ["encoding"]

    def test_nested_thousands_deep_is_refused(self) -> None:
        (found,) = wco.read(b"<a>" * 5_000 + b"</a>" * 5_000).findings
        assert found.rule == "xml-too-deep"

    def test_of_more_than_20_megabytes_is_refused_unparsed(self) -> None:
        (found,) = wco.read(b"<" + b" " * (20 * 2**20)).findings
        assert found.rule == "too-large"

    def test_cut_off_at_any_place_is_refused(self) -> None:
        for cut in range(0, len(SOUND.rstrip()) - 1, 97):
            assert wco.read(SOUND[:cut]).refused

    def test_with_flipped_bytes_never_breaks_the_reader(self) -> None:
        for place in range(0, len(SOUND), 41):
            for sign in (0x00, 0x3C, 0x26, 0xFF):
                data = SOUND[:place] + bytes([sign]) + SOUND[place + 1 :]
                wco.read(data)


class TestWhatTheModelDoesNotName:
    def test_is_kept_and_written_back_in_its_place(self) -> None:
        data = changed(
            "<Exporter>",
            '<Broker xmlns:n="urn:n" n:kind="x"><n:Name>A &amp; B</n:Name></Broker><Exporter>',
        )
        result = wco.read(data)
        assert [found.rule for found in result.findings] == ["element-unknown"]
        assert result.declaration is not None
        assert tree(wco.write(result.declaration)) == tree(data)

    def test_attributes_and_spellings_are_kept_too(self) -> None:
        data = changed("<ID>CSQU3054383</ID>", '<ID schemeID="BIC"> CSQU3054383 </ID>').replace(
            b"<InvoiceAmount", b'<InvoiceAmount note="x"', 1
        )
        data = data.replace(b"1250.50<", b"1250.505<", 1)
        declaration = wco.read(data).declaration
        assert declaration is not None
        assert declaration.containers[0].id == "CSQU3054383"
        assert tree(wco.write(declaration)) == tree(data)

    def test_a_mass_in_pounds_is_grams_inside_and_pounds_outside(self) -> None:
        data = changed("<GrossMassMeasure>120.5", '<GrossMassMeasure unitCode="LBR">265.6570')
        declaration = wco.read(data).declaration
        assert declaration is not None
        assert declaration.items[0].commodity is not None
        measure = declaration.items[0].commodity.goods_measure
        assert measure is not None
        assert measure.gross_mass_measure == Mass(grams=120_500, unit_code="LBR")
        assert tree(wco.write(declaration)) == tree(data)


@pytest.mark.data
class TestThePublishedSamples:
    """434 files of UK customs; 150 are valid, 13 of them corrections and notices."""

    @staticmethod
    def valid() -> dict[Path, bytes]:
        files = sorted((SAMPLES / "examples").rglob("*.xml"))
        schema = schemas.load(XSD)
        found = {}
        for file in files:
            try:
                if schema.validate(etree.parse(str(file))):
                    found[file] = file.read_bytes()
            except etree.XMLSyntaxError:
                continue
        return found

    def test_are_taken_where_valid_and_refused_by_name_or_place_where_not(self) -> None:
        valid = self.valid()
        assert len(valid) == 150
        for file in sorted((SAMPLES / "examples").rglob("*.xml")):
            result = wco.read(file.read_bytes(), schema=XSD)
            refusals = {found.rule for found in result.findings if found.refuses}
            if file in valid:
                assert refusals <= {"cancellation", "notification"}, file
            else:
                assert result.refused, file
                assert all(found.line or found.place for found in result.findings), file

    def test_give_back_an_equivalent_document_from_the_canonical_form(self) -> None:
        taken = 0
        for file, data in self.valid().items():
            declaration = wco.read(data).declaration
            if declaration is not None:
                taken += 1
                again = wco.write(declaration)
                assert tree(again) == tree(data), file
                assert wco.read(again).declaration == declaration, file
        assert taken == 148

    def test_land_in_named_fields_to_at_least_ninety_in_a_hundred(self) -> None:
        measured = coverage.measure([SAMPLES])
        assert measured.files == 150
        assert measured.share >= 0.9
        assert measured.named + sum(one.count for one in measured.unnamed) == measured.elements


def test_coverage_counts_what_no_field_takes_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(
        changed("<Exporter>", "<Broker><Name>A</Name><Name>B</Name></Broker><Exporter>")
    )
    (tmp_path / "b.txt").write_text("no declaration")
    measured = coverage.measure([tmp_path])
    assert [(one.path, one.count) for one in measured.unnamed] == [
        ("/MetaData/Declaration/Broker/Name", 2)
    ]
    assert (measured.files, measured.skipped) == (1, 1)
    assert measured.named == measured.elements - 2


def test_a_schema_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(schemas.BadSchema):
        wco.read(SOUND, schema=tmp_path / "missing.xsd")


def test_a_document_of_very_many_defects_is_refused_at_once_and_tells_the_first() -> None:
    item = SOUND[SOUND.index(b"<GovernmentAgencyGoodsItem>") : SOUND.index(b"<Importer>")]
    bad = item.replace(b"<Origin><CountryCode>CN", b"<Origin><CountryCode>China")
    bad = bad.replace(b"<SequenceNumeric>1</SequenceNumeric>", b"", 1)
    data = SOUND.replace(item, bad.replace(b">120.5<", b">x<") * 5_000)
    result = wco.read(data)
    assert result.refused
    assert {"number-malformed", "country-malformed"} <= {found.rule for found in result.findings}
    assert len(result.findings) <= 300
