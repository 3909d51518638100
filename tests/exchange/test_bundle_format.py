"""The format of bundles: what was written is read, whatever its size; what is not whole is seen."""

import gzip
import hashlib
import io
import json
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.exchange.bundling import inflating, manifest, reading, writing
from tidewaiter.exchange.bundling.inflating import Damaged, Limits, NoBundle, TooMuch
from tidewaiter.exchange.bundling.manifest import Manifest

LIMITS = Limits()
SIGN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
SAID = Manifest(
    sender="XB",
    recipient="XA",
    time=datetime(2026, 11, 24, 8, 15, 30, 123_000, tzinfo=UTC),
    count=2,
    first=4,
    last=5,
    sha256="sha256:" + "0" * 64,
)
ID = UUID("019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c01")


def packed(lines: str, *, digest: str = "") -> bytes:
    """A bundle whose manifest is the digest alone."""
    found = digest or "sha256:" + hashlib.sha256(lines.encode()).hexdigest()
    return gzip.compress(f"{found}\n{lines}".encode())


def looked_at(bundle: bytes, limits: Limits = LIMITS) -> reading.Survey:
    reader = reading.Reader(io.BytesIO(bundle), limits)
    return reading.survey(reader, reader.manifest())


def entries(bundle: bytes, limits: Limits = LIMITS) -> Iterator[tuple[int, str, str]]:
    reader = reading.Reader(io.BytesIO(bundle), limits)
    reader.manifest()
    for entry in reader.entries():
        yield entry.number, entry.kind, entry.open().read().decode()


class TestTheManifest:
    def test_reads_as_it_was_built(self) -> None:
        assert manifest.read(manifest.build(SAID, id=ID)) == SAID

    def test_says_its_numbers_where_nothing_travels_too(self) -> None:
        event = json.loads(manifest.build(replace(SAID, count=0, first=0, last=0), id=ID))
        assert event["data"] == {
            "from": "XB",
            "to": "XA",
            "count": 0,
            "first": 0,
            "last": 0,
            "sha256": SAID.sha256,
        }

    @pytest.mark.parametrize(
        "changed",
        [
            {"type": "org.tidewaiter.receipt.v1"},
            {"specversion": "0.3"},
            {"source": "tidewaiter:XC"},
            {"recipient": "XC"},
            {"time": "yesterday"},
            {"data": []},
            {"data": {}},
        ],
    )
    def test_is_refused_where_it_does_not_say_what_the_contract_wants(
        self, changed: dict[str, Any]
    ) -> None:
        event = {**json.loads(manifest.build(SAID, id=ID)), **changed}
        with pytest.raises(manifest.NoManifest):
            manifest.read(json.dumps(event).encode())

    @pytest.mark.parametrize(
        "changed",
        [
            {"from": "X"},
            {"to": 7},
            {"count": -1},
            {"first": True},
            {"sha256": "0" * 64},
            {"sha256": None},
        ],
    )
    def test_is_refused_with_another_kind_of_value(self, changed: dict[str, Any]) -> None:
        event = json.loads(manifest.build(SAID, id=ID))
        event["data"].update(changed)
        with pytest.raises(manifest.NoManifest):
            manifest.read(json.dumps(event).encode())

    def test_of_another_version_is_named(self) -> None:
        event = {**json.loads(manifest.build(SAID, id=ID)), "type": "org.tidewaiter.bundle.v0"}
        with pytest.raises(manifest.OtherVersion, match=r"bundle\.v0"):
            manifest.read(json.dumps(event).encode())


@given(st.lists(st.tuples(st.sampled_from(reading.KINDS), st.text(SIGN, max_size=40)), max_size=20))
def test_what_is_written_is_read(lines: list[tuple[str, str]]) -> None:
    out = io.BytesIO()
    with writing.Draft(Path("/tmp")) as draft:
        for kind, text in lines:
            if kind == reading.ATTACHMENT and len(text) % 2:
                draft.add_file(kind, io.BytesIO(text.encode()))
            else:
                draft.add(kind, text)
        draft.write(out, str)
        size = draft.size
    ordered = sorted(lines, key=lambda each: reading.KINDS.index(each[0]))
    assert [(kind, text) for _, kind, text in entries(out.getvalue())] == ordered
    assert looked_at(out.getvalue()).fault == ""
    assert len(out.getvalue()) <= writing.bound(size)


class TestALine:
    def test_may_be_written_as_any_json_is(self) -> None:
        lines = '\r\n{ "message" :"a.b" }\r\n\n{"checkpoint":"x\\ny\\u0041","more":1}\n'
        found = list(entries(packed(lines)))
        assert found == [(3, "message", "a.b"), (5, "checkpoint", "x\nyA")]

    @pytest.mark.parametrize(
        "line",
        ['{"message": 1}', '{"letter": "x"}', "[]", "nothing", '{"message":"a","receipt":"b"}'],
    )
    def test_of_no_kind_is_told_as_such(self, line: str) -> None:
        survey = looked_at(packed(f'{line}\n{{"receipt":"r"}}\n'))
        assert (survey.counts, survey.fault) == ({"": 1, "receipt": 1}, "")

    def test_over_the_limit_is_refused_unless_it_is_an_attachment(self) -> None:
        long = "a" * 4000
        for line in (f'{{"message":"{long}"}}\n', long):
            with pytest.raises(TooMuch, match="a line"):
                looked_at(packed(line), Limits(line=1000))
        line = f'{{"attachment":"{long}"}}\n{{"receipt":"r"}}\n'
        found = list(entries(packed(line), Limits(line=1000)))
        assert found == [(2, "attachment", long), (3, "receipt", "r")]
        with pytest.raises(TooMuch, match="an attachment"):
            looked_at(packed(line), Limits(line=1000, attachment=3999))

    @pytest.mark.parametrize("end", ['"}', '" }  \r\n', '"\t}\n\n'])
    def test_of_a_long_attachment_ends_as_any_line(self, end: str) -> None:
        line = f' {{"attachment" : "{"a" * 4000}{end}'
        survey = looked_at(packed(line), Limits(line=1000))
        assert survey.fault == ""
        assert survey.attachments == {2: "sha256:" + hashlib.sha256(b"a" * 4000).hexdigest()}

    @pytest.mark.parametrize("end", ['","more":1}\n', "\n", '"]\n', ""])
    def test_of_a_long_attachment_that_is_no_json_is_of_no_kind(self, end: str) -> None:
        line = f'{{"attachment":"{"a" * 4000}{end}'
        survey = looked_at(packed(line), Limits(line=1000))
        assert survey.attachments == {}
        assert survey.fault == ("" if end else "it ends early")

    def test_that_is_not_wanted_is_passed_over_without_being_read(self) -> None:
        lines = f'{{"attachment":"{"a" * 400_000}"}}\n{{"receipt":"r"}}\n'
        reader = reading.Reader(io.BytesIO(packed(lines)), Limits(line=1000))
        reader.manifest()
        assert [each.kind for each in reader.entries()] == ["attachment", "receipt"]


class TestADamagedBundle:
    lines = "".join(f'{{"message":"{n:040}"}}\n' for n in range(2000))

    @given(st.data())
    def test_that_was_cut_is_seen_and_what_is_whole_before_it_too(
        self, data: st.DataObject
    ) -> None:
        whole = packed(self.lines)
        cut = whole[: data.draw(st.integers(300, len(whole) - 1))]
        survey = looked_at(cut)
        assert survey.fault == "it ends early"
        assert survey.last <= 2001
        assert survey.counts.get("message", 0) == survey.last - 1
        assert set(survey.counts) <= {"message"}  # never a piece of a line

    @given(st.integers(200, 4000), st.integers(1, 255))
    def test_that_was_changed_is_seen(self, place: int, by: int) -> None:
        whole = bytearray(packed(self.lines))
        whole[place % len(whole)] ^= by
        try:
            survey = looked_at(bytes(whole))
        except (NoBundle, Damaged, TooMuch, UnicodeError):
            return
        assert survey.fault or survey.counts == {"message": 2000}

    @pytest.mark.parametrize("place", [-1, -6])
    def test_that_was_changed_near_its_end_has_all_before_that(self, place: int) -> None:
        """What is small is read at once; a fault far down hides nothing above it."""
        few = "".join(f'{{"message":"{n:040}"}}\n' for n in range(20))
        changed = bytearray(packed(few))
        changed[place] ^= 4
        survey = looked_at(bytes(changed))
        assert survey.fault == "its bytes were changed"
        assert survey.counts["message"] >= 18

    def test_whose_lines_are_others_than_were_signed_for_is_seen(self) -> None:
        survey = looked_at(packed(self.lines, digest="sha256:" + "0" * 64))
        assert survey.fault == "its lines are not those that its manifest was signed for"
        assert survey.counts == {"message": 2000}

    def test_that_lacks_its_last_line_end_is_whole(self) -> None:
        digest = "sha256:" + hashlib.sha256(self.lines.encode()).hexdigest()
        assert looked_at(packed(self.lines[:-1], digest=digest)).fault != ""
        assert looked_at(packed(self.lines[:-1])).fault == ""
        short = "sha256:" + hashlib.sha256(self.lines[:-1].encode()).hexdigest()
        assert looked_at(packed(self.lines, digest=short)).fault == ""

    def test_behind_which_a_mail_has_added_something_is_whole(self) -> None:
        assert looked_at(packed(self.lines) + b"\r\n-- \r\n").fault == ""

    def test_of_several_gzip_members_is_whole(self) -> None:
        digest = "sha256:" + hashlib.sha256(self.lines.encode()).hexdigest()
        parts = [f"{digest}\n", self.lines[:3], self.lines[3:]]
        assert looked_at(b"".join(gzip.compress(each.encode()) for each in parts)).fault == ""

    @pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b'{"from":"XB"}', b"\x1f"])
    def test_that_is_no_gzip_file_is_none(self, data: bytes) -> None:
        with pytest.raises(NoBundle):
            looked_at(data)


class TestABomb:
    def test_of_one_endless_line_ends_at_the_limit_of_a_line(self) -> None:
        bomb = bombed(b"", b"a" * 2**20, 300)
        with pytest.raises(NoBundle, match="first line"):
            looked_at(bomb)
        with pytest.raises(TooMuch, match="a line"):
            looked_at(bombed(b"manifest\n", b"a" * 2**20, 300))

    @pytest.mark.parametrize(
        ("block", "word"),
        [(b"\n" * 2**20, "no kind"), (b'{"receipt":"r"}\n' * 2**16, "a byte")],
        ids=["empty", "receipts"],
    )
    def test_of_many_lines_ends_at_what_a_byte_may_unpack_to(self, block: bytes, word: str) -> None:
        tracemalloc.start()
        with pytest.raises(TooMuch, match=word):
            looked_at(bombed(b"manifest\n", block, 300))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 8 * 2**20

    def test_within_that_ends_at_the_limit_of_a_bundle(self) -> None:
        lines = "".join(f'{{"message":"{n:040}"}}\n' for n in range(2000))
        with pytest.raises(TooMuch, match="the bundle"):
            looked_at(packed(lines), Limits(plain=50_000))


def test_a_long_bundle_is_read_in_bounded_memory() -> None:
    """Attachments of 40 MiB, read a block at a time."""
    out = io.BytesIO()
    press = zlib.compressobj(1, wbits=31)
    out.write(press.compress(b'manifest\n{"attachment":"'))
    block = "".join(SIGN[(n * 7 + n // 64) % 64] for n in range(2**16)).encode()
    for _ in range(640):
        out.write(press.compress(block))
    out.write(press.compress(b'"}\n{"receipt":"r"}\n') + press.flush())
    out.seek(0)
    tracemalloc.start()
    reader = reading.Reader(out, Limits(ratio=10_000))
    reader.manifest()
    survey = reading.survey(reader, "")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert survey.counts == {"attachment": 1, "receipt": 1}
    assert most < 4 * 2**20


def bombed(head: bytes, block: bytes, times: int) -> bytes:
    press = zlib.compressobj(9, wbits=31)
    parts = [press.compress(head), *(press.compress(block) for _ in range(times)), press.flush()]
    return b"".join(parts)


def test_a_block_is_never_larger_than_it_says() -> None:
    bomb = bombed(b"", b"a" * 2**20, 8)
    sizes = [len(each) for each in inflating.blocks(io.BytesIO(bomb), LIMITS)]
    assert max(sizes) <= inflating.BLOCK
    assert sum(sizes) == 8 * 2**20
