"""A message as a CloudEvent: what is built can be read, and what is no message is refused."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter import canonical, clock, identifier
from tidewaiter.exchange import message

AT = datetime(2026, 11, 24, 8, 15, 30, 123000, tzinfo=UTC)
ID = UUID("019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01")
PERMIT = message.Permit(
    agreement="sha256:" + "a" * 64,
    clause="7.2",
    purpose="ipr-enforcement",
    mode="spontaneous",
    handling="TLP:AMBER",
    retain_until=AT + timedelta(days=1825),
    conversation=str(ID),
)


def sample(**changes: Any) -> message.Message:
    values: dict[str, Any] = {
        "id": ID,
        "sender": "XA",
        "type": "org.tidewaiter.alert.shipment.v1",
        "time": AT,
        "recipient": "XB",
        "serial": 42,
        "expires": AT + timedelta(days=7),
        "salt": b"s" * 32,
        "data": {"alert": "XA-2026-000123"},
        "permit": PERMIT,
    }
    return message.Message(**{**values, **changes})


def event(**changes: Any) -> bytes:
    """The sample's event with members changed; None leaves one out."""
    members = json.loads(message.build(sample())) | changes
    return json.dumps(
        {name: value for name, value in members.items() if value is not None}
    ).encode()


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**53) + 1, max_value=2**53 - 1)
    | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


class TestBuilding:
    @given(
        data=st.dictionaries(st.text("abcdef", min_size=1), json_values, min_size=1, max_size=4),
        serial=st.integers(min_value=1, max_value=message.MOST_SERIAL),
        salt=st.binary(min_size=32, max_size=32),
        millis=st.integers(min_value=0, max_value=4 * 10**12),
    )
    def test_gives_what_reading_gives_back(
        self, data: dict[str, Any], serial: int, salt: bytes, millis: int
    ) -> None:
        time = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
        built = sample(data=data, serial=serial, salt=salt, id=identifier.uuid7(time), time=time)
        assert message.read(message.build(built)) == built

    def test_leaves_out_a_member_with_nothing_to_say(self) -> None:
        members = json.loads(message.build(sample(permit=None)))
        assert not set(members) & {*message.UNDER_AGREEMENT, "inreplyto", "dataschema", "subject"}
        assert None not in members.values()

    def test_writes_moments_in_utc_to_the_millisecond(self) -> None:
        assert json.loads(message.build(sample()))["time"] == "2026-11-24T08:15:30.123Z"

    def test_refuses_data_that_no_message_may_hold(self) -> None:
        with pytest.raises(canonical.NotIJson):
            message.build(sample(data={"name": "\ud800"}))


class TestReading:
    @pytest.mark.parametrize(
        "name",
        [
            "specversion",
            "id",
            "source",
            "type",
            "time",
            "recipient",
            "salt",
            "serial",
            "expires",
            "data",
        ],
    )
    @pytest.mark.parametrize("value", [None, "", 0, []])
    def test_wants_each_member_that_every_message_has(self, name: str, value: Any) -> None:
        if name == "data" and value in (0, []):
            return  # the type's schema says what data is
        with pytest.raises(message.Malformed):
            message.read(event(**{name: value}))

    @pytest.mark.parametrize(
        "changes",
        [
            {"specversion": "1.1"},
            {"id": "019A1F2E-7C3B-7D10-9A44-2B8E5F6A7C01"},
            {"id": "6ba7b810-9dad-41d1-80b4-00c04fd430c8"},
            {"time": "2026-11-24T08:15:30Z"},
            {"time": "2026-11-24T08:15:30.123+00:00"},
            {"time": "2026-13-24T08:15:30.123Z"},
            {"serial": 0},
            {"serial": 2**31},
            {"serial": 4.0},
            {"serial": True},
            {"salt": "c2hvcnQ"},
            {"salt": "c" * 42 + "/"},
        ],
        ids=str,
    )
    def test_refuses_a_member_of_another_form(self, changes: dict[str, Any]) -> None:
        with pytest.raises(message.Malformed):
            message.read(event(**changes))

    @pytest.mark.parametrize(
        "payload",
        [b"", b"[]", b"\xff", b'{"id": 1, "id": 1}', b'{"a": NaN}', b"[" * 40 + b"]" * 40],
    )
    def test_refuses_what_is_no_ijson_object(self, payload: bytes) -> None:
        with pytest.raises(message.Malformed):
            message.read(payload)

    def test_says_whose_it_is_as_far_as_it_can_be_read(self) -> None:
        with pytest.raises(message.Malformed) as refusal:
            message.read(event(serial=0))
        assert (refusal.value.id, refusal.value.sender) == (str(ID), "XA")

    @pytest.mark.parametrize("name", message.UNDER_AGREEMENT)
    def test_names_a_missing_member_of_those_under_an_agreement(self, name: str) -> None:
        read = message.read(event(**{name: None}))
        assert (read.lacking, read.permit) == (name, None)

    def test_keeps_and_passes_over_unknown_members(self) -> None:
        assert message.read(event(tracestate="x")) == sample()

    @given(st.binary(max_size=400))
    def test_of_any_bytes_ends_in_a_message_or_a_refusal(self, payload: bytes) -> None:
        try:
            message.read(payload)
        except message.Malformed as refusal:
            assert str(refusal)  # noqa: PT017


def test_a_source_names_an_administration_or_nobody() -> None:
    assert message.code("tidewaiter:XB") == "XB"
    assert [message.code(each) for each in ("XB", "tidewaiter:xb", "tidewaiter:XBC", None, 4)] == [
        ""
    ] * 5


def test_moments_are_written_as_they_are_read() -> None:
    assert message.moment(clock.text(AT), "time") == AT
