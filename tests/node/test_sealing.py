"""An encrypted backup opens with its key and with nothing else; what is wrong is one line."""

import base64
import errno
import hashlib
import io
import os
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest

from tidewaiter.node.archiving import archive, errors, restoring, sealing
from tidewaiter.node.archiving.restoring import Opener
from tidewaiter.node.errors import HomeTaken

AT = datetime(2026, 11, 24, 8, 15, 30, tzinfo=UTC)
KEY, RECIPIENT = sealing.new_key("", made="now")
OTHER, _ = sealing.new_key("", made="now")
TO = [sealing.recipient(RECIPIENT)]
FILES = Path("/proc/self/fd")
PHRASE = "several words in a row"
MANIFEST = {
    "administration": "XA", "thumbprint": "t", "taken_at": "2026-11-24T08:15:30.000Z",
    "version": "0", "signers": ["t"], "migrations": [],
}  # fmt: skip


def sealed(data: bytes, to: list[sealing.Recipient] = TO) -> bytes:
    out = io.BytesIO()
    with sealing.sealed(out, to) as stream:
        stream.write(data)
    return out.getvalue()


def opened(data: bytes, key: bytes | None = KEY, phrase: str = "") -> bytes:
    with sealing.Source(io.BytesIO(data), key, phrase).stream() as stream:
        return stream.read()


def backup(**changes: Any) -> bytes:
    """A small backup, as one is before it is sealed."""
    file = io.BytesIO()
    made = archive.Writer(file, {**MANIFEST, **changes}, at=AT)
    made.add("vault/" + "a" * 64, os.urandom(150_000))
    made.end({"tables": {}})
    return file.getvalue()


PLAIN = backup()
SEALED = sealed(PLAIN)


# An identity under PHRASE, written by hand after age's specification, which has it: a work factor
# of 2**10, so that it is quick here.
BLOCK = b"""-----BEGIN AGE ENCRYPTED FILE-----
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IHNjcnlwdCBQVDBPS2txQ2l6QVdrem9w
NDczcFR3IDEwCjVrWWpuQmttbkVmeHIxVklITmE2dVFsM0Vsd2xiUW8xVmNTbUQ1
SnNNYUEKLS0tIHhRekI1ZEw1UkZqd1MrYkRQTXpXdkJyRk5ZckxaVWF3LzFGbGt6
TUF6TTQKB81uIM8P0CG4SfpPDKcJaO2dIIgBIefq6XsuBzZXzPlc1V7DU8iII90W
M197B4tSdKqQO3Vy5omK4TclnyC/sXBYn/vyCr8dBqK8V38wEP3HQjTgPlzDEq1G
KIx+7A0F7zBDf1IiiRzo7eQ=
-----END AGE ENCRYPTED FILE-----
"""
WITHIN = pyrage.x25519.Identity.from_str(
    "AGE-SECRET-KEY-15VRGU4VGKPZUXMPY090HY6YAF9QTWKL82HHRMXQRF8XZ25AR5URQCX7VXL"
)
BY_PHRASE = BLOCK + sealed(PLAIN, [WITHIN.to_public()])


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = threading.active_count(), len(list(FILES.iterdir()))
    yield
    assert (threading.active_count(), len(list(FILES.iterdir()))) == before


class TestWhatIsSealed:
    @pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**20 + 1])
    def test_opens_with_its_key(self, size: int) -> None:
        data = os.urandom(size)
        assert data[:40] not in sealed(data) or size < 40
        assert opened(sealed(data)) == data

    def test_opens_with_the_key_of_each_recipient(self) -> None:
        other, public = sealing.new_key("", made="now")
        both = sealed(b"data", [*TO, sealing.recipient(public)])
        assert opened(both, KEY) == opened(both, other) == b"data"
        assert opened(both, OTHER + b"# and\n" + other) == b"data"

    def test_is_what_others_that_know_age_open(self) -> None:
        identity = pyrage.x25519.Identity.from_str(KEY.decode().split()[-1])
        assert pyrage.decrypt(SEALED, [identity]) == PLAIN

    def test_is_opened_where_others_sealed_or_armored_it(self) -> None:
        assert opened(pyrage.encrypt(PLAIN, TO, armored=True)) == PLAIN

    def test_takes_no_memory_for_its_size(self) -> None:
        class Nowhere(io.RawIOBase):
            size = 0

            def write(self, block: Any) -> int:
                self.size += len(block)
                return len(block)

        out, block = Nowhere(), bytes(2**20)
        tracemalloc.start()
        with sealing.sealed(out, TO) as stream:  # type: ignore[arg-type]
            for _ in range(32):
                stream.write(block)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert out.size > 32 * 2**20
        assert most < 4 * 2**20

    def test_says_that_the_disk_is_full(self) -> None:
        class Full(io.RawIOBase):
            left = 2**20

            def write(self, block: Any) -> int:
                self.left -= len(block)
                if self.left < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                return len(block)

        def write() -> None:
            with sealing.sealed(Full(), TO) as stream:  # type: ignore[arg-type]
                for _ in range(8):
                    stream.write(bytes(2**20))

        with pytest.raises(OSError, match="No space left") as full:
            write()
        assert full.value.errno == errno.ENOSPC

    def test_lets_whoever_writes_fail(self) -> None:
        def write() -> None:
            with sealing.sealed(io.BytesIO(), TO) as stream:
                stream.write(b"data")
                raise KeyError

        with pytest.raises(KeyError):
            write()

    def test_lets_whoever_reads_leave_early(self) -> None:
        with sealing.Source(io.BytesIO(sealed(bytes(2**22))), KEY, "").stream() as stream:
            assert stream.read(10) == bytes(10)

    def test_cut_off_or_changed_anywhere_is_refused(self) -> None:
        faults = (archive.Damaged, archive.NoBackup, sealing.NotOpened)
        places = [*range(0, 400, 3), *range(400, len(SEALED), 9_973), len(SEALED) - 1]
        for place in places:
            with pytest.raises(faults):
                whole(SEALED[:place])
            bent = bytearray(SEALED)
            bent[place] ^= 1 << place % 8
            with pytest.raises(faults):
                whole(bytes(bent))
        with pytest.raises(faults):
            whole(SEALED + b"x")


def whole(data: bytes) -> list[str]:
    """The names of what a backup holds, read to its end."""
    with sealing.Source(io.BytesIO(data), KEY, "").stream() as stream:
        return [each.name for each in archive.Reader(stream).members()]


class TestAPassphrase:
    def test_seals_a_backup_by_a_key_of_its_own(self) -> None:
        out = io.BytesIO()
        with sealing.sealed_by_phrase(out, PHRASE, made="now") as stream:
            stream.write(PLAIN)
        block, end, rest = out.getvalue().partition(b"-----END AGE ENCRYPTED FILE-----\n")
        assert end
        assert rest.startswith(b"age-encryption.org/v1\n-> X25519 ")
        key = base64.b64decode(b"".join(block.split(b"\n")[1:]))
        kind, name, _, work = key.split(b"\n")[1].split()
        assert (kind, name) == (b"->", b"scrypt")
        assert int(work) > 14  # of 2; what opens it is tried below, with less
        assert b"AGE-SECRET-KEY" not in out.getvalue() + key

    def test_opens_what_it_sealed_and_nothing_else_does(self, tmp_path: Path) -> None:
        assert opened(BY_PHRASE, None, PHRASE) == PLAIN
        (file := tmp_path / "file").write_bytes(BY_PHRASE)
        assert refused(file, Opener()) == ("backup-locked", "--passphrase-stdin")
        (key := tmp_path / "key").write_bytes(KEY)
        assert refused(file, Opener(key)) == ("backup-locked", "--passphrase-stdin")
        assert refused(file, Opener(passphrase="another one"))[0] == "backup-not-opened"
        file.write_bytes(BLOCK.replace(b"NDcz", b"NDcy") + BY_PHRASE[len(BLOCK) :])
        assert refused(file, Opener(passphrase=PHRASE))[0] == "backup-not-opened"

    def test_stands_in_a_block_before_what_age_opens_with_it(self) -> None:
        end = b"-----END AGE ENCRYPTED FILE-----\n"
        cut = BY_PHRASE.index(end) + len(end)
        assert pyrage.passphrase.decrypt(BY_PHRASE[:cut], PHRASE).decode().strip() == str(WITHIN)
        assert pyrage.decrypt(BY_PHRASE[cut:], [WITHIN]) == PLAIN

    def test_opens_a_key_that_is_kept_elsewhere(self, tmp_path: Path) -> None:
        (key := tmp_path / "key").write_bytes(BLOCK)
        (file := tmp_path / "file").write_bytes(sealed(PLAIN, [WITHIN.to_public()]))
        assert refused(file, Opener(key))[0] == "no-identity"
        assert refused(file, Opener(key, "another one"))[0] == "backup-not-opened"
        key.write_bytes(BLOCK[:200] + BLOCK[-33:])
        assert refused(file, Opener(key, PHRASE))[0] == "no-identity"
        assert opened(file.read_bytes(), BLOCK, PHRASE) == PLAIN


def refused(file: Path, opener: Opener) -> tuple[str, str]:
    """The type of the problem by which a restore is refused, and the option that it names."""
    home = file.parent / "home"
    with pytest.raises(errors.Problem) as problem:  # noqa: SIM117
        with restoring.staged(file, home, opener, database="", at=AT, tell=lambda _: None):
            pass
    assert not home.exists()
    line = problem.value.line()
    assert "\n" not in line
    assert str(file.parent) in line
    return problem.value.type, str(problem.value.members.get("option", ""))


class TestARestoreOfWhatIsSealed:
    @pytest.fixture
    def file(self, tmp_path: Path) -> Path:
        (file := tmp_path / "node.twk").write_bytes(SEALED)
        return file

    def test_asks_for_the_key(self, file: Path) -> None:
        assert refused(file, Opener()) == ("backup-locked", "--identity KEYFILE")
        assert refused(file, Opener(passphrase=PHRASE))[0] == "backup-locked"

    @pytest.mark.parametrize(
        ("data", "problem"),
        [(OTHER, "backup-not-opened"), (b"hello", "no-identity"), (b"", "no-identity"),
         (b"# a remark\n\n", "no-identity"), (b"\xff", "no-identity"), (None, "no-identity"),
         (b"-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n", "no-identity")],
    )  # fmt: skip
    def test_says_what_is_wrong_with_the_key(
        self, file: Path, data: bytes | None, problem: str
    ) -> None:
        key = file.parent / "key"
        if data is not None:
            key.write_bytes(data)
        assert refused(file, Opener(key))[0] == problem

    def test_says_that_the_file_is_damaged(self, file: Path) -> None:
        (key := file.parent / "key").write_bytes(KEY)
        file.write_bytes(SEALED[:-1])
        assert refused(file, Opener(key))[0] == "backup-damaged"
        file.write_bytes(sealed(PLAIN[:-9]))
        assert refused(file, Opener(key))[0] == "backup-damaged"
        file.write_bytes(sealed(b"hello"))
        assert refused(file, Opener(key))[0] == "no-backup"

    @pytest.mark.parametrize(
        "changes",
        [{"taken_at": "soon"}, {"taken_at": 5}, {"signers": None}, {"signers": [1]},
         {"migrations": ["x"]}, {"administration": None}, {"version": []}],
        ids=str,
    )  # fmt: skip
    def test_says_that_the_manifest_is_none(self, file: Path, changes: dict[str, Any]) -> None:
        file.write_bytes(backup(**changes))
        assert refused(file, Opener())[0] == "backup-damaged"

    def test_names_the_file_by_the_digest_of_its_bytes(self) -> None:
        source = sealing.Source(io.BytesIO(SEALED), KEY, "")
        assert source.sha256() == hashlib.sha256(SEALED).hexdigest()

    def test_tells_that_a_key_is_not_needed(self, tmp_path: Path) -> None:
        (file := tmp_path / "node.twk").write_bytes(PLAIN)
        (key := tmp_path / "key").write_bytes(KEY)
        said: list[str] = []
        (home := tmp_path / "home").mkdir()
        (home / "mine").touch()
        with pytest.raises(HomeTaken):
            restoring.staged(
                file, home, Opener(key), database="", at=AT, tell=said.append
            ).__enter__()
        assert "not encrypted" in said[0]

    def test_tells_that_the_clock_is_wrong(self, tmp_path: Path) -> None:
        (file := tmp_path / "node.twk").write_bytes(PLAIN)
        (home := tmp_path / "home").mkdir()
        (home / "mine").touch()
        said: list[str] = []
        for at in (AT, AT - timedelta(hours=1)):
            with pytest.raises(HomeTaken):
                restoring.staged(
                    file, home, Opener(), database="", at=at, tell=said.append
                ).__enter__()
        assert ["clock" in each for each in said] == [False, False, True]


@pytest.mark.parametrize(
    "text",
    ["", "age1", RECIPIENT[:-1], RECIPIENT.upper() + "x", "ssh-rsa x"],
    ids=["empty", "short", "cut", "changed", "ssh"],  # the key is another in each process
)
def test_what_is_no_recipient_is_refused(text: str) -> None:
    with pytest.raises(sealing.NoRecipient):
        sealing.recipient(text)
