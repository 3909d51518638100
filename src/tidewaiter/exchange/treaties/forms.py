"""The form of a notice about an agreement."""

from django import forms
from django.utils.translation import gettext_lazy as _


class Notice(forms.Form):
    """Why; and for the end of an agreement that it is meant."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The other parties read it."),
    )
    sure = forms.BooleanField(label=_("I know that this cannot be taken back"))

    def __init__(self, *args: object, final: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        if not final:
            del self.fields["sure"]
