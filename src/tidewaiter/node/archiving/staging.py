"""Putting a home in the place of another so that a kill at any moment leaves one that says so.

The new home is made whole in `.restoring`, inside of the home. Then `restore-unfinished` is
written, part after part is moved, the old ones into `before-restore-…`, and the word is taken away.
Whoever finds it moves what is left: each move is made once. Imports no framework.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

BUILDING: Final = ".restoring"
UNFINISHED: Final = "restore-unfinished"
DATABASE: Final = "tidewaiter.sqlite3"
PARTS: Final = ("node.toml", "secret", "keys", "vault", "models")
LOCK: Final = "serve.lock"


@dataclass(frozen=True, slots=True)
class Move:
    """One part: what stands at `place` goes to `kept`, what was made at `new` to `place`."""

    new: Path
    place: Path
    kept: Path


def free(home: Path) -> bool:
    """Whether a folder holds nothing but what a restore that was killed left there."""
    if home.is_symlink() and not home.exists():
        return False
    if not home.exists():
        return True
    return home.is_dir() and {each.name for each in home.iterdir()} <= {BUILDING, LOCK}


def unfinished(home: Path) -> bool:
    """Whether a restore into that home was stopped in between."""
    return (home / UNFINISHED).exists()


def moves(home: Path, kept: Path, database: tuple[Path, Path] | None) -> list[Move]:
    """All moves of a restore; `database` is where SQLite's file was made and where it belongs."""
    building = home / BUILDING
    found = [Move(building / part, home / part, kept / part) for part in PARTS]
    if database is not None:
        new, place = database
        beside = kept if place.parent == home else place.parent
        prefix = "" if place.parent == home else f"{kept.name}-"
        for suffix in ("-wal", "-shm", ""):  # the old log goes before the file that it is of
            name = place.name + suffix
            found.append(
                Move(Path(f"{new}{suffix}"), Path(f"{place}{suffix}"), beside / (prefix + name))
            )
    return found


def begin(home: Path, planned: Sequence[Move]) -> None:
    """Say that the restore is in between; from here on it can only be finished."""
    said = [
        {
            "new": str(each.new) if each.new.exists() else None,
            "place": str(each.place),
            "kept": str(each.kept),
        }
        for each in planned
    ]
    aside = home / BUILDING / UNFINISHED
    with aside.open("w", encoding="utf-8") as file:
        json.dump(said, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(home / UNFINISHED)
    sync(home)


def finish(home: Path) -> None:
    """Make the moves that are left, and take the word away. Done again it does the rest."""
    marker = home / UNFINISHED
    for move in json.loads(marker.read_text(encoding="utf-8")):
        new = Path(move["new"]) if move["new"] else None
        _move(new, Path(move["place"]), Path(move["kept"]))
    marker.unlink()
    sync(home)
    clear(home)


def clear(home: Path) -> None:
    """Take away what was being made."""
    shutil.rmtree(home / BUILDING, ignore_errors=True)


def _move(new: Path | None, place: Path, kept: Path) -> None:
    if new is not None and not new.exists():
        return  # made before
    if os.path.lexists(place) and not os.path.lexists(kept):
        kept.parent.mkdir(mode=0o700, exist_ok=True)
        place.rename(kept)
        sync(kept.parent)
    if new is not None:
        new.rename(place)
    sync(place.parent)


def sync(folder: Path) -> None:
    """Make the renames within `folder` last."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
