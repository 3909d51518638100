"""What is said of an alarm by who saw to it."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Acknowledgement(forms.Form):
    """What was found, in words."""

    remark = forms.CharField(
        label=_("What was found, and who takes it in hand"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the alarm under your name."),
    )
