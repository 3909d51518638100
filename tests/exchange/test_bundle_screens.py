"""Bundles on a partner's page: taken out and brought in by plain forms, by who may."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import expect

from tests.browser import NodePage
from tests.exchange.partner import Partner
from tests.exchange.test_attachments import signed_in
from tests.exchange.test_bundles import bundle, messages, opened
from tests.exchange.test_receiving import alert
from tests.exchange.test_sending import send
from tidewaiter.exchange.bundling import forms
from tidewaiter.exchange.models import Inbound

pytestmark = pytest.mark.django_db
OUT, IN = "/exchange/partners/XB/bundle", "/exchange/partners/XB/bundles"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    settings.VAULT_DIR = tmp_path / "vault"
    settings.HOME = tmp_path
    return tmp_path


def brought(client: Client, file: io.BytesIO) -> Any:
    return client.post(IN, {"file": SimpleUploadedFile("x.twb", file.getvalue())})


def words(answer: Any) -> str:
    return " ".join(str(each) for each in get_messages(answer.wsgi_request))


class TestTakingOneOut:
    def test_gives_what_waits_as_a_file(self, xb: Partner, agreement: str, tmp_path: Path) -> None:
        send()
        answer = signed_in("liaison").post(OUT, {"most": "0"})
        assert answer.status_code == 200
        assert '.twb"' in answer["Content-Disposition"]
        place = tmp_path / "x.twb"
        place.write_bytes(b"".join(answer.streaming_content))  # type: ignore[arg-type]
        assert len(opened(place)["message"]) == 1
        assert [each.name for each in tmp_path.iterdir() if each.is_dir()] in ([], ["vault"])

    def test_gives_several_in_one_where_a_mail_takes_no_more(
        self, xb: Partner, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forms.Export, "clean_most", lambda form: 20_000)
        for _ in range(40):
            send()
        answer = signed_in("liaison").post(OUT, {"most": str(10 * forms.MEGA)})
        packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[arg-type]
        names = packed.namelist()
        assert len(names) >= 3
        assert names[1].endswith("-2.twb")

    def test_says_why_it_cannot_be(self, xb: Partner, agreement: str) -> None:
        from tidewaiter.identity import actions as identity

        identity.suspend_partner(administration="XB")
        answer = signed_in("liaison").post(OUT, {"most": "0"})
        assert answer.status_code == 422
        assert "while it is suspended" in answer.content.decode()


class TestBringingOneIn:
    def test_says_in_words_what_became_of_it(self, xb: Partner, agreement: str) -> None:
        wrong = alert(xb, agreement, recipient="XC")
        answer = brought(
            signed_in("liaison"), bundle(xb, messages(xb, alert(xb, agreement), wrong))
        )
        assert (answer.status_code, answer["Location"]) == (302, "/exchange/partners/XB/")
        said = words(answer)
        assert "1 accepted, 1 refused, 0 that were here already" in said
        assert "Exchange, Refused" in said
        assert Inbound.objects.count() == 1

    def test_that_is_damaged_is_refused_with_its_remedy(self, xb: Partner, agreement: str) -> None:
        data = bundle(xb, messages(xb, alert(xb, agreement))).getvalue()
        answer = brought(signed_in("liaison"), io.BytesIO(data[:-40]))
        assert answer.status_code == 422
        assert "is not whole: it ends early" in answer.content.decode()
        assert Inbound.objects.count() == 0

    def test_that_is_too_large_for_a_page_names_the_command(
        self, xb: Partner, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(forms, "MOST", 10)
        answer = brought(signed_in("liaison"), io.BytesIO(b"x" * 11))
        assert answer.status_code == 422
        assert "tidewaiter exchange bundle import FILE" in answer.content.decode()

    @pytest.mark.parametrize("role", ["officer", "auditor", "analyst"])
    def test_is_for_those_who_may(self, xb: Partner, role: str) -> None:
        client = signed_in(role)
        assert client.post(OUT, {"most": "0"}).status_code == 403
        assert brought(client, io.BytesIO(b"x")).status_code == 403

    def test_needs_the_token_of_its_own_page(self, xb: Partner) -> None:
        client = signed_in("liaison")
        client.handler.enforce_csrf_checks = True
        assert client.post(OUT, {"most": "0"}).status_code == 403
        assert brought(client, io.BytesIO(b"x")).status_code == 403


@pytest.mark.browser
def test_a_bundle_goes_out_and_one_comes_in_without_script(
    plain_page: NodePage, xb: Partner, agreement: str, tmp_path: Path
) -> None:
    send()
    page = plain_page.signed_in("liaison").open("/exchange/partners/XB/")
    with page.expect_download() as saved:
        page.locator("button", has_text="Download a bundle").click()
    place = tmp_path / "out.twb"
    saved.value.save_as(place)
    assert len(opened(place)["message"]) == 1
    file = tmp_path / "in.twb"
    file.write_bytes(bundle(xb, messages(xb, alert(xb, agreement))).getvalue())
    page.locator("#id_file").set_input_files(file)
    page.locator("button", has_text="Import this bundle").click()
    expect(page.locator("[role=status]").first).to_contain_text("1 accepted, 0 refused")
