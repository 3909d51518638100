"""Whatever the canonical form can say, WCO XML and JSON give back."""

import copy
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tests.documents import canonical
from tidewaiter.documents import content, jsonform, wco
from tidewaiter.documents.declaration import Declaration

SLOW = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))


@SLOW
@given(canonical.declarations())
def test_wco_xml_gives_back_every_canonical_declaration(declaration: Declaration) -> None:
    result = wco.read(wco.write(declaration))
    assert not result.refused, result.findings
    assert result.declaration == declaration
    assert jsonform.write(result.declaration) == jsonform.write(declaration)


@SLOW
@given(canonical.declarations())
def test_json_gives_back_every_canonical_declaration(declaration: Declaration) -> None:
    result = jsonform.read(jsonform.write(declaration))
    assert not result.refused, result.findings
    assert result.declaration == declaration
    assert result.declaration is not None
    assert content.digest(result.declaration) == content.digest(declaration)


SPACE = "{urn:wco:datamodel:WCO:DEC-DMS:2}"
TEXTS = ("", "-1", "1e5", "9" * 20, "abc", "  x ", "é中", "1.23456789", ".5", "+5", "00012", "NaN")


def spoil(root: etree._Element, chance: random.Random) -> None:
    """Do one harm to a document, as a careless program would."""
    element = chance.choice([one for one in root.iter() if one.getparent() is not None])
    parent = element.getparent()
    assert parent is not None
    harm = chance.randrange(7)
    if harm == 0:
        parent.remove(element)
    elif harm == 1:
        parent.insert(chance.randint(0, len(parent)), copy.deepcopy(element))
    elif harm == 2:
        element.text = chance.choice(TEXTS)
    elif harm == 3:
        name = chance.choice(["x", "{urn:a}b", "unitCode", "currencyID", "formatCode"])
        element.set(name, chance.choice(["", "EUR", "KGM", "LBR", "102", "zz"]))
    elif harm == 4:
        element.tag = SPACE + chance.choice(["Foo", "ID", "Name", "Commodity"])
    elif harm == 5:
        etree.SubElement(element, "{urn:other}Foo").text = "a<b"
    else:
        element.tail = "junk"


@pytest.mark.parametrize("seed", range(300))
def test_a_document_with_harms_is_refused_by_name_or_given_back(seed: int) -> None:
    chance = random.Random(seed)
    root = etree.fromstring((Path(__file__).parent / "sound.xml").read_bytes())
    for _ in range(chance.randint(1, 3)):
        spoil(root, chance)
    result = wco.read(etree.tostring(root))
    if result.declaration is None:
        assert any(found.refuses and found.message for found in result.findings)
        return
    assert wco.read(wco.write(result.declaration)).declaration == result.declaration
    assert jsonform.read(jsonform.write(result.declaration)).declaration == result.declaration
