"""The keys of this node, for its administrator: public parts, and how long each holds."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tidewaiter import clock
from tidewaiter.keys import queries, ring, words
from tidewaiter.keys.ring import PublicKey, State
from tidewaiter.permission import Permission, permitted


@dataclass(frozen=True, slots=True)
class Row:
    """A key with the words for its use and state."""

    key: PublicKey
    use: str
    state: str
    tone: str


@require_safe
@permitted(Permission.KEY_READ)
def index(request: HttpRequest) -> HttpResponse:
    """Every key, and the thumbprint that partners pin."""
    at = clock.real()
    found = queries.public(at)
    page = {
        "rows": [
            Row(key, words.USES[key.use], words.STATES[key.state], words.TONES[key.state])
            for key in found
        ],
        "pinned": queries.pinned(at),
        "revoke": f'tidewaiter keys revoke {queries.signing().kid} --reason "…"',
        "ending": [key for key in found if ring.ending(key, at)],
        "recovery_is_here": any(
            key.use == "recovery" and key.state != State.OFFLINE for key in found
        ),
        "directory": settings.KEYS_DIR,
    }
    return render(request, "keys/index.html", page)
