"""A message about another one is judged by that one's agreement and parties alone."""

from dataclasses import replace

import pytest

from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import send
from tidewaiter.exchange import errors, message, types

pytestmark = pytest.mark.django_db
CORRECTION = "org.tidewaiter.alert.correction.v1"
FEEDBACK = "org.tidewaiter.alert.feedback.v1"


def about(xb: Partner, agreement: str, name: str, clause: str = "1") -> message.Message:
    """XB corrects an alert."""
    made = alert(xb, agreement, clause=clause, purpose="revenue")
    return replace(made, type=CORRECTION, data={"alert": name, "correction": "withdrawn"})


class TestACorrectionThatComes:
    def test_is_taken_where_its_alert_was_exchanged_under_the_clause_it_names(
        self, xb: Partner, agreement: str
    ) -> None:
        first = alert(xb, agreement, data={"alert": "XB-1"})
        assert outcomes(xb.line(first)) == ["accepted"]
        assert outcomes(xb.line(about(xb, agreement, "XB-1"))) == ["accepted"]

    def test_is_taken_with_its_alert_in_one_post_but_not_before_it(
        self, xb: Partner, agreement: str
    ) -> None:
        lines = [
            xb.line(about(xb, agreement, "XB-1")),
            xb.line(alert(xb, agreement, data={"alert": "XB-1"})),
            xb.line(about(xb, agreement, "XB-1")),
        ]
        assert outcomes(*lines) == ["not-permitted", "accepted", "accepted"]

    def test_is_not_permitted_about_what_was_never_exchanged(
        self, xb: Partner, agreement: str
    ) -> None:
        assert outcomes(xb.line(about(xb, agreement, "XB-9"))) == ["not-permitted"]

    def test_is_not_permitted_under_another_clause_than_its_alert(
        self, xb: Partner, agreement: str
    ) -> None:
        outcomes(xb.line(alert(xb, agreement, data={"alert": "XB-1"})))
        assert outcomes(xb.line(about(xb, agreement, "XB-1", clause="2"))) == ["not-permitted"]


class TestOneThatIsSent:
    def test_goes_under_the_agreement_clause_and_mark_of_its_alert(self, agreement: str) -> None:
        first = send(purpose="customs-enforcement")
        sent = send(
            type=CORRECTION,
            purpose="",
            handling="",
            data={"alert": "XA-2026-000001", "correction": "withdrawn"},
        )
        assert (sent.agreement, sent.clause, sent.state) == (agreement, "2", "waiting")
        assert first.serial == 1

    def test_goes_back_about_what_came(self, xb: Partner, agreement: str) -> None:
        outcomes(xb.line(alert(xb, agreement, data={"alert": "XB-1"})))
        data = {"alert": "XB-1", "useful": True}
        assert send(type=FEEDBACK, purpose="", handling="", data=data).clause == "1"

    def test_is_refused_about_nothing(self, agreement: str) -> None:
        with pytest.raises(errors.AboutNothing):
            send(type=CORRECTION, data={"alert": "XA-9", "correction": "withdrawn"})


class TestTheRegistryOfTypes:
    def test_resolves_every_path_to_a_type_of_its_name(self) -> None:
        for name in types.names():
            kind = types.get(name)
            assert kind is not None
            assert (kind.name, bool(kind.schema)) == (name, True)

    def test_takes_no_housekeeping_from_upper_rooms(self) -> None:
        with pytest.raises(LookupError, match="housekeeping"):
            types.register("org.tidewaiter.node.document.v1", "x.y")
