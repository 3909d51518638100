"""A node's home as `init` lays it out: what is allowed, and the text of `node.toml`."""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.core.exceptions import ImproperlyConfigured

from tidewaiter.node import env, errors, tree


@dataclass(frozen=True, slots=True)
class Founding:
    """What `init` was asked for."""

    administration: str  # ISO 3166-1 alpha-2, XA to XZ for exercises
    name: str
    url: str  # "": nobody reaches it, and it collects from its partners
    database: str  # "" is SQLite in the home
    suite: str
    timezone: str


def checked(wanted: Founding) -> Founding:
    """`wanted` without trailing slashes and blanks. Raises BadFounding."""
    if not re.fullmatch("[A-Z]{2}", wanted.administration):
        _refuse("--administration", wanted.administration, "two capital letters (ISO 3166-1)")
    name = " ".join(wanted.name.split())
    if not name or len(name) > 200:
        _refuse("--name", wanted.name, "1 to 200 characters")
    if wanted.suite not in {"A", "B"}:
        _refuse("--suite", wanted.suite, "A (Ed25519, X25519) or B (P-256)")
    try:
        ZoneInfo(wanted.timezone)
    except (ValueError, OSError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        _refuse("--timezone", wanted.timezone, "no time zone of the IANA data")
    return Founding(
        wanted.administration,
        name,
        _url(wanted.url) if wanted.url else "",
        wanted.database,
        wanted.suite,
        wanted.timezone,
    )


def _url(url: str) -> str:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        _refuse("--url", url, "no URL")
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment:
        _refuse("--url", url, "http:// or https:// with a host, without a query")
    if parts.username or parts.password:
        _refuse("--url", url.replace(parts.netloc, "…"), "no name or password stands in it")
    if parts.scheme == "http" and not tree.loopback(host or ""):
        _refuse("--url", url, "off this machine a node is reached by https")
    return url.rstrip("/")


def check_database(url: str, home: Path) -> None:
    """See that a database's URL has a meaning. Raises BadFounding."""
    try:
        env.database(url, home)
    except (ImproperlyConfigured, ValueError) as error:
        scheme = url.split(":", 1)[0][:40]  # the rest may hold a password
        raise errors.BadFounding(option="--database", value=scheme, rule=str(error)) from None


def _refuse(option: str, value: str, rule: str) -> NoReturn:
    raise errors.BadFounding(option=option, value=value[:200], rule=rule)


def lay_out(home: Path, wanted: Founding) -> None:
    """Make the home with its secret and `node.toml`, readable by its owner only.

    Raises HomeTaken when something stands there.
    """
    if home.is_symlink() or home.exists():
        if not home.is_dir() or any(home.iterdir()):
            raise errors.HomeTaken(home=str(home))
        home.chmod(0o700)
    else:
        home.mkdir(mode=0o700, parents=True)
    _write(home / "secret", secrets.token_urlsafe(48) + "\n")
    values = {
        "administration": wanted.administration,
        "name": wanted.name,
        "url": wanted.url,
        "suite": wanted.suite,
        "timezone": wanted.timezone,
        "database": wanted.database,
    }
    _write(home / "node.toml", text(values))


def text(values: Mapping[str, str]) -> str:
    """`node.toml` with these values."""
    lines = [f"{name} = {_toml(value)}" for name, value in values.items() if value]
    return "# Who this node is; written by `tidewaiter init`\n" + _join(lines)


def _toml(text: str) -> str:
    """A basic string of TOML, whose escapes JSON shares."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _join(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600, exist_ok=False)
    file.write_text(text, encoding="utf-8")
