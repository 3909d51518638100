"""One message in words: how it stands and what happens next, its permit, what it says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext, pgettext_lazy

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
from tidewaiter.exchange import panels, queries, retry, types
from tidewaiter.exchange.attachments import queries as attachments
from tidewaiter.exchange.life import State
from tidewaiter.exchange.obligations import panels as obligations
from tidewaiter.exchange.screens import queries as screens
from tidewaiter.exchange.screens import words
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.web.templatetags import web

ATTACHED: Final[dict[str, tuple[Any, str]]] = {  # word and tone
    "here": (pgettext_lazy("attachment", "here"), "good"),
    "sealed": (pgettext_lazy("attachment", "goes when it is asked for"), "neutral"),
    "asked": (pgettext_lazy("attachment", "on its way"), "info"),
    "given": (pgettext_lazy("attachment", "the partner has it"), "good"),
}
NAMED: Final = 6  # people whom a notice names


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know of a message: how it stands, and what happens next."""

    tone: str
    title: str
    text: str = ""
    remedy: str = ""


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
        "notices": list(_notices(found, partner, at)),
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
        "by": _people([found.by]) if found.by else "",
        "released_by": _people(found.released_by),
        "may_release": _may_release(found, viewer),
        "may_withdraw": _may_withdraw(found, viewer),
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


def _notices(
    found: queries.Message, partner: identity.Partner | None, at: datetime
) -> Iterator[Notice]:
    row = found.row
    if row.direction == "in":
        if found.error:
            yield Notice(
                "bad",
                gettext("It could not be handled here yet"),
                found.error,
                gettext("It is tried again by itself; the administrator finds it under Jobs."),
            )
        return
    if row.state == State.HELD:
        yield _held(found)
    elif row.state == State.WAITING:
        yield from _waiting(found, partner, at)
    elif row.state == State.REFUSED:
        yield _refused(found)
    elif row.state == State.EXPIRED:
        yield Notice(
            "bad",
            gettext("It was not delivered in time"),
            gettext("{partner} did not take it before it expired.").format(partner=row.partner),
            gettext("Send it anew if it still matters."),
        )
    elif row.state == State.WITHDRAWN:
        yield Notice(
            "info",
            gettext("It was taken back"),
            gettext(
                "It is not sent any more; {partner} is told that its serial will not come."
            ).format(partner=row.partner)
            if row.serial
            else gettext("Nothing of it has left."),
        )


def _held(found: queries.Message) -> Notice:
    if found.row.problem == words.KEY_MISSING and len(found.released_by) >= found.approval:
        return Notice(
            "warn",
            gettext("It waits for the key of pseudonyms"),
            gettext(
                "Its clause lets names leave as pseudonyms only, and the agreement's key has not "
                "come yet. It goes by itself once it is here."
            ),
        )
    given, missing = found.released_by, found.approval - len(found.released_by)
    who = [n for n in identity.holders(Permission.MESSAGE_RELEASE) if n not in given]
    released = (
        gettext("Released so far by {people}.").format(people=_people(given))
        if given
        else gettext("Nobody has released it yet.")
    )
    others = ngettext(
        "One more person must release it.", "{n} more people must release it.", missing
    ).format(n=missing)
    return Notice(
        "warn",
        gettext("It is held until people release it"),
        f"{released} {others}",
        gettext("Who may: {people}.").format(
            people=", ".join(who[:NAMED]) + (" …" if len(who) > NAMED else "")
        )
        if who
        else gettext("Nobody else here may: the administrator gives the role."),
    )


def _waiting(
    found: queries.Message, partner: identity.Partner | None, at: datetime
) -> Iterator[Notice]:
    row = found.row
    expires = gettext("It expires on {day}.").format(day=_moment(found.expires))
    if row.problem in retry.PASSING:
        answered = gettext("{partner} could not take it yet").format(partner=row.partner)
        yield Notice("warn", answered, panels.title(row.problem), gettext(words.AGAIN[row.problem]))
    if partner is None:
        yield Notice(
            "bad",
            gettext("{partner} is no partner any more").format(partner=row.partner),
            expires,
            gettext("Register its node again, and it goes at once."),
        )
    elif not partner.active:
        yield Notice(
            "warn",
            gettext("{partner} is suspended").format(partner=row.partner),
            gettext("Nothing goes to it or comes from it.") + " " + expires,
            gettext("Resume it on its page, and it goes at once."),
        )
    elif not partner.url:
        yield Notice(
            "info",
            gettext("It waits to be collected"),
            gettext(
                "{partner} cannot be reached from here: its node comes and takes what waits."
            ).format(partner=row.partner)
            + " "
            + expires,
        )
    elif row.attempts and not row.problem:
        tried = ngettext("One try so far.", "{n} tries so far.", row.attempts).format(
            n=row.attempts
        )
        again = queries.waits().get(row.partner)
        then = (
            gettext("It is tried again on {day}.").format(day=_moment(again))
            if again and again > at
            else gettext("It is tried again now.")
        )
        yield Notice(
            "warn",
            gettext("{partner} gives no answer").format(partner=row.partner),
            f"{tried} {then} {expires}",
        )


def _refused(found: queries.Message) -> Notice:
    problem = found.row.problem
    return Notice(
        "bad",
        gettext("{partner} refused it").format(partner=found.row.partner),
        panels.title(problem),
        gettext(words.FINAL[problem]) if problem in words.FINAL else "",
    )


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
        said["since"] = _moment(_parsed(data["since"])) or data["since"]
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


def _people(names: Sequence[str]) -> str:
    return ", ".join(gettext(words.NOBODY[n]) if n in words.NOBODY else n for n in names)


def _value(value: Any) -> Any:
    """A value as people read it: a moment in the node's time."""
    at = _parsed(value) if isinstance(value, str) else None
    return _moment(at) if at else value


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


def _moment(at: datetime | None) -> str:
    """A moment as the tag `moment` shows it, inside a sentence."""
    return web.moment_in_words(at) if at else ""


def _parsed(text: str) -> datetime | None:
    try:
        return clock.parse(text)
    except ValueError:
        return None
