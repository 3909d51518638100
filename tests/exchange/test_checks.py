"""The checks in the contract's order: the first that fails is the refusal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.test_message import AT, ID, sample
from tidewaiter.exchange import checks, envelope, errors, message
from tidewaiter.exchange.types import MessageType

KIND = MessageType("org.tidewaiter.alert.shipment.v1", "alert", {})
ORDER = (  # the table of the wire contract
    "undecryptable",
    "malformed",
    "unknown-sender",
    "bad-signature",
    "wrong-recipient",
    "replayed",
    "bad-serial",
    "clock-skew",
    "expired",
    "unsupported-type",
    "bad-payload",
    "unknown-agreement",
    "not-permitted",
    "missing-attachment",
)


@dataclass
class Facts:
    """What the recipient knows, and which of it is wrong."""

    wrong: set[str]
    us: str = "XB"
    at: datetime = AT
    house: tuple[str, str] | None = None

    def in_good_standing(self, sender: str) -> bool:
        return "unknown-sender" not in self.wrong

    def signature(self, arrival: envelope.Arrival) -> str:
        return self._rule("bad-signature")

    def type(self, name: str) -> MessageType | None:
        return None if "unsupported-type" in self.wrong else KIND

    def payload(self, kind: MessageType, data: Any) -> str:
        return self._rule("bad-payload")

    def housekeeping(self, message: message.Message) -> tuple[str, str] | None:
        return self.house

    def attachment(self, message: message.Message) -> str:
        return self._rule("missing-attachment")

    def agreement(self, message: message.Message) -> str:
        return self._rule("unknown-agreement")

    def clause(self, message: message.Message, kind: MessageType) -> str:
        return self._rule("not-permitted")

    def _rule(self, problem: str) -> str:
        return problem if problem in self.wrong else ""


@dataclass
class Record:
    """What was taken before."""

    digests: dict[str, str] = field(default_factory=dict)
    serials: set[int] = field(default_factory=set)
    top: int = 0

    def digest(self, sender: str, id: str) -> str | None:  # noqa: A002
        return self.digests.get(id)

    def has_serial(self, sender: str, serial: int) -> bool:
        return serial in self.serials

    def highest(self, sender: str) -> int:
        return self.top


def refusal(wrong: set[str]) -> str:
    """What a message with all this wrong is refused for, "" where it is accepted."""
    changes: dict[str, Any] = {}
    if "wrong-recipient" in wrong:
        changes["recipient"] = "XC"
    if "clock-skew" in wrong:
        changes |= {"time": AT + timedelta(minutes=11)}
    if "expired" in wrong:
        changes["expires"] = AT
    arrival = envelope.Arrival("sha256:1", message=sample(**changes))
    for problem in ("undecryptable", "malformed"):
        if problem in wrong:
            arrival = envelope.Arrival("sha256:1", problem=problem)
            break
    record = Record()
    if "replayed" in wrong:
        record.digests[str(ID)] = "sha256:2"
    if "bad-serial" in wrong:
        record.serials.add(42)
    known = Facts(wrong)
    early = checks.before(arrival, known)
    if early is not None:
        return early.problem
    assert arrival.message is not None
    found = checks.recorded(arrival.message, arrival.digest, record) or checks.after(arrival, known)
    return found.problem if isinstance(found, checks.Refused) else ""


class TestTheOrder:
    def test_is_the_contracts(self) -> None:
        assert checks.ORDER == ORDER

    @given(st.sets(st.sampled_from(ORDER)))
    def test_decides_among_all_that_is_wrong(self, wrong: set[str]) -> None:
        assert refusal(wrong) == next((each for each in ORDER if each in wrong), "")

    def test_has_a_problem_with_its_words_for_each_check(self) -> None:
        assert tuple(errors.REFUSALS) == ORDER
        for problem in errors.REFUSALS.values():
            assert problem(rule="why").document()["detail"] == "why"


class TestTheRecord:
    def test_knows_the_same_message_again(self) -> None:
        record = Record(digests={str(ID): "sha256:1"}, serials={42})
        assert checks.recorded(sample(), "sha256:1", record) == checks.Duplicate()

    def test_answers_a_duplicate_before_its_time_is_looked_at(self) -> None:
        old = sample(expires=AT - timedelta(days=1))
        record = Record(digests={str(ID): "sha256:1"})
        assert checks.recorded(old, "sha256:1", record) == checks.Duplicate()

    @pytest.mark.parametrize(("serial", "taken"), [(10_007, True), (10_008, False)])
    def test_lets_a_serial_run_10_000_ahead_of_the_highest(self, serial: int, taken: bool) -> None:
        found = checks.recorded(sample(serial=serial), "sha256:1", Record(top=7))
        assert (found is None) == taken


class TestTheTimes:
    @pytest.mark.parametrize(
        ("changes", "problem"),
        [
            ({"time": AT + timedelta(minutes=10)}, ""),
            ({"time": AT + timedelta(minutes=10, milliseconds=1)}, "clock-skew"),
            ({"expires": AT + timedelta(milliseconds=1)}, ""),
            ({"expires": AT}, "expired"),
            ({"time": AT - timedelta(days=31)}, ""),
            ({"time": AT - timedelta(days=31, milliseconds=1)}, "expired"),
            ({"time": datetime.max.replace(tzinfo=UTC)}, "clock-skew"),
        ],
        ids=str,
    )
    def test_have_their_bounds(self, changes: dict[str, Any], problem: str) -> None:
        arrival = envelope.Arrival("sha256:1", message=sample(**changes))
        found = checks.after(arrival, Facts(set()))
        assert (found.problem if found else "") == problem


def test_a_member_missing_under_an_agreement_is_a_bad_payload() -> None:
    arrival = envelope.Arrival("sha256:1", message=sample(permit=None, lacking="clause"))
    found = checks.after(arrival, Facts(set()))
    assert found == checks.Refused(
        "bad-payload", "the member clause is missing or has no such form"
    )


class TestHousekeeping:
    @pytest.mark.parametrize("problem", ["bad-payload", "unknown-agreement", "not-permitted"])
    def test_is_refused_for_what_its_judge_says(self, problem: str) -> None:
        came = sample(type="org.tidewaiter.resend.v1", permit=None, lacking="agreement")
        known = Facts({"unknown-agreement", "not-permitted"}, house=(problem, "why"))
        found = checks.after(envelope.Arrival("sha256:1", message=came), known)
        assert found == checks.Refused(problem, "why")

    def test_needs_no_agreement_no_clause_and_no_attachment(self) -> None:
        came = sample(type="org.tidewaiter.resend.v1", permit=None, lacking="agreement")
        wrong = {"unknown-agreement", "not-permitted", "missing-attachment"}
        assert checks.after(envelope.Arrival("sha256:1", message=came), Facts(wrong)) is None

    def test_keeps_its_schema_before_it_is_judged(self) -> None:
        came = sample(type="org.tidewaiter.resend.v1", permit=None, lacking="agreement")
        known = Facts({"bad-payload"}, house=("not-permitted", "why"))
        found = checks.after(envelope.Arrival("sha256:1", message=came), known)
        assert found == checks.Refused("bad-payload", "bad-payload")
