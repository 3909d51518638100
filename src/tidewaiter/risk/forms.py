"""The forms of risk: what the workbench is narrowed to, a lane, an alert."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidewaiter.risk import reasons, warning

LANES = (
    ("red", pgettext_lazy("lane", "Red")),
    ("yellow", pgettext_lazy("lane", "Yellow")),
    ("green", pgettext_lazy("lane", "Green")),
)


class Narrow(forms.Form):
    """What the workbench is narrowed to."""

    q = forms.CharField(
        label=_("Find"),
        required=False,
        max_length=120,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    lane = forms.ChoiceField(label=_("Lane"), required=False, choices=[("", _("all")), *LANES])


class Lane(forms.Form):
    """A lane as a person decides it."""

    lane = forms.ChoiceField(label=_("Lane"), choices=LANES)
    note = forms.CharField(
        label=_("Why"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )


class Alert(forms.Form):
    """What a partner is told beside what is known."""

    to = forms.ChoiceField(label=_("Partner"), widget=forms.HiddenInput)  # chosen by a tab
    offence = forms.ChoiceField(
        label=_("Offence"), choices=[(code, _(name)) for code, name in reasons.OFFENCES.items()]
    )
    certainty = forms.ChoiceField(
        label=_("Certainty"),
        choices=[(code, _(name)) for code, name in reasons.CERTAINTIES.items()],
    )
    summary = forms.CharField(
        label=_("Summary"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What the partner should know; no names that the fields do not have."),
    )

    photographs = forms.BooleanField(
        label=_("With the photographs of the inspection"),
        required=False,
        help_text=_("They go with the report of the seizure, without place, time and camera."),
    )

    def __init__(self, *args: Any, partners: list[str], photographs: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not photographs:
            del self.fields["photographs"]
        self.fields["to"].choices = [(code, code) for code in partners]  # type: ignore[attr-defined]

    def told(self) -> warning.Told:
        """What was said."""
        said = self.cleaned_data
        return warning.Told(
            offence=said["offence"], certainty=said["certainty"], summary=said["summary"]
        )


class Feedback(forms.Form):
    """What came of a partner's alert."""

    useful = forms.ChoiceField(choices=[("yes", _("Useful")), ("no", _("Not useful"))])
    outcome = forms.CharField(label=_("What came of it"), required=False, max_length=200)
    summary = forms.CharField(label=_("Summary"), required=False, max_length=2_000)
    reference = forms.CharField(required=False, max_length=24)


class Withdrawal(forms.Form):
    """Why an alert is withdrawn."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=2_000)
