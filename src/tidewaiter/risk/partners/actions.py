"""What we tell partners beside alerts: what came of theirs, and what controls found.

And how what they told us is forgotten: notices with their signals, corrections, words on ours, what
assessments quote.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from tidewaiter.agreements import terms
from tidewaiter.controls import queries as controlled
from tidewaiter.controls import registries
from tidewaiter.controls.theirs import actions as controlled_cases
from tidewaiter.controls.theirs import messages as controls
from tidewaiter.documents import actions as documents
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange import ways
from tidewaiter.exchange.forgetting import registry
from tidewaiter.identity.viewer import Viewer
from tidewaiter.risk import errors, forgetting, messages
from tidewaiter.risk import queries as assessed
from tidewaiter.risk.models import Assessment, Correction, Notice, SentAlert, Signal
from tidewaiter.risk.partners import correcting, holding, queries

REWORDED_AT_ONCE: Final = 100  # assessments in one transaction


@dataclass(frozen=True, slots=True)
class FedBack:
    """A partner's alert of which we told what came, and the message that says so."""

    alert: str
    partner: str
    useful: bool
    outcome: str
    message: exchange.Sent


def feedback(
    *,
    alert: str,
    useful: bool,
    by: Viewer,
    at: datetime,
    partner: str = "",
    outcome: str = "",
    summary: str = "",
) -> FedBack:
    """Tell a partner what came of its alert or report, by its number or its message's id.

    It goes under the agreement and clause of the alert, whoever else may be told what. Raises
    NoSuchWarning, WarningOfSeveral, and what `exchange.actions.send` raises.
    """
    notice = _notice(alert, partner)
    told: dict[str, Any] = {"alert": _name(notice), "useful": useful}
    told |= {name: text for name, text in (("outcome", outcome), ("summary", summary)) if text}
    message = exchange.send(
        to=notice.partner,
        type=messages.FEEDBACK_TYPE,
        purpose="",
        handling="",
        data=told,
        about=notice.message_id,
        by=by,
        at=at,
    )
    return FedBack(notice.number, notice.partner, useful, outcome, message)


def send_result(
    *,
    reference: str,
    to: str,
    by: Viewer,
    at: datetime,
    purpose: str = "",
    handling: str = "",
    findings: str = "",
) -> exchange.Sent:
    """Tell a partner what the last control of a declaration found, as far as a clause lets it.

    Raises DeclarationUnknown, NothingControlled, and what `exchange.actions.send` raises.
    """
    summary = assessed.seen(by, reference, at=at)
    data = holding.control(summary, findings)
    if data is None:
        raise errors.NothingControlled(reference=reference)
    done = controlled.latest(reference)
    purposes = [purpose] if purpose else terms.PURPOSES
    way = ways.way(to, controls.RESULT, data, at, purposes=purposes, handling=handling)
    with transaction.atomic():
        message = exchange.send(
            to=to,
            type=controls.RESULT_TYPE,
            purpose=way.purpose,
            handling=way.handling,
            data=data,
            rests_on=holding.rests_on(reference),
            by=by,
            at=at,
        )
        SentAlert.objects.keep(
            number=data["control"],
            kind="control",
            reference=reference,
            recipient=to,
            message_id=str(message.id),
            offence=done.offence if done else "",
            purpose=way.purpose,
            handling=way.handling,
            by=by.name,
            at=at,
        )
    return message


def offers(viewer: Viewer, reference: str) -> Sequence[registries.Offer]:
    """The partners who may be told, as an inspection is recorded (controls.tellers)."""
    return [
        registries.Offer(one.message_id, f"{one.partner}, {one.number}")
        for one in queries.to_tell(viewer, reference)
    ]


def tell(reference: str, chosen: Sequence[str], by: Viewer, at: datetime) -> None:
    """Tell these what came of their word, now that it is on record (controls.tellers)."""
    came = queries.outcome(reference)
    assert came is not None, "an inspection was recorded"
    with transaction.atomic():
        for one in queries.to_tell(by, reference):
            if one.message_id in chosen:
                useful, outcome = came
                feedback(alert=one.message_id, useful=useful, outcome=outcome, by=by, at=at)


def forget(ids: Sequence[UUID], at: datetime) -> int:
    """Delete what partners said by these messages, and what assessments quote of it; how many."""
    said = [str(each) for each in ids]
    count = 0
    Notice.objects.raise_no_more(said)
    while some_signals := Signal.objects.all().forget(said):  # one message may raise thousands
        count += some_signals
    with transaction.atomic():
        count += Notice.objects.forget(said) + SentAlert.objects.forget(said)
        count += Correction.objects.forget(said, correcting.KINDS)
    for some in _slices(Assessment.objects.resting_on(frozenset(said))):
        with transaction.atomic():
            rows = Assessment.objects.filter(pk__in=some).values_list(
                "pk", "declaration", "reasons"
            )
            changed = [
                (pk, paper, before, after)
                for pk, paper, before in rows
                if (after := forgetting.emptied(before, frozenset(said))) != before
            ]
            count += Assessment.objects.all().reworded(
                (pk, before, after) for pk, _, before, after in changed
            )
            documents.reword([(paper, before, after) for _, paper, before, after in changed])
    return count


def _slices(pks: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(pks), REWORDED_AT_ONCE):
        yield pks[start : start + REWORDED_AT_ONCE]


def kept(ids: Sequence[UUID]) -> Mapping[UUID, registry.Needed]:
    """Those of these messages that weighed where partners' words led to a case that is open: the
    case itself names one of them.
    """
    said = {str(each): each for each in ids}
    resting = Assessment.objects.filter(pk__in=Assessment.objects.resting_on(frozenset(said)))
    rows = list(resting.values_list("declaration", "messages"))
    cases = controlled_cases.open_cases([declaration for declaration, _ in rows])
    return {
        said[message]: cases[declaration]
        for declaration, named in rows
        for message in named.split()
        if message in said and declaration in cases
    }


TELLER: Final = registries.Teller(offers=offers, tell=tell)
FORGETTER: Final = registry.Forgetter(
    forget=forget,
    kept=kept,
    tables=tuple(
        each._meta.db_table for each in (Notice, Signal, Correction, SentAlert, Assessment)
    ),
)


def _notice(alert: str, partner: str) -> Notice:
    theirs = Notice.objects.filter(source="partner")
    found = theirs.filter(message_id=alert) or theirs.filter(number=alert)
    if partner:
        found = found.filter(partner=partner)
    senders = sorted(set(found.values_list("partner", flat=True)))
    if not senders:
        raise errors.NoSuchWarning(alert=alert[:80])
    if len(senders) > 1:
        raise errors.WarningOfSeveral(alert=alert[:80], partners=", ".join(senders))
    newest = found.order_by("-pk").first()
    assert newest is not None
    return newest


def _name(notice: Notice) -> str:
    """How the partner knows it: by its number, unless an agreement took that away."""
    told = notice.number not in {"", "True"} and len(notice.number) < Notice.LONGEST
    return notice.number if told else notice.message_id
