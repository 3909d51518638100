"""The demo's home: marked as its own, so that it never wipes anything else, and its progress."""

import contextlib
import json
import os
import secrets
import shutil
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Final

from tidewaiter import clock
from tidewaiter.demo import errors

MARK: Final = "tidewaiter-demo.json"
SIGN_INS: Final = "sign-ins.txt"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a home is for and how far its play has come."""

    seed: int
    last: str  # the last played day, ISO 8601
    port: int
    nodes: int
    exchange: bool
    days: int
    ready: bool = False  # the nodes are made
    played: int = 0  # whole days played


class Home:
    """The folder of one demo: a node's home for each administration, files, clock and sign-ins."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()

    @property
    def clock(self) -> Path:
        """The file that trade time is read from."""
        return self.path / "trade-clock"

    def node(self, administration: str) -> Path:
        """The home of that administration's node."""
        return self.path / administration

    def progress(self) -> Progress | None:
        """How far this home has come; None where there is nothing yet. Raises NotOurs."""
        if not self.path.exists() or (self.path.is_dir() and not any(self.path.iterdir())):
            return None
        try:
            return Progress(**json.loads((self.path / MARK).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            raise errors.NotOurs(home=str(self.path)) from None

    def keep(self, progress: Progress) -> Progress:
        """Write how far we have come, whole or not at all."""
        self._write(self.path / MARK, json.dumps(asdict(progress)), mode=0o644)
        return progress

    def begin(self, progress: Progress) -> Progress:
        """Wipe what an earlier demo left here and start anew. Raises NotOurs."""
        if self.progress() is not None:
            shutil.rmtree(self.path)
        self.path.mkdir(parents=True, exist_ok=True)
        return self.keep(replace(progress, ready=False, played=0))

    def tick(self, moment: datetime) -> None:
        """Set trade time."""
        self._write(self.clock, clock.text(moment), mode=0o644)

    def sign_ins(self) -> dict[str, str]:
        """The names of people with their passwords."""
        file = self.path / SIGN_INS
        if not file.exists():
            return {}
        lines = file.read_text(encoding="utf-8").splitlines()
        return dict(line.split("\t", 1) for line in lines if "\t" in line)

    def new_sign_ins(self, names: list[str]) -> dict[str, str]:
        """A random password for each name, kept in a file of mode 0600."""
        made = {name: secrets.token_urlsafe(12) for name in names}
        text = "".join(f"{name}\t{password}\n" for name, password in made.items())
        self._write(self.path / SIGN_INS, text, mode=0o600)
        return made

    def _write(self, file: Path, text: str, *, mode: int) -> None:
        aside = file.with_name(file.name + ".new")
        with contextlib.suppress(FileNotFoundError):
            aside.unlink()
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as out:
            out.write(text)
        aside.replace(file)


def day_of(text: str) -> date:
    """The day in a home's progress."""
    return date.fromisoformat(text)
