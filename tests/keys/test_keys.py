"""Keys are files of mode 0600, made once and never shown; they sign, open and name the node."""

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidewaiter import jose
from tidewaiter.keys import actions, commands, errors, keyfile, queries, ring
from tidewaiter.ledger import cosignature, note

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
URL = "https://customs.example/node"


@pytest.fixture
def home(tmp_path: Path, settings: object) -> Path:
    """The keys of a node of its own."""
    place = tmp_path / "keys"
    settings.KEYS_DIR = place  # type: ignore[attr-defined]
    actions.create(at=AT, administration="XB", url=URL)
    return place


def rewrite(file: Path, **members: object) -> None:
    """Change a key file, its mode kept."""
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, **members}))


def older(home: Path, kid: str, use: keyfile.Use) -> keyfile.Key:
    """Put a key into the home that is a year older than the current one."""
    before = AT - timedelta(days=365)
    key = keyfile.made(kid, use, nbf=before, exp=before + ring.VALID_FOR)
    keyfile.write(home, key)
    return key


class TestMakingKeys:
    def test_makes_one_of_each_use(self, home: Path) -> None:
        uses = {key.kid: (key.use, key.jwk["crv"]) for key in queries.public()}
        assert uses == {
            "XB-2026-1": ("sig", "Ed25519"),
            "XB-2026-e1": ("enc", "X25519"),
            "XB-log": ("log", "Ed25519"),
            "XB-recovery": ("recovery", "Ed25519"),
            "XB-witness": ("witness", "Ed25519"),
        }

    def test_leaves_every_file_to_its_owner_alone(self, home: Path) -> None:
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in home.iterdir()}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    def test_does_so_whatever_the_umask(self, tmp_path: Path) -> None:
        before = os.umask(0)
        try:
            actions.create(at=AT, directory=tmp_path / "keys")
        finally:
            os.umask(before)
        assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {
            0o600
        }

    def test_is_refused_where_there_are_keys(self, home: Path) -> None:
        before = {file: file.read_bytes() for file in home.iterdir()}
        with pytest.raises(errors.KeysExist):
            actions.create(at=AT)
        assert {file: file.read_bytes() for file in home.iterdir()} == before

    def test_of_a_suite_that_is_none_is_refused_before_anything_is_made(
        self, tmp_path: Path
    ) -> None:
        with pytest.raises(errors.SuiteNotSupported, match="There is no suite C"):
            actions.create(at=AT, suite="C", directory=tmp_path / "keys")
        assert list(tmp_path.iterdir()) == []

    def test_leaves_nothing_half_made(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", broken)
        with pytest.raises(OSError, match="No space"):
            actions.create(at=AT, directory=tmp_path / "keys")
        assert list(tmp_path.iterdir()) == []

    def test_are_valid_from_a_little_before_for_two_years(self, home: Path) -> None:
        key = queries.signing()
        assert (key.nbf, key.exp) == (AT - timedelta(minutes=10), AT + timedelta(days=731))


class TestSigning:
    def test_is_by_the_current_key(self, home: Path) -> None:
        compact = actions.sign(b"{}", typ="tidewaiter+jws")
        assert jose.header(compact) == {
            "alg": "Ed25519",
            "kid": "XB-2026-1",
            "typ": "tidewaiter+jws",
        }
        assert jose.verify(compact, queries.signing().jwk, typ="tidewaiter+jws") == b"{}"

    def test_is_not_by_an_older_one(self, home: Path) -> None:
        older(home, "XB-2025-1", keyfile.Use.SIG)
        assert jose.header(actions.sign(b"", typ="t"))["kid"] == "XB-2026-1"
        states = {key.kid: key.state for key in queries.public(AT) if key.use == "sig"}
        assert states == {"XB-2026-1": "current", "XB-2025-1": "old"}

    def test_of_a_member_names_the_key(self, home: Path) -> None:
        member = actions.sign_member(b"x", header={"typ": "tidewaiter-agreement+jws"})
        typ = "tidewaiter-agreement+jws"
        jwk = queries.signing().jwk
        assert jose.verify_general(jose.encode(b"x"), member, jwk, typ=typ) == b"x"
        assert jose.member_header(member)["kid"] == "XB-2026-1"

    def test_of_a_note_is_by_the_log_key(self, home: Path) -> None:
        log = note.verifier(queries.note_verifier())
        text = note.Checkpoint(queries.origin(), 0, b"0" * 32).text
        line = note.signature_line(log, actions.sign_note(text.encode()))
        assert note.read(note.signed(text, [line]).encode(), log).size == 0

    def test_without_a_key_says_where_it_should_be(self, tmp_path: Path, settings: object) -> None:
        settings.KEYS_DIR = tmp_path / "none"  # type: ignore[attr-defined]
        with pytest.raises(errors.KeysMissing, match=r"No sig key is in .*none"):
            actions.sign(b"", typ="t")


class TestOpening:
    def sealed(self, kid: str = "XB-2026-e1", cty: str = "tidewaiter+jws") -> str:
        jwk = next(key.jwk for key in queries.public() if key.use == "enc")
        return jose.seal(b"plain", jwk, kid=kid, cty=cty)

    def test_gives_what_was_sealed_to_us(self, home: Path) -> None:
        assert actions.open(self.sealed()) == b"plain"

    def test_is_by_an_old_key_too(self, home: Path) -> None:
        key = older(home, "XB-2025-e1", keyfile.Use.ENC)
        sealed = jose.seal(b"late", key.jwk, kid=key.kid, cty="tidewaiter+jws")
        assert actions.open(sealed) == b"late"

    @pytest.mark.parametrize("kid", ["", "XA-2026-e1", "XB-2026-1", "XB-log", "../XB-2026-e1"])
    def test_under_a_name_that_is_no_enc_key_of_ours_is_refused(self, home: Path, kid: str) -> None:
        with pytest.raises(errors.CannotOpen, match="no enc key is called"):
            actions.open(self.sealed(kid=kid))

    @pytest.mark.parametrize("text", ["", "a.b.c.d.e", "e30.a.b.c.d", "no"])
    def test_of_anything_else_is_refused(self, home: Path, text: str) -> None:
        with pytest.raises(errors.CannotOpen):
            actions.open(text)

    def test_of_another_content_type_is_refused(self, home: Path) -> None:
        with pytest.raises(errors.CannotOpen, match="content type"):
            actions.open(self.sealed(cty="image/jpeg"))


class TestAKeyFile:
    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
    def test_open_to_others_is_refused(self, home: Path, mode: int) -> None:
        (home / "XB-2026-1.json").chmod(mode)
        with pytest.raises(errors.KeyOpenToOthers) as refused:
            actions.sign(b"", typ="t")
        assert refused.value.members["mode"] == f"{mode:04o}"
        assert "chmod 600" in str(refused.value)

    def test_closed_again_is_taken(self, home: Path) -> None:
        (home / "XB-2026-1.json").chmod(0o644)
        with pytest.raises(errors.KeyOpenToOthers):
            queries.public()
        (home / "XB-2026-1.json").chmod(0o600)
        assert actions.sign(b"", typ="t")

    @pytest.mark.parametrize(
        "members",
        [{"use": "any"}, {"use": 1}, {"d": "AAAA"}, {"d": 1}, {"x": "AAAA"}, {"crv": "X25519"},
         {"kty": "EC"}, {"nbf": "yesterday"}, {"exp": 1}],
    )  # fmt: skip
    def test_that_is_none_is_refused_without_its_secret(
        self, home: Path, members: dict[str, object]
    ) -> None:
        file = home / "XB-2026-1.json"
        secret = json.loads(file.read_text())["d"]
        rewrite(file, **members)
        with pytest.raises(errors.KeyDamaged) as refused:
            queries.public()
        assert secret not in str(refused.value.document())

    @pytest.mark.parametrize("text", ["", "{", "[]", "null", "\x00", '{"kid":"a"}'])
    def test_cut_off_is_refused(self, home: Path, text: str) -> None:
        (home / "XB-2026-1.json").write_text(text)
        with pytest.raises(errors.KeyDamaged):
            queries.public()

    def test_with_a_private_part_of_another_key_is_refused(self, home: Path) -> None:
        other = jose.encode(Ed25519PrivateKey.generate().private_bytes_raw())
        rewrite(home / "XB-2026-1.json", d=other)
        with pytest.raises(errors.KeyDamaged, match="does not belong"):
            queries.public()

    def test_that_is_not_a_key_file_is_passed_over(self, home: Path) -> None:
        (home / "README.txt").write_text("the keys of XB")
        assert len(queries.public()) == 5


class TestTheRecoveryKey:
    def test_stays_known_once_it_was_taken_offline(self, home: Path) -> None:
        before = {key.kid: key.thumbprint for key in queries.public()}
        (home / "XB-recovery.json").unlink()
        after = {key.kid: (key.thumbprint, key.state) for key in queries.public()}
        assert after["XB-recovery"] == (before["XB-recovery"], "offline")
        assert "d" not in json.loads((home / "XB-recovery.pub.json").read_text())


class TestTheLogsName:
    @pytest.mark.parametrize(
        ("url", "origin"),
        [
            ("https://customs.example", "customs.example/tlog"),
            ("https://customs.example/node/", "customs.example/node/tlog"),
            ("http://127.0.0.1:8101", "xb.localhost:8101/tlog"),
            ("http://[::1]:8101/n", "xb.localhost:8101/n/tlog"),
            ("http://[2001:db8::1]:80", "[2001:db8::1]:80/tlog"),
            ("https://user:pass@customs.example/a+b c", "customs.example/a%2Bb%20c/tlog"),
            ("", "xb.localhost/tlog"),
        ],
    )
    def test_is_its_address_without_a_scheme_blank_or_plus(self, url: str, origin: str) -> None:
        assert ring.origin("XB", url) == origin

    def test_stays_when_the_address_changes(self, home: Path, settings: object) -> None:
        settings.NODE_URL = "https://elsewhere.example"  # type: ignore[attr-defined]
        assert queries.origin() == "customs.example/node/tlog"


class TestWhatIsShown:
    def test_never_holds_a_private_part(self, home: Path) -> None:
        secrets = [json.loads(file.read_text()).get("d") for file in home.iterdir()]
        shown = repr(queries.public()) + repr(queries.published())
        assert not any(secret in shown for secret in secrets if secret)
        assert all(set(key.jwk) == {"kty", "crv", "x"} for key in queries.public())

    def test_in_the_nodes_document_is_everything_but_the_logs_key(self, home: Path) -> None:
        assert [key.use for key in queries.published()] == ["sig", "enc", "recovery"]

    def test_says_what_has_expired(self, home: Path) -> None:
        states = {key.use: key.state for key in queries.public(AT + timedelta(days=731))}
        assert (states["sig"], states["enc"], states["log"]) == ("expired", "expired", "current")

    def test_by_the_command_is_a_row_a_key(self, home: Path) -> None:
        done = CliRunner().invoke(commands.keys, ["list", "--json"])
        rows = json.loads(done.stdout)
        assert {(row["kid"], row["use"], row["state"]) for row in rows} >= {
            ("XB-2026-1", "sig", "current")
        }
        assert rows[0]["thumbprint"] == queries.signing().thumbprint


class TestTheWitnessKey:
    def test_is_named_after_the_log_and_stands_beside_the_keys(self, home: Path) -> None:
        assert queries.witness_verifier().startswith("customs.example/node/witness+")
        assert queries.origin() == "customs.example/node/tlog"
        assert "witness" not in {key.use for key in queries.published()}

    def test_cosigns_a_checkpoint_at_a_time(self, home: Path) -> None:
        text = note.Checkpoint("xa.example/tlog", 3, b"r" * 32).text
        lines = actions.cosign(text.encode(), at=AT)
        one = cosignature.verifier(queries.witness_verifier())
        (held,) = cosignature.held(note.signed(text, [lines]).encode(), [one])
        assert held.time == int(AT.timestamp())

    def test_is_made_for_a_home_of_before_and_once(self, home: Path) -> None:
        (home / "XB-witness.json").unlink()
        assert queries.witness_verifier() == ""
        with pytest.raises(errors.KeysMissing):
            actions.cosign(b"x", at=AT)
        assert actions.complete() == ["XA-witness"]  # by the administration of the settings
        assert queries.witness_verifier().startswith("customs.example/node/witness+")
        assert stat.S_IMODE((home / "XA-witness.json").stat().st_mode) == 0o600
        assert actions.complete() == []

    def test_is_not_made_where_there_are_no_keys(self, tmp_path: Path, settings: object) -> None:
        settings.KEYS_DIR = tmp_path / "none"  # type: ignore[attr-defined]
        assert actions.complete() == []

    def test_is_rotated_under_the_same_name_and_cosigns_with_the_old_one(self, home: Path) -> None:
        old = queries.witness_verifier()
        actions.rotate("witness", at=AT + timedelta(days=1))
        new = queries.witness_verifier()
        assert new != old
        assert new.partition("+")[0] == old.partition("+")[0]
        both = [cosignature.verifier(each) for each in (new, old)]
        text = note.Checkpoint("xa.example/tlog", 3, b"r" * 32).text
        for days, count in ((2, 2), (40, 1)):
            lines = actions.cosign(text.encode(), at=AT + timedelta(days=days))
            held = cosignature.held(note.signed(text, [lines]).encode(), both)
            assert [each.witness for each in held] == both[:count]
