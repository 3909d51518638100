"""A message decided again: after a final refusal, and once the key that it waits for is here.

The wire contract, "A message": a refused message has used up neither its id nor its serial; the
originator may decide again, sign anew and send under the same two.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from tidewaiter import canonical, jose
from tidewaiter.agreements import queries as agreements
from tidewaiter.agreements import standing
from tidewaiter.exchange import deciding, drafting, errors, message, schemas, telling, types
from tidewaiter.exchange.deciding import Decided
from tidewaiter.exchange.life import APPROVALS, Event
from tidewaiter.exchange.models import Correspondent, Former, Outbound
from tidewaiter.exchange.onward import actions as onward
from tidewaiter.keys import queries as keys

FINAL: Final = "not-permitted"
PASSING: Final = "unknown-agreement"  # final at once where our own copy says so too
UNSIGNED: Final = "bad-signature"  # decided again where we revoked the key since
KEY: Final = "key-missing"
AT_ONCE: Final = 50


class Anew:
    """Decides refused messages to one partner again, by the agreements in force at `at`."""

    def __init__(self, partner: str, *, us: message.Origin, at: datetime) -> None:
        self.partner = partner
        self.us = us
        self.at = at
        self._known: list[standing.Signed] | None = None
        self._gone: set[str] | None = None

    def decided(self, row: Outbound, problem: str) -> Decided | None:
        """The permit of another clause for what the partner refused, or None."""
        kind = types.get(row.type)
        if kind is None or kind.about or not row.agreement or row.expires_at <= self.at:
            return None
        if row.forgotten_at is not None:
            return None
        if problem == PASSING and self._in_force(row.agreement, self.at):
            if self._in_force(row.agreement, row.sent_at):
                return None  # the partner will hear of it
            return _decided(row, _original(row), _without(row), us=self.us, at=self.at)
        if problem == UNSIGNED and self._revoked(row):
            return _decided(row, _original(row), _without(row), us=self.us, at=self.at)
        if problem not in {FINAL, PASSING}:
            return None
        return _decided(row, _original(row), refused_of(row), us=self.us, at=self.at)

    def _revoked(self, row: Outbound) -> bool:
        """Whether we revoked the key that signed it: signed by another, it may pass."""
        if self._gone is None:
            self._gone = {key.kid for key in keys.public() if key.state == "revoked"}
        return jose.header(row.jws).get("kid") in self._gone

    def _in_force(self, digest: str, at: datetime) -> bool:
        """Whether an agreement is in force at a moment, by our own copy.

        One that was not when a message was signed stays unknown for it, however it stands now:
        suspended before we heard of it, say, and resumed. Signed anew, the message may pass.
        """
        if self._known is None:
            self._known = agreements.known(self.partner)
        pair, among = (self.us.code, self.partner), self._known
        return any(
            each.digest == digest and standing.in_force(each, pair, at, among) for each in among
        )


def refused_of(row: Outbound) -> list[list[str]]:
    """The clauses under which the partner refused it, this one too: (digest, clause) each."""
    return [*_without(row), [row.agreement, row.clause]]


def _without(row: Outbound) -> list[list[str]]:
    return list(row.asked.get("without", []))


def sign_anew(
    decided: Sequence[tuple[Outbound, Decided]],
    *,
    us: message.Origin,
    sign: telling.Sign,
    at: datetime,
) -> int:
    """Give these refused messages their new permits, in the caller's transaction.

    Those that enough people have released are signed and logged under their id and serial; the
    others are held for more people. How many go at once.
    """
    rows = [row for row, _ in decided]
    Former.objects.keep(rows, at=at)
    going: list[Outbound] = []
    for row, permit in decided:
        needed = APPROVALS.get(permit.approval, 2)
        enough = len(row.released_by) >= needed and not onward.stands(row)
        row.decide(
            Event.DECIDE if enough else Event.HOLD, approval=needed, at=at, **_permit(permit)
        )
        onward.rebind(row)
        if enough:
            going.append(row)
    drafting.log(going, sign, us=us, at=at)
    Outbound.objects.keep_decided(rows)
    return len(going)


def key_came(*, us: message.Origin, sign: telling.Sign, at: datetime, after: int = 0) -> int | None:
    """Decide again what waits for an agreement's key that is here now, some dozens at once.

    In the caller's transaction. What people have released goes; the rest is held for them. The
    number to go on after, None where that was all.
    """
    waiting = Outbound.objects.waiting_for_key(KEY).filter(pk__gt=after)[:AT_ONCE]
    found = list(waiting.values_list("pk", "recipient"))
    pks = [pk for pk, _ in found]
    Correspondent.objects.lock(
        code for _, code in found
    )  # before their messages, as everybody does
    rows = list(Outbound.objects.waiting_for_key(KEY).filter(pk__in=pks).select_for_update())
    freed: dict[str, list[Outbound]] = {}
    for row in rows:
        permit = _permitted(row, us=us, at=at)
        if permit is None:
            continue
        needed = APPROVALS.get(permit.approval, 2)
        row.unlock(onward.rebind, approval=needed, **_permit(permit))
        if len(row.released_by) >= needed and not onward.stands(row):
            freed.setdefault(row.recipient, []).append(row)
    for partner in sorted(freed):
        first = Correspondent.objects.serials(partner, len(freed[partner]))
        for serial, row in enumerate(freed[partner], first):
            row.let_go(serial, at=at)
        drafting.log(freed[partner], sign, us=us, at=at)
        Outbound.objects.seal(freed[partner])
        telling.wake([partner], at=at)
    return pks[-1] if len(pks) == AT_ONCE else None


def _permitted(row: Outbound, *, us: message.Origin, at: datetime) -> Decided | None:
    """The permit of what waited for a key, None where the key is still missing or none permits."""
    decided = _decided(row, canonical.read(row.draft.encode()), [], us=us, at=at)
    if decided is None:
        row.locked_out("no clause permits it any more")
        return None
    return None if decided.waits else decided


def _decided(
    row: Outbound,
    data: Any,
    without: Iterable[Sequence[str]],
    *,
    us: message.Origin,
    at: datetime,
) -> Decided | None:
    kind = types.get(row.type)
    if kind is None:
        return None
    asked = deciding.Asked(
        to=row.recipient,
        purpose=row.purpose,
        mode=row.mode,
        handling=row.handling,
        needs=tuple(row.asked.get("needs", ())) or None,
        about="",
        without=tuple((digest, clause) for digest, clause in without),
    )
    try:
        decided = deciding.Decider(asked, kind, us=us.code, at=at).decide(data)
    except (errors.NotPermitted, errors.AboutNothing, errors.NoLongerPermitted):
        return None
    if not decided.waits and schemas.fault(kind, decided.data):
        return None  # cut down so far, it says nothing
    return decided


def _original(row: Outbound) -> Any:
    """The data as it was asked for, before anything was cut from it."""
    kept = row.asked.get("data")
    if kept is not None:
        return kept
    if row.draft:
        return canonical.read(row.draft.encode())
    return message.read(jose.read(row.jws).payload).data


def _permit(decided: Decided) -> dict[str, Any]:
    return {
        "agreement": decided.agreement,
        "clause": decided.clause,
        "handling": decided.handling,
        "retain_until": decided.retain_until,
        "withheld": list(decided.withheld),
        "asked": decided.asked,
        "draft": message.encoded(decided.data).decode(),
        "waits": decided.waits,
    }
