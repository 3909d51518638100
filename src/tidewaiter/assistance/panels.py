"""What `assistance` shows on others' pages, its tasks, and its requests in words."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tidewaiter.agreements import fields, wording
from tidewaiter.assistance import forms, life, queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_
from tidewaiter.web import menu
from tidewaiter.work import kinds

MENU: Final = menu.Entry(
    label=N_("Requests"), url="assistance:index", permission=Permission.REQUEST_READ, order=45
)
ANSWER: Final = kinds.TaskKind(
    sentence=N_("Answer {partner}: {number}, by {due}"),
    permission=Permission.REQUEST_ANSWER,
    url="assistance:request",
    escalates="supervisor",
)
ANSWERED: Final = kinds.TaskKind(
    sentence=N_("{partner} answered: {number}"),
    permission=Permission.REQUEST_READ,
    url="assistance:request",
    by_hand=True,
)
SIDES: Final = {"theirs": _("To us"), "ours": _("Of ours")}
KINDS: Final = {"query": _("Question"), "assistance": _("Request for assistance")}
ABOUT: Final = {
    "container": _("Container"),
    "ucr": _("UCR"),
    "transportdocument": _("Transport document"),
    "operator": _("Operator"),
}
WHY: Final = {  # why a person has to answer a query
    "category": N_("Records of this category are not kept here in a form that can be sent."),
    "unnamed": N_("What it is about was made coarser: ask the partner what is meant."),
    "no-clause": N_("No clause lets such records go to this partner on request."),
    "approval": N_("The clause asks for a person's approval."),
}
OTHERWISE: Final = N_("The machine could not send its answer ({why}).")


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as the list shows it, in words."""

    line: queries.Line
    what: str
    state: str


def line(one: queries.Line) -> Shown:
    """A request with its words."""
    return Shown(one, _what(one), gettext(one.state_name))


def page(found: queries.Whole) -> dict[str, Any]:
    """What a request's own page shows of it, in words."""
    why = gettext(WHY[found.why]) if found.why in WHY else ""
    if found.why and not why:
        why = gettext(OTHERWISE).format(why=found.why)
    return {
        "it": found,
        "shown": line(found.line),
        "leaves": list(_leaves(found.data)),
        "purpose": wording.term(found.purpose, "purpose", gettext),
        "why": why,
        "replies": [(one, _reply(one)) for one in found.replies],
    }


@permitted(Permission.REQUEST_READ)
def message(request: HttpRequest, subject: object) -> str:
    """On the message of a request or a reply: the way to its page; else empty."""
    found = queries.of_message(subject.row.id)  # type: ignore[attr-defined]
    if not found:
        return ""
    return render_to_string("assistance/_message.html", {"id": found}, request=request)


def _what(one: queries.Line) -> str:
    if one.kind == "assistance":
        return gettext("Request for assistance {number}").format(number=one.number)
    about = str(dict(forms.ABOUT).get(one.about_kind, one.about_kind))
    words = gettext("{category} of {about}: {number}")
    category = wording.term(one.category, "category", gettext)
    return words.format(
        category=category[:1].upper() + category[1:], about=about, number=one.number
    )


def _leaves(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for path, value in fields.leaves(data):
        told = str(value)
        if path == "category":
            told = wording.term(told, "category", gettext)
        yield _named(path), told


def _named(path: str) -> str:
    """A field in words; of one that has none, its name and where it stands."""
    about = path.removeprefix("about.")
    if about in ABOUT:
        return str(ABOUT[about])
    if path in wording.FIELDS:
        return wording.term(path, "field", gettext)
    parts = [part.replace("_", " ") for part in path.split(".")]
    return ", ".join(parts[-2:])


def _reply(one: queries.Answered) -> dict[str, Any]:
    """A reply in words; its records one by one."""
    records = one.data.get("records")
    answer = [one.data["answer"]] if "answer" in one.data else []
    parts = records if isinstance(records, list) else answer
    return {
        "state": gettext(life.STATE_NAMES[life.LEADS[one.state]]),
        "tone": life.TONES[life.LEADS[one.state]],
        "carries": wording.term(one.carries, "category", gettext) if one.carries else "",
        "ground": wording.term(one.ground, "ground", gettext) if one.ground else "",
        "parts": [
            {
                "leaves": list(_leaves(part)) if isinstance(part, dict) else [("", str(part))],
                "json": json.dumps(part, ensure_ascii=False, indent=2),
            }
            for part in parts
        ],
        "records": len(records) if isinstance(records, list) else None,
        "more": bool(one.data.get("more")),
    }
