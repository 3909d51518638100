"""A watched folder: what is dropped in is taken in, and its answer written beside it.

The answer of `invoice.xml` is `invoice.xml.answer.json`, written aside and moved in place, so that
who reads it reads it whole. The answer is the memory too: a file whose answer stands for its size
and time is not taken again, and after a crash identity makes what was taken a duplicate.
"""

import json
import os
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from tidewaiter.documents import errors, importing, queries, readers, tally
from tidewaiter.documents.actions import One
from tidewaiter.documents.formats import Options
from tidewaiter.documents.tally import Tally

ANSWER: Final = ".answer.json"
PAUSE: Final = 0.5  # seconds between two looks
QUIET: Final = 0.5  # seconds that a file must have been left alone, for it may still be written
TOGETHER: Final = 200  # files taken in one go
TOLD: Final = 1_000  # declarations and errors that an answer lists one by one


@dataclass(frozen=True, slots=True)
class Dropped:
    """A file as it lies there."""

    path: Path
    size: int
    modified: int  # nanoseconds since 1970

    @property
    def mark(self) -> dict[str, int]:
        """What tells this content from another under the same name."""
        return {"size": self.size, "modified": self.modified}


class Watch:
    """A folder under watch: `look` takes what is new."""

    def __init__(self, folder: Path, out: Path, options: Options) -> None:
        self.folder, self.out, self.options = folder, out, options
        self.done: dict[str, dict[str, int]] = {}

    def look(self, *, at: datetime, now: float) -> int:
        """Take every file that is there, left alone and not answered yet; how many."""
        waiting = []
        for dropped in self._waiting(now):
            if self._answered(self._answer(dropped)) == dropped.mark:
                self.done[dropped.path.name] = dropped.mark
            else:
                waiting.append(dropped)
        for start in range(0, len(waiting), TOGETHER):
            self._take(waiting[start : start + TOGETHER], at)
        return len(waiting)

    def _answer(self, dropped: Dropped) -> Path:
        return self.out / (dropped.path.name + ANSWER)

    def _waiting(self, now: float) -> list[Dropped]:
        found = []
        with os.scandir(self.folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.endswith((ANSWER, ".part", ".tmp")):
                    continue
                try:
                    seen = entry.stat()
                except OSError:  # gone again
                    continue
                dropped = Dropped(Path(entry.path), seen.st_size, seen.st_mtime_ns)
                known = self.done.get(entry.name) == dropped.mark
                quiet = now - seen.st_mtime >= QUIET
                if quiet and not known and not stat.S_ISDIR(seen.st_mode):
                    found.append(dropped)
        return sorted(found, key=lambda one: (one.modified, one.path.name))

    def _answered(self, answer: Path) -> dict[str, int] | None:
        try:
            said = json.loads(answer.read_bytes())
            return {name: said[name] for name in ("size", "modified")}
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _take(self, dropped: list[Dropped], at: datetime) -> None:
        """Take some files in one go; each gets an answer of its own."""
        work = Files(at=at, by="watched folder", assess=True, progress=lambda done: None)
        work.keep_taken = all(one.size <= readers.DOCUMENT for one in dropped)
        for one in dropped:
            importing.one(work, str(one.path), None, self.options)
        work.flush()
        for one in dropped:
            name = importing.shown(str(one.path))
            taken = [fate for file, fate in work.taken if file == name]
            write(self._answer(one), {**_said(one, work.tally_of(name), taken), **one.mark})
            self.done[one.path.name] = one.mark


class Files(importing.Import):
    """An import that counts each file by itself."""

    def tally_of(self, name: str) -> Tally:
        """The tally of this file."""
        if name not in self.tallies:
            self.tallies[name] = Tally(files=1)
        return self.tallies[name]

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """A tally a file."""
        return {}


def _said(dropped: Dropped, counted: Tally, taken: Sequence[One]) -> dict[str, Any]:
    report = counted.document(0.0)
    del report["seconds"], report["missing"]
    report["errors"] = [tally.entry(one) for one in counted.findings[:TOLD]]
    name = importing.shown(dropped.path.name)
    return {"file": name, **report, "declarations": queries.fates(taken[:TOLD])}


def run(
    folder: Path,
    out: Path,
    *,
    mapping: str | None,
    schema: str | None,
    once: bool,
    now: Callable[[], datetime],
    seconds: Callable[[], float],
) -> int:
    """Watch until interrupted, or look once; how many files were answered. Raises Problem.

    `now` is the moment of taking, `seconds` the clock that files are dated by, since 1970.
    """
    for place in (folder, out):
        if not place.is_dir() or not os.access(place, os.R_OK | os.X_OK):
            raise errors.FolderUnusable(
                folder=str(place), reason="it is no folder that can be read"
            )
    if not os.access(out, os.W_OK):
        raise errors.FolderUnusable(folder=str(out), reason="it cannot be written")
    watching = Watch(folder, out, importing.prepared(importing.AUTO, mapping, schema))
    quiet = QUIET if once else 0.0
    answered = watching.look(at=now(), now=seconds() + quiet)
    while not once:
        time.sleep(PAUSE)
        answered += watching.look(at=now(), now=seconds())
    return answered


def write(target: Path, document: dict[str, Any]) -> None:
    """Write JSON so that it is there whole or not at all, and lasts."""
    aside = target.with_name(f".{target.name}.part")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(document, file, ensure_ascii=False, indent=1)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    aside.replace(target)
    handle = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
