"""Whatever the canonical form can say, WCO XML and JSON give back."""

from hypothesis import HealthCheck, given, settings

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
    assert jsonform.packed(result.declaration) == jsonform.packed(declaration)


@SLOW
@given(canonical.declarations())
def test_json_gives_back_every_canonical_declaration(declaration: Declaration) -> None:
    result = jsonform.read(jsonform.write(declaration))
    assert not result.refused, result.findings
    assert result.declaration == declaration
    assert result.declaration is not None
    assert content.digest(result.declaration) == content.digest(declaration)
