"""What may be read of partners' results: those of the goods of a declaration of ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tidewaiter.controls import life
from tidewaiter.controls.models import PartnerResult
from tidewaiter.documents import queries as declarations
from tidewaiter.documents.theirs import naming
from tidewaiter.documents.theirs import queries as papers
from tidewaiter.identity.viewer import Viewer

MOST: Final = 20  # results beside one declaration


@dataclass(frozen=True, slots=True)
class Result:
    """What a partner's control found."""

    message_id: str
    partner: str
    number: str
    done_on: str
    kind: str
    office: str
    result: str
    findings: str
    seals: list[str]
    handling: str
    received_at: datetime

    @property
    def result_name(self) -> str:
        """The result, for gettext; as it came where the agreement made it coarser."""
        known = {each.value: name for each, name in life.RESULT_NAMES.items()}
        return known.get(self.result, self.result)


def results(viewer: Viewer, reference: str, *, at: datetime) -> list[Result]:
    """Partners' results on the goods of a declaration. Audited. Raises DeclarationUnknown."""
    sheet = declarations.declaration(viewer, reference, at=at)
    return of_goods(sheet.ucr, sheet.containers, sheet.transport_documents)


def of_goods(ucr: str, containers: Iterable[str], documents: Iterable[str]) -> list[Result]:
    """Partners' results on goods that go by these names, the newest first."""
    named = naming.of_paper(ucr, containers, documents)
    found = papers.known_as(named, PartnerResult.objects.pseudonymous())
    rows = PartnerResult.objects.naming(found)[:MOST] if found else []
    return [
        Result(**{name: getattr(row, name) for name in Result.__dataclass_fields__}) for row in rows
    ]
