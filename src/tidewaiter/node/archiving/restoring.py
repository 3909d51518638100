"""A restore around its database: what may be restored where, the home made aside, the swap.

Nothing here needs Django, for the settings are those of the home that is being made.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from tidewaiter import clock, jose
from tidewaiter.keys import keyfile
from tidewaiter.node import env, errors, founding, tree
from tidewaiter.node.archiving import archive, sealing, staging
from tidewaiter.node.archiving import errors as refusals
from tidewaiter.problem import Problem

Tell = Callable[[str], None]
URL = "TIDEWAITER_DATABASE_URL"


@dataclass(slots=True)
class Stage:
    """A home being made: `load` what is left of the file, then say `ready`."""

    home: Path
    building: Path
    manifest: Mapping[str, Any]
    reader: archive.Reader
    members: Iterator[archive.Member]
    database: str  # the URL of the database to fill
    place: Path | None  # where SQLite's file belongs
    kept: Path  # where what was there goes
    replacing: bool  # the database may hold the node's tables of before
    sha256: str = ""

    @property
    def schema(self) -> str:
        """Where tables go that PostgreSQL holds."""
        return self.kept.name.replace("-", "_").lower()

    def end(self) -> Mapping[str, Any]:
        """What the file says of itself, once all its members were read."""
        return self.reader.end

    def ready(self) -> None:
        """All is made: from here on the restore can only be finished."""
        made = None
        if self.place is not None:
            made = (_made(self.home, self.place), self.place)
        staging.begin(self.home, staging.moves(self.home, self.kept, made))


@dataclass(frozen=True, slots=True)
class Opener:
    """What opens a backup that is sealed: a file with its identity, a passphrase."""

    identity: Path | None = None
    passphrase: str = ""


@contextmanager
def staged(
    file: Path, home: Path, opener: Opener, *, database: str, at: datetime, tell: Tell
) -> Iterator[Stage]:
    """Make a home aside out of a backup and put it in place when the block ends.

    Raises NoBackup, BackupDamaged, BackupLocked, BackupNotOpened, NoIdentity, HomeTaken,
    AnotherNode, ServedAlready, BadFounding; then, and when the block raises before it is `ready`,
    nothing was changed.
    """
    if database:
        founding.check_database(database, home)
    with ExitStack() as stack:
        raw = stack.enter_context(_opened(file))
        with _named(file):
            source = _source(raw, file, opener, tell)
            manifest, sha256 = _checked(source, tell)
        if clock.parse(manifest["taken_at"]) > at:
            tell("the clock stands before the backup: set it (NTP) before the node is served")
        if not staging.unfinished(home):
            _admit(home, file, manifest)
        stack.enter_context(_held(home))
        if staging.unfinished(home):
            staging.finish(home)
            _admit(home, file, manifest)
        staging.clear(home)
        stage: Stage | None = None
        try:
            with _named(file):
                plain = stack.enter_context(source.stream())
                stage = _laid_out(plain, home, manifest, database, at)
                stage.sha256 = sha256
                yield stage
        finally:
            if not staging.unfinished(home):
                _clear(home, stage.place if stage is not None else None)
        staging.finish(home)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    if not file.is_file():
        raise refusals.NoBackup(file=str(file), reason="there is no such file")
    with file.open("rb") as raw:
        yield raw


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """What is wrong with the file, under its name."""
    try:
        yield
    except archive.NoBackup as error:
        raise refusals.NoBackup(file=str(file), reason=str(error)) from None
    except archive.Damaged as error:
        raise refusals.BackupDamaged(file=str(file), reason=str(error)) from None
    except sealing.NotOpened:
        raise refusals.BackupNotOpened(file=str(file)) from None


def _source(raw: BinaryIO, file: Path, opener: Opener, tell: Tell) -> sealing.Source:
    """The backup in plain bytes. Raises BackupLocked, NoIdentity, sealing.NotOpened."""
    given = opener.identity
    try:
        identity = _identity(given) if given is not None else None
        source = sealing.Source(raw, identity, opener.passphrase)
    except sealing.Locked as error:
        option = {"identity": "--identity KEYFILE"}.get(str(error), "--passphrase-stdin")
        raise refusals.BackupLocked(file=str(file), option=option) from None
    except sealing.NoIdentity as error:
        raise refusals.NoIdentity(file=str(given), reason=str(error)) from None
    if not source.sealed and (given is not None or opener.passphrase):
        tell("this backup is not encrypted: it needs no key")
    return source


def _identity(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(sealing.LARGEST_KEY)
    except OSError as error:
        raise sealing.NoIdentity(error.strerror or str(error)) from None


def _checked(source: sealing.Source, tell: Tell) -> tuple[Mapping[str, Any], str]:
    """The manifest of a file that is whole from its beginning to its end, and its SHA-256."""
    manifest: Mapping[str, Any] = {}
    with source.stream() as stream:
        reader = archive.Reader(stream)
        for member in reader.members():
            if not manifest:
                manifest = _understood(member.json())
                tell(f"checking the backup of {manifest['administration']}, {manifest['taken_at']}")
    return manifest, source.sha256()


def _understood(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest, where it says what a restore asks it. Raises NoBackup, Damaged."""
    if manifest.get("tidewaiter") != archive.FORMAT:
        raise archive.NoBackup("it has another format")
    try:
        clock.parse(manifest["taken_at"])
        texts = [manifest[name] for name in ("administration", "thumbprint", "version")]
        pairs = [part for app, name in manifest["migrations"] for part in (app, name)]
        said = [*texts, *pairs, *manifest["signers"]]
    except (KeyError, TypeError, ValueError) as error:
        raise archive.Damaged(f"its manifest lacks something: {error}") from None
    if not all(isinstance(each, str) for each in said):
        raise archive.Damaged("its manifest is not as one writes it")
    return manifest


def _admit(home: Path, file: Path, manifest: Mapping[str, Any]) -> None:
    """See that the home is the node's own, or none, and its parts can be moved.

    Raises HomeTaken, AnotherNode, NotWritten.
    """
    if staging.free(home):
        return
    for part in staging.PARTS:
        if (home / part).is_mount():
            reason = "it is a file system of its own, and a restore moves it"
            raise refusals.NotWritten(place=str(home / part), reason=reason)
    if not (home / "node.toml").is_file():
        raise errors.HomeTaken(home=str(home))
    ours = _signers(home)
    same = env.node(home).get("administration") == manifest["administration"]
    if not same or (ours and not ours & set(manifest["signers"])):
        raise refusals.AnotherNode(
            file=str(file),
            theirs=manifest["administration"],
            thumbprint=manifest["thumbprint"],
            home=str(home),
        )


def _signers(home: Path) -> set[str]:
    """The thumbprints of the keys by which the home's node signs; none where they are lost."""
    try:
        keys = keyfile.read_all(home / "keys")
    except (Problem, OSError):
        return set()
    return {jose.thumbprint(key.jwk) for key in keys if key.use is keyfile.Use.SIG}


@contextmanager
def _held(home: Path) -> Iterator[None]:
    """The home with its lock, made where there is none and gone again where nothing came of it."""
    new = not home.exists()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with tree.lock(home):
            yield
    finally:
        if new and staging.free(home):
            shutil.rmtree(home, ignore_errors=True)


def _laid_out(
    plain: BinaryIO, home: Path, manifest: Mapping[str, Any], database: str, at: datetime
) -> Stage:
    """The files of the home made aside, its own keys among them; the rest is still to be read."""
    reader = archive.Reader(plain)
    members = reader.members()
    building = home / staging.BUILDING
    building.mkdir(mode=0o700)
    following = next(members)  # the manifest
    for following in members:
        name = following.name.removeprefix("home/")
        if name == following.name:
            break
        _write(building / name, following.read())
    _keep_own(home, building)
    if database:
        values = {**env.node(building), "database": database}
        _write(building / "node.toml", founding.text(values).encode())
    url = database or os.environ.get(URL) or env.node(building).get("database", "")
    before = os.environ.get(URL) or env.node(home).get("database", "")
    place = _sqlite(url, home)
    replacing = (home / "node.toml").is_file() and _where(before, home) == _where(url, home)
    if place is not None and place.parent != home and place.exists() and not replacing:
        raise errors.DatabaseTaken(database=str(place))
    if place is not None:
        _clear_database(home, place)  # of a restore that was killed
        url = f"sqlite:///{_made(home, place)}"
    return Stage(
        home=home,
        building=building,
        manifest=manifest,
        reader=reader,
        members=chain([following], members),
        database=url,
        place=place,
        kept=_kept(home, at),
        replacing=replacing,
    )


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def _keep_own(home: Path, building: Path) -> None:
    """What the home is stays: its settings, and its keys, rotated or revoked since. The secret goes
    with the rows, whose digests of subjects were made by it."""
    (building / "keys").mkdir(mode=0o700, exist_ok=True)
    for file in (home / "node.toml", *sorted((home / "keys").glob("*.json"))):
        if file.is_file():
            _write(building / file.relative_to(home), file.read_bytes())


def _where(url: str, home: Path) -> tuple[str, ...]:
    parts = env.database(url, home)
    return tuple(str(parts.get(name, "")) for name in ("ENGINE", "NAME", "HOST", "PORT"))


def _sqlite(url: str, home: Path) -> Path | None:
    """Where SQLite's file belongs; None where the database is another."""
    parts = env.database(url, home)
    return Path(parts["NAME"]) if parts["ENGINE"].endswith("sqlite3") else None


def _made(home: Path, place: Path) -> Path:
    """Where SQLite's file is made: on the disk where it belongs."""
    if place.parent == home:
        return home / staging.BUILDING / staging.DATABASE
    return place.with_name(f"{place.name}{staging.BUILDING}")


def _kept(home: Path, at: datetime) -> Path:
    name = f"before-restore-{at:%Y%m%dT%H%M%SZ}"
    names = chain([name], (f"{name}-{number}" for number in range(2, 1000)))
    return next(home / each for each in names if not (home / each).exists())


def _clear(home: Path, place: Path | None) -> None:
    staging.clear(home)
    if place is not None:
        _clear_database(home, place)


def _clear_database(home: Path, place: Path) -> None:
    made = _made(home, place)
    for suffix in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            Path(f"{made}{suffix}").unlink()
