"""What an auditor asks for: a partner, a half-open period, and what of it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidewaiter.exchange import forms as exchange
from tidewaiter.exchange.auditing import queries
from tidewaiter.identity import queries as identity

SIDES: Final = [("", _("Both ways")), ("out", _("Sent")), ("in", _("Received"))]
STATES: Final = [
    ("", pgettext_lazy("state", "Any")),
    ("accepted", pgettext_lazy("message", "accepted")),
    ("waiting", pgettext_lazy("message", "waiting")),
    ("held", pgettext_lazy("message", "held")),
    ("refused", pgettext_lazy("message", "refused")),
    ("expired", pgettext_lazy("message", "expired")),
    ("withdrawn", pgettext_lazy("message", "withdrawn")),
    ("forgotten", pgettext_lazy("message", "forgotten")),
]


def month(day: date) -> tuple[date, date]:
    """The month of a day, half-open."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1)


def moment(day: date) -> datetime:
    """When that day begins at this node, in UTC; as far as years can be counted."""
    start = datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())
    try:
        return start.astimezone(UTC)
    except OverflowError:
        return start.replace(tzinfo=UTC)


class Wanted(forms.Form):
    """The partner and the period; days are this node's own, the last one no longer counts."""

    partner = forms.ChoiceField(label=_("Partner"))
    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(
        label=_("Until, that day excluded"), widget=forms.DateInput(attrs={"type": "date"})
    )
    side = forms.ChoiceField(label=_("Direction"), required=False, choices=SIDES)
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    type = forms.ChoiceField(label=_("Type"), required=False)
    salts = forms.BooleanField(label=_("Show the salts"), required=False)

    def __init__(self, asked: Any, *, today: date) -> None:
        data = asked.copy()
        for name, day in zip(("since", "until"), month(today), strict=True):
            data.setdefault(name, day.isoformat())
        # nobody is told off who has not chosen yet
        super().__init__(data if "partner" in asked else None, initial=data.dict())
        self._said = data
        codes = [one.administration for one in identity.partners()]
        named = str(data.get("partner", ""))
        if len(named) == 2 and named not in codes and named.isascii() and named.isupper():
            codes.append(named)  # a partner of once: what passed is kept
        self._named("partner").choices = [("", _("Choose")), *((each, each) for each in codes)]
        self._named("type").choices = [("", pgettext_lazy("type", "Any")), *exchange.kinds()]

    def clean(self) -> dict[str, Any]:
        """A period has a beginning before its end."""
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            self.add_error("until", _("Name a later day: it no longer counts itself."))
        return data

    def days(self) -> tuple[str, str]:
        """The period as it was said, or this month."""
        return str(self._said["since"]), str(self._said["until"])

    def asked(self) -> queries.Wanted:
        """What is wanted, of a form that is valid."""
        data = self.cleaned_data
        return queries.Wanted(
            partner=data["partner"],
            since=moment(data["since"]),
            until=moment(data["until"]),
            side=data["side"],
            type=data["type"],
            state=data["state"],
        )

    def _named(self, name: str) -> forms.ChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field
