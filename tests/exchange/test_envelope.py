"""A line that came: opened and taken apart, or known for what is wrong with it."""

import pytest

from tests.exchange.partner import Partner, sealed
from tidewaiter import canonical, clock, jose
from tidewaiter.exchange import envelope, message
from tidewaiter.keys import actions as keys


@pytest.fixture(scope="module")
def xb() -> Partner:
    return Partner("XB")


def arrived(line: bytes) -> envelope.Arrival:
    return envelope.arrived(line, keys.open)


class TestALine:
    def test_opens_to_the_message_that_was_sealed(self, xb: Partner) -> None:
        made = xb.next(clock.real())
        jws = xb.jws(made)
        arrival = arrived(sealed(jws))
        assert (arrival.message, arrival.compact) == (made.__class__(**_with_lack(made)), jws)
        assert arrival.digest == canonical.digest(jws.encode())

    @pytest.mark.parametrize(
        "line", [b"x", b"a.b.c.d.e", "é.é.é.é.é".encode(), b"\xff\xfe", b"...."]
    )
    def test_that_is_no_jwe_of_ours_is_undecryptable_under_its_own_digest(
        self, line: bytes
    ) -> None:
        arrival = arrived(line)
        assert (arrival.problem, arrival.digest) == ("undecryptable", canonical.digest(line))

    def test_with_a_bit_turned_is_undecryptable(self, xb: Partner) -> None:
        line = bytearray(xb.line(xb.next(clock.real())))
        line[-3] = line[-3] ^ 1 if chr(line[-3] ^ 1).isalnum() else line[-3] ^ 2
        assert arrived(bytes(line)).problem == "undecryptable"

    @pytest.mark.parametrize("plain", ["", "x", "a.b", "e30.e30.e30.e30", "e30.!.e30"])
    def test_with_no_jws_inside_is_malformed_under_the_digest_of_what_came_out(
        self, plain: str
    ) -> None:
        arrival = arrived(sealed(plain))
        assert (arrival.problem, arrival.digest) == ("malformed", canonical.digest(plain.encode()))

    def test_with_no_message_in_the_jws_is_malformed_under_the_jws_digest(
        self, xb: Partner
    ) -> None:
        jws = xb.sign(b"[]")
        arrival = arrived(sealed(jws))
        assert (arrival.problem, arrival.digest) == ("malformed", canonical.digest(jws.encode()))

    def test_says_the_id_and_sender_of_a_malformed_message(self, xb: Partner) -> None:
        made = xb.next(clock.real())
        payload = message.build(made).replace(b'"serial":', b'"cereal":')
        arrival = arrived(sealed(xb.sign(payload)))
        assert (arrival.problem, arrival.id, arrival.sender) == ("malformed", str(made.id), "XB")


def test_the_length_of_a_line_is_never_underestimated(xb: Partner) -> None:
    for size in (0, 1, 100, 1000, 50_000):
        made = xb.next(clock.real(), data={"x": "y" * size})
        payload = message.build(made)
        assert len(xb.line(xb.sign(payload))) <= envelope.length(len(payload))


def test_a_header_that_is_no_text_of_base64url_is_malformed(xb: Partner) -> None:
    _, payload, signature = xb.jws(xb.next(clock.real())).split(".")
    header = jose.encode(b'{"alg": "none", "alg": "Ed25519"}')
    assert arrived(sealed(f"{header}.{payload}.{signature}")).problem == "malformed"


def _with_lack(made: message.Message) -> dict[str, object]:
    """A message without a permit is read as lacking the first member of one."""
    values = {name: getattr(made, name) for name in made.__slots__}
    return {**values, "lacking": "agreement"}
