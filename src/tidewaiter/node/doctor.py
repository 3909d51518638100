"""What `tidewaiter doctor` looks at: each check says what it saw, and what to do where it fails."""

import os
import shutil
import socket
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from tidewaiter.node import errors, tree

LEAST_DISK: Final = 2**30  # bytes free where the home is
LATE: Final = timedelta(minutes=2)  # schedules that are due so long have no worker
SLACK: Final = 600  # seconds: unpacked in the order of their names, a source seems newer
DRIFT: Final = timedelta(seconds=5)  # between our clock and the database's


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: `detail` is what was seen, or what is wrong with its remedy."""

    name: str
    ok: bool
    detail: str


class Unwell(Exception):
    """A check fails; the message says why and what to do."""


def python() -> str:
    """The interpreter is new enough."""
    if sys.version_info < (3, 11):  # noqa: UP036 (somebody may have installed with --ignore)
        raise Unwell("Python 3.11 or newer is needed")
    return sys.version.split()[0]


def home(at: Path) -> str:
    """The home is there and closed to others."""
    for path, most in ((at, 0o700), (at / "node.toml", 0o600), (at / "secret", 0o600)):
        if not path.exists():
            raise Unwell(f"{path} is missing: this is no home; see `tidewaiter init`")
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~most:
            raise Unwell(f"{path} is open to others ({mode:o}): chmod {most:o} {path}")
    return str(at)


def disk(at: Path) -> str:
    """There is room for what comes."""
    free = shutil.disk_usage(at).free
    if free < LEAST_DISK:
        raise Unwell(f"{free // 2**20} MiB are free: make room")
    return f"{free // 2**30} GiB free"


def backups(to: Sequence[str]) -> str:
    """To whom backups are encrypted. That they are not is no fault while they are under lock."""
    if not to:
        return "not encrypted, and they hold the keys: name a recipient (`tidewaiter backup-key`)"
    return f"encrypted to {', '.join(to)}"


def clock(now: datetime, theirs: datetime | None, newest: datetime) -> str:
    """The clock agrees with the database's and does not stand before what we wrote."""
    if newest > now + DRIFT:
        raise Unwell(f"files of {newest.isoformat()} are newer than now: set the clock (NTP)")
    if theirs is not None and abs(theirs - now) > DRIFT:
        raise Unwell(f"the database's clock says {theirs.isoformat()}: set both by NTP")
    return now.isoformat(timespec="seconds")


def port(url: str, served: bool) -> str:
    """Where the node should be reached, something answers; or the port is free for it."""
    if not url:
        return "no URL: nobody reaches it, it collects from its partners"
    parts = urlsplit(url)
    if not parts.hostname or not tree.loopback(parts.hostname):
        return f"reached at {url} through a proxy"
    place = (parts.hostname, parts.port or 80)
    with socket.socket() as probe:
        probe.settimeout(2)
        listening = probe.connect_ex(place) == 0
    if served and not listening:
        return f"served, on another port than the {place[1]} of its URL"
    if listening and not served:
        raise Unwell(f"port {place[1]} of the URL is taken by another program: choose --port")
    return f"port {place[1]} " + ("answers" if listening else "is free")


def workers(now: datetime, served: bool, turns: dict[str, datetime], failed: int) -> str:
    """Somebody does the work, and none of it has failed."""
    if failed:
        raise Unwell(f"{failed} jobs have failed: see /work/ or the log, then try them again")
    if not served:
        return "not served now"
    late = [name for name, due in turns.items() if now - due > LATE]
    if late:
        raise Unwell(f"{late[0]} is overdue: no worker is alive; see the log")
    return f"{len(turns)} schedules kept"


def model() -> str:
    """The library of the risk model loads as it is; it wants nothing of the system."""
    try:
        return f"xgboost {import_module('xgboost').__version__}"
    except (ImportError, OSError) as error:
        raise Unwell(f"{error}: install again from the lock") from None


def catalogues(package: Path) -> str:
    """The languages are compiled and as new as their sources."""
    count = 0
    for source in sorted(package.glob("*/locale/*/LC_MESSAGES/django.po")):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or source.stat().st_mtime - compiled.stat().st_mtime > SLACK:
            raise Unwell(f"{compiled} is missing or old: run `make install`")
        count += 1
    return f"{count} catalogues"


def is_served(at: Path) -> bool:
    """Whether a process tree holds the lock of this home."""
    try:
        file = os.open(at / "serve.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    os.close(file)
    try:
        tree.lock(at).close()
    except errors.ServedAlready:
        return True
    return False


def run(checks: list[tuple[str, Callable[[], str]]]) -> Iterator[Check]:
    """Every check in turn; one that fails, in whatever way, does not keep the others."""
    for name, check in checks:
        try:
            yield Check(name, True, check())
        except Unwell as unwell:
            yield Check(name, False, str(unwell))
        except Exception as error:  # a check that can't look is a finding as well
            yield Check(name, False, " ".join(f"{type(error).__name__}: {error}".split())[:300])
