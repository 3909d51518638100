"""Attachments: sealed apart, given when they are missed, opened once, kept for who may read."""

import base64
import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from PIL import Image

from tests.exchange import files
from tests.exchange.conftest import ALERT, CLAUSE
from tests.exchange.partner import Partner
from tests.exchange.test_delivery import Endpoint
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import send
from tidewaiter import clock, identifier, jose
from tidewaiter.exchange import actions, errors, jobs, queries, types
from tidewaiter.exchange.attachments import actions as attachments
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.attachments import errors as refusals
from tidewaiter.exchange.attachments import jobs as machine
from tidewaiter.exchange.attachments import queries as kept
from tidewaiter.exchange.models import Awaited, Outbound, Sealed
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as identity_queries
from tidewaiter.identity import viewer
from tidewaiter.keys import queries as own_keys
from tidewaiter.keys.keyfile import Use
from tidewaiter.vault import queries as vault
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
JOSE = "application/jose"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    """A vault of its own, so that nothing of another test is found in it."""
    settings.VAULT_DIR = tmp_path / "vault"
    return tmp_path / "vault"


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def sealed(plain: bytes, key: Any = None) -> bytes:
    """An attachment to this node."""
    key = key or next(each for each in own_keys.published() if each.use == "enc")
    return jose.seal(plain, key.jwk, kid=key.kid, cty=None).encode()


def named(plain: bytes, jwe: bytes, **changes: Any) -> dict[str, Any]:
    """It, as a message names it."""
    values = {
        "name": "1.pdf",
        "mediatype": "application/pdf",
        "size": len(plain),
        "sha256": digest(plain),
        "jwe": digest(jwe),
    }
    return {**values, **changes}


def put(jwe: bytes, to: str | None = None, **headers: str) -> Any:
    path = (to or digest(jwe)).removeprefix("sha256:")
    return Client().put(
        f"/exchange/v1/attachments/{path}", jwe, content_type=headers.pop("type", JOSE), **headers
    )


class TestOneThatAPartnerNames:
    def test_is_missed_put_and_then_its_message_is_accepted(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = sealed(files.PDF)
        line = xb.line(alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]}))
        assert outcomes(line) == ["missing-attachment"]
        assert put(jwe).status_code == 201
        assert put(jwe).status_code == 200
        assert outcomes(line, line) == ["accepted", "duplicate"]
        assert put(jwe).status_code == 200

    def test_is_kept_plain_once_its_message_is_accepted_and_not_before(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = sealed(files.PDF)
        made = alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]})
        line = xb.line(made)
        outcomes(line)
        put(jwe)
        plain, packed = (attachment.sha256(digest(each)) for each in (files.PDF, jwe))
        assert (vault.held(plain), vault.held(packed)) == (False, True)
        outcomes(line)
        assert work.pending(["exchange.unpack"]) == 1
        machine.unpack()
        assert (vault.held(plain), vault.held(packed)) == (True, False)
        (shown,) = kept.attachments(ME, made.id)
        assert (shown.name, shown.state, shown.readable) == ("1.pdf", "here", True)

    def test_may_have_come_later_than_its_message_by_the_clock(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = sealed(files.PDF)
        line = xb.line(alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]}))
        outcomes(line)
        put(jwe)
        Awaited.objects.update(came_at=clock.real() + timedelta(minutes=5))  # it was put back
        assert outcomes(line) == ["accepted"]
        assert not Awaited.objects.filter(accepted_at=None).exists()

    def test_can_be_named_by_two_messages(self, xb: Partner, agreement: str) -> None:
        jwe = sealed(files.PDF)
        data = {"attachments": [named(files.PDF, jwe)]}
        first, second = (xb.line(alert(xb, agreement, data=data)) for _ in range(2))
        assert outcomes(first, second) == ["missing-attachment"] * 2
        put(jwe)
        assert outcomes(first) == ["accepted"]
        machine.unpack()
        assert outcomes(second) == ["accepted"]
        third = xb.line(alert(xb, agreement, data=data))
        assert outcomes(third) == ["accepted"]
        assert machine.unpack() is None
        assert Awaited.objects.filter(unpacked_at=None).count() == 0

    @pytest.mark.parametrize(
        "change",
        [
            {"sha256": digest(b"something else")},
            {"size": 7},
            {"mediatype": "image/png"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_that_is_not_what_it_says_stays_missing(
        self, xb: Partner, agreement: str, change: dict[str, Any]
    ) -> None:
        jwe = sealed(files.PDF)
        data = {"attachments": [named(files.PDF, jwe, **change)]}
        line = xb.line(alert(xb, agreement, data=data))
        outcomes(line)
        assert put(jwe).status_code == 201
        assert outcomes(line) == ["missing-attachment"]
        assert not vault.held(attachment.sha256(digest(files.PDF)))

    def test_that_does_not_open_stays_missing(self, xb: Partner, agreement: str) -> None:
        ours = next(each for each in own_keys.published() if each.use == "enc")
        other = jose.seal(files.PDF, xb.key(Use.ENC).jwk, kid=ours.kid, cty=None).encode()
        changed = bytearray(sealed(files.PDF))
        changed[-30] = ord("A") if changed[-30] != ord("A") else ord("B")
        for jwe in (other, bytes(changed), b"no.jwe", b"a.b.c.d.e" * 9):
            line = xb.line(alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]}))
            outcomes(line)
            assert put(jwe).status_code == 201
            assert outcomes(line) == ["missing-attachment"]

    def test_of_another_partner_is_none_of_this_ones(self, xb: Partner, agreement: str) -> None:
        jwe = sealed(files.PDF)
        Awaited.objects.expect(
            "XC", identifier.uuid7(clock.real()), [digest(jwe)], until=clock.real() + timedelta(1)
        )
        assert put(jwe).status_code == 201
        line = xb.line(alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]}))
        assert outcomes(line) == ["missing-attachment"]

    @pytest.mark.parametrize(
        "wrong",
        [
            "one",
            [{"name": "1.pdf"}],
            [{**named(b"", b""), "size": "7"}],
            [{**named(b"", b""), "jwe": "sha256:ABC"}],
        ],
    )
    def test_written_otherwise_is_a_bad_payload(
        self, xb: Partner, agreement: str, wrong: Any
    ) -> None:
        assert outcomes(xb.line(alert(xb, agreement, data={"attachments": wrong}))) == [
            "bad-payload"
        ]

    def test_is_judged_after_the_clause(self, xb: Partner, agreement: str) -> None:
        data = {"attachments": [named(files.PDF, b"x")]}
        line = xb.line(alert(xb, agreement, purpose="revenue", data=data))
        assert outcomes(line) == ["not-permitted"]
        assert not Awaited.objects.exists()


class TestAPut:
    def awaited(self, xb: Partner, agreement: str) -> bytes:
        jwe = sealed(files.PDF)
        line = xb.line(alert(xb, agreement, data={"attachments": [named(files.PDF, jwe)]}))
        assert outcomes(line) == ["missing-attachment"]
        return jwe

    def test_of_what_nobody_named_is_403(self, xb: Partner, agreement: str) -> None:
        answer = put(sealed(files.PDF))
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
            403,
            "not-awaited",
        )
        assert put(b"x", "no digest").status_code == 403

    def test_of_other_bytes_is_400_and_leaves_nothing(
        self, xb: Partner, agreement: str, root: Path
    ) -> None:
        jwe = self.awaited(xb, agreement)
        for body in (sealed(files.PDF), jwe[:-1], b"\x89PNG\r\n\x1a\n"):
            assert put(body, digest(jwe)).status_code == 400
        assert not [path for path in root.rglob("*") if path.is_file()]
        assert put(jwe).status_code == 201

    def test_of_another_type_or_compressed_is_415(self, xb: Partner, agreement: str) -> None:
        jwe = self.awaited(xb, agreement)
        assert put(jwe, type="application/x-ndjson").status_code == 415
        assert put(jwe, type="application/octet-stream").status_code == 415
        assert put(jwe, headers={"Content-Encoding": "gzip"}).status_code == 415

    def test_over_64_mib_is_413(self, xb: Partner, agreement: str, settings: Any) -> None:
        jwe = self.awaited(xb, agreement)
        assert settings.ATTACHMENT_MAX_BYTES == 64 * 2**20
        settings.ATTACHMENT_MAX_BYTES = len(jwe) - 1
        assert put(jwe).status_code == 413

    def test_is_taken_for_24_hours_after_the_refusal(self, xb: Partner, agreement: str) -> None:
        jwe = self.awaited(xb, agreement)
        day = timedelta(hours=24)
        at = clock.real()
        assert attachments.awaits(digest(jwe), at=at + day - timedelta(minutes=1))
        with pytest.raises(refusals.NotAwaited):
            attachments.awaits(digest(jwe), at=at + day)

    def test_beyond_what_may_wait_of_a_partner_is_429(
        self, xb: Partner, agreement: str, settings: Any
    ) -> None:
        first, second = self.awaited(xb, agreement), self.awaited(xb, agreement)
        settings.ATTACHMENTS_WAITING = 100
        assert put(first).status_code == 201
        answer = put(second)
        assert (answer.status_code, answer["Retry-After"]) == (429, "60")

    def test_takes_no_other_method(self, xb: Partner) -> None:
        assert Client().get(f"/exchange/v1/attachments/{'0' * 64}").status_code == 405

    def test_of_what_came_for_no_message_is_deleted_later(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = self.awaited(xb, agreement)
        put(jwe)
        at = clock.real()
        attachments.tidy(at=at + timedelta(hours=25))
        assert vault.held(attachment.sha256(digest(jwe)))
        attachments.tidy(at=at + timedelta(hours=49))
        assert not vault.held(attachment.sha256(digest(jwe)))
        assert not Awaited.objects.exists()


class Taking(Endpoint):
    """A partner that takes attachments."""

    def __init__(self, partner: Partner) -> None:
        super().__init__(partner)
        self.put: dict[str, bytes] = {}
        self.status = 201
        endpoint = self

        def do_put(handler: Any) -> None:
            body = handler.rfile.read(int(handler.headers["Content-Length"]))
            assert handler.headers["Content-Type"] == JOSE
            name = handler.path.removeprefix("/exchange/v1/attachments/")
            status = 200 if name in endpoint.put else endpoint.status
            if status == 201:
                endpoint.put[name] = body
            handler.send_response(status)
            handler.send_header("Content-Length", "0")
            handler.end_headers()

        self.server.RequestHandlerClass.do_PUT = do_put  # type: ignore[attr-defined]
        self.answer = self.misses

    def misses(self, lines: list[str]) -> tuple[int, bytes]:
        """Refuse each line whose attachments are not all here."""
        receipts = []
        document = {"type": "https://tidewaiter.org/problems/missing-attachment", "title": "No"}
        for line in lines:
            data = json.loads(jose.read(line).payload)["data"]
            lacking = [
                each
                for each in data.get("attachments", [])
                if attachment.sha256(each["jwe"]) not in self.put
            ]
            said = {"outcome": "refused", "problem": document, "log_index": None} if lacking else {}
            receipts.append(self.receipt(line, **said))
        return self.said(receipts)


@pytest.fixture
def taking(xb: Partner, agreement: str) -> Any:
    made = Taking(xb)
    xb.url, xb.at = made.url, clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()


def enclose(*contents: bytes, **changes: Any) -> actions.Sent:
    return send(files=[attachment.file(each) for each in contents], **changes)


def data_of(sent: actions.Sent) -> dict[str, Any]:
    event = queries.message(ME, sent.id, at=clock.real()).event
    return dict(event["data"])


class TestOneOfOurs:
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
    def test_leaves_without_what_an_image_tells_of_itself(self, taking: Taking, kind: str) -> None:
        photograph = files.photograph(kind)
        assert sum(word in photograph for word in files.PLANTED) >= 3
        sent = enclose(photograph)
        jobs.deliver(partner="XB")
        machine.upload(partner="XB")
        ((jwe,),) = ([*taking.put.values()],)
        plain = jose.open_(jwe.decode(), taking.partner.key(Use.ENC).private)
        for word in (*files.PLANTED, b"Exif", b"8BIM", b"xmpmeta", b"exif", b"eXIf", b"tEXt"):
            assert word not in plain, word
        image = Image.open(io.BytesIO(plain))
        assert image.size == (32, 64), "the right way up"
        assert not dict(image.getexif()) or kind == "TIFF"  # a TIFF is made of such members
        (each,) = data_of(sent)["attachments"]
        assert (each["size"], each["sha256"]) == (len(plain), digest(plain))

    def test_says_nothing_in_its_name_or_its_headers(self, taking: Taking) -> None:
        sent = enclose(files.photograph(), files.PDF)
        jobs.deliver(partner="XB")
        machine.upload(partner="XB")
        assert [each["name"] for each in data_of(sent)["attachments"]] == ["1.jpg", "2.pdf"]
        for jwe in taking.put.values():
            assert set(jose.header(jwe.decode())) == {"alg", "enc", "kid", "epk"}
        ((jws,),) = taking.came
        assert set(jose.header(jws)) == {"alg", "kid", "typ"}

    def test_is_given_when_it_is_missed_and_its_message_goes_again_at_once(
        self, taking: Taking
    ) -> None:
        sent = enclose(files.PDF)
        again = jobs.deliver(partner="XB")
        assert again is not None
        assert (taking.put, work.pending(["exchange.upload"])) == ({}, 1)
        assert kept.attachments(ME, sent.id)[0].state == "asked"
        machine.upload(partner="XB")
        (content,) = taking.put.values()
        assert jose.open_(content.decode(), taking.partner.key(Use.ENC).private) == files.PDF
        assert Outbound.objects.get().next_at is None
        assert jobs.deliver(partner="XB") is None
        assert Outbound.objects.get().state == "delivered"
        assert kept.attachments(ME, sent.id)[0].state == "given"

    def test_is_never_sealed_where_nobody_misses_what_is_not_sent(self, agreement: str) -> None:
        with pytest.raises(errors.NotPermitted):
            enclose(files.PDF, purpose="revenue")
        assert not Sealed.objects.exists()
        assert not vault.held(attachment.sha256(digest(files.PDF)))

    def test_goes_again_by_the_waits_where_the_partner_takes_it_and_misses_it_still(
        self, taking: Taking
    ) -> None:
        enclose(files.PDF)
        taking.answer = taking.refuse("missing-attachment")
        jobs.deliver(partner="XB")
        machine.upload(partner="XB")
        jobs.deliver(partner="XB")  # at once, after the upload
        machine.upload(partner="XB")
        assert len(taking.came) == 2
        assert Outbound.objects.get().next_at is not None
        jobs.deliver(partner="XB")
        assert len(taking.came) == 2

    @pytest.mark.parametrize("status", [403, 400, 413])
    def test_that_is_not_taken_waits_until_it_is_asked_for_again(
        self, taking: Taking, status: int
    ) -> None:
        enclose(files.PDF)
        taking.status = status
        jobs.deliver(partner="XB")
        assert machine.upload(partner="XB") is None
        row = Outbound.objects.get()
        assert (row.state, row.next_at is None, Sealed.objects.get().asked) == (
            "waiting",
            False,
            False,
        )

    def test_is_tried_again_later_where_no_answer_comes(self, taking: Taking) -> None:
        enclose(files.PDF)
        jobs.deliver(partner="XB")
        taking.status = 503
        then = machine.upload(partner="XB")
        assert then is not None
        assert then > clock.real()
        assert Sealed.objects.get().asked
        assert machine.upload(partner="XB") == then

    def test_is_dropped_when_its_message_is_long_settled(self, taking: Taking) -> None:
        enclose(files.PDF)
        jobs.deliver(partner="XB")
        machine.upload(partner="XB")
        jobs.deliver(partner="XB")
        jwe = attachment.sha256(Sealed.objects.get().jwe)
        at = clock.real()
        attachments.tidy(at=at + timedelta(days=29))
        assert vault.held(jwe)
        attachments.tidy(at=at + timedelta(days=31))
        assert not vault.held(jwe)
        assert vault.held(attachment.sha256(digest(files.PDF))), "the message still shows it"


class TestAFile:
    @pytest.mark.parametrize(
        ("file", "problem"),
        [
            (attachment.File(b"MZ\x90\x00" + bytes(60), "application/pdf"), refusals.FileRefused),
            (attachment.File(files.PDF, "image/jpeg"), refusals.FileRefused),
            (attachment.File(b"hello", "text/plain"), refusals.FileRefused),
            (attachment.File(b"\xff\xd8\xff\xe0" + bytes(99), "image/jpeg"), refusals.FileRefused),
        ],
    )
    def test_of_another_kind_is_refused(
        self, agreement: str, file: attachment.File, problem: type[Exception]
    ) -> None:
        with pytest.raises(problem):
            send(files=[file])
        assert not Outbound.objects.exists()

    def test_too_large_for_one_attachment_is_refused(
        self, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(attachment, "MOST_PLAIN", 10)
        with pytest.raises(refusals.FileTooLarge):
            enclose(files.PDF)

    def test_may_be_as_large_as_its_jwe_fits(self) -> None:
        key = next(each for each in own_keys.published() if each.use == "enc")
        spent = len(jose.seal(b"", key.jwk, kid=key.kid, cty=None))
        assert spent + (attachment.MOST_PLAIN + 2) // 3 * 4 <= attachment.MOST_JWE

    def test_more_than_go_with_a_message_are_refused(self, agreement: str) -> None:
        with pytest.raises(refusals.TooManyFiles):
            enclose(*[files.PDF] * 51)

    def test_is_not_named_by_the_data_itself(self, agreement: str) -> None:
        data = {"alert": "1", "attachments": [named(b"", b"")]}
        with pytest.raises(refusals.StrayAttachments):
            send(data=data)

    def test_that_the_clause_withholds_is_a_clear_refusal(self, xb: Partner, agree: Any) -> None:
        agree({"allow": ["alert", "offence", "certainty", "validuntil", "goods"]})
        with pytest.raises(errors.NotPermitted) as refused:
            enclose(files.PDF)
        assert "attachments" in refused.value.line()
        assert send().state == "waiting"

    def test_that_the_clause_lets_out_in_part_is_a_clear_refusal(
        self, xb: Partner, agree: Any
    ) -> None:
        fields = CLAUSE["fields"]
        agree({**fields, "withhold": ["attachments.mediatype"]})
        with pytest.raises(refusals.AttachmentsWithheld):
            enclose(files.PDF)
        assert not Sealed.objects.exists()


@pytest.fixture
def agree(xb: Partner) -> Any:
    """An agreement with other fields."""
    from tests.exchange import conftest
    from tidewaiter.agreements import actions as agreements
    from tidewaiter.agreements import document, signing
    from tidewaiter.keys import actions as keys

    def sign(fields: dict[str, Any]) -> None:
        text = {**conftest.TEXT, "clauses": [{**CLAUSE, "fields": fields}]}
        read = document.read(json.dumps(text).encode())
        theirs = xb.member(read.canonical, typ=signing.TYP)
        ours = keys.sign_member(read.canonical, header=signing.header(xb.at))
        both = {"payload": jose.encode(read.canonical), "signatures": [theirs, ours]}
        agreements.add(json.dumps(both).encode(), at=clock.real(), by="test")

    return sign


class TestReading:
    def test_is_for_who_may_read_the_message_and_audited(self, agreement: str) -> None:
        sent = enclose(files.photograph())
        stranger = viewer.person("eve", frozenset(), None)
        with pytest.raises(identity_errors.Forbidden):
            kept.attachments(stranger, sent.id)
        with pytest.raises(identity_errors.Forbidden):
            kept.attachment_of(stranger, sent.id, 1, at=clock.real())
        found = kept.attachment_of(ME, sent.id, 1, at=clock.real())
        with found.file as file:
            assert len(file.read()) == found.size
        assert (found.name, found.mediatype) == ("1.jpg", "image/jpeg")
        kinds = [row.kind for _, row in identity_queries.readings()]
        assert "attachment" in kinds

    def test_of_what_is_not_there_says_so(self, agreement: str) -> None:
        sent = enclose(files.PDF)
        for number in (0, 2):
            with pytest.raises(refusals.NoSuchAttachment):
                kept.attachment_of(ME, sent.id, number, at=clock.real())

    def test_opens_it_where_no_machine_has_unpacked_it_yet(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = sealed(files.PDF)
        made = alert(xb, agreement, data={"attachments": [named(files.PDF, jwe, name="../x.exe")]})
        line = xb.line(made)
        outcomes(line)
        put(jwe)
        outcomes(line)
        found = kept.attachment_of(ME, made.id, 1, at=clock.real())
        with found.file as file:
            assert (file.read(), found.name) == (files.PDF, "1.pdf")

    def test_by_the_screen_saves_it_and_runs_nothing(self, agreement: str) -> None:
        sent = enclose(files.PDF)
        client = signed_in("liaison")
        answer = client.get(f"/exchange/{sent.id}/attachments/1")
        assert answer.status_code == 200
        assert b"".join(answer.streaming_content) == files.PDF  # type: ignore[attr-defined]
        assert answer["Content-Disposition"] == 'attachment; filename="1.pdf"'
        assert answer["Content-Type"] == "application/pdf"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
        assert client.get(f"/exchange/{sent.id}/attachments/2").status_code == 404


class TestByTheRestApi:
    def post(self, files_: list[dict[str, str]]) -> Any:
        identity.add_person(name="lia", roles=["liaison"], at=clock.real())
        token = identity.add_token(name="lia", at=clock.real()).token
        body = {
            "to": "XB",
            "type": "org.tidewaiter.alert.shipment.v1",
            "purpose": "ipr-enforcement",
            "handling": "TLP:AMBER",
            "data": ALERT,
            "files": files_,
        }
        return Client().post(
            "/api/v1/messages",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )

    def test_files_go_in_base64(self, agreement: str) -> None:
        content = base64.b64encode(files.photograph()).decode()
        answer = self.post([{"mediatype": "image/jpeg", "content": content}])
        assert answer.status_code == 201, answer.content
        (shown,) = kept.attachments(ME, UUID(answer.json()["id"]))
        assert (shown.name, shown.state) == ("1.jpg", "sealed")

    def test_what_is_no_base64_is_refused(self, agreement: str) -> None:
        answer = self.post([{"mediatype": "image/jpeg", "content": "%%%"}])
        assert answer.status_code == 422
        assert not Outbound.objects.exists()

    def test_another_kind_is_refused(self, agreement: str) -> None:
        content = base64.b64encode(b"hello").decode()
        answer = self.post([{"mediatype": "text/plain", "content": content}])
        assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (
            415,
            "file-refused",
        )


def signed_in(role: str) -> Client:
    identity.add_person(name="lia", roles=[role], at=clock.real())
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(name="lia"))
    return client


def test_a_type_may_be_any_for_its_attachments(xb: Partner) -> None:
    assert all(not attachment.fault({"x": 1}) for _ in types.names())
    assert attachment.fault({"attachments": {}}) == "data breaks its schema at /attachments"
