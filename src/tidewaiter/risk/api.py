"""REST: assessments, alerts, reports of seizures."""

from datetime import datetime
from typing import Any, Final, cast

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from tidewaiter import canonical, clock
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission, permitted
from tidewaiter.risk import actions, queries, warning, workbench
from tidewaiter.risk.partners import actions as telling
from tidewaiter.risk.partners import queries as said

router: Final = Router(tags=["risk"])


class Reason(Schema):
    """A ground of an assessment, in words."""

    text: str
    code: str
    weight: float
    source: str
    item: int
    partner: str
    message_id: str


class Decided(Schema):
    """A person's decision on a lane."""

    lane: str
    before: str
    proposed: str
    by: str
    at: datetime
    note: str


class Assessment(Schema):
    """What was said of a declaration, on what grounds and by which versions."""

    reference: str
    lane: str
    proposed: str
    score: float
    probability: float
    red: float
    yellow: float
    at: datetime
    model: str
    profiles: str
    norms: str
    reasons: list[Reason]
    decided: Decided | None


class Decision(Schema):
    """A lane as a person decides it."""

    lane: str
    note: str = Field("", max_length=10_000)


class Warning_(Schema):  # noqa: N801 (Python has a Warning of its own)
    """A declaration to warn a partner of."""

    reference: str
    to: str
    offence: str = ""
    certainty: str = Field("", pattern="^(|suspected|confirmed)$")
    summary: str = Field("", max_length=2_000)
    marks: list[str] = Field([], max_length=100)
    purpose: str = ""
    handling: str = ""


class Feedback(Schema):
    """What came of a partner's alert."""

    useful: bool
    partner: str = ""  # where several use the number
    outcome: str = Field("", max_length=200)
    summary: str = Field("", max_length=2_000)


class Result(Schema):
    """To which partner the result of a control goes."""

    to: str
    purpose: str = ""
    handling: str = ""
    findings: str = Field("", max_length=2_000)


class Withdrawal(Schema):
    """Why an alert is withdrawn."""

    reason: str = Field("", max_length=2_000)


@router.get("/assessments/{reference}", response=Assessment, summary="Why a declaration's lane")
@permitted(Permission.ASSESSMENT_READ)
def assessment(request: HttpRequest, reference: str) -> Any:
    """Score, lane, reasons in the reader's language, and the versions that judged."""
    return queries.assessment(_viewer(request), reference, at=clock.real())


@router.get("/assessments", summary="What waits, the riskiest lane first")
@permitted(Permission.WORKBENCH_READ)
def waiting(
    request: HttpRequest, lane: str = "", office: str = "", q: str = "", limit: int = 50
) -> dict[str, Any]:
    """What waits for the caller, as on the workbench."""
    wanted = workbench.Wanted(lane=lane, office=office, q=q, limit=max(1, min(limit, 500)))
    shown = workbench.shown(_viewer(request), wanted, at=clock.real())
    return {"items": [line.document() for line in shown.lines], "counts": shown.counts}


@router.post("/assessments/{reference}/lane", response=Assessment, summary="Decide on a lane")
@permitted(Permission.LANE_DECIDE)
def decide(request: HttpRequest, reference: str, body: Decision) -> Any:
    """Set the lane; what was proposed stays on record."""
    viewer = _viewer(request)
    actions.decide_lane(
        reference=reference, lane=body.lane, by=viewer, at=clock.trade(), note=body.note
    )
    return queries.assessment(viewer, reference, at=clock.real())


@router.get("/alerts", summary="Alerts and reports that we sent, and what partners said")
@permitted(Permission.ALERT_READ)
def alerts(request: HttpRequest, limit: int = 100) -> dict[str, Any]:
    """`sent` and `received`, each the newest first."""
    most = max(1, min(limit, 500))
    return {
        "sent": [msgspec.to_builtins(one) for one in said.alerts(limit=most)],
        "received": [
            msgspec.to_builtins(one) for one in said.warnings(source="partner", limit=most)
        ],
        "figures": msgspec.to_builtins(said.figures()),
    }


@router.post("/alerts", summary="Warn a partner")
@permitted(Permission.ALERT_SEND)
def send(request: HttpRequest, body: Warning_) -> HttpResponse:
    """Warn a partner of a declaration, with what its inspection found.

    `Idempotency-Key`: the same key with the same body gets the same answer again.
    """
    return _once(
        request,
        lambda viewer: actions.send_alert(
            reference=body.reference,
            to=body.to,
            by=viewer,
            at=clock.real(),
            on=clock.trade(),
            told=_told(body),
        ),
    )


@router.post("/findings", summary="Report a seizure to a partner")
@permitted(Permission.ALERT_SEND)
def report(request: HttpRequest, body: Warning_) -> HttpResponse:
    """Report that goods of a declaration were seized; keys are honoured as for alerts."""
    return _once(
        request,
        lambda viewer: actions.send_report(
            reference=body.reference, to=body.to, by=viewer, at=clock.real(), told=_told(body)
        ),
    )


@router.post("/alerts/{alert}/feedback", summary="Tell a partner what came of its alert")
@permitted(Permission.ALERT_SEND)
def feedback(request: HttpRequest, alert: str, body: Feedback) -> HttpResponse:
    """By the alert's number or its message's id; it goes under the clause that the alert did."""
    done = telling.feedback(
        alert=alert,
        useful=body.useful,
        partner=body.partner,
        outcome=body.outcome,
        summary=body.summary,
        by=_viewer(request),
        at=clock.real(),
    )
    return _answer(201, msgspec.json.encode(done).decode())


@router.post("/inspections/{reference}/sendings", summary="Send the result of a control")
@permitted(Permission.ALERT_SEND)
def send_result(request: HttpRequest, reference: str, body: Result) -> HttpResponse:
    """Tell a partner what the last control of a declaration found."""
    sent = telling.send_result(
        reference=reference,
        to=body.to,
        purpose=body.purpose,
        handling=body.handling,
        findings=body.findings,
        by=_viewer(request),
        at=clock.real(),
    )
    return _answer(201, msgspec.json.encode(sent).decode())


@router.post("/alerts/{alert}/withdrawal", summary="Withdraw an alert")
@permitted(Permission.ALERT_SEND)
def withdraw(request: HttpRequest, alert: str, body: Withdrawal) -> dict[str, Any]:
    """Withdraw an alert at every partner that was sent it."""
    done = actions.withdraw_alert(
        alert=alert, by=_viewer(request), at=clock.real(), reason=body.reason
    )
    return {"items": [msgspec.to_builtins(one) for one in done]}


def _told(body: Warning_) -> warning.Told:
    return warning.Told(
        offence=body.offence,
        certainty=body.certainty,
        summary=body.summary,
        marks=tuple(body.marks),
        purpose=body.purpose,
        handling=body.handling,
    )


def _once(request: HttpRequest, act: Any) -> HttpResponse:
    """Do it, once for an Idempotency-Key."""
    viewer = _viewer(request)
    key = request.headers.get("Idempotency-Key", "")[:255]

    def body() -> str:
        reference = msgspec.json.decode(request.body)["reference"]
        told = {**msgspec.to_builtins(act(viewer)), "reference": reference}
        return msgspec.json.encode(told).decode()

    if not key:
        return _answer(201, body())
    asked = canonical.digest(request.path.encode() + b"\n" + request.body)
    return _answer(*actions.once(by=viewer.name, key=key, request=asked, at=clock.real(), act=body))


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def _viewer(request: HttpRequest) -> Viewer:
    return cast(Viewer, request.viewer)  # type: ignore[attr-defined]
