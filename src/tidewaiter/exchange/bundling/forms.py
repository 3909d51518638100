"""The forms by which bundles are taken out and brought in."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

MEGA: Final = 10**6
MOST: Final = 32 * 2**20  # bytes of a file that is imported on the screen: seconds of work
SIZES: Final = (
    ("0", _("One file, whatever its size")),
    (str(10 * MEGA), _("Files of up to 10 MB, for the mail")),
    (str(20 * MEGA), _("Files of up to 20 MB, for the mail")),
)


class Export(forms.Form):
    """How large a file may be."""

    most = forms.ChoiceField(label=_("As"), choices=SIZES)

    def clean_most(self) -> int | None:
        """The bytes, None for any size."""
        return int(self.cleaned_data["most"]) or None


class Import(forms.Form):
    """A bundle that a partner wrote."""

    file = forms.FileField(
        label=_("Its bundle"),
        help_text=_("A file .twb of up to 32 MB; a larger one by the command line."),
        widget=forms.ClearableFileInput(attrs={"accept": ".twb"}),
    )

    def clean_file(self) -> Any:
        """The file, opened."""
        file = self.cleaned_data["file"]
        if file.size > MOST:
            raise forms.ValidationError(
                gettext("It is too large for this page: tidewaiter exchange bundle import FILE.")
            )
        return file
