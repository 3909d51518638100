"""Settings from the environment and the home's `node.toml`; a doubtful value stops the start."""

import os
import re
import secrets
import stat
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def home() -> Path:
    """The node's home: $TIDEWAITER_HOME, else ./tidewaiter-home."""
    return Path(os.environ.get("TIDEWAITER_HOME") or "tidewaiter-home").absolute()


def node(at: Path) -> dict[str, Any]:
    """What `init` wrote into `node.toml`; empty where there is no home yet."""
    file = at / "node.toml"
    if not file.is_file():
        return {}
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ImproperlyConfigured(f"{file}: {error}") from None


def text(name: str, default: str) -> str:
    """The variable `name`, or `default`."""
    return os.environ.get(name, default)


def integer(name: str, default: int, *, least: int = 0) -> int:
    """The whole number in `name`. Raises ImproperlyConfigured on anything else."""
    written = os.environ.get(name)
    if written is None:
        return default
    if not written.isdecimal() or int(written) < least:
        raise ImproperlyConfigured(f"{name} is {written!r}: it wants a whole number from {least}")
    return int(written)


def boolean(name: str, default: bool) -> bool:
    """The truth in `name`. Raises ImproperlyConfigured on a doubtful one."""
    written = os.environ.get(name)
    if written is None:
        return default
    if written.lower() not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {written!r}: it wants yes or no")
    return written.lower() in TRUE


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    """The word in `name`, one of `choices`. Raises ImproperlyConfigured on any other."""
    written = os.environ.get(name, default).lower()
    if written not in choices:
        wanted = ", ".join(choices)
        raise ImproperlyConfigured(f"{name} is {written!r}: it wants one of {wanted}")
    return written


def recipients(name: str, default: str | list[str]) -> tuple[str, ...]:
    """The recipients of age in `name`, blanks between them. Raises ImproperlyConfigured."""
    written = os.environ.get(name, default)
    found = written.split() if isinstance(written, str) else list(written)
    for each in found:
        if not isinstance(each, str) or not re.fullmatch("age1[0-9a-z]{58}", each):
            raise ImproperlyConfigured(f"{name} has {str(each)[:80]!r}: it wants age1…")
    return tuple(found)


def secret(name: str, file: Path) -> str:
    """The variable `name`, or the text of `file` (0600), else one that dies with us."""
    if written := os.environ.get(name):
        return written
    if not file.exists():
        return secrets.token_urlsafe(48)
    if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ImproperlyConfigured(f"{file} is open to others: chmod 600 {file}")
    return file.read_text(encoding="utf-8").strip()


def database(url: str, at: Path) -> dict[str, Any]:
    """Django's settings of the database at `url`: sqlite:///path, postgresql://…, or none."""
    if not url:
        url = f"sqlite:///{at / 'tidewaiter.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": "/" + unquote(parts.path).lstrip("/"),
            "CONN_MAX_AGE": None,  # opening again costs more than the page cache of a thread
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA temp_store=MEMORY; PRAGMA cache_size=-16384; PRAGMA secure_delete=ON;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = dict(parse_qsl(parts.query))
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(parts.hostname or "") or query.get("host", ""),
            "PORT": str(parts.port or ""),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(
        f"the database URL begins with {parts.scheme!r}: sqlite:///path and postgresql:// are known"
    )
