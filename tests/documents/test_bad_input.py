"""Bad input at the face of the room: refused by name, in bounded time and memory, nothing half."""

import json
import os
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client

from tests.documents.papers import declaration, taken
from tidewaiter import clock, command
from tidewaiter.documents import (
    actions,
    correction,
    csvfile,
    errors,
    finding,
    importing,
    jsonform,
    mapping,
    models,
    readers,
)
from tidewaiter.documents.batch import Source, Taken
from tidewaiter.documents.tally import Tally
from tidewaiter.documents.wco import names
from tidewaiter.identity import actions as identity

HERE = Path(__file__).parent
TRADER = str(HERE / "mappings" / "trader.yaml")
HEADER = b"Number,Declarant,Day,Kind,HS,Origin,From,Mass,Price,Money,Count,Note"
ROW = b"L-1,XA900001,2026-03-01,IMA,640411,CN,XB,250,1250.50,EUR,12,shoes"
SOUND = (HERE / "sound.xml").read_bytes()
PROBLEM = "https://tidewaiter.org/problems/"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"


@pytest.fixture
def take(tmp_path: Path, at: datetime):  # type: ignore[no-untyped-def]
    def run(name: str, data: bytes, **more: object) -> Tally:
        (tmp_path / name).write_bytes(data)
        named = {"assess": False, **more}
        return importing.run([str(tmp_path / name)], at=at, by="test", **named)  # type: ignore[arg-type]

    return run


def only(tally: Tally) -> tuple[str, int]:
    """Rule and line of the one refusal, which let nothing in."""
    assert (tally.accepted, tally.refused) == (0, 1)
    assert not models.Declaration.objects.exists()
    (one,) = tally.findings
    assert one.refuses
    assert len(one.message) < 2 * finding.QUOTE + 100
    return one.rule, one.line


XML = {
    "more after the end": (SOUND + b"<x/>", ("xml-malformed", 41)),
    "an encoding of no family": (
        b'<?xml version="1.0" encoding="ebcdic-cp-us"?><a/>',
        ("encoding", 1),
    ),
    "an encoding that nobody made": (
        b'<?xml version="1.0" encoding="windows-1259"?><a/>',
        ("encoding", 1),
    ),
    "another encoding than announced": (
        b'<?xml version="1.0" encoding="utf-16"?><a/>',
        ("encoding", 1),
    ),
    "a DOCTYPE in UTF-16": (
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
        ("doctype", 1),
    ),
    "deeper than any": (b"<a>" * 100_000, ("xml-too-deep", 1)),
    "larger than any": (b"<a>" + b" " * names.DOCUMENT_LIMIT, ("too-large", 1)),
    "more elements than any": (
        b"<a>" + b"<b/>" * (names.PART_LIMIT + 1) + b"</a>",
        ("too-many-parts", 1),
    ),
}
JSON = {
    "a lone surrogate": (rb'{"type_code": "\ud800"}', ("json-malformed", 1)),
    "not a number": (b'{"a": NaN}', ("json-malformed", 1)),
    "doubled": (b'{"a": 1, "a": 1}', ("json-malformed", 1)),
    "deep": (b'{"a":' * 33 + b"1" + b"}" * 33, ("json-malformed", 1)),
    "deeper than the stack": (b"[" * 5_000_000, ("too-many-parts", 1)),
    "more values than any": (
        b'{"a": [' + b"1," * (jsonform.PARTS + 1) + b"1]}",
        ("too-many-parts", 1),
    ),
    "more declarations than any": (
        b"[" + b"{}," * readers.DECLARATIONS + b"{}]",
        ("too-many-parts", 1),
    ),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), ("format-unknown", 1)),
}
COLUMNS = {
    "UTF-16": ((HEADER + b"\n" + ROW).decode().encode("utf-16"), ("encoding", 1)),
    "more columns than any": (
        HEADER + b",x" * mapping.COLUMNS + b"\n" + ROW,
        ("too-many-columns", 1),
    ),
    "a header without an end": (b"x" * (csvfile.RECORD + 1), ("row-too-large", 1)),
}


@pytest.mark.parametrize(("data", "told"), XML.values(), ids=XML)
def test_xml_is_refused_by_name(take, data: bytes, told: tuple[str, int]) -> None:  # type: ignore[no-untyped-def]
    assert only(take("a.xml", data)) == told


@pytest.mark.parametrize(("data", "told"), JSON.values(), ids=JSON)
def test_json_is_refused_by_name(take, data: bytes, told: tuple[str, int]) -> None:  # type: ignore[no-untyped-def]
    assert only(take("a.json", data)) == told


@pytest.mark.parametrize(("data", "told"), COLUMNS.values(), ids=COLUMNS)
def test_csv_is_refused_by_name(take, data: bytes, told: tuple[str, int]) -> None:  # type: ignore[no-untyped-def]
    assert only(take("a.csv", data, mapping=TRADER)) == told


@pytest.mark.parametrize("data", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
@pytest.mark.parametrize("name", ["a.xml", "a.json", "a.csv", "a"])
def test_a_file_that_says_nothing_is_empty_whatever_its_name(take, name: str, data: bytes) -> None:  # type: ignore[no-untyped-def]
    assert only(take(name, data)) == ("empty", 1)


class TestPaths:
    @pytest.mark.parametrize("path", ["", "x" * 5_000, "a\0b", "/proc/self/mem"])
    def test_a_path_that_cannot_be_read_is_told(self, path: str, at: datetime) -> None:
        tally = importing.run([path], at=at, by="test")
        assert only(tally) == ("unreadable", 1)

    def test_a_pipe_in_place_of_a_schema_or_mapping_is_not_waited_for(
        self, tmp_path: Path, at: datetime
    ) -> None:
        os.mkfifo(tmp_path / "pipe")
        pipe = str(tmp_path / "pipe")
        with pytest.raises(errors.SchemaUnusable):
            importing.run([TRADER], schema=pipe, at=at, by="test")
        with pytest.raises(errors.MappingUnknown):
            importing.run([TRADER], mapping=pipe, at=at, by="test")

    def test_a_mapping_of_too_many_columns_is_refused_quickly(
        self, tmp_path: Path, at: datetime
    ) -> None:
        wide = tmp_path / "wide.yaml"
        rows = "".join(f"  c{at}: hs_code\n" for at in range(mapping.COLUMNS + 1))
        wide.write_text(f"title: wide\ncolumns:\n{rows}")
        with pytest.raises(errors.MappingBroken, match="more than"):
            importing.run([TRADER], mapping=str(wide), at=at, by="test")

    def test_bytes_that_are_no_utf8_are_escaped_in_what_is_printed(self) -> None:
        said = command.document({"file": os.fsdecode(b"caf\xe9")})
        assert json.loads(said.encode()) == {"file": r"caf\xe9"}


class TestCsv:
    def test_an_amount_without_its_currency_is_taken_with_a_finding(self, take) -> None:  # type: ignore[no-untyped-def]
        tally = take("a.csv", HEADER + b"\n" + ROW.replace(b"EUR", b""), mapping=TRADER)
        assert tally.accepted == 1
        assert [(one.rule, one.place) for one in tally.findings] == [("currency-missing", "Money")]

    def test_wide_rows_are_read_few_at_a_time(self) -> None:
        frames = (csvfile.Frame(b"a," * 999 + b"a", line, 0) for line in range(5_000))
        chunks = csvfile.chunks(frames, columns=1_000, encoding="utf-8", separator=",")
        assert max(len(chunk.rows) for chunk in chunks) <= csvfile.CELLS // 1_000

    def test_long_rows_are_read_few_at_a_time(self) -> None:
        frames = (csvfile.Frame(b"a" * 60_000, line, 0) for line in range(1_000))
        chunks = csvfile.chunks(frames, columns=1, encoding="utf-8", separator=",")
        assert max(sum(chunk.lengths) for chunk in chunks) < csvfile.BYTES + csvfile.RECORD


class TestIdentity:
    def lodged(self, at: datetime, **more: object) -> actions.One:
        source = Source(line=7)
        one = Taken(declaration(**more), source, (), "paper.json")  # type: ignore[arg-type]
        return actions.take([one], at=at, by="test", assess=False).taken[0]

    def test_a_number_used_again_is_told_where_its_record_starts(self, at: datetime) -> None:
        actions.take([taken()], at=at, by="test", assess=False)
        found = self.lodged(at, price=1).finding
        assert found is not None
        assert (found.rule, found.line, found.file) == ("number-reused", 7, "paper.json")

    def test_a_correction_of_nothing_is_told_where_its_record_starts(self, at: datetime) -> None:
        found = self.lodged(at, function="13").finding
        assert found is not None
        assert (found.rule, found.line) == ("correction-unknown", 7)

    def test_a_correction_that_cannot_be_applied_is_told_there_too(
        self, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refusal = finding.ReadResult(None, (finding.find("correction-empty", "Amendment"),))
        monkeypatch.setattr(correction, "apply", lambda original, change: refusal)
        actions.take([taken()], at=at, by="test", assess=False)
        found = self.lodged(at, function="13").finding
        assert found is not None
        assert (found.rule, found.line, found.file) == ("correction-empty", 7, "paper.json")


def bearer(*roles: str) -> dict[str, str]:
    name = "-".join(roles)
    identity.add_person(name=name, roles=roles, at=clock.real())
    return {"Authorization": f"Bearer {identity.add_token(name=name, at=clock.real()).token}"}


class TestRest:
    PLACE = "/api/v1/declarations"

    @pytest.mark.parametrize(
        ("kind", "data", "status", "problem"),
        [
            ("application/zip", b"PK\x03\x04", 415, "format-unknown"),
            ("", b"{}", 415, "format-unknown"),
            ("text/csv", HEADER, 422, "mapping-needed"),
            ("application/json", b" ", 422, "declaration-refused"),
            ("application/json", b"[" * 100_000, 422, "declaration-refused"),
            ("application/xml", b"<!DOCTYPE a><a/>", 422, "declaration-refused"),
            ("application/xml", b" " * (21 * 2**20), 422, "declaration-refused"),
            ("application/xml", b" " * (25 * 2**20), 413, "body-too-large"),
        ],
    )
    def test_what_cannot_be_taken_is_a_problem_document(
        self, client: Client, kind: str, data: bytes, status: int, problem: str
    ) -> None:
        answer = client.post(self.PLACE, data, content_type=kind, headers=bearer("officer"))
        assert (answer.status_code, answer.json()["type"]) == (status, PROBLEM + problem)
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert not models.Declaration.objects.exists()

    def test_a_key_with_another_body_is_refused(self, client: Client) -> None:
        headers = {**bearer("officer"), "Idempotency-Key": "k"}
        one, other = (jsonform.write(declaration(number)) for number in ("L-1", "L-2"))
        first = client.post(self.PLACE, one, content_type="application/json", headers=headers)
        again = client.post(self.PLACE, other, content_type="application/json", headers=headers)
        assert (first.status_code, again.status_code) == (201, 422)
        assert again.json()["type"] == PROBLEM + "idempotency-key-reused"
        assert models.Declaration.objects.count() == 1

    def test_long_keys_that_begin_alike_are_two(self, client: Client) -> None:
        token = bearer("officer")
        for number in ("1", "2"):
            answer = client.post(
                self.PLACE,
                jsonform.write(declaration(f"L-{number}")),
                content_type="application/json",
                headers={**token, "Idempotency-Key": "k" * 255 + number},
            )
            assert answer.status_code == 201

    @pytest.mark.parametrize("name", ["q", "state", "lane", "kind", "office"])
    def test_a_nul_in_a_filter_finds_nothing(self, client: Client, name: str) -> None:
        answer = client.get(self.PLACE, {name: "a\0b"}, headers=bearer("officer"))
        assert (answer.status_code, answer.json()["declarations"]) == (200, [])

    @pytest.mark.parametrize("cursor", ["x", "-1", "1" * 40, "1.5", "%00", "٣"])
    def test_a_cursor_that_no_page_gave_is_refused(self, client: Client, cursor: str) -> None:
        answer = client.get(self.PLACE, {"cursor": cursor}, headers=bearer("officer"))
        assert (answer.status_code, answer.json()["type"]) == (422, PROBLEM + "cursor-unknown")

    def test_who_may_not_is_told_so(self, client: Client) -> None:
        data = jsonform.write(declaration())
        wrong = {"Authorization": "Bearer nonsense"}
        reader = bearer("auditor")
        for headers, status in (({}, 401), (wrong, 401), (reader, 403)):
            answer = client.post(self.PLACE, data, content_type="application/json", headers=headers)
            assert answer.status_code == status
            assert answer.headers["Content-Type"].startswith("application/problem+json")
        token = identity.add_token(name="auditor", at=clock.real())
        identity.revoke_token(id=token.id, at=clock.real())
        gone = {"Authorization": f"Bearer {token.token}"}
        assert client.get(self.PLACE, headers=gone).status_code == 401
        assert not models.Declaration.objects.exists()

    def test_the_schema_of_a_declaration_is_published(self, client: Client) -> None:
        answer = client.get("/api/v1/schemas/declaration.json")
        assert answer.status_code == 200
        assert json.loads(answer.content) == json.loads(json.dumps(jsonform.schema()))
