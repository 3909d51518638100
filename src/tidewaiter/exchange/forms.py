"""The forms of the exchange's screens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.exchange.life import State
from tidewaiter.exchange.panels import STATES


class Filter(forms.Form):
    """What of the messages is shown."""

    tab = forms.CharField(required=False, widget=forms.HiddenInput)
    partner = forms.CharField(
        label=_("Partner"), required=False, max_length=2, help_text=_("Two letters")
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("Any")), *((each.value, STATES[each.value][0]) for each in State)],
    )
    type = forms.CharField(label=_("Type"), required=False, max_length=120)
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_partner(self) -> str:
        """Codes are capitals."""
        return str(self.cleaned_data["partner"]).upper()


class Partner(forms.Form):
    """A node to be registered."""

    document = forms.CharField(
        label=_("The node's signed document"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_("What the partner's node answers at /.well-known/tidewaiter/node.json"),
    )
    thumbprint = forms.CharField(
        label=_("Thumbprint of its signing key"),
        max_length=60,
        help_text=_("By telephone or on paper, never by the way that the document came"),
    )

    def clean_document(self) -> str:
        """No blanks around it."""
        return str(self.cleaned_data["document"]).strip()
