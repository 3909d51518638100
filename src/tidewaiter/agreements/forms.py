"""The form that takes an agreement's document."""

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tidewaiter.agreements import reading

MOST = 4 * reading.BYTES


class Document(forms.Form):
    """A document in YAML or JSON, or one that others have signed."""

    file = forms.FileField(
        label=_("Document"),
        help_text=_("A text in YAML or JSON, or the signed document that a partner sent."),
    )

    def clean_file(self) -> bytes:
        """The document's bytes."""
        file = self.cleaned_data["file"]
        if file.size > MOST:
            raise forms.ValidationError(gettext("No agreement is this large."))
        source: bytes = file.read()
        return source
