"""People, tokens and signing in: who may come in, how often one may fail, and what is kept."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from tidewaiter import clock
from tidewaiter.identity import actions, errors, limits, models, queries, roles, viewer
from tidewaiter.permission import Permission

GOOD = "a harbour at low tide"
pytestmark = pytest.mark.django_db


def add(name: str = "ada", *given: str, office: str | None = None) -> queries.Person:
    chosen = given or ("officer",)
    return actions.add_person(
        name=name, roles=chosen, office=office, password=GOOD, at=clock.real()
    )


def sign_in(client: Client, name: str = "ada", password: str = GOOD, **more: str) -> int:
    answer = client.post("/sign-in/", {"name": name, "password": password, **more})
    return answer.status_code


class TestAPerson:
    def test_is_seen_with_roles_and_office(self) -> None:
        person = add(office="P1")
        assert (person.name, person.roles, person.office) == ("ada", ("officer",), "P1")

    def test_has_a_name_of_their_own(self) -> None:
        add()
        with pytest.raises(errors.NameTaken):
            add()

    @pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "ada\n"])
    def test_has_a_name_that_fits_an_address(self, name: str) -> None:
        with pytest.raises(errors.BadName):
            add(name)

    @pytest.mark.parametrize("password", ["short", "password1234", "ada-lovelace-1"])
    def test_has_no_weak_password(self, password: str) -> None:
        with pytest.raises(errors.WeakPassword):
            actions.add_person(
                name="ada-lovelace", roles=["officer"], password=password, at=clock.real()
            )

    def test_has_no_role_that_is_not_in_the_table(self) -> None:
        with pytest.raises(errors.UnknownRole):
            add("ada", "emperor")

    def test_holds_what_the_roles_hold_together(self) -> None:
        add("ada", "officer", "auditor")
        assert queries.viewer("ada").permissions == roles.ROLES["officer"] | roles.ROLES["auditor"]

    def test_is_kept_to_the_office_by_an_officers_role_alone(self) -> None:
        add("ada", office="P1")
        add("bea", "officer", "supervisor", office="P1")
        add("eve")
        assert not queries.viewer("ada").everywhere
        assert queries.viewer("bea").everywhere
        assert queries.viewer("eve").everywhere
        assert not viewer.STRANGER.everywhere

    def test_of_a_closed_account_is_nobody(self) -> None:
        add()
        actions.disable_person(name="ada", at=clock.real())
        with pytest.raises(errors.UnknownPerson):
            queries.viewer("ada")
        assert queries.holders(Permission.DECLARATION_READ) == []

    def test_is_found_by_what_they_may(self) -> None:
        add("ada", office="P1")
        add("bea", "supervisor", office="P2")
        assert queries.holders(Permission.INSPECTION_RECORD, "P1") == ["ada"]
        assert queries.holders(Permission.INSPECTION_ASSIGN) == ["bea"]


class TestTheRoles:
    def test_of_the_auditor_read_everything_and_change_nothing(self) -> None:
        held = roles.ROLES["auditor"] - {Permission.PUBLIC, Permission.SIGNED_IN}
        assert held == {each for each in Permission if each.value.endswith(":read")}

    def test_have_a_title_each(self) -> None:
        assert set(roles.TITLES) == set(roles.ROLES)


class TestSigningIn:
    def test_opens_a_session_of_eight_hours(self) -> None:
        add()
        client = Client()
        assert sign_in(client) == 302
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        assert 8 * 3600 - 60 < int(cookie["max-age"]) <= 8 * 3600
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"

    def test_leads_to_the_page_that_was_asked_for(self) -> None:
        add("ada", "node_admin")
        client = Client()
        asked = client.get("/people/?x=1")
        assert asked["Location"] == "/sign-in/?next=%2Fpeople%2F%3Fx%3D1"
        answer = client.post("/sign-in/", {"name": "ada", "password": GOOD, "next": "/people/?x=1"})
        assert answer["Location"] == "/people/?x=1"

    @pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:x"])
    def test_leads_nowhere_else(self, target: str) -> None:
        add("ada", "node_admin")
        client = Client()
        answer = client.post("/sign-in/", {"name": "ada", "password": GOOD, "next": target})
        assert answer["Location"] == client.get("/sign-in/").wsgi_request.shell.start

    def test_takes_a_new_session_key(self) -> None:
        add()
        add("bea")
        client = Client()
        sign_in(client, "bea")
        before = client.session.session_key
        sign_in(client)
        assert client.session.session_key != before

    def test_is_refused_alike_for_a_wrong_name_and_a_wrong_password(self) -> None:
        add()
        client = Client()
        wrong = client.post("/sign-in/", {"name": "ada", "password": "no"})
        unknown = client.post("/sign-in/", {"name": "eva", "password": "no"})
        assert (wrong.status_code, unknown.status_code) == (403, 403)
        said = [each.context["form"].non_field_errors() for each in (wrong, unknown)]
        assert said[0] == said[1]

    def test_hashes_a_password_for_a_name_that_nobody_has(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str | None] = []
        monkeypatch.setattr(models.Person, "set_password", lambda self, raw: hashed.append(raw))
        assert sign_in(Client(), "nobody", "secret") == 403
        assert hashed == ["secret"]

    def test_is_closed_to_a_closed_account_and_ends_its_session(self) -> None:
        add("ada", "node_admin")
        client = Client()
        sign_in(client)
        assert client.get("/people/").status_code == 200
        actions.disable_person(name="ada", at=clock.real())
        assert client.get("/people/").status_code == 302
        assert sign_in(Client()) == 403

    def test_ends_every_session_where_the_password_changes(self) -> None:
        add("ada", "node_admin")
        client = Client()
        sign_in(client)
        actions.set_password(name="ada", password="another tide, another day")
        assert client.get("/people/").status_code == 302

    def test_is_slowed_down_for_an_account(self) -> None:
        add()
        for _ in range(limits.AN_ACCOUNT):
            assert sign_in(Client(), password="no") == 403
        assert sign_in(Client()) == 429  # the right password, too

    def test_says_when_it_may_be_tried_again(self) -> None:
        for _ in range(limits.AN_ACCOUNT):
            sign_in(Client(), password="no")
        answer = Client().post("/sign-in/", {"name": "ada", "password": "no"})
        assert answer["Retry-After"] == "900"

    def test_is_slowed_down_for_an_address(self) -> None:
        add()
        for number in range(limits.AN_ADDRESS):
            assert sign_in(Client(), f"nobody{number}", "no") == 403
        assert sign_in(Client()) == 429

    def test_is_open_again_after_the_window(self) -> None:
        add()
        at = clock.real()
        for _ in range(limits.AN_ACCOUNT):
            with pytest.raises(errors.SignInRefused):
                actions.sign_in(name="ada", password="no", address="1", at=at)
        later = at + limits.WINDOW + timedelta(seconds=1)
        assert actions.sign_in(name="ada", password=GOOD, address="1", at=later).name == "ada"

    def test_forgets_the_failures_once_it_succeeds(self) -> None:
        add()
        for _ in range(3):
            for _ in range(limits.AN_ACCOUNT - 1):
                sign_in(Client(), password="no")
            assert sign_in(Client()) == 302

    def test_needs_a_form_of_ours(self) -> None:
        answer = Client(enforce_csrf_checks=True).post("/sign-in/", {"name": "a", "password": "b"})
        assert answer.status_code == 403
        assert "csrf" not in answer.content.decode().partition("<main")[2].partition("</main")[0]

    def test_out_ends_the_session(self) -> None:
        add("ada", "node_admin")
        client = Client()
        sign_in(client)
        assert client.post("/sign-out/").status_code == 302
        assert client.get("/people/").status_code == 302

    def test_leads_a_part_of_a_page_to_the_sign_in_whole(self) -> None:
        answer = Client().get("/people/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in/")


class TestAToken:
    def test_proves_the_person_and_is_kept_as_a_digest(self) -> None:
        add()
        made = actions.add_token(name="ada", at=clock.real())
        assert made.token.startswith("twt_")
        found = actions.bearer(made.token, clock.real())
        assert found is not None
        assert (found.name, found.kind) == ("ada", "token")
        assert not models.Token.objects.filter(digest__contains=made.token).exists()

    def test_proves_nobody_once_revoked(self) -> None:
        add()
        made = actions.add_token(name="ada", at=clock.real())
        assert actions.revoke_token(id=made.id, at=clock.real())
        assert not actions.revoke_token(id=made.id, at=clock.real())
        assert actions.bearer(made.token, clock.real()) is None

    def test_ends_with_the_account(self) -> None:
        add()
        made = actions.add_token(name="ada", at=clock.real())
        actions.disable_person(name="ada", at=clock.real())
        actions.enable_person(name="ada")
        assert actions.bearer(made.token, clock.real()) is None

    @pytest.mark.parametrize("token", ["", "twt_", "x" * 5000, "é"])
    def test_that_is_none_proves_nobody(self, token: str) -> None:
        assert actions.bearer(token, clock.real()) is None


class TestTheLanguage:
    def test_is_remembered_with_the_person(self) -> None:
        add("ada", "node_admin")
        client = Client()
        sign_in(client)
        client.post("/language/", {"language": "fr", "next": "/people/"})
        assert 'lang="fr"' in client.get("/people/").content.decode()
        again = Client()
        sign_in(again)
        assert 'lang="fr"' in again.get("/people/").content.decode()

    def test_follows_the_browser_of_a_stranger(self) -> None:
        answer = Client().get("/sign-in/", headers={"accept-language": "fr"})
        assert 'lang="fr"' in answer.content.decode()

    def test_is_one_that_we_have(self) -> None:
        client = Client()
        client.post("/language/", {"language": "tlh"})
        assert settings.LANGUAGE_COOKIE_NAME not in client.cookies
