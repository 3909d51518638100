"""The exchange's place in the menu, and what people call its types, states and refusals."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tidewaiter import clock
from tidewaiter.exchange import errors, queries, receipt, types
from tidewaiter.exchange.keyring import actions as keyring
from tidewaiter.exchange.screens import words
from tidewaiter.permission import Permission
from tidewaiter.problem import N_
from tidewaiter.web import menu

MENU: Final = menu.Entry(
    label=N_("Exchange"), url="exchange:messages", permission=Permission.MESSAGE_READ, order=50
)
PARTNERS: Final = menu.Entry(
    label=N_("Partners"), url="exchange:partners", permission=Permission.PARTNER_READ, order=75
)
TABS: Final = {"in": _("Received"), "out": _("Sent"), "refused": _("Refused here")}
STATES: Final[dict[str, tuple[Any, str]]] = {  # word and tone
    "accepted": (pgettext_lazy("message", "accepted"), "good"),
    "held": (pgettext_lazy("message", "held"), "warn"),
    "waiting": (pgettext_lazy("message", "waiting"), "info"),
    "delivered": (pgettext_lazy("message", "delivered"), "good"),
    "refused": (pgettext_lazy("message", "refused"), "bad"),
    "expired": (pgettext_lazy("message", "expired"), "bad"),
    "withdrawn": (pgettext_lazy("message", "withdrawn"), "neutral"),
}
OUTCOMES: Final = {
    receipt.ACCEPTED: pgettext_lazy("message", "accepted"),
    receipt.REFUSED: pgettext_lazy("message", "refused"),
    receipt.DUPLICATE: pgettext_lazy("message", "accepted before"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the list and its page show it."""

    message: queries.Row
    url: str
    state: Any
    tone: str
    kind: str  # what people call the type
    problem: str  # why the partner refused it, "" where it did not


@dataclass(frozen=True, slots=True)
class Turned:
    """A refusal of ours as the list shows it."""

    row: queries.Turned
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Own:
    """What a partner must be told of this node."""

    administration: str
    url: str
    thumbprint: str


def row(message: queries.Row) -> Shown:
    """A message with its words."""
    state, tone = STATES[message.state]
    return Shown(
        message=message,
        url=reverse("exchange:message", args=[message.id]),
        state=state,
        tone=tone,
        kind=called(message.type),
        problem=title(message.problem),
    )


def turned(refused: queries.Turned) -> Turned:
    """A refusal of ours with its words."""
    return Turned(refused, title(refused.problem), called(refused.type))


def called(name: str) -> str:
    """What people call a type; of a stranger's, its name without what all types share."""
    plain = words.short(name)
    if plain in words.TITLES:
        return gettext(words.TITLES[plain])
    known = types.get(name)
    return gettext(known.title) if known and known.title else plain


def own() -> Own:
    """This node, as a partner pins it."""
    thumbprint = keyring.pinned(at=clock.real())
    return Own(settings.ADMINISTRATION, settings.NODE_URL, thumbprint)


def title(problem: str) -> str:
    """What people call a problem; "" of none."""
    if problem == words.KEY_MISSING:
        return gettext("The key for pseudonyms is not here yet")
    known = errors.REFUSALS.get(problem)
    return gettext(known.title) if known else problem
