"""What to do next about a consignment: which steps are open to whom, and what may be sent of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements import wording
from tidewaiter.controls import queries as controls
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.identity import queries as identity
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.risk import messages, queries, reasons, warning, ways
from tidewaiter.risk.models import Signal
from tidewaiter.risk.partners import queries as said

SUSPECTED: Final = "suspected"


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps that are open, the one that comes first named by `first`."""

    reference: str
    lane: str
    first: str  # inspect, seize, release, alert, or empty where nothing waits
    inspect: bool
    seize: bool
    release: bool
    decide: bool
    alert: bool
    standing: controls.Line | None  # the open inspection

    @property
    def any(self) -> bool:
        """Whether there is anything to do."""
        return self.inspect or self.seize or self.release or self.decide or self.alert


@dataclass(frozen=True, slots=True)
class Way:
    """One way that an alert may go: for what, by which clause, and which fields of it."""

    purpose_name: str  # for gettext
    clause: str
    handling: str
    approval: str  # none, one, two
    fields: tuple[str, ...]
    withheld: tuple[str, ...]
    generalised: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What may be sent to a partner of a consignment: the ways open, and why others are not."""

    to: str
    offers: Sequence[agreements.Offer]

    @property
    def permitted(self) -> bool:
        """Whether any clause lets something go."""
        return any(offer.permitted for offer in self.offers)

    @property
    def allowed(self) -> tuple[Way, ...]:
        """What may go, a purpose each."""
        return tuple(
            Way(
                purpose_name=_purpose(offer),
                clause=offer.clause,
                handling=offer.obligations.handling,
                approval=offer.obligations.approval,
                fields=_words(offer.fields),
                withheld=_words(offer.withheld),
                generalised=tuple(
                    (wording.FIELDS.get(path, path), wording.FORMS.get(form, form))
                    for path, form in offer.generalised
                ),
            )
            for offer in self.offers
            if offer.permitted and offer.obligations is not None
        )

    def refused(self, word: Callable[[str], str]) -> list[tuple[str, str]]:
        """For which purposes nothing may go, and why; what all have in common is said once."""
        closed = [offer for offer in self.offers if not offer.permitted]
        said = [(word(_purpose(offer)), offer.reason.said(word)) for offer in closed]
        return [("", said[0][1])] if len({why for _, why in said}) == 1 < len(said) else said


@dataclass(frozen=True, slots=True)
class Alert:
    """What is known for an alert, and what may be sent to a partner of it."""

    reference: str
    to: str
    partners: tuple[str, ...]
    offence: str
    certainty: str
    seized: bool
    photographs: int  # that an inspection took of what was seized
    controlled: bool
    data: dict[str, Any]
    answer: Answer

    @property
    def permitted(self) -> bool:
        """Whether any clause lets something go."""
        return self.answer.permitted

    @property
    def allowed(self) -> tuple[Way, ...]:
        """What may go, a purpose each."""
        return self.answer.allowed


def named(warned: Sequence[said.Warned]) -> list[tuple[said.Warned, str]]:
    """Each with what it names, in words: traders, goods, marks and consignments."""
    subjects = Signal.objects.named([one.message_id for one in warned])
    return [
        (one, ", ".join(reasons.named(subjects.get(one.message_id, ""), queries.say)))
        for one in warned
    ]


def _words(paths: Sequence[str]) -> tuple[str, ...]:
    return tuple(wording.FIELDS.get(path, path) for path in paths)


def open_to(viewer: Viewer, reference: str, *, at: datetime) -> Steps:
    """The steps that `viewer` may take now. Raises DeclarationUnknown."""
    summary = queries.seen(viewer, reference, at=at)
    possible = papers.possible(papers.State(summary.state))
    standing = controls.standing(reference)
    found = controls.latest(reference)
    bad = found is not None and found.result == "not-conform"
    waits = summary.state in {"accepted", "corrected", "under control"}
    inspect = waits and viewer.may(Permission.INSPECTION_RECORD)
    release = papers.Event.RELEASE in possible and viewer.may(Permission.DECLARATION_RELEASE)
    seize = bad and papers.Event.DETAIN in possible and viewer.may(Permission.SEIZURE_MAKE)
    alert = (bad or summary.lane == "red") and viewer.may(Permission.ALERT_SEND)
    wanted = standing is not None or summary.lane in {"red", "yellow"}
    if seize:
        first = "seize"
    elif inspect and wanted and found is None:
        first = "inspect"
    elif bad:
        first = "alert" if alert and not said.alerts(reference=reference) else ""
    else:
        first = "release" if release else ""
    return Steps(
        reference=reference,
        lane=summary.lane,
        first=first,
        inspect=inspect,
        seize=seize,
        release=release,
        decide=waits and bool(summary.lane) and viewer.may(Permission.LANE_DECIDE),
        alert=alert,
        standing=standing,
    )


def alert(viewer: Viewer, reference: str, *, to: str, at: datetime, on: datetime) -> Alert:
    """What is known for an alert of a declaration, and what may go to `to`, else to the first.

    Raises DeclarationUnknown.
    """
    summary = queries.seen(viewer, reference, at=at)
    partners = _partners()
    chosen = to if to in partners else next(iter(partners), "")
    done = controls.latest(reference)
    offence = done.offence if done else ""
    data = _data(summary, offence, on)
    return Alert(
        reference=reference,
        to=chosen,
        partners=partners,
        offence=offence,
        certainty="confirmed" if offence else SUSPECTED,
        seized=controls.seized(reference) is not None,
        photographs=len(controls.photographs(reference)),
        controlled=done is not None,
        data=data,
        answer=_answer(chosen, data, at),
    )


def answers(viewer: Viewer, reference: str, *, at: datetime, on: datetime) -> list[Answer]:
    """What may be sent of a declaration to each partner, before anybody writes.

    Raises DeclarationUnknown.
    """
    summary = queries.seen(viewer, reference, at=at)
    partners = _partners()
    if not partners:
        return []
    done = controls.latest(reference)
    data = _data(summary, done.offence if done else "", on)
    return [_answer(one, data, at) for one in partners]


def _partners() -> tuple[str, ...]:
    return tuple(one.administration for one in identity.partners() if one.state == "active")


def _data(summary: declarations.Summary, offence: str, on: datetime) -> dict[str, Any]:
    """What an alert of it would say."""
    facts = warning.Facts(
        reference=summary.reference,
        office=summary.office,
        items=declarations.items_frame([summary.id]),
        offence=offence,
        marks=controls.marks(summary.reference),
    )
    return warning.shipment(facts, "–", warning.Told(offence=offence or "other"), on)


def _answer(to: str, data: dict[str, Any], at: datetime) -> Answer:
    return Answer(to, ways.offers(to, messages.SHIPMENT_TYPE, data, at) if to else ())


def _purpose(offer: agreements.Offer) -> str:
    return wording.PURPOSES.get(offer.purpose, offer.purpose)
