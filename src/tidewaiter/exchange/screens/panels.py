"""One message in words: how it stands and what happens next, its permit, what it says."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy

from tidewaiter import clock
from tidewaiter.agreements import (
    document,
    fields,
    minimisation,
    reason,
    sentences,
    standing,
    wording,
)
from tidewaiter.agreements import queries as agreements
from tidewaiter.exchange import panels, queries, types
from tidewaiter.exchange.attachments import queries as attachments
from tidewaiter.exchange.forgetting import queries as forgetting
from tidewaiter.exchange.life import State
from tidewaiter.exchange.obligations import panels as obligations
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.exchange.screens import queries as screens
from tidewaiter.exchange.screens import words
from tidewaiter.exchange.screens.standing import panels as standing_words
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission

ATTACHED: Final[dict[str, tuple[Any, str]]] = {  # word and tone
    "here": (pgettext_lazy("attachment", "here"), "good"),
    "sealed": (pgettext_lazy("attachment", "goes when it is asked for"), "neutral"),
    "asked": (pgettext_lazy("attachment", "on its way"), "info"),
    "given": (pgettext_lazy("attachment", "the partner has it"), "good"),
}


@dataclass(frozen=True, slots=True)
class Permit:
    """What let a message go, in words."""

    sentence: str
    title: str
    version: int
    state: str  # how the agreement stands now
    tone: str
    clause: list[str]  # the clause's own sentences
    binds: list[str]  # those of them that bind who gets it
    generalised: list[tuple[str, str]]  # (field, form)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message, in words; `url` is "" where its bytes are not here."""

    name: str
    mediatype: str
    size: int
    state: Any
    tone: str
    url: str


@dataclass(frozen=True, slots=True)
class Part:
    """A message of the same conversation."""

    card: panels.Shown
    this: bool
    tone: str


def page(found: queries.Message, viewer: Viewer, at: datetime) -> dict[str, Any]:
    """All that a message's page shows."""
    row, data = found.row, found.event.get("data") or {}
    partner = identity.partner(row.partner)
    said = found.answer.get("data", {})
    plain = words.housekeeping(row.type, data)
    return {
        "card": panels.row(row),
        "partner": partner,
        "notices": list(standing_words.notices(found, partner, at)),
        "housekeeping": _told(plain, found) if plain else "",
        "is_housekeeping": types.housekeeping(row.type),
        "leaves": _leaves(row.type, data),
        "permit": _permit(found, at) if row.agreement else None,
        "purpose": wording.term(found.purpose, "purpose", gettext),
        "mode": wording.term(found.mode, "mode", gettext),
        "withheld": [wording.term(path, "field", gettext) for path in found.withheld],
        "event": json.dumps(_shown(found.event), ensure_ascii=False, indent=2),
        "outcome": panels.OUTCOMES.get(said.get("outcome"), ""),
        "received": clock.parse(said["received"]) if said else None,
        "attachments": [
            _attached(row.id, each) for each in attachments.attachments(viewer, row.id)
        ],
        "review": _review(found),
        "parts": _parts(found, viewer),
        "owed": obligations.of_message(viewer, row.id, at=at),
        "by": standing_words.people([found.by]) if found.by else "",
        "released_by": standing_words.people(found.released_by),
        **_terms(found, viewer),
        "may_release": _may_release(found, viewer),
        "may_withdraw": _may_withdraw(found, viewer),
    }


def _terms(found: queries.Message, viewer: Viewer) -> dict[str, Any]:
    """What a partner wishes or asks of it, on what it rests, and what is left of it."""
    row = found.row
    theirs = row.direction == "in"
    return {
        "wishes": [(panels.called(each.type), each) for each in forgetting.wished(row.id)]
        if theirs
        else [],
        "questions": onward.questions(row.id),
        "grounds": [] if theirs else onward.grounds(row.id),
        "left": forgetting.left(row.partner, row.id) if theirs and found.forgotten else None,
        "may_delete": viewer.may(Permission.MESSAGE_RELEASE),
        "may_decide": viewer.may(Permission.MESSAGE_SEND),
    }


def _review(found: queries.Message) -> identity.Revocation | None:
    """The revocation because of which this is to be looked at again."""
    row = found.row
    if row.direction == "out":
        return None
    gone = identity.revocations(row.partner)
    kid = screens.signer(row.id, row.partner) if gone else ""
    return next((one for one in gone if one.kid == kid and row.time >= one.since), None)


def _may_release(found: queries.Message, viewer: Viewer) -> bool:
    held = found.row.state == State.HELD and viewer.name not in found.released_by
    wanted = len(found.released_by) < found.approval
    return held and wanted and viewer.may(Permission.MESSAGE_RELEASE)


def _may_withdraw(found: queries.Message, viewer: Viewer) -> bool:
    row = found.row
    standing_still = row.state in {State.HELD, State.WAITING, State.REFUSED}
    ours = row.direction == "out" and not types.housekeeping(row.type)
    return ours and standing_still and viewer.may(Permission.MESSAGE_RELEASE)


def _told(code: str, found: queries.Message) -> str:
    """The sentence of a housekeeping message."""
    data: Mapping[str, Any] = found.event.get("data") or {}
    us, them = settings.ADMINISTRATION, found.row.partner
    said = {
        "sender": them if found.row.direction == "in" else us,
        "recipient": us if found.row.direction == "in" else them,
        "serials": words.serials(data.get("serials")),
        "since": "",
        **{name: _short(value) for name, value in data.items() if isinstance(value, str | int)},
    }
    if isinstance(data.get("since"), str):
        said["since"] = standing_words.moment(_parsed(data["since"])) or data["since"]
    wanted = words.SENTENCES[code]
    return gettext(wanted).format_map(_Blank(said))


class _Blank(dict[str, Any]):
    """A dash where a stranger's message lacks a member."""

    def __missing__(self, name: str) -> str:
        return "–"


def _short(value: str | int) -> str:
    text = str(value)
    return text[:19] + "…" if text.startswith("sha256:") else text


def _leaves(type_: str, data: Mapping[str, Any]) -> list[tuple[str, Any]]:
    if types.housekeeping(type_):
        return []
    return [
        (wording.term(path, "field", gettext), _value(value))
        for path, value in fields.leaves(data)
        if path.partition(".")[0] != "attachments"
    ]


def _attachments(viewer: Viewer, id_: UUID) -> list[Attachment]:
    return [_attached(id_, each) for each in attachments.attachments(viewer, id_)]


def _attached(id_: UUID, each: attachments.Attached) -> Attachment:
    state, tone = ATTACHED[each.state]
    if each.state == "here" and not each.readable:
        state, tone = pgettext("attachment", "not kept any more"), "neutral"
    return Attachment(
        name=each.name,
        mediatype=each.mediatype,
        size=each.size,
        state=state,
        tone=tone,
        url=reverse("exchange:attachment", args=[id_, each.number]) if each.readable else "",
    )


def _value(value: Any) -> Any:
    """A value as people read it: a moment in the node's time."""
    at = _parsed(value) if isinstance(value, str) else None
    return standing_words.moment(at) if at else value


def _shown(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event as it was signed, but for what nobody may read off a screen."""
    data = event.get("data")
    secret = words.SECRET.get(words.short(str(event.get("type", ""))), ())
    if isinstance(data, dict) and secret:
        data = {name: "…" if name in secret else value for name, value in data.items()}
    return {**event, "data": data}


def _permit(found: queries.Message, at: datetime) -> Permit | None:
    row = found.row
    signed = agreements.by_digest(row.agreement)
    clause = signed.agreement.clause(row.clause) if signed else None
    if signed is None or clause is None:
        return None
    us, them = settings.ADMINISTRATION, row.partner
    state = standing.state(signed, (us, them), at, agreements.known(them)).value
    said = found.asked.get("reason") or {
        "code": "permitted",
        "params": {
            "clause": clause.id,
            "title": signed.agreement.title,
            "sender": them if row.direction == "in" else us,
            "recipient": us if row.direction == "in" else them,
            "purpose": found.purpose,
        },
    }
    spoken = list(sentences.clause(clause))
    return Permit(
        sentence=reason.Reason(**said).said(gettext),
        title=signed.agreement.title,
        version=signed.agreement.version,
        state=wording.term(state, "state", gettext),
        tone={"in-force": "good", "suspended": "warn", "terminated": "bad"}.get(state, "neutral"),
        clause=[each.said(gettext) for each in spoken],
        binds=[each.said(gettext) for each in spoken if each.code.partition("-")[0] in _BINDS],
        generalised=_generalised(clause, row.type, found.event.get("data") or {}),
    )


_BINDS: Final = ("onward", "use", "respond", "report", "reciprocal")


def _generalised(
    clause: document.Clause, type_: str, data: Mapping[str, Any]
) -> list[tuple[str, str]]:
    rules = minimisation.rules(clause)
    paths = dict.fromkeys(path for path, _ in minimisation.leaf_paths(data, type_))
    return [
        (wording.term(path, "field", gettext), wording.term(form, "form", gettext))
        for path in paths
        if (form := rules.form(path))
    ]


def _parts(found: queries.Message, viewer: Viewer) -> list[Part]:
    rows: Sequence[queries.Row] = screens.conversation(viewer, found)
    if len(rows) < 2:
        return []
    return [
        Part(
            card=panels.row(each),
            this=each.id == found.row.id,
            tone={"bad": "is-bad", "warn": "is-warn"}.get(panels.STATES[each.state][1], ""),
        )
        for each in rows
    ]


def _parsed(text: str) -> datetime | None:
    try:
        return clock.parse(text)
    except ValueError:
        return None
