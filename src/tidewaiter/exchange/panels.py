"""The exchange's place in the menu, and how its screens word a message."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tidewaiter.exchange import queries
from tidewaiter.keys import queries as keys
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
    "accepted": (_("accepted"), "good"),
    "held": (_("held"), "warn"),
    "waiting": (_("waiting"), "info"),
    "delivered": (_("delivered"), "good"),
    "refused": (_("refused"), "bad"),
    "expired": (_("expired"), "bad"),
    "withdrawn": (_("withdrawn"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the list and its page show it."""

    message: queries.Row
    url: str
    state: Any
    tone: str
    kind: str  # the type without what all types share


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
        kind=message.type.removeprefix("org.tidewaiter."),
    )


def data(message: queries.Message) -> str:
    """The payload, set out to be read."""
    return json.dumps(message.event.get("data"), ensure_ascii=False, indent=2)


def own() -> Own:
    """This node, as a partner pins it."""
    return Own(settings.ADMINISTRATION, settings.NODE_URL, keys.signing().thumbprint)
