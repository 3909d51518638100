"""Requests, answers and comparisons as JSON: what the commands and the REST API take and give."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from tidewaiter import canonical, clock
from tidewaiter.agreements import category, document, errors, shapes
from tidewaiter.agreements.comparing import Compared
from tidewaiter.agreements.decision import Permit, Refusal, Request

MOST: Final = 4 * 2**20  # bytes


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request as it is written down; `needs` are by default the fields that the type requires."""

    from_: str = msgspec.field(name="from")
    to: str
    type: str
    purpose: str
    handling: str
    mode: str = "spontaneous"
    needs: list[str] = []
    data: dict[str, Any] = {}
    category: str | None = None


def read(source: bytes) -> Request:
    """The request in JSON text. Raises BadRequest."""
    if len(source) > MOST:
        raise errors.BadRequest(reason=f"The request is over {MOST} bytes")
    try:
        return made(msgspec.convert(canonical.read(source), Asked))
    except canonical.NotIJson as error:
        raise errors.BadRequest(reason=f"The request is no JSON: {error}") from None
    except msgspec.ValidationError as error:
        raise errors.BadRequest(reason=f"The request does not fit: {error}") from None


def made(asked: Asked) -> Request:
    """The request in values; the category is the type's, the required fields those we know."""
    found = category.of(asked.type, asked.data)
    name = asked.type.removeprefix(category.PREFIX)
    shape = next((each for each in shapes.SHAPES if each.type == name), None)
    return Request(
        from_=asked.from_,
        to=asked.to,
        type=asked.type,
        category=asked.category or found,
        purpose=asked.purpose,
        mode=asked.mode,
        handling=asked.handling,
        needs=tuple(asked.needs),
        data=asked.data,
        required=shape.required if shape else (),
    )


def permit(found: Permit) -> dict[str, Any]:
    """A permit as JSON data."""
    due = found.obligations
    return {
        "permit": True,
        "agreement": found.agreement,
        "clause": found.clause,
        "reason": found.reason.said(),
        "rule": found.reason.code,
        "obligations": {
            "fields": list(due.fields),
            "handling": due.handling,
            "retain_until": clock.text(due.retain_until),
            "onward": list(due.onward_to) if due.onward_to else due.onward,
            "respond_by": due.respond_by.isoformat() if due.respond_by else None,
            "approval": due.approval,
            "use": due.use,
            "report_by": due.report_by.isoformat() if due.report_by else None,
        },
    }


def refusal(found: Refusal) -> dict[str, Any]:
    """A refusal as JSON data; agreement and clause are those that came nearest."""
    return {
        "permit": False,
        "agreement": found.agreement or None,
        "clause": found.clause or None,
        "reason": found.reason.said(),
        "rule": found.reason.code,
        "obligations": None,
    }


def plain(agreement: document.Agreement) -> dict[str, Any]:
    """The agreement's own data, as it was signed."""
    data: dict[str, Any] = canonical.read(agreement.canonical)
    return data


def compared(found: Compared, both: Sequence[document.Agreement]) -> dict[str, Any]:
    """A comparison of two agreements as JSON data."""
    return {
        "allowed_by_both": [
            {
                "category": each.category,
                "purpose": each.purpose,
                "clauses": list(each.clauses),
                "modes": list(each.modes),
                "directions": [list(way) for way in each.ways],
                "fields": list(each.fields),
                "generalise": dict(each.generalise),
                "handling": each.handling,
                "retention_days": each.retention_days,
                "onward": list(each.onward_to) or each.onward,
                "use": each.use,
                "approval": each.approval,
                "conditional": each.conditional,
            }
            for each in found.allowed
        ],
        "gaps": [
            {
                "category": each.category,
                "purpose": each.purpose,
                "blocked_by": each.blocked_by(),
                "would_be_met_by": each.would_be_met_by(),
                "agreement": both[each.place].digest,
                "clause": each.clause or None,
                "rule": each.code,
            }
            for each in found.gaps
        ],
    }
