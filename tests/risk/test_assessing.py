"""Declarations are assessed set-wise, with reasons, and what follows is done."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.documents.papers import AT, taken
from tidewaiter.controls import actions as controls
from tidewaiter.controls import queries as controlled
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange.types import Received
from tidewaiter.identifier import uuid7
from tidewaiter.identity import viewer
from tidewaiter.risk import actions, messages, queries, replaying
from tidewaiter.risk.models import Assessment

pytestmark = pytest.mark.django_db
COMMAND = viewer.command_line()


def alert(**data: object) -> Received:
    told = {
        "alert": "XB-2026-000001",
        "offence": "counterfeit",
        "certainty": "confirmed",
        "validuntil": "2026-06-01T00:00:00.000Z",
        "consignment": {"consignor": {"name": "SOCIETE ARVENIENNE DE NEGOCE SARL"}},
        "goods": [{"hs": "640411", "origin": "CN"}],
        **data,
    }
    return Received(
        id=uuid7(AT),
        source="XB",
        type=messages.SHIPMENT_TYPE,
        time=AT,
        received_at=AT,
        data=told,
        digest="sha256:" + "0" * 64,
        agreement="sha256:" + "1" * 64,
        handling="TLP:AMBER",
    )


def test_what_is_taken_is_assessed_at_once() -> None:
    report = documents.take([taken("L-1"), taken("L-2")], at=AT, by="test")
    summaries = declarations.summaries(report.ids)
    assert {one.lane for one in summaries.values()} == {"green"}
    assert Assessment.objects.now().count() == 2


def test_a_partners_alert_turns_what_is_held_red_and_its_withdrawal_turns_it_back() -> None:
    report = documents.take([taken("L-1")], at=AT, by="test")
    received = alert()
    messages.raise_signals(received)
    assert messages.judge_again(str(received.id), at=AT) == 1
    (summary,) = declarations.summaries(report.ids).values()
    assert summary.lane == "red"
    (because,) = replaying.because_of_partner()
    assert (because.reference, because.from_) == (summary.reference, "XB")
    assert because.message_id == str(received.id)
    judged = queries.assessment(COMMAND, summary.reference, at=AT)
    assert any("XB warned of this trader with such goods" in one.text for one in judged.reasons)

    messages.correct(
        Received(
            id=uuid7(AT),
            source="XB",
            type=messages.CORRECTION_TYPE,
            time=AT,
            received_at=AT,
            data={"alert": "XB-2026-000001", "correction": "withdrawn"},
            digest="sha256:" + "2" * 64,
            agreement=received.agreement,
        )
    )
    messages.judge_again(str(received.id), at=AT)
    (summary,) = declarations.summaries(report.ids).values()
    assert summary.lane == "green"
    assert replaying.because_of_partner() == []


def test_an_alert_holds_for_what_is_still_to_come_until_it_expires() -> None:
    messages.raise_signals(alert())
    soon = documents.take([taken("L-1")], at=AT, by="test")
    late = documents.take([taken("L-2")], at=AT + timedelta(days=365), by="test")
    lanes = {pk: one.lane for pk, one in declarations.summaries([*soon.ids, *late.ids]).items()}
    assert lanes == {soon.ids[0]: "red", late.ids[0]: "green"}


def test_red_is_assigned_for_inspection_once() -> None:
    messages.raise_signals(alert())
    report = documents.take([taken("L-1")], at=AT, by="test")
    assert actions.follow(report.ids, at=AT) == 1
    assert actions.follow(report.ids, at=AT) == 0
    (line,) = controlled.inspections(COMMAND, at=AT, state="open").lines
    assert (line.lane, line.office) == ("red", "XA001")


def test_a_person_decides_and_the_record_says_so() -> None:
    report = documents.take([taken("L-1")], at=AT, by="test")
    (reference,) = declarations.references(report.ids).values()
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    actions.decide_lane(reference=reference, lane="red", by=COMMAND, at=at, note="I know them")
    judged = queries.assessment(COMMAND, reference, at=at)
    assert (judged.lane, judged.proposed) == ("red", "green")
    assert judged.decided is not None
    assert (judged.decided.by, judged.decided.note) == ("command line", "I know them")


def test_an_alert_does_not_turn_red_what_was_inspected_before_it_came() -> None:
    report = documents.take([taken("L-1")], at=AT, by="test")
    controls.record(
        reference=report.taken[0].reference, result="conform", power="Art. 188", by=COMMAND, at=AT
    )
    received = alert()
    messages.raise_signals(received)
    assert messages.judge_again(str(received.id), at=AT) == 0
    assert replaying.because_of_partner() == []
