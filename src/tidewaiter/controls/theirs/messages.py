"""Results of controls as messages: what comes is kept, and where it is bad, judged upon."""

import json
from importlib import resources
from typing import Any, Final

from tidewaiter.controls import life, registries
from tidewaiter.controls.models import PartnerResult
from tidewaiter.documents.theirs import naming
from tidewaiter.exchange import types
from tidewaiter.problem import N_

RESULT_TYPE: Final = "org.tidewaiter.control.result.v1"


def take(received: types.Received) -> None:
    """Keep a partner's result; those who judge hear of one that does not conform."""
    told = received.data
    PartnerResult.objects.keep(
        naming.of_consignment(told["consignment"]),
        message_id=str(received.id),
        partner=received.source,
        number=str(told["control"])[:80],
        done_on=str(told["date"])[:80],
        kind=str(told["kind"])[:200],
        office=str(told.get("office", ""))[:200],
        result=str(told["result"])[:80],
        findings="\n".join(_texts(told.get("findings"))),
        seals=_texts(told.get("seals")),
        agreement=received.agreement,
        clause=received.clause,
        handling=received.handling,
        retain_until=received.retain_until,
        received_at=received.received_at,
    )
    if told["result"] == life.Result.NOT_CONFORM.value:
        for name in registries.results:
            registries.results.get(name)(received)


def _texts(told: Any) -> list[str]:
    listed = told if isinstance(told, list) else [told]
    return [one for one in listed if isinstance(one, str)]


def _schema() -> dict[str, Any]:
    place = resources.files("tidewaiter.controls") / "schemas" / "control.result.json"
    schema: dict[str, Any] = json.loads(place.read_text("utf-8"))
    return schema


RESULT: Final = types.MessageType(
    name=RESULT_TYPE,
    category="control-result",
    schema=_schema(),
    handle=take,
    label="control",
    title=N_("Result of a control"),
)
