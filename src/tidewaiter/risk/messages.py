"""Alerts and reports of seizures: the types, what they raise here, and how ours are sent.

A partner's word becomes a notice and its signals; a correction withdraws them, has what they hit
judged again, and says so to whoever acted on them. Schemas are those of the wire contract.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import resources
from typing import Any, Final

from django.db.models import Q

from tidewaiter import clock
from tidewaiter.controls import queries as controlled
from tidewaiter.controls.theirs import messages as controls
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange import types
from tidewaiter.problem import N_
from tidewaiter.risk import queries, reasons
from tidewaiter.risk.models import Notice, SentAlert
from tidewaiter.risk.partners import correcting, raising
from tidewaiter.work import actions as work

SHIPMENT_TYPE: Final = "org.tidewaiter.alert.shipment.v1"
CORRECTION_TYPE: Final = "org.tidewaiter.alert.correction.v1"
FEEDBACK_TYPE: Final = "org.tidewaiter.alert.feedback.v1"
SEIZURE_TYPE: Final = "org.tidewaiter.seizure.report.v1"
ALERT_COUNTS: Final = timedelta(days=90)  # where the end of an alert was generalised away
SEIZURE_COUNTS: Final = timedelta(days=365)  # how long a seizure elsewhere is held against a trader
FINDING_COUNTS: Final = timedelta(days=180)  # how long a finding of ours is
HELD: Final = (papers.State.ACCEPTED, papers.State.CORRECTED, papers.State.UNDER_CONTROL)
MENTIONS: Final = {  # kinds of signals to kinds of mentions
    "ucr": "ucr",
    "container": "container",
    "seal": "seal",
    "transport_document": "transport_document",
    "party": "party",
    "name": "name",
    "hs6": "hs6",
    "hs6_origin": "hs6",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a notice says beside its subjects."""

    kind: str  # alert, seizure, control
    number: str
    certainty: str
    until: datetime
    summary: str = ""


def raise_signals(received: types.Received) -> None:
    """Keep a partner's alert or report and raise its signals; what is held is judged again."""
    told = _told(received)
    about, waiting = raising.begin(received.data)
    notice = Notice.objects.keep(
        raising.rows(about, str(received.id), told.certainty, told.until),
        waiting=waiting,
        word=str(received.id),
        source="partner",
        partner=received.source,
        message_id=str(received.id),
        kind=told.kind,
        number=told.number[:80],
        agreement=received.agreement,
        clause=received.clause,
        handling=received.handling,
        offence=_offence(received.data.get("offence")),
        certainty=told.certainty,
        summary=told.summary[:2_000],
        sent_at=received.time,
        received_at=received.received_at,
        until_at=told.until,
    )
    correcting.overtaken(notice, at=received.received_at)
    work.enqueue("risk.warned", {"word": notice.word}, at=received.received_at, key=notice.word)


def correct(received: types.Received) -> None:
    """Drop the signals of an alert that its sender withdrew or replaced, and say so."""
    correcting.take(received)


def take_feedback(received: types.Received) -> None:
    """Note what came of an alert of ours."""
    said = received.data
    by_name = Q(number=said["alert"]) | Q(message_id=said["alert"])
    SentAlert.objects.filter(by_name, recipient=received.source).feedback(
        useful=bool(said["useful"]),
        outcome=str(said.get("outcome", ""))[:200],
        summary=str(said.get("summary", ""))[:2_000],
        message_id=str(received.id),
        at=received.received_at,
    )


def fed_back(went: types.Went) -> None:
    """Note what we told a partner of what came of its alert."""
    said = went.data
    by_name = Q(number=said["alert"]) | Q(message_id=said["alert"])
    theirs = Notice.objects.filter(by_name, source="partner", partner=went.to)
    theirs.filter(agreement=went.agreement).told(
        useful=bool(said["useful"]),
        outcome=str(said.get("outcome", ""))[:200],
        message_id=str(went.id),
        by=went.by,
        at=went.at,
    )


def judge_again(word: str, *, at: datetime) -> int:
    """Judge again the held declarations that a notice is about; how many.

    What is left of its signals to be written, or to end, is done first. Where it was withdrawn,
    those that it hit are judged without it, and whoever acted on it is asked to look.
    """
    raising.settle(word)
    notice = Notice.objects.filter(word=word).first()
    if notice is None:
        return 0
    if notice.withdrawn_at is not None:
        hit = queries.assessed_by([notice.message_id]) if notice.message_id else []
        looked = controlled.looked_for(notice.message_id) if notice.message_id else set()
        correcting.tell(notice, sorted({*hit, *looked}), at=at)
        ids = _held(hit)
    else:
        met = _held(_met(notice))
        looked = controlled.inspected(met, done=True)  # a warning comes too late for these
        ids = [pk for pk in met if pk not in looked]
    if ids:
        from tidewaiter.risk import actions  # which sends what this module names

        actions.assess(ids, at=at)
    return len(ids)


def _told(received: types.Received) -> Told:
    data = received.data
    if received.type == SEIZURE_TYPE:
        on = _moment(str(data["date"]))
        until = (on or received.received_at) + SEIZURE_COUNTS
        return Told("seizure", str(data["seizure"]), "confirmed", until)
    if received.type == controls.RESULT_TYPE:
        found = data.get("findings", "")
        summary = "\n".join(found) if isinstance(found, list) else str(found)
        until = received.received_at + FINDING_COUNTS
        return Told("control", str(data["control"]), "confirmed", until, summary)
    until = _moment(str(data["validuntil"])) or received.received_at + ALERT_COUNTS
    certainty = "confirmed" if data["certainty"] == "confirmed" else "suspected"
    return Told("alert", str(data["alert"]), certainty, until, str(data.get("summary", "")))


def _offence(told: object) -> str:
    return told if isinstance(told, str) and told in reasons.OFFENCES else "other"


def _moment(text: str) -> datetime | None:
    """A moment, or the end of what a day, month or year was generalised to; None for the rest."""
    try:
        if "T" in text:
            return clock.parse(text)
        parts = [int(part) for part in text.split("-")]
        first = date(*[*parts, 1, 1][:3])
    except ValueError:
        return None
    span = {1: timedelta(days=366), 2: timedelta(days=31)}.get(len(parts), timedelta())
    return datetime.combine(first, time(), UTC) + span


def _met(notice: Notice) -> list[int]:
    """Declarations that mention a subject of the notice; those by a keyed hash are found as held
    ones are judged, all of them."""
    found: set[int] = set()
    named: dict[str, set[str]] = {}
    subjects = list(notice.signals.values_list("part", "kind", "value"))
    if any(value.startswith("kh:") for _, _, value in subjects):
        return declarations.ids(states=HELD)
    strong = any(part in {"consignment", "party"} for part, _, _ in subjects)
    for part, kind, value in subjects:
        mention = MENTIONS.get(kind)
        if mention is not None and not (strong and part == "goods"):
            code = value.partition(" ")[0] if mention == "hs6" else value
            named.setdefault(mention, set()).add(code)
    for mention, values in sorted(named.items()):
        found.update(declarations.matching(mention, sorted(values)))
    return sorted(found)


def _held(ids: Sequence[int]) -> list[int]:
    states = {state.value for state in HELD}
    return sorted(
        pk for pk, one in declarations.summaries(list(ids)).items() if one.state in states
    )


def _schema(name: str) -> dict[str, Any]:
    text = (resources.files("tidewaiter.risk") / "schemas" / f"{name}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


SHIPMENT: Final = types.MessageType(
    name=SHIPMENT_TYPE,
    category="alert",
    schema=_schema("alert.shipment"),
    handle=raise_signals,
    label="alert",
    title=N_("Alert about a consignment"),
)
CORRECTION: Final = types.MessageType(
    name=CORRECTION_TYPE,
    category="alert",
    schema=_schema("alert.correction"),
    handle=correct,
    title=N_("Correction of an alert"),
    about="alert",
)
FEEDBACK: Final = types.MessageType(
    name=FEEDBACK_TYPE,
    category="alert",
    schema=_schema("alert.feedback"),
    handle=take_feedback,
    title=N_("Answer to an alert"),
    about="alert",
    answers=lambda _: True,
    sent=fed_back,
)
SEIZURE: Final = types.MessageType(
    name=SEIZURE_TYPE,
    category="seizure",
    schema=_schema("seizure.report"),
    handle=raise_signals,
    label="seizure",
    title=N_("Report of a seizure"),
)
