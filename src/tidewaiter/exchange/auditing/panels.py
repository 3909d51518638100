"""The auditor's view in words: what became of serials, how far a message is proven."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from tidewaiter.exchange import panels
from tidewaiter.exchange.auditing import continuity, disclosure, forms
from tidewaiter.exchange.auditing.continuity import MISSING, WITHDRAWN, Account
from tidewaiter.exchange.auditing.queries import ACCEPTED, FORGOTTEN, Passage
from tidewaiter.exchange.auditing.tally.queries import UNRECEIPTED, Serials, Summary
from tidewaiter.identity import queries as identity
from tidewaiter.ledger.queries import Alarmed
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import N_
from tidewaiter.web import menu

MENU: Final = menu.Entry(
    label=N_("Audit with a partner"),
    url="exchange:audit",
    permission=Permission.EXCHANGE_AUDIT,
    order=72,
)
FATES: Final[dict[str, Any]] = {  # of a serial
    **{name: word for name, word in forms.STATES if name},
    MISSING: pgettext_lazy("serial", "missing"),
    UNRECEIPTED: pgettext_lazy("serial", "no receipt yet"),
}
PROOFS: Final[dict[str, tuple[Any, str]]] = {  # word and tone
    "cosigned": (_("cosigned"), "good"),
    "signed": (_("signed by us"), "info"),
    "waiting": (_("not signed yet"), "neutral"),
    "none": (_("not logged"), "neutral"),
    "altered": (_("not what was logged"), "bad"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage as a row shows it."""

    passage: Passage
    url: str
    kind: str  # what people call the type
    state: Any
    tone: str
    problem: str
    proof: Any
    proof_tone: str
    held_back: str  # in words


@dataclass(frozen=True, slots=True)
class Way:
    """The serials of one way, or what is said of them, in words."""

    title: str
    account: Account
    fates: list[tuple[Any, str, int]]  # word, serials, how many
    missing: str
    notices: list[tuple[str, UUID]]  # serials, and the message that withdraws them
    ours: bool = True  # whether that is a message of ours


@dataclass(frozen=True, slots=True)
class Span:
    """A period to choose by one click."""

    label: str
    address: str
    current: bool


@permitted(Permission.PARTNER_READ)
def alarm(request: HttpRequest, found: Alarmed) -> str:
    """Beside an alarm about a partner's log: how the partner stands, and what passed with it."""
    partner = identity.partner(found.administration)
    if partner is None:
        return ""
    context = {"partner": partner, "viewer": request.viewer}  # type: ignore[attr-defined]
    return render_to_string("exchange/_alarmed.html", context, request)


def row(passage: Passage) -> Shown:
    """A passage with its words."""
    state, tone = panels.STATES[passage.state]
    if passage.forgotten:
        state, tone = FATES[FORGOTTEN], "neutral"
    proof, proof_tone = PROOFS[_proof(passage)]
    return Shown(
        passage=passage,
        url=reverse("exchange:message", args=[passage.id]),
        kind=panels.called(passage.type),
        state=state,
        tone=tone,
        problem=panels.title(passage.problem),
        proof=proof,
        proof_tone=proof_tone,
        held_back=gettext(disclosure.HELD_BACK[passage.held_back]) if passage.held_back else "",
    )


def ways(partner: str, found: Serials) -> list[Way]:
    """The serials each way, and what the partner's receipts say of ours."""
    named = {"partner": partner}
    sent = gettext("From us to %(partner)s") % named
    said = gettext("What the receipts of %(partner)s say of these") % named
    received = gettext("From %(partner)s to us") % named
    receipts = _fates(found.receipts, (ACCEPTED, "refused", UNRECEIPTED, WITHDRAWN))
    missing, theirs = found.sent.of(MISSING), found.received.of(MISSING)
    told, told_by_us = _notices(found.told), _notices(found.told_by_us)
    return [
        Way(sent, found.sent, _fates(found.sent), continuity.written(missing), told_by_us),
        Way(said, found.receipts, receipts, "", []),
        Way(
            received,
            found.received,
            _fates(found.received),
            continuity.written(theirs),
            told,
            False,
        ),
    ]


def notes(found: Summary) -> list[str]:
    """What is held back, and why."""
    said = []
    for reason, n in found.held_back.items():
        counted = ngettext("%(n)s message:", "%(n)s messages:", n) % {"n": n}
        said.append(f"{counted} {gettext(disclosure.HELD_BACK[reason])}")
    return said


def faults(rows: Sequence[Passage]) -> str:
    """What of these messages does not hold, with their serials; "" where all does."""
    said = []
    if serials := _serials(each for each in rows if not each.receipt.holds):
        said.append(
            gettext("No receipt bears out how these of our messages stand: %(serials)s.")
            % {"serials": serials}
        )
    for side, text in (
        ("out", N_("These of our messages are kept otherwise than they were logged: %(serials)s.")),
        ("in", N_("These of theirs are kept otherwise than they were logged: %(serials)s.")),
    ):
        if serials := _serials(each for each in rows if each.altered and each.side == side):
            said.append(gettext(text) % {"serials": serials})
    return " ".join(said)


def _serials(rows: Iterable[Passage]) -> str:
    return ", ".join(str(each) for each in sorted(row.serial for row in rows))


def spans(today: date, asked: tuple[str, str], address: Any) -> list[Span]:
    """This month, the one before, this year and the one before; `address` makes their links."""
    this = forms.month(today)
    before = forms.month(this[0] - timedelta(days=1))
    year = today.replace(month=1, day=1)
    named = [
        (gettext("This month"), *this),
        (gettext("Last month"), *before),
        (gettext("This year"), year, year.replace(year=year.year + 1)),
        (gettext("Last year"), year.replace(year=year.year - 1), year),
    ]
    return [
        Span(
            label=label,
            address=address(since=first.isoformat(), until=last.isoformat()),
            current=(first.isoformat(), last.isoformat()) == asked,
        )
        for label, first, last in named
    ]


def _proof(passage: Passage) -> str:
    if passage.altered:
        return "altered"
    if passage.log_index is None:
        return "none"
    if passage.cosigned:
        return "cosigned"
    return "signed" if passage.covered else "waiting"


def _fates(found: Account, order: Iterable[str] = FATES) -> list[tuple[Any, str, int]]:
    counted = found.counted()
    return [
        (FATES[fate], continuity.written(found.of(fate)), counted[fate])
        for fate in order
        if fate in counted and fate != MISSING
    ]


def _notices(told: dict[int, UUID]) -> list[tuple[str, UUID]]:
    by: dict[UUID, list[int]] = {}
    for serial, id_ in told.items():
        by.setdefault(id_, []).append(serial)
    return [(_written(each), id_) for id_, each in by.items()]


def _written(serials: list[int]) -> str:
    known = ((each, WITHDRAWN) for each in sorted(serials))
    account = continuity.account(min(serials), max(serials), known)
    return continuity.written(account.of(WITHDRAWN))
