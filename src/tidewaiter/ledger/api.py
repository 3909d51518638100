"""Proofs of the log, for an administration's own systems."""

from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema

from tidewaiter.ledger import queries
from tidewaiter.ledger.proving import api as proving
from tidewaiter.ledger.screens import api as screens
from tidewaiter.permission import Permission, permitted

router = Router(tags=["proofs"])


class Proof(Schema):
    """That an entry is in the log; hashes are hexadecimal, `checkpoint` is the signed note."""

    index: int
    size: int
    entry: str
    leaf: str
    path: list[str]
    checkpoint: str
    vkey: str


@router.get("/proofs/{int:index}", response=Proof)
@permitted(Permission.LEDGER_READ)
def proof(request: HttpRequest, index: int) -> dict[str, Any]:
    """The proof that the entry of that index is under the newest checkpoint."""
    found = queries.inclusion(index)
    return {
        "index": found.index,
        "size": found.size,
        "entry": found.entry.decode("ascii"),
        "leaf": found.leaf.hex(),
        "path": [hash_.hex() for hash_ in found.path],
        "checkpoint": found.checkpoint,
        "vkey": queries.vkey(),
    }


router.add_router("", screens.router)
router.add_router("", proving.router)  # after the index, which any text would be taken for
