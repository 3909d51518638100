"""The exchange's place in the menu, and how its screens word a message."""

import json
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tidewaiter import clock
from tidewaiter.agreements import fields, reason, wording
from tidewaiter.exchange import errors, queries, receipt, types
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
        problem=_title(message.problem),
    )


def turned(refused: queries.Turned) -> Turned:
    """A refusal of ours with its words."""
    return Turned(refused, _title(refused.problem), called(refused.type))


def page(message: queries.Message) -> dict[str, Any]:
    """What a message's own page shows of it, in words."""
    said = message.answer.get("data", {})
    why = message.asked.get("reason")
    return {
        "card": row(message.row),
        "leaves": [
            (wording.term(path, "field", gettext), value)
            for path, value in fields.leaves(message.event.get("data"))
        ],
        "purpose": wording.term(message.purpose, "purpose", gettext),
        "mode": wording.term(message.mode, "mode", gettext),
        "withheld": [wording.term(path, "field", gettext) for path in message.withheld],
        "event": json.dumps(message.event, ensure_ascii=False, indent=2),
        "reason": reason.Reason(**why).said(gettext) if why else "",
        "outcome": OUTCOMES.get(said.get("outcome"), ""),
        "received": clock.parse(said["received"]) if said else None,
    }


def called(name: str) -> str:
    """What people call a type; of a stranger's, its name without what all types share."""
    known = types.get(name)
    return gettext(known.title) if known and known.title else name.removeprefix(types.PREFIX)


def own() -> Own:
    """This node, as a partner pins it."""
    return Own(settings.ADMINISTRATION, settings.NODE_URL, keys.signing().thumbprint)


def _title(problem: str) -> str:
    known = errors.REFUSALS.get(problem)
    return gettext(known.title) if known else problem
