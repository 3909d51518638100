"""Forms of the screens: lodging a document, and narrowing the list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.documents import importing, library, life, readers
from tidewaiter.documents.sheet import Filter


class Lodge(forms.Form):
    """A document to lodge."""

    document = forms.FileField(
        label=_("Document"),
        help_text=_("WCO XML, JSON, or CSV with a mapping; at most 20 MB."),
        max_length=255,
    )
    form = forms.ChoiceField(label=_("Format"), required=False)
    mapping = forms.ChoiceField(
        label=_("Mapping"), required=False, help_text=_("For CSV: which column is which field.")
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.fields["form"].choices = [  # type: ignore[attr-defined]
            ("", _("Tell it from the file")),
            *((one.name, one.name) for one in importing.formats()),
        ]
        self.fields["mapping"].choices = [  # type: ignore[attr-defined]
            ("", _("None")),
            *((name, library.load(name).title) for name in library.shipped()),
        ]

    def clean_document(self) -> Any:
        """Refuse more than one document may hold."""
        document = self.cleaned_data["document"]
        if document.size > readers.DOCUMENT:
            raise forms.ValidationError(_("The document is larger than 20 MB."))
        return document


class Narrow(forms.Form):
    """What the list is narrowed to."""

    q = forms.CharField(
        label=_("Find"),
        required=False,
        max_length=120,
        help_text=_("A reference, party, container, seal, UCR or transport document."),
    )
    lane = forms.ChoiceField(
        label=_("Lane"),
        required=False,
        choices=[
            ("", _("Every lane")),
            ("red", _("red")),
            ("yellow", _("yellow")),
            ("green", _("green")),
        ],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("Every state")),
            *((one.value, _(life.STATE_NAMES[one])) for one in life.State),
        ],
    )

    def wanted(self) -> Filter:
        """The filter; a value that is none narrows nothing."""
        told = self.cleaned_data if self.is_valid() else {}
        return Filter(lane=told.get("lane", ""), state=told.get("state", ""), q=told.get("q", ""))
