"""What stands at a place of a log, for whoever knows its key (C2SP tlog-proof). Pure.

The entry goes with it as the extra data, which nothing believes: it is hashed. Imports nothing of
ours but the tree and the note.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from tidewaiter.ledger import note, tree

FIRST: Final = "c2sp.org/tlog-proof@v1"
_HEAD: Final = re.compile(
    FIRST.replace(".", r"\.") + r"\nextra (\S+)\nindex (0|[1-9][0-9]{0,18})((?:\n\S+)*)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry at its place under a checkpoint."""

    index: int
    entry: bytes
    path: tuple[bytes, ...]
    checkpoint: str  # the signed note


def written(found: Standing) -> str:
    """It as text, the checkpoint as it was signed."""
    entry, *path = (base64.b64encode(each).decode("ascii") for each in (found.entry, *found.path))
    head = "\n".join([FIRST, f"extra {entry}", f"index {found.index}", *path])
    return f"{head}\n\n{found.checkpoint}"


def read(text: str) -> Standing:
    """What such a text shows: the entry is under the checkpoint. Raises BadProof."""
    head, _, checkpoint = text.partition("\n\n")
    parts = _HEAD.fullmatch(head)
    if parts is None:
        raise tree.BadProof("this is no tlog-proof with an entry")
    try:
        entry, *path = (
            base64.b64decode(each, validate=True) for each in (parts[1], *parts[3].split())
        )
        signed = note.checkpoint(note.parts(checkpoint.encode())[0])
    except (binascii.Error, note.BadNote) as error:
        raise tree.BadProof(str(error)) from None
    found = Standing(int(parts[2]), entry, tuple(path), checkpoint)
    proof = tree.Inclusion(found.index, signed.size, found.path)
    if tree.included(proof, tree.leaf(entry)) != signed.root:
        raise tree.BadProof("the entry is not under the checkpoint")
    return found


def holds(text: str, checkpoint: str) -> bool:
    """Whether it shows what stands under that checkpoint."""
    try:
        return read(text).checkpoint == checkpoint
    except tree.BadProof:
        return False
