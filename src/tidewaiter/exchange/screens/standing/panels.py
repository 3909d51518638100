"""How a message stands, what happens next, and what somebody can do about it; in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext, ngettext

from tidewaiter.exchange import panels, queries, retry
from tidewaiter.exchange.life import State
from tidewaiter.exchange.onward import queries as onward
from tidewaiter.exchange.screens import words
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission
from tidewaiter.web.templatetags import web

NAMED: Final = 6  # people whom a notice names


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know of a message: how it stands, and what happens next."""

    tone: str
    title: str
    text: str = ""
    remedy: str = ""


def notices(
    found: queries.Message, partner: identity.Partner | None, at: datetime
) -> Iterator[Notice]:
    """What is to be known of a message that is not simply delivered or handled."""
    row = found.row
    if found.forgotten:
        yield _forgotten(found)
    if found.deleted:
        yield Notice(
            "info",
            gettext("Deleted by {partner}").format(partner=row.partner),
            gettext("{partner} says, signed, that it deleted this message on {day}.").format(
                partner=row.partner, day=moment(found.deleted)
            ),
        )
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


def _forgotten(found: queries.Message) -> Notice:
    """What a message said is gone; what of it is left, and why."""
    return Notice(
        "info",
        gettext("What it said was deleted here on {day}").format(day=moment(found.forgotten)),
        gettext(
            "Its time was over, or its originator wished it. Its id, its serial and its place in "
            "the log are kept, and with them the proof that there was a message."
        ),
    )


def _held(found: queries.Message) -> Notice:
    waits = [each for each in onward.grounds(found.row.id) if each.asked_at and not each.decision]
    if waits and len(found.released_by) >= found.approval:
        partners = ", ".join(dict.fromkeys(each.partner for each in waits))
        return Notice(
            "warn",
            gettext("It waits for the word of {partners}").format(partners=partners),
            gettext(
                "It rests on what {partners} gave, and may be passed on with consent only. "
                "{partners} was asked on {day}; it goes by itself once {partners} grants it."
            ).format(partners=partners, day=moment(waits[0].asked_at)),
        )
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
        gettext("Released so far by {people}.").format(people=people(given))
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
    expires = gettext("It expires on {day}.").format(day=moment(found.expires))
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
            gettext("It is tried again on {day}.").format(day=moment(again))
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


def people(names: Sequence[str]) -> str:
    """Names in a row; who acts without being a person, in words."""
    return ", ".join(gettext(words.NOBODY[n]) if n in words.NOBODY else n for n in names)


def moment(at: datetime | None) -> str:
    """A moment as the tag `moment` shows it, inside a sentence."""
    return web.moment_in_words(at) if at else ""
