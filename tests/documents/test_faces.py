"""The screens and the REST API of declarations, tried by each kind of person."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tests.documents.papers import declaration, taken
from tidewaiter import clock
from tidewaiter.documents import actions, importing, jsonform, life, models, wco
from tidewaiter.identity import actions as identity
from tidewaiter.identity import queries as people

HERE = Path(__file__).parent
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vault(tmp_path: Path, settings) -> None:  # type: ignore[no-untyped-def]
    settings.VAULT_DIR = tmp_path / "vault"


def signed_in(client: Client, *roles: str, office: str | None = None) -> Client:
    if office:
        identity.add_office(code=office, name=office)
    name = "-".join(roles)
    identity.add_person(name=name, roles=roles, office=office, at=clock.real())
    client.force_login(get_user_model().objects.get(name=name))
    return client


def bearer(*roles: str) -> dict[str, str]:
    name = "-".join(roles)
    identity.add_person(name=name, roles=roles, at=clock.real())
    return {"Authorization": f"Bearer {identity.add_token(name=name, at=clock.real()).token}"}


class TestScreens:
    def test_the_list_shows_the_newest_and_filters(self, client: Client, at: datetime) -> None:
        report = actions.take([taken("L-1"), taken("L-2")], at=at, by="a", assess=False)
        numbers = [one.reference for one in report.taken]
        actions.move(numbers[0], life.Event.RELEASE, by="a", at=at)
        page = signed_in(client, "officer").get("/declarations/")
        assert page.status_code == 200
        text = page.content.decode()
        assert text.index(numbers[1]) < text.index(numbers[0])
        narrowed = client.get("/declarations/?state=released").content.decode()
        assert numbers[0] in narrowed
        assert numbers[1] not in narrowed
        found = client.get("/declarations/?q=L-2").content.decode()
        assert numbers[1] in found
        assert numbers[0] not in found
        assert client.get("/declarations/?q=nothing&lane=purple").status_code == 200

    def test_a_page_says_what_it_is_and_how_it_came(self, client: Client, at: datetime) -> None:
        one = actions.take([taken()], at=at, by="a", assess=False).taken[0]
        actions.move(one.reference, life.Event.CONTROL, by="ada", at=at, note="random")
        text = signed_in(client, "officer").get(f"/declarations/{one.reference}").content.decode()
        for said in ("Running shoes", "Alpenlauf", "Nordmark Sport", "Under control", "random"):
            assert said in text

    def test_who_sees_one_leaves_a_line_for_the_auditor(self, client: Client, at: datetime) -> None:
        one = actions.take([taken()], at=at, by="a", assess=False).taken[0]
        signed_in(client, "officer").get(f"/declarations/{one.reference}")
        read = people.readings(person="officer")
        assert one.reference in str(read)

    def test_an_officer_of_another_office_does_not_find_it(
        self, client: Client, at: datetime
    ) -> None:
        one = actions.take([taken()], at=at, by="a", assess=False).taken[0]
        signed_in(client, "officer", office="XA777")
        assert client.get(f"/declarations/{one.reference}").status_code == 404
        assert one.reference not in client.get("/declarations/").content.decode()

    def test_the_source_is_one_click_away(self, client: Client, at: datetime) -> None:
        data = wco.write(declaration())
        form = importing.named("wco-xml")
        done = importing.lodge(data, name="a.xml", form=form, at=at, by="a", assess=False)
        number = done.taken[0].reference
        page = signed_in(client, "officer").get(f"/declarations/{number}")
        assert f"/declarations/{number}/source/1" in page.content.decode()
        shown = client.get(f"/declarations/{number}/source/1").content.decode()
        assert "FunctionalReferenceID" in shown
        assert client.get(f"/declarations/{number}/source/1?keep").content == data

    def test_of_a_file_of_rows_the_source_is_the_row_alone(
        self, client: Client, at: datetime
    ) -> None:
        file = HERE / "mappings" / "rows.csv"
        mapping = str(HERE / "mappings" / "trader.yaml")
        importing.run([str(file)], mapping=mapping, at=at, by="a", assess=False)
        number = models.Declaration.objects.get(local_reference="L-2").reference
        kept = signed_in(client, "officer").get(f"/declarations/{number}/source/1?keep")
        assert kept.content.decode().splitlines() == [
            *file.read_text().splitlines()[:1],
            *file.read_text().splitlines()[2:3],
        ]

    def test_it_is_given_out_in_each_format(self, client: Client, at: datetime) -> None:
        one = actions.take([taken()], at=at, by="a", assess=False).taken[0]
        signed_in(client, "officer")
        for form in ("json", "wco-xml", "csv"):
            answer = client.get(f"/declarations/{one.reference}/as/{form}")
            assert answer.status_code == 200
            assert b"L-1" in answer.content
        assert client.get(f"/declarations/{one.reference}/as/paper").status_code == 415

    def test_a_document_is_lodged_by_hand(self, client: Client) -> None:
        signed_in(client, "officer")
        assert client.get("/declarations/lodge/").status_code == 200
        upload = SimpleUploadedFile("a.json", jsonform.write(declaration()))
        done = client.post("/declarations/lodge/", {"document": upload})
        kept = models.Declaration.objects.get()
        assert (done.status_code, done["Location"]) == (302, f"/declarations/{kept.reference}")
        bad = SimpleUploadedFile("b.xml", b"<!DOCTYPE a><a/>")
        refused = client.post("/declarations/lodge/", {"document": bad})
        assert refused.status_code == 422
        assert "document type declaration" in refused.content.decode()

    def test_who_may_only_look_cannot_lodge(self, client: Client) -> None:
        signed_in(client, "auditor")
        assert client.get("/declarations/").status_code == 200
        assert client.post("/declarations/lodge/").status_code == 403


class TestRest:
    def post(self, client: Client, data: bytes, kind: str, **headers: str):  # type: ignore[no-untyped-def]
        query = headers.pop("query", "")
        return client.post(f"/api/v1/declarations{query}", data, content_type=kind, headers=headers)

    def test_any_format_comes_in_by_its_media_type(self, client: Client) -> None:
        token = bearer("officer")
        for number, kind, write in (
            ("L-1", "application/json", jsonform.write),
            ("L-2", "application/xml", wco.write),
        ):
            answer = self.post(client, write(declaration(number)), kind, **token)
            assert answer.status_code == 201, answer.content
            said = answer.json()
            assert (said["accepted"], said["state"]) == (1, "accepted")
            assert said["reference"]
            assert "lane" in said
        again = self.post(client, wco.write(declaration("L-2")), "text/xml", **token)
        assert (again.status_code, again.json()["duplicates"]) == (200, 1)

    def test_csv_names_its_mapping(self, client: Client) -> None:
        token = bearer("officer")
        assert self.post(client, b"a,b\n", "text/csv", **token).status_code == 422
        row = self.post(client, b"a,b\n", "text/csv", query="?mapping=korea", **token)
        assert row.status_code == 422
        assert row.json()["errors"][0]["rule"] == "column-missing"
        path = self.post(client, b"a,b\n", "text/csv", query="?mapping=/etc/passwd", **token)
        assert path.status_code == 404

    def test_a_refusal_is_a_problem_with_every_place(self, client: Client) -> None:
        answer = self.post(client, b'{"x":NaN}', "application/json", **bearer("officer"))
        assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
        said = answer.json()
        assert said["type"].endswith("/declaration-refused")
        assert said["errors"][0]["rule"] == "json-malformed"

    def test_another_media_type_is_refused(self, client: Client) -> None:
        assert self.post(client, b"x", "image/png", **bearer("officer")).status_code == 415

    def test_the_same_key_gets_the_same_answer(self, client: Client) -> None:
        token = {**bearer("officer"), "Idempotency-Key": "k-1"}
        data = jsonform.write(declaration())
        first = self.post(client, data, "application/json", **token)
        again = self.post(client, data, "application/json", **token)
        assert (first.status_code, first.json()) == (again.status_code, again.json()) != (200, {})
        other = self.post(client, data + b" ", "application/json", **token)
        assert other.status_code == 422
        assert other.json()["type"].endswith("/idempotency-key-reused")

    def test_lists_go_on_by_cursor(self, client: Client, at: datetime) -> None:
        actions.take([taken(f"L-{n}") for n in range(5)], at=at, by="a", assess=False)
        token = bearer("officer")
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            address = f"/api/v1/declarations?limit=2&cursor={cursor}"
            page = client.get(address, headers=token).json()
            found += [one["local_reference"] for one in page["declarations"]]
            cursor = page["next"]
        assert found == ["L-4", "L-3", "L-2", "L-1", "L-0"]

    def test_one_is_shown_with_its_life_and_in_each_format(
        self, client: Client, at: datetime
    ) -> None:
        one = actions.take([taken()], at=at, by="a", assess=False).taken[0]
        token = bearer("officer")
        said = client.get(f"/api/v1/declarations/{one.reference}", headers=token).json()
        assert [step["after"] for step in said["steps"]] == ["lodged", "accepted"]
        assert said["items"][0]["value"] == 125_000
        address = f"/api/v1/declarations/{one.reference}/document?format=json"
        document = json.loads(client.get(address, headers=token).content)
        assert document["functional_reference_id"] == "L-1"
        travels = client.get(f"/api/v1/consignments/{one.reference}", headers=token).json()
        assert travels["departure"] == "XB"
        listed = client.get("/api/v1/consignments", headers=token).json()
        assert listed["consignments"][0]["reference"] == one.reference

    def test_a_stranger_gets_nothing(self, client: Client) -> None:
        assert client.get("/api/v1/declarations").status_code == 401
        assert self.post(client, b"{}", "application/json").status_code == 401
        assert client.get("/declarations/").status_code == 302
