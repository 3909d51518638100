"""The forms of assistance: a question, a request in words, a reply."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tidewaiter.agreements import wording
from tidewaiter.assistance import actions

ABOUT = (
    ("container", _("a container")),
    ("ucr", _("a UCR")),
    ("transportdocument", _("a transport document")),
    ("operator", _("an operator")),
)
STATES = (
    ("final", _("the whole answer")),
    ("partial", _("a part of the answer")),
    ("acknowledged", _("we see to it")),
    ("refused", _("we refuse it")),
)
LONG = forms.Textarea(attrs={"rows": 3})


def _words(vocabulary: str) -> list[tuple[str, str]]:
    words = wording.VOCABULARIES[vocabulary]
    return [(code, wording.term(code, vocabulary, gettext)) for code in words]


class Asking(forms.Form):
    """To whom, and for what."""

    to = forms.ChoiceField(label=_("Partner"))
    purpose = forms.ChoiceField(
        label=_("Purpose"),
        required=False,
        help_text=_("Without one: the first that a clause permits."),
    )

    def __init__(self, *args: Any, partners: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["to"].choices = [(code, code) for code in partners]  # type: ignore[attr-defined]
        self.fields["purpose"].choices = [("", "—"), *_words("purpose")]  # type: ignore[attr-defined]
        if "category" in self.fields:
            self.fields["category"].choices = _words("category")  # type: ignore[attr-defined]


class Query(Asking):
    """A question: what a partner holds of a consignment or an operator."""

    field_order = ("to", "about", "value", "category", "first", "last", "purpose")
    about = forms.ChoiceField(label=_("About"), choices=ABOUT)
    value = forms.CharField(label=_("Number, or the operator's identifier or name"), max_length=256)
    category = forms.ChoiceField(label=_("What is asked for"))
    first = forms.DateField(
        label=_("First day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    last = forms.DateField(
        label=_("Last day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class Assistance(Asking):
    """A request for assistance in words."""

    field_order = ("to", "subject", "facts", "asked", "due", "purpose")
    subject = forms.CharField(label=_("Subject"), max_length=2_000)
    facts = forms.CharField(label=_("What is known"), required=False, max_length=2_000, widget=LONG)
    asked = forms.CharField(label=_("What is asked"), max_length=2_000, widget=LONG)
    due = forms.DateField(
        label=_("By"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )


class Reply(forms.Form):
    """What we say to a partner's request."""

    state = forms.ChoiceField(label=_("This is"), choices=STATES)
    carries = forms.ChoiceField(
        label=_("The answer is of"),
        required=False,
        help_text=_("The clause that covers these, on request, says what of it leaves."),
    )
    text = forms.CharField(label=_("Answer"), required=False, max_length=2_000, widget=LONG)
    reference = forms.CharField(
        label=_("With the record of"),
        required=False,
        max_length=24,
        help_text=_("The reference of a consignment of ours."),
    )
    ground = forms.ChoiceField(label=_("Ground of a refusal"), required=False)

    def __init__(self, *args: Any, grounds: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["carries"].choices = [("", "—"), *_words("category")]  # type: ignore[attr-defined]
        named = [(code, wording.term(code, "ground", gettext)) for code in grounds]
        self.fields["ground"].choices = [("", "—"), *named]  # type: ignore[attr-defined]

    def answer(self) -> actions.Answer:
        """What was said."""
        return actions.Answer(**self.cleaned_data)
