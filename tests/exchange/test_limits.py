"""What a POST may be, judged before anything is decrypted."""

import io

import pytest

from tidewaiter.exchange import errors, limits

LIMITS = limits.Limits()


class TestTheMediaType:
    @pytest.mark.parametrize(
        "written",
        ["application/x-ndjson", "Application/X-NDJSON; charset=utf-8", "application/jose"],
    )
    def test_is_one_of_two(self, written: str) -> None:
        assert limits.media_type(written, "") in {limits.ONE, limits.MANY}

    @pytest.mark.parametrize(
        "written", ["", "application/json", "text/plain", "application/jose+json"]
    )
    def test_is_no_other(self, written: str) -> None:
        with pytest.raises(errors.WrongMediaType):
            limits.media_type(written, "")

    @pytest.mark.parametrize("encoding", ["gzip", "br", "identity"])
    def test_comes_without_an_encoding(self, encoding: str) -> None:
        with pytest.raises(errors.WrongMediaType):
            limits.media_type("application/jose", encoding)


class TestTheBody:
    def test_is_read_to_its_end(self) -> None:
        data = b"x" * 700_000
        assert limits.body(io.BytesIO(data).read, str(len(data)), LIMITS) == data

    def test_is_refused_by_its_declared_length_unread(self) -> None:
        def read(_: int) -> bytes:
            raise AssertionError("it was read")

        with pytest.raises(errors.TooLarge):
            limits.body(read, str(16 * 2**20 + 1), LIMITS)

    def test_is_refused_when_it_runs_over_without_saying_so(self) -> None:
        with pytest.raises(errors.TooLarge):
            limits.body(io.BytesIO(b"x" * 2000).read, "", limits.Limits(body=1999))

    def test_may_be_as_long_as_the_limit(self) -> None:
        assert limits.body(io.BytesIO(b"x" * 1999).read, "", limits.Limits(body=1999))

    @pytest.mark.parametrize("declared", ["-1", "x", "1e3"])
    def test_declares_its_length_as_a_number(self, declared: str) -> None:
        with pytest.raises(errors.UnreadableBody):
            limits.body(io.BytesIO(b"").read, declared, LIMITS)

    def test_that_ends_early_is_not_taken(self) -> None:
        with pytest.raises(errors.UnreadableBody):
            limits.body(io.BytesIO(b"abc").read, "10", LIMITS)


class TestTheLines:
    def test_end_in_lf_or_crlf_and_empty_ones_are_passed_over(self) -> None:
        assert limits.lines(b"a\r\n\n\r\nb\nc", limits.MANY, LIMITS) == [b"a", b"b", b"c"]

    @pytest.mark.parametrize("data", [b"", b"\n", b"\r\n\r\n"])
    def test_are_at_least_one(self, data: bytes) -> None:
        with pytest.raises(errors.UnreadableBody):
            limits.lines(data, limits.MANY, LIMITS)

    def test_are_at_most_500(self) -> None:
        assert len(limits.lines(b"a\n" * 500, limits.MANY, LIMITS)) == 500
        with pytest.raises(errors.TooLarge):
            limits.lines(b"a\n" * 501, limits.MANY, LIMITS)

    def test_are_at_most_a_mebibyte_each(self) -> None:
        assert limits.lines(b"x" * 2**20 + b"\r\n", limits.MANY, LIMITS)
        with pytest.raises(errors.TooLarge):
            limits.lines(b"x" * (2**20 + 1), limits.MANY, LIMITS)

    def test_of_application_jose_are_one(self) -> None:
        assert limits.lines(b"a\n", limits.ONE, LIMITS) == [b"a"]
        with pytest.raises(errors.UnreadableBody):
            limits.lines(b"a\nb\n", limits.ONE, LIMITS)
