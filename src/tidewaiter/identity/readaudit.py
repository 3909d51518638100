"""The read-audit of one request: what its queries report is gathered, and written as one row.

A query reports through `actions.audit`; the middleware opens the gathering before the view and
writes it before the answer leaves, so that nothing is shown that was not noted.
"""

from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from tidewaiter.identity.viewer import Viewer


@dataclass(slots=True)
class Gathered:
    """What one viewer was shown so far."""

    viewer: Viewer | None = None
    kinds: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)

    def add(self, viewer: Viewer, kind: str, refs: Sequence[str], about: Sequence[str]) -> None:
        """Join what one query shows to the rest, nothing twice."""
        self.viewer = viewer
        for target, more in ((self.kinds, [kind]), (self.references, refs), (self.subjects, about)):
            seen = set(target)
            target.extend(each for each in dict.fromkeys(more) if each not in seen)


UNDER_WAY: Final[ContextVar[Gathered | None]] = ContextVar("read-audit", default=None)
