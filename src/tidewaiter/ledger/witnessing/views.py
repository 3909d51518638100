"""The addresses of the witness that we are: add-checkpoint, what we cosigned, the logs we keep.

C2SP tlog-witness and tlog-mirror; where those ask for a status alone, a problem document says why.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tidewaiter import clock
from tidewaiter.ledger import errors, mirroring, witness
from tidewaiter.ledger.witnessing import actions, keeping, queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem

TEXT: Final = "text/plain; charset=utf-8"
FOR_SECONDS: Final = "max-age=2"
FOR_EVER: Final = "public, max-age=31536000, immutable"
RETRY_AFTER: Final = "10"  # seconds, where the node is behind its fence


@csrf_exempt
@require_POST
@permitted(Permission.PUBLIC)
def add_checkpoint(request: HttpRequest) -> HttpResponse:
    """Cosign a partner's checkpoint: our cosignature lines, or why not."""
    try:
        body = request.read(witness.MOST_BYTES + 1)
        lines = actions.add_checkpoint(body, at=clock.real())
    except errors.OtherTree as problem:
        body = f"{problem.members['size']}\n".encode("ascii")
        return HttpResponse(body, status=409, content_type=witness.SIZE_TYPE)
    except Problem as problem:
        return refused(problem)
    return HttpResponse(lines, content_type=TEXT)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Permission.PUBLIC)
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint that we cosigned of each log that we witness, empty line between.

    A node that cannot be asked posts what its own would say (an extension of ours): 204.
    """
    if request.method == "POST":
        return _brought(request)
    answer = HttpResponse(witness.joined(queries.newest_notes()), content_type=TEXT)
    answer["Cache-Control"] = FOR_SECONDS
    return answer


@csrf_exempt
@require_POST
@permitted(Permission.PUBLIC)
def add_entries(request: HttpRequest) -> HttpResponse:
    """Keep entries of a partner's log that we could not fetch: 200, or 202 and where we stand."""
    try:
        said = keeping.add_entries(request.read(mirroring.MOST_BYTES + 1), at=clock.real())
    except errors.OtherEntries as problem:
        members = problem.members
        stands = mirroring.Info(int(str(members["size"])), int(str(members["next"])))
        return _stands(stands, 409)
    except Problem as problem:
        return refused(problem)
    return HttpResponse(status=200) if said.next == said.size else _stands(said, 202)


@require_safe
@permitted(Permission.PUBLIC)
def mirror(request: HttpRequest, digest: str) -> HttpResponse:
    """The newest checkpoint of a partner's log under which we keep every entry."""
    try:
        note = queries.mirror(digest).kept_note
    except Problem as problem:
        return refused(problem)
    if not note:
        return refused(errors.NoCheckpoint())
    answer = HttpResponse(note, content_type=TEXT)
    answer["Cache-Control"] = FOR_SECONDS
    return answer


@require_safe
@permitted(Permission.PUBLIC)
def mirror_tile(request: HttpRequest, digest: str, address: str) -> HttpResponse:
    """A tile of hashes, or a bundle of entries, of a partner's log that we keep."""
    try:
        data = queries.mirror_tile(digest, address)
    except Problem as problem:
        return refused(problem)
    answer = HttpResponse(data, content_type="application/octet-stream")
    answer["Cache-Control"] = FOR_EVER
    return answer


def _stands(said: mirroring.Info, status: int) -> HttpResponse:
    body = mirroring.info(said)
    return HttpResponse(body, status=status, content_type=mirroring.INFO_TYPE)


def _brought(request: HttpRequest) -> HttpResponse:
    """Each is heard, whatever is wrong with another; the first that is wrong is the answer."""
    try:
        texts = witness.split(witness.whole(request.read(witness.MOST_BYTES + 1)))
    except witness.BadRequest as error:
        return refused(errors.BadCheckpoint(reason=str(error)))
    wrong: Problem | None = None
    for text in witness.newest(texts):
        try:
            actions.told(text, by="", at=clock.real())
        except Problem as problem:
            wrong = wrong or problem
    return refused(wrong) if wrong is not None else HttpResponse(status=204)


def refused(problem: Problem) -> HttpResponse:
    """A refusal as a problem document, which nobody keeps."""
    answer = JsonResponse(
        problem.document(gettext), status=problem.status, content_type="application/problem+json"
    )
    answer["Cache-Control"] = "no-store"
    if problem.status == 503:
        answer["Retry-After"] = RETRY_AFTER
    return answer
