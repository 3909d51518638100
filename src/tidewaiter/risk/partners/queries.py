"""What may be read of what partners told us and we told them, and what came of it either way."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from tidewaiter.controls import queries as controlled
from tidewaiter.documents import queries as declarations
from tidewaiter.identity.viewer import Viewer
from tidewaiter.permission import Permission
from tidewaiter.risk import reasons
from tidewaiter.risk.models import Assessment, Notice, SentAlert

CONCLUDED = frozenset({"released", "detained", "cancelled"})  # nobody looks any more


@dataclass(frozen=True, slots=True)
class Figures:
    """How many alerts went and came, and what is known of what came of them."""

    sent: int
    useful: int
    useless: int
    received: int
    told: int  # of those received, how many we said something of

    @property
    def silent(self) -> int:
        """How many of ours no partner has said anything of."""
        return self.sent - self.useful - self.useless


@dataclass(frozen=True, slots=True)
class Warned:
    """What a partner said, or we found, and what it hits."""

    word: str
    source: str
    partner: str
    message_id: str
    kind: str  # alert, seizure, control, finding
    number: str
    offence: str
    certainty: str
    summary: str
    handling: str
    received_at: datetime
    until_at: datetime
    withdrawn_at: datetime | None
    withdrawn_because: str
    replaced_by: str  # the partner's number for what stands in its place
    told_useful: bool | None  # what we told the partner came of it
    told_outcome: str
    told_message_id: str
    told_at: datetime | None
    subjects: int

    @property
    def offence_name(self) -> str:
        """The offence, for gettext."""
        return reasons.OFFENCES.get(self.offence, self.offence)

    @property
    def certainty_name(self) -> str:
        """The certainty, for gettext."""
        return reasons.CERTAINTIES.get(self.certainty, self.certainty)


@dataclass(frozen=True, slots=True)
class SentLine:
    """An alert or report of ours."""

    number: str
    kind: str
    reference: str
    recipient: str
    message_id: str
    offence: str
    by: str
    at: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str
    useful: bool | None  # what the partner told us came of it
    outcome: str
    feedback_summary: str
    feedback_message_id: str
    feedback_at: datetime | None

    @property
    def offence_name(self) -> str:
        """The offence, for gettext."""
        return reasons.OFFENCES.get(self.offence, self.offence)


def warnings(*, source: str = "", live: bool = False, limit: int = 100) -> list[Warned]:
    """What partners said and we found, the newest first."""
    found = Notice.objects.annotate(subjects=Count("signals")).order_by("-pk")
    if source:
        found = found.filter(source=source)
    if live:
        found = found.filter(withdrawn_at=None)
    names = list(Warned.__dataclass_fields__)
    return [Warned(**row) for row in found.values(*names)[:limit]]


def warned_of(reference: str) -> list[Warned]:
    """What partners said that hits a declaration, by its standing assessment."""
    row = Assessment.objects.now().filter(reference=reference).first()
    messages = row.messages.split() if row else []
    names = list(Warned.__dataclass_fields__)
    found = Notice.objects.filter(message_id__in=messages, source="partner")
    counted = found.annotate(subjects=Count("signals")).order_by("pk")
    return [Warned(**row) for row in counted.values(*names)]


def words_on(reference: str) -> list[str]:
    """The ids of partners' messages on which the standing assessment of a declaration rests."""
    row = Assessment.objects.now().filter(reference=reference).first()
    return row.messages.split() if row else []


def behind(reference: str, led: Collection[str], asked_at: datetime) -> list[str]:
    """The messages that led to an inspection of a declaration, asked for then: it names one, and
    the assessment that asked for it those that weighed with it.
    """
    found = dict.fromkeys(led)
    rows = Assessment.objects.filter(reference=reference, at__lte=asked_at).exclude(messages="")
    for named in rows.order_by("pk").values_list("messages", flat=True):
        said = named.split()
        if said[0] in led:
            found.update(dict.fromkeys(said))
    return list(found)


def alerts(*, reference: str = "", limit: int = 100) -> list[SentLine]:
    """Alerts and reports of ours, the newest first."""
    found = SentAlert.objects.order_by("-pk")
    if reference:
        found = found.filter(reference=reference)
    names = list(SentLine.__dataclass_fields__)
    return [SentLine(**row) for row in found.values(*names)[:limit]]


def received(message_id: UUID) -> Warned | None:
    """What a partner's message said, where it is an alert or a report."""
    found = Notice.objects.filter(message_id=str(message_id), source="partner")
    names = list(Warned.__dataclass_fields__)
    row = found.annotate(subjects=Count("signals")).values(*names).first()
    return Warned(**row) if row else None


def sent(message_id: UUID) -> SentLine | None:
    """The alert or report of ours that a message carries."""
    names = list(SentLine.__dataclass_fields__)
    row = SentAlert.objects.filter(message_id=str(message_id)).values(*names).first()
    return SentLine(**row) if row else None


def figures() -> Figures:
    """What came of alerts and reports, either way."""
    ours = SentAlert.objects.aggregate(
        all=Count("pk"),
        good=Count("pk", filter=Q(useful=True)),
        bad=Count("pk", filter=Q(useful=False)),
    )
    theirs = Notice.objects.filter(source="partner").aggregate(
        all=Count("pk"), answered=Count("pk", filter=Q(told_at__isnull=False))
    )
    return Figures(ours["all"], ours["good"], ours["bad"], theirs["all"], theirs["answered"])


def control_number(inspection: int) -> str:
    """The number by which partners know an inspection of ours."""
    return f"{settings.ADMINISTRATION}-C-{inspection:06d}"


def outcome(reference: str) -> tuple[bool, str] | None:
    """What came of a consignment, as a partner is told it: whether its word was useful, and what.

    None while somebody may still look at it.
    """
    done = controlled.latest(reference)
    if done is not None:
        bad = done.result == "not-conform"
        return bad, f"{done.result}: {done.offence}" if bad else done.result
    found = declarations.summaries(declarations.ids(references=[reference]))
    state = next((one.state for one in found.values()), "")
    return (False, f"{state}, not inspected") if state in CONCLUDED else None


def to_tell(viewer: Viewer, reference: str) -> list[Warned]:
    """The partners' words that hit a declaration, of which we told nothing yet; for who may."""
    if not viewer.may(Permission.ALERT_SEND):
        return []
    return [one for one in warned_of(reference) if one.told_at is None]


def hit(viewer: Viewer, message_id: str) -> list[str]:
    """The declarations that a partner's word hits, of those that the viewer sees."""
    rows = Assessment.objects.now().filter(messages__contains=message_id)
    known = declarations.summaries(list(rows.values_list("declaration", flat=True)[:200]))
    office = viewer.office or ""
    return [one.reference for one in known.values() if viewer.everywhere or one.office == office]
