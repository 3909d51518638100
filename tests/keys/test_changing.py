"""Keys are replaced, revoked and recovered: what is listed, what signs, what opens, and when."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tidewaiter import canonical, clock, jose
from tidewaiter.identity import pinning
from tidewaiter.keys import actions, commands, errors, keyfile, queries, recovering, ring

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TYP = "tidewaiter+jws"


@pytest.fixture(params=["A", "B"])
def home(tmp_path: Path, settings: object, request: pytest.FixtureRequest) -> Path:
    """The keys of a node of its own, of either suite."""
    place = tmp_path / "keys"
    settings.KEYS_DIR, settings.SUITE = place, request.param  # type: ignore[attr-defined]
    settings.ADMINISTRATION = "XB"  # type: ignore[attr-defined]
    actions.create(at=AT, administration="XB", url="https://customs.example")
    return place


def states(use: str, at: datetime = AT) -> dict[str, str]:
    return {key.kid: key.state for key in queries.public(at) if key.use == use}


def listed(at: datetime) -> list[str]:
    return [key.kid for key in queries.published(at)]


def signer() -> str:
    return str(jose.header(actions.sign(b"", typ=TYP))["kid"])


class TestEitherSuite:
    def test_signs_opens_and_is_read_back_from_its_files(self, home: Path) -> None:
        compact = actions.sign(b"x", typ=TYP)
        assert jose.verify(compact, queries.signing().jwk, typ=TYP) == b"x"
        enc = next(key for key in queries.published() if key.use == "enc")
        assert actions.open(jose.seal(b"y", enc.jwk, kid=enc.kid, cty=TYP)) == b"y"
        assert actions.open(jose.seal(b"y", enc.jwk, kid=enc.kid, cty=None), cty=None) == b"y"
        with pytest.raises(errors.CannotOpen, match="content type"):
            actions.open(jose.seal(b"y", enc.jwk, kid=enc.kid, cty=None))

    def test_keeps_a_log_key_of_ed25519(self, home: Path) -> None:
        assert {key.jwk["crv"] for key in queries.public() if key.use == "log"} == {"Ed25519"}

    def test_shows_all_members_of_its_keys_and_no_private_one(self, home: Path) -> None:
        for key in queries.public():
            members = {"kty", "crv", "x"} | ({"y"} if key.suite == "B" else set())
            assert set(key.jwk) == members
            file = json.loads((home / f"{key.kid}.json").read_text())
            assert file["d"] not in repr(key)


class TestRotating:
    def test_makes_a_new_key_beside_the_old_one(self, home: Path) -> None:
        (new,) = actions.rotate("sig", at=AT + DAY)
        assert (new.kid, new.state) == ("XB-2026-2", "current")
        assert states("sig") == {"XB-2026-2": "current", "XB-2026-1": "old"}
        assert signer() == "XB-2026-2"
        assert states("enc") == {"XB-2026-e1": "current"}
        assert stat.S_IMODE((home / "XB-2026-2.json").stat().st_mode) == 0o600

    def test_lists_the_old_key_for_32_days(self, home: Path) -> None:
        actions.rotate("sig", "enc", at=AT)
        until = AT + timedelta(days=32)
        both = ["XB-2026-2", "XB-2026-1", "XB-2026-e2", "XB-2026-e1", "XB-recovery"]
        assert listed(until - timedelta(seconds=1)) == both
        assert listed(until) == ["XB-2026-2", "XB-2026-e2", "XB-recovery"]
        old = next(key for key in queries.public(AT) if key.kid == "XB-2026-1")
        assert old.listed_until == until

    def test_opens_by_the_old_key_for_ever(self, home: Path) -> None:
        enc = next(key for key in queries.published() if key.use == "enc")
        sealed = jose.seal(b"late", enc.jwk, kid=enc.kid, cty=TYP)
        actions.rotate("enc", at=AT)
        actions.rotate("enc", at=AT + 400 * DAY)
        assert actions.open(sealed) == b"late"

    def test_publishes_the_new_key_before_it_signs(self, home: Path) -> None:
        seen: list[tuple[str, list[str], dict[str, str]]] = []

        def publish() -> None:
            seen.append((signer(), listed(AT), states("sig")))

        actions.rotate("sig", at=AT, publish=publish)
        ((by, there, how),) = seen
        assert by == "XB-2026-1"
        assert there[:2] == ["XB-2026-2", "XB-2026-1"]
        assert how == {"XB-2026-2": "next", "XB-2026-1": "current"}
        assert signer() == "XB-2026-2"

    def test_opens_by_the_new_key_as_soon_as_it_is_published(self, home: Path) -> None:
        def publish() -> None:
            enc = next(key for key in queries.published(AT) if key.use == "enc")
            assert enc.kid == "XB-2026-e2"
            assert actions.open(jose.seal(b"x", enc.jwk, kid=enc.kid, cty=TYP)) == b"x"

        actions.rotate("enc", at=AT, publish=publish)

    def test_that_was_cut_short_goes_on_with_the_same_key(self, home: Path) -> None:
        def publish() -> None:
            raise OSError("the machine stopped")

        with pytest.raises(OSError, match="stopped"):
            actions.rotate("sig", at=AT, publish=publish)
        waiting = queries.public(AT)
        assert signer() == "XB-2026-1"
        (new,) = actions.rotate("sig", at=AT + DAY)
        assert new.thumbprint in {key.thumbprint for key in waiting}
        assert list(states("sig")) == ["XB-2026-2", "XB-2026-1"]

    def test_that_was_cut_short_is_ended_by_settling(self, home: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            actions.rotate("sig", "enc", at=AT, publish=lambda: 1 / 0)  # type: ignore[arg-type,return-value]
        assert sorted(actions.settle()) == ["XB-2026-2", "XB-2026-e2"]
        assert actions.settle() == []
        assert signer() == "XB-2026-2"

    def test_twice_names_the_keys_in_order_and_keeps_the_newest(self, home: Path) -> None:
        for turn in range(11):
            actions.rotate("sig", at=AT + turn * DAY)
        assert signer() == "XB-2026-12"
        assert listed(AT + 80 * DAY)[0] == "XB-2026-12"

    def test_takes_no_name_that_a_lost_key_had(self, home: Path) -> None:
        (home / "XB-2026-1.json").unlink()
        (new,) = actions.rotate("sig", at=AT, taken={"XB-2026-1", "XB-2026-2"})
        assert new.kid == "XB-2026-3"

    def test_of_the_log_keeps_its_name_and_signs_by_both_for_32_days(self, home: Path) -> None:
        before, origin = queries.note_verifier(), queries.origin()
        actions.rotate("log", at=AT)
        assert queries.origin() == origin
        assert queries.note_verifier() != before
        assert queries.note_verifiers() == [queries.note_verifier(), before]
        by = [vkey for vkey, _ in actions.sign_notes(b"head\n", at=AT + 31 * DAY)]
        assert by == [queries.note_verifier(), before]
        by = [vkey for vkey, _ in actions.sign_notes(b"head\n", at=AT + 32 * DAY)]
        assert by == [queries.note_verifier()]

    def test_of_the_recovery_key_is_refused(self, home: Path) -> None:
        with pytest.raises(errors.NotRotated):
            actions.rotate("recovery", at=AT)

    def test_changes_the_suite_with_the_settings(self, home: Path, settings: object) -> None:
        settings.SUITE = "B"  # type: ignore[attr-defined]
        before = queries.signing().suite
        (new,) = actions.rotate("sig", at=AT)
        assert new.suite == "B"
        assert [key.suite for key in queries.published(AT) if key.use == "sig"] == ["B", before]


class TestTheDocument:
    def test_is_signed_by_the_oldest_key_that_it_lists(self, home: Path) -> None:
        """A partner that missed a document or two has pinned that one still."""
        actions.rotate("sig", at=AT)
        assert queries.pinned(AT).kid == "XB-2026-1"
        compact = actions.sign_document(b"{}", at=AT + 31 * DAY)
        assert jose.header(compact)["kid"] == "XB-2026-1"
        compact = actions.sign_document(b"{}", at=AT + 32 * DAY)
        assert jose.header(compact)["kid"] == "XB-2026-2"

    def test_is_not_signed_by_a_key_that_was_revoked(self, home: Path) -> None:
        actions.rotate("sig", at=AT)
        actions.revoke("XB-2026-1", at=AT, reason="stolen")
        assert queries.pinned(AT).kid == "XB-2026-2"


class TestRevoking:
    def test_takes_the_key_out_of_the_document_and_of_use(self, home: Path) -> None:
        actions.rotate("sig", at=AT)
        done = actions.revoke("XB-2026-1", at=AT, reason="a laptop was stolen")
        assert (done.state, done.reason) == ("revoked", "a laptop was stolen")
        assert "XB-2026-1" not in listed(AT)
        assert states("sig") == {"XB-2026-2": "current", "XB-2026-1": "revoked"}

    def test_of_the_key_in_use_is_refused_until_another_is(self, home: Path) -> None:
        with pytest.raises(errors.KeyInUse):
            actions.revoke("XB-2026-1", at=AT)
        assert signer() == "XB-2026-1"

    def test_twice_is_refused_and_said(self, home: Path) -> None:
        actions.rotate("sig", at=AT)
        actions.revoke("XB-2026-1", at=AT)
        with pytest.raises(errors.RevokedAlready):
            actions.revoke("XB-2026-1", at=AT)

    def test_of_nothing_and_of_the_recovery_key_is_refused(self, home: Path) -> None:
        with pytest.raises(errors.UnknownKey):
            actions.revoke("XB-2020-1", at=AT)
        with pytest.raises(errors.NotRotated):
            actions.revoke("XB-recovery", at=AT)

    def test_leaves_what_was_sealed_to_it_to_be_opened(self, home: Path) -> None:
        enc = next(key for key in queries.published() if key.use == "enc")
        sealed = jose.seal(b"x", enc.jwk, kid=enc.kid, cty=TYP)
        actions.rotate("enc", at=AT)
        actions.revoke("XB-2026-e1", at=AT)
        assert actions.open(sealed) == b"x"

    def test_leaves_the_key_to_say_itself_that_it_is_revoked(self, home: Path) -> None:
        actions.rotate("sig", at=AT)
        actions.revoke("XB-2026-1", at=AT)
        compact = actions.sign(b"{}", typ=TYP, kid="XB-2026-1")
        assert jose.header(compact)["kid"] == "XB-2026-1"

    @pytest.mark.parametrize("text", ["", "{}", '{"kid":"XB-2026-1","revoked":1,"reason":""}'])
    def test_by_a_file_that_is_damaged_stops_everything(self, home: Path, text: str) -> None:
        (home / "XB-2026-1.revoked.json").write_text(text)
        with pytest.raises(errors.KeyDamaged):
            queries.public()


class TestAPendingKey:
    def test_open_to_others_is_refused(self, home: Path) -> None:
        with pytest.raises(ZeroDivisionError):
            actions.rotate("sig", at=AT, publish=lambda: 1 / 0)  # type: ignore[arg-type,return-value]
        (home / "XB-2026-2.next.json").chmod(0o640)
        with pytest.raises(errors.KeyOpenToOthers):
            queries.public()

    def test_has_its_file_on_the_disk_before_it_is_published(
        self, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        done: list[str] = []
        fsync = os.fsync
        monkeypatch.setattr(os, "fsync", lambda handle: (done.append("sync"), fsync(handle)))
        actions.rotate("enc", at=AT, publish=lambda: done.append("publish"))
        assert done == ["sync", "sync", "publish", "sync"]  # file, folder; then its new name


def draft(at: datetime = AT) -> bytes:
    """What a node would say of itself, as `keys draft` writes it."""
    members = [{"kid": key.kid, "use": key.use, **key.jwk} for key in queries.published(at)]
    said = {
        "administration": "XB", "name": "Customs", "issued": clock.text(at), "keys": members,
        "log": {"origin": queries.origin(), "vkey": queries.note_verifier()}, "accepts": [],
    }  # fmt: skip
    return canonical.write(said)


class TestTheRecoveryKey:
    def taken(self, home: Path, tmp_path: Path) -> keyfile.Key:
        """The key, taken offline."""
        there = tmp_path / "stick.json"
        (home / "XB-recovery.json").rename(there)
        return keyfile.read(there)

    def test_signs_a_document_that_lists_it(self, home: Path, tmp_path: Path) -> None:
        key = self.taken(home, tmp_path)
        compact = recovering.signed(draft(), key, at=AT + DAY)
        said = pinning.register(compact, ring.thumbprint(key))
        assert (said.issued, said.signer) == (AT + DAY, "XB-recovery")
        assert said.recovery is not None
        assert said.recovery.thumbprint == ring.thumbprint(key)

    def test_hands_on_to_a_new_one(self, home: Path, tmp_path: Path) -> None:
        key = self.taken(home, tmp_path)
        new = recovering.successor(key, recovering.payload(draft()), at=AT)
        assert new.kid == "XB-recovery-2"
        said = pinning.read(recovering.signed(draft(), key, at=AT, successor=new))
        assert [each.kid for each in said.keys if each.use == "recovery"] == ["XB-recovery-2"]
        assert actions.adopt_recovery(new.jwk, new.kid, nbf=new.nbf)
        assert not actions.adopt_recovery(new.jwk, new.kid, nbf=new.nbf)
        assert listed(AT)[-1] == "XB-recovery-2"
        assert states("recovery") == {"XB-recovery-2": "offline", "XB-recovery": "old"}

    @pytest.mark.parametrize(
        "text", [b"", b"[]", b"{}", b'{"keys":[1]}', b"a.b.c", b"x" * 300_000, b"\xff"]
    )
    def test_signs_nothing_else(self, home: Path, tmp_path: Path, text: bytes) -> None:
        with pytest.raises(recovering.NoDocument):
            recovering.signed(text, self.taken(home, tmp_path), at=AT)

    def test_is_no_other_key(self, home: Path) -> None:
        for kid in ("XB-2026-1", "XB-2026-e1"):
            with pytest.raises(recovering.NoDocument, match="no recovery key"):
                recovering.signed(draft(), keyfile.read(home / f"{kid}.json"), at=AT)

    def test_of_another_name_in_the_home_is_not_written_over(self, home: Path) -> None:
        other = keyfile.made("XB-2026-1", keyfile.Use.RECOVERY)
        with pytest.raises(errors.KeyNameTaken):
            actions.adopt_recovery(other.jwk, other.kid, nbf=None)

    def test_signs_by_the_command_on_a_machine_without_a_node(
        self, home: Path, tmp_path: Path
    ) -> None:
        key = self.taken(home, tmp_path)
        (tmp_path / "draft").write_bytes(draft())
        stick, new, out = (tmp_path / name for name in ("stick.json", "new.json", "out.jws"))
        given = ["--key", str(stick), "--document", str(tmp_path / "draft"), "--out", str(out)]
        done = CliRunner().invoke(
            commands.keys, ["recover", *given, "--new-key", str(new), "--json"]
        )
        assert done.exit_code == 0, done.output
        printed = json.loads(done.stdout)
        assert printed["signed_by"] == "XB-recovery"
        assert printed["document"] == out.read_text().strip()
        assert stat.S_IMODE(new.stat().st_mode) == 0o600
        assert printed["recovery"] == ring.thumbprint(keyfile.read(new))
        assert jose.verify(printed["document"], key.jwk, typ=recovering.TYP)
        again = CliRunner().invoke(commands.keys, ["recover", *given, "--new-key", str(new)])
        assert again.exit_code == 1
        assert isinstance(again.exception, errors.CannotRecover | SystemExit)
