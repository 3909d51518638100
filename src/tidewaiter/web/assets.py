"""Style sheets, script and fonts of the package under names that hold their digest.

A room may bring a script of its own, in `static/<room>/`; no two files have one name.

The application serves them itself: there is no build step and no folder to collect into. A name
changes with the content, so a browser may keep what it has for a year.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static" / "web"
ROOMS: Final = Path(__file__).parents[1]
BUNDLE: Final = "tidewaiter.css"
SHEETS: Final = (  # one file a component, its manual on top; in the order of the cascade
    "fonts",
    "tokens",
    "base",
    "shell",
    "layout",
    "button",
    "bar",
    "form",
    "filters",
    "table",
    "lane",
    "state",
    "notice",
    "empty",
    "fields",
    "panel",
    "figure",
    "tabs",
    "timeline",
    "reasons",
    "clauses",
    "message",
    "pages",
    "progress",
    "copy",
    "keys",
    "print",
)
TYPES: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
PACKED: Final = {".css", ".js", ".svg"}


class UnknownAsset(LookupError):
    """No file of the package has this name."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is served."""

    name: str  # with the digest: tidewaiter.3f9c0a1b2c.css
    data: bytes
    packed: bytes | None  # gzip, where that is worth it
    mediatype: str


@lru_cache(maxsize=64)
def asset(plain: str) -> Asset:
    """The asset of that plain name (`tidewaiter.js`). Raises UnknownAsset."""
    data = _bundle() if plain == BUNDLE else _bytes(plain)
    stem, dot, ending = plain.rpartition(".")
    suffix = dot + ending
    digest = hashlib.sha256(data).hexdigest()[:10]
    packed = gzip.compress(data, mtime=0) if suffix in PACKED else None
    guessed = TYPES.get(suffix) or mimetypes.guess_type(plain)[0] or "application/octet-stream"
    return Asset(f"{stem}.{digest}{suffix}", data, packed, guessed)


def served(name: str) -> Asset:
    """The asset under its name with digest. Raises UnknownAsset, for a digest of the past too."""
    parts = name.rsplit(".", 2)
    if len(parts) == 3:
        found = asset(f"{parts[0]}.{parts[2]}")
        if found.name == name:
            return found
    raise UnknownAsset(name)


def files() -> list[Path]:
    """Every file that may be served."""
    return sorted(ROOMS.glob("*/static/*/*"))


def _bundle() -> bytes:
    text = "\n".join(_bytes(f"{sheet}.css").decode() for sheet in SHEETS)
    for file in (*FOLDER.glob("*.woff2"), *FOLDER.glob("*.svg")):
        text = text.replace(f'url("{file.name}")', f'url("{asset(file.name).name}")')
    return text.encode()


def _bytes(plain: str) -> bytes:
    for file in files():
        if file.name == plain:
            return file.read_bytes()
    raise UnknownAsset(plain)
