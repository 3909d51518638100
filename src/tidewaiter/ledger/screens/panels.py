"""Witnessing and alarms in words: tables, the alarm's page, badge and banners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tidewaiter.ledger import queries as ledger
from tidewaiter.ledger.alarms.kinds import WORDS
from tidewaiter.ledger.alarms.queries import Alarmed
from tidewaiter.ledger.screens import queries, words
from tidewaiter.ledger.screens.queries import Evidence, Punctual, Witness
from tidewaiter.ledger.screens.statement import Statement
from tidewaiter.permission import Permission, permitted
from tidewaiter.web.banners import Banner

PUNCTUAL: Final[dict[str, tuple[Any, str]]] = {  # word and tone
    Punctual.UP_TO_DATE: (_("cosigns"), "good"),
    Punctual.LATE: (_("late"), "warn"),
    Punctual.NEVER: (_("has never cosigned"), "warn"),
    Punctual.SUSPENDED: (pgettext_lazy("partner", "suspended"), "neutral"),
    Punctual.NOTHING: (_("nothing due yet"), "neutral"),
}
FOLLOWED: Final[dict[str, tuple[Any, str]]] = {
    "follows": (_("we cosign"), "good"),
    "short": (_("shorter than it signed"), "bad"),
    "dark": (_("does not show what it signed"), "bad"),
    "none": (_("not seen yet"), "neutral"),
}
SHORT: Final = 16  # signs of a fingerprint that are read out


@dataclass(frozen=True, slots=True)
class Row:
    """A partner in the table of witnesses."""

    it: Witness
    state: Any
    tone: str
    followed: Any
    followed_tone: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An alarm in the list."""

    it: Alarmed
    what: str
    url: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two statements."""

    title: str
    whence: str  # who showed it …
    at: datetime | None  # … and when
    it: Statement | None
    short: str  # the beginning of its fingerprint
    signed: str
    tone: str
    cosigned: list[tuple[str, datetime]]
    url: str  # where its note is downloaded


def rows(found: Sequence[Witness]) -> list[Row]:
    """The table of witnesses."""
    made = []
    for each in found:
        log = each.standing.log
        followed = "none"
        if log is not None and log.size:
            followed = "short" if log.short_since else "dark" if log.dark_since else "follows"
        made.append(Row(each, *PUNCTUAL[each.punctual], *FOLLOWED[followed]))
    return made


def listed(alarm: Alarmed) -> Listed:
    """An alarm with its words."""
    return Listed(alarm, what(alarm), reverse("ledger:alarm", args=[alarm.id]))


def what(alarm: Alarmed) -> str:
    """What kind of alarm it is."""
    return gettext(WORDS[alarm.kind]) if alarm.kind in WORDS else alarm.kind


def page(alarm: Alarmed, found: Evidence) -> dict[str, Any]:
    """What an alarm means, its two statements, what to do."""
    said = {"log": alarm.administration, "told": _told(alarm)}
    first, second = (each.size if each else 0 for each in (found.first, found.second))
    small, large = sorted((first, second))
    sizes = {"first": first, "second": second, "size": first, "small": small, "large": large}
    ours = alarm.administration == settings.ADMINISTRATION
    meaning = words.OWN_MEANING if ours else words.MEANING.get(alarm.kind, ())
    others = words.STEPS.get(alarm.kind, (words.KEEP, words.TELEPHONE))
    steps = words.OWN_STEPS if ours else others
    return {
        "what": what(alarm),
        "meaning": [gettext(each).format(**said) for each in meaning],
        "relation": gettext(words.RELATIONS[found.relation]).format(**said, **sizes),
        "steps": [gettext(each).format(**said) for each in steps],
        "ending": gettext(words.ENDING),
        "sides": _sides(alarm, found),
        "proof": reverse("ledger:alarm-note", args=[alarm.id, "proof"]) if found.proven else "",
    }


def badge() -> int:
    """How many alarms are open, for the menu."""
    return queries.open_alarms()


@permitted(Permission.LEDGER_READ)
def alarms(request: Any) -> Banner | None:
    """Open alarms, on the page where the viewer's work begins and on those of the ledger."""
    here = {request.shell.start, reverse("ledger:index")}
    if request.path not in here or not (count := queries.open_alarms()):
        return None
    newest = ledger.alarms(request.viewer)[0]
    more = ngettext(
        "An alarm about a partner's log is open",
        "%(n)s alarms about partners' logs are open",
        count,
    )
    one = count == 1
    return Banner(
        tone="bad",
        title=more % {"n": count},
        text=gettext("{partner}: {what}").format(partner=newest.administration, what=what(newest)),
        href=reverse("ledger:alarm", args=[newest.id]) if one else reverse("ledger:alarms"),
        action=gettext("What it means and what to do") if one else gettext("Look at the alarms"),
    )


def _told(alarm: Alarmed) -> str:
    return alarm.told_by or alarm.administration


def _sides(alarm: Alarmed, found: Evidence) -> list[Side]:
    known = gettext("What {us} knew of the log before.").format(us=settings.ADMINISTRATION)
    shown = gettext("{partner} showed it to us:").format(partner=_told(alarm))
    first = gettext("First statement"), known, None
    second = gettext("Second statement"), shown, alarm.raised_at
    return [
        _side(alarm, "first", first, found.first),
        _side(alarm, "second", second, found.second),
    ]


def _side(
    alarm: Alarmed, side: str, said: tuple[str, str, datetime | None], found: Statement | None
) -> Side:
    title, whence, at = said
    signed, tone = words.SIGNED[found.signed] if found else ("", "neutral")
    return Side(
        title=title,
        whence=whence,
        at=at,
        it=found,
        short=found.root[:SHORT] if found else "",
        signed=gettext(signed) if signed else "",
        tone=tone,
        cosigned=[(code, _moment(time)) for code, time in (found.cosigned if found else ())],
        url=reverse("ledger:alarm-note", args=[alarm.id, side]) if found else "",
    )


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(min(seconds, 253402300799), UTC)
