"""What the outside can ask of `risk`: assess, cut the lanes, decide on a lane, warn partners.

Learning is in `learning`, what partners tell in `messages`. One declaration is a batch of one.
"""

import time
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from tidewaiter.controls import actions as controls
from tidewaiter.controls import errors as control_errors
from tidewaiter.controls import queries as controlled
from tidewaiter.documents import actions as documents
from tidewaiter.documents import life as papers
from tidewaiter.documents import queries as declarations
from tidewaiter.exchange import actions as exchange
from tidewaiter.exchange.attachments import attachment
from tidewaiter.identity import viewer
from tidewaiter.identity.viewer import Viewer
from tidewaiter.risk import errors, lanes, messages, queries, score, warning, ways
from tidewaiter.risk.models import Answer, Assessment, Counter, Cuts, Decision, SentAlert
from tidewaiter.risk.partners import holding
from tidewaiter.vault import queries as vault
from tidewaiter.work import actions as work

if TYPE_CHECKING:
    import polars as pl

    from tidewaiter.risk import knowing

CHUNK = 10_000  # declarations in memory at once
COMMIT = 2_000  # declarations a transaction
RECENT = 20_000  # scores that the lanes are cut by
_COLUMNS = (
    *("declaration", "reference", "probability", "score", "lane", "reasons", "messages"),
    *("red", "yellow", "model", "profiles", "norms"),
)
Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Assessed:
    """What assessing came to."""

    assessed: int
    lanes: dict[str, int]
    seconds: float


def judge(ids: Sequence[int], at: datetime) -> None:
    """Assess declarations that were just taken (documents.judges)."""
    assess(ids, at=at)


def assess(ids: Sequence[int], *, at: datetime, progress: Progress | None = None) -> Assessed:
    """Assess these declarations, set-wise; what follows from the lanes is put into the queue.

    Raises BadModel.
    """
    from tidewaiter.risk import assess as assessor

    began = time.perf_counter()
    knowledge, versions = queries.knowledge(at)
    lanes_found: Tally[str] = Tally(dict.fromkeys(score.LANES, 0))
    for start in range(0, len(ids), CHUNK):
        some = list(ids[start : start + CHUNK])
        items = declarations.items_frame(some)
        result = assessor.assess(items, some, knowledge, at)
        references = dict(
            items.select("declaration", "reference").unique("declaration").iter_rows()
        )
        missing = [pk for pk in some if pk not in references]
        references.update(declarations.references(missing))
        _write(result, references, knowledge.cuts, versions, at)
        lanes_found.update(result["lane"].to_list())
        if progress is not None:
            progress(start + len(some))
    if ids:
        _look_ahead(at)
    total = sum(lanes_found.values())
    return Assessed(total, dict(lanes_found), round(time.perf_counter() - began, 3))


def _write(
    result: "pl.DataFrame",
    references: dict[int, str],
    cuts: lanes.Thresholds,
    versions: "knowing.Versions",
    at: datetime,
) -> None:
    tail = (cuts.red, cuts.yellow, versions.model, versions.profiles, versions.norms)
    for part in result.iter_slices(COMMIT):
        rows = list(part.iter_rows())
        kept = [
            (pk, references[pk], chance, value, lane, told, _messages(told), *tail)
            for pk, chance, value, lane, told in rows
        ]
        with transaction.atomic():
            Assessment.objects.keep(at, _COLUMNS, kept)
            documents.judged_rows(
                [(pk, lane, value, told) for pk, _, value, lane, told in rows], at=at
            )
            work.enqueue("risk.follow", {"ids": [row[0] for row in rows]}, at=at)
        documents.give_way(len(rows))


def _messages(told: str) -> str:
    if '"message_id"' not in told:
        return ""
    return " ".join(dict.fromkeys(one for hit in score.kept(told) for one in hit.messages))


def _look_ahead(at: datetime) -> None:
    """Have lanes cut, and norms taken, anew where enough has come since the last time."""
    work.enqueue("risk.recut", {}, at=at, key="recut")


def follow(ids: Sequence[int], *, at: datetime) -> int:
    """What follows from lanes: inspections are opened for red and yellow; green is released where
    the node names a power for it. How many inspections are new."""
    standing = queries.standing(ids)
    papers_of = declarations.summaries(list(standing))
    held = {papers.State.ACCEPTED.value, papers.State.CORRECTED.value}
    waiting = {pk: one for pk, one in papers_of.items() if one.state in held}
    looked = controlled.inspected(list(waiting))
    wanted = [
        controls.Wanted(
            declaration=pk,
            reference=one.reference,
            office=one.office,
            lane=one.lane,
            score=one.score,
            message_id=standing[pk]["messages"].partition(" ")[0],
        )
        for pk, one in waiting.items()
        if one.lane in {"red", "yellow"} and pk not in looked
    ]
    opened = 0
    for start in range(0, len(wanted), 100):
        with transaction.atomic():
            opened += controls.open_many(
                wanted[start : start + 100], by=viewer.machine().name, at=at
            )
        work.give_way()
    power = settings.RISK_GREEN_RELEASE_POWER
    green = [one.reference for pk, one in waiting.items() if one.lane == "green"]
    if power and green:
        controls.release_many(green, power=power, by=viewer.machine(), at=at)
    return opened


def recut(*, at: datetime, always: bool = False) -> lanes.Thresholds | None:
    """Cut the lanes by what can be inspected and the recent scores; None where nothing changed."""
    before = Cuts.objects.newest()
    recent = list(
        Assessment.objects.now().order_by("-pk").values_list("pk", "score", "at")[:RECENT]
    )
    fresh = [row for row in recent if before is None or row[0] > before.newest]
    if not always and (not fresh or 20 * len(fresh) < len(recent)):
        return None
    if len(recent) < lanes.ENOUGH and not always:
        return None
    moments = [when for _, _, when in recent]
    days = max(1.0, (max(moments) - min(moments)).total_seconds() / 86_400) if recent else 0.0
    capacity = lanes.Capacity(
        red_a_day=settings.RISK_RED_A_DAY or None,
        yellow_a_day=settings.RISK_YELLOW_A_DAY or None,
        red_share=settings.RISK_RED_PER_CENT / 100,
        yellow_share=settings.RISK_YELLOW_PER_CENT / 100,
    )
    least = lanes.Thresholds(
        settings.RISK_RED_LEAST_PER_CENT / 100, settings.RISK_YELLOW_LEAST_PER_CENT / 100
    )
    found = lanes.thresholds([value for _, value, _ in recent], days, capacity)
    cut = lanes.Thresholds(max(found.red, least.red), max(found.yellow, least.yellow))
    Cuts.objects.put(
        made_at=at,
        red=cut.red,
        yellow=cut.yellow,
        scores=len(recent),
        newest=recent[0][0] if recent else 0,
    )
    return cut


def decide_lane(*, reference: str, lane: str, by: Viewer, at: datetime, note: str = "") -> None:
    """Set the lane of a declaration as a person decides; what was proposed stays on record.

    Raises NoSuchLane, DeclarationUnknown, NoSuchAssessment, LaneTaken.
    """
    if lane not in score.LANES:
        raise errors.NoSuchLane(lane=lane[:60])
    summary = queries.seen(by, reference, at=at)
    standing = Assessment.objects.now().filter(declaration=summary.id).first()
    if standing is None:
        raise errors.NoSuchAssessment(reference=reference)
    with transaction.atomic():
        Decision.objects.keep(
            declaration=summary.id,
            reference=reference,
            proposed=standing.lane,
            before=summary.lane,
            lane=lane,
            note=note,
            by=by.name,
            at=at,
        )
        documents.judged_rows([(summary.id, lane, standing.score, standing.reasons)], at=at)
        if lane == "green":
            _stand_down(reference, by=by, at=at, note=note)
        elif not controlled.inspected([summary.id]):
            wanted = controls.Wanted(
                *(summary.id, reference, summary.office), lane=lane, score=standing.score
            )
            controls.open_many([wanted], by=by.name, at=at)


def _stand_down(reference: str, *, by: Viewer, at: datetime, note: str) -> None:
    if controlled.standing(reference) is not None:
        controls.cancel(reference=reference, by=by, at=at, note=note)


@dataclass(frozen=True, slots=True)
class Alerted:
    """An alert, or a report, that was sent: its number, and what became of its message."""

    alert: str
    id: str
    serial: int | None
    state: str  # held, waiting
    agreement: str
    clause: str
    withheld: tuple[str, ...]


def send_alert(
    *,
    reference: str,
    to: str,
    by: Viewer,
    at: datetime,
    on: datetime,
    told: warning.Told = warning.NOTHING,
) -> Alerted:
    """Warn a partner of a declaration of ours, with what an inspection found.

    `at` is real time, `on` the moment in trade from which the alert counts. Raises
    DeclarationUnknown, NothingToWarnOf, and what `exchange.actions.send` raises.
    """
    facts = holding.facts(queries.seen(by, reference, at=at))  # before the writer is held
    with transaction.atomic():
        number = f"{settings.ADMINISTRATION}-{on.year}-{_next('alert', on):06d}"
        data = warning.shipment(facts, number, told, on)
        return _send(reference, to, messages.SHIPMENT_TYPE, number, data, told, by, at)


def send_report(
    *,
    reference: str,
    to: str,
    by: Viewer,
    at: datetime,
    told: warning.Told = warning.NOTHING,
    photographs: bool = False,
) -> Alerted:
    """Report to a partner that goods of a declaration were seized.

    With `photographs` those of the inspection go with it, without their names. Raises
    DeclarationUnknown, NotASeizure, and what `exchange.actions.send` raises.
    """
    summary = queries.seen(by, reference, at=at)
    seized = controlled.seized(reference)
    if seized is None:
        raise control_errors.NotASeizure(reference=reference)
    data = warning.report(holding.facts(summary), seized.number, seized.at, told)
    taken = controlled.photographs(reference) if photographs else ()
    files = [attachment.File(vault.read(each.sha256), each.mediatype) for each in taken]
    return _send(reference, to, messages.SEIZURE_TYPE, seized.number, data, told, by, at, files)


def withdraw_alert(*, alert: str, by: Viewer, at: datetime, reason: str = "") -> list[Alerted]:
    """Withdraw an alert at every partner that was sent it. Raises NoSuchAlert, AlertWithdrawn."""
    sent = SentAlert.objects.filter(number=alert, kind="alert")
    if not sent.exists():
        raise errors.NoSuchAlert(alert=alert[:80])
    standing = list(sent.filter(withdrawn_at=None))
    if not standing:
        raise errors.AlertWithdrawn(alert=alert)
    done = []
    data = {"alert": alert, "correction": "withdrawn", **({"reason": reason} if reason else {})}
    with transaction.atomic():
        for one in standing:
            message = exchange.send(
                to=one.recipient,
                type=messages.CORRECTION_TYPE,
                purpose=one.purpose,
                handling=one.handling,
                data=data,
                about=alert,
                by=by,
                at=at,
            )
            done.append(_alerted(alert, message))
        sent.withdraw(by=by.name, at=at, reason=reason)
    return done


def _send(
    reference: str,
    to: str,
    kind: str,
    number: str,
    data: dict[str, Any],
    told: warning.Told,
    by: Viewer,
    at: datetime,
    files: Sequence[attachment.File] = (),
) -> Alerted:
    def keep(message: exchange.Sent) -> None:
        SentAlert.objects.keep(
            number=number,
            kind="seizure" if kind == messages.SEIZURE_TYPE else "alert",
            reference=reference,
            recipient=to,
            message_id=str(message.id),
            offence=data["offence"],
            purpose=way.purpose,
            handling=way.handling,
            by=by.name,
            at=at,
        )

    way = ways.way(to, kind, data, told, at)
    message = exchange.send(
        to=to,
        type=kind,
        purpose=way.purpose,
        handling=way.handling,
        needs=way.needs,
        data=data,
        files=files,
        then=keep,
        rests_on=holding.rests_on(reference),
        by=by,
        at=at,
    )
    return _alerted(number, message)


def _alerted(number: str, message: exchange.Sent) -> Alerted:
    return Alerted(
        number,
        str(message.id),
        *(message.serial, message.state, message.agreement, message.clause, message.withheld),
    )


def _next(what: str, on: datetime) -> int:
    return Counter.objects.next(f"{what} {on.year}")


def once(
    *, by: str, key: str, request: str, at: datetime, act: Callable[[], str]
) -> tuple[int, str]:
    """Do `act` once for an Idempotency-Key: status and body, the same for the same request.

    `act` and its answer are one transaction; a refusal is not kept. Raises KeyUsedOtherwise.
    """
    before = queries.answered(by, key, request)
    if before is not None:
        return before
    try:
        with transaction.atomic():
            answer = Answer.objects.begin(by=by, key=key, request=request, at=at)
            answer.end(201, act())
        return answer.status, answer.body
    except IntegrityError:
        before = queries.answered(by, key, request)
        if before is None:
            raise
        return before
