"""REST: the proof document of a paper, and the judgement of one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from tidewaiter import clock
from tidewaiter.ledger import proof
from tidewaiter.ledger.proving import actions, wording
from tidewaiter.permission import Permission, permitted

router = Router(tags=["proofs"])


@router.post("/proofs/check")
@permitted(Permission.SIGNED_IN)
def check(
    request: HttpRequest, vkey: str = "", witness: str = "", thumbprint: str = ""
) -> dict[str, Any]:
    """What the proof document in the body proves: as `tidewaiter ledger check`.

    The keys that you know, separated by blanks: of logs, of witnesses, and the thumbprints of keys
    that sign node documents. Each best with whose it is before it, as in `XA:…`.
    """
    known = proof.Known(
        frozenset(vkey.split()), frozenset(witness.split()), frozenset(thumbprint.split())
    )
    return wording.told(proof.check(request.body, known))


@router.get("/proofs/{str:reference}")
@permitted(Permission.LEDGER_READ)
def document(request: HttpRequest, reference: str, document: bool = True) -> HttpResponse:
    """The proof document of a message (id or digest), an agreement (digest), or another paper.

    With `document=false` it shows the commitment alone. Who may not read the paper gets no proof
    with the document in it.
    """
    viewer, at = request.viewer, clock.real()  # type: ignore[attr-defined]
    found = actions.find(reference, viewer, whole=document, at=at)
    return HttpResponse(actions.prove([found], at=at), content_type="application/json")
