"""The registry of papers that can be proven.

Each room that logs papers registers how one is found by what people call it: a message by its id,
an agreement by its digest. A finder holds the viewer to the room's own permission and writes the
read-audit, for a proof shows the paper whole unless it is asked for without.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from tidewaiter.identity.viewer import Viewer
from tidewaiter.ledger.evidence import Signature
from tidewaiter.registry import Registry


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Where a partner's log has the same paper, by its receipt."""

    administration: str
    index: int


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper that we logged; `document` and `salt` are None where it is withheld or forgotten."""

    kind: str  # message, agreement, node-document, audit, entry
    reference: str
    log_index: int
    document: bytes | None = None
    salt: bytes | None = None
    signatures: tuple[Signature, ...] = ()  # over a document that carries none itself
    elsewhere: tuple[Elsewhere, ...] = ()
    forgotten: bool = False
    media_type: str = "application/jose"
    withheld: tuple[bytes, bytes] | None = None
    """Document and salt that are not to be shown. An index alone does not say of which log of ours
    it is, where one was closed; these do, and nothing else is done with them."""
    logged: datetime | None = None  # about when, of what was forgotten: that says it too


class Find(Protocol):
    """How a room finds a paper of its own.

    `whole` is whether the document is wanted too: then the viewer must be one who may read it, and
    that is written into the read-audit.
    """

    def __call__(
        self, reference: str, viewer: Viewer, *, whole: bool, at: datetime
    ) -> Paper | None:
        """The paper of that name; None where the reference is none of the room's papers."""


papers: Final[Registry[Find]] = Registry("papers")
documents: Final[Registry[Callable[[datetime], Sequence[str]]]] = Registry("node documents")
"""What gives the documents that this node issued, the newest first: an upper room keeps them."""


def register(name: str, path: str) -> None:
    """Register a room's finder. Raises LookupError when the name is taken."""
    papers.register(name, path)
