"""The forms of the exchange's screens."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tidewaiter.exchange import panels, types
from tidewaiter.exchange.life import State
from tidewaiter.exchange.screens import words
from tidewaiter.identity import queries as identity

DOCUMENT_HELP = _("What the partner's node answers at /.well-known/tidewaiter/node.json")


class Filter(forms.Form):
    """What of the messages is shown; which states there are follows the side."""

    tab = forms.CharField(required=False, widget=forms.HiddenInput)
    partner = forms.ChoiceField(label=_("Partner"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    type = forms.ChoiceField(label=_("Type"), required=False)
    housekeeping = forms.BooleanField(required=False, widget=forms.HiddenInput)
    before = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, side: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.named("partner").choices = [
            ("", _("Any")),
            *((one.administration, one.administration) for one in identity.partners()),
        ]
        self.named("state").choices = [("", _("Any")), *_states(side)]
        self.named("type").choices = [("", _("Any")), *kinds()]

    def named(self, name: str) -> forms.ChoiceField:
        """The field of that name."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        return field


class Partner(forms.Form):
    """A node to be registered."""

    document = forms.CharField(
        label=_("The node's signed document"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=DOCUMENT_HELP,
    )
    thumbprint = forms.CharField(
        label=_("Thumbprint of its signing key"),
        max_length=60,
        help_text=_("By telephone or on paper, never by the way that the document came"),
    )

    def clean_document(self) -> str:
        """No blanks around it."""
        return str(self.cleaned_data["document"]).strip()


class Document(forms.Form):
    """A newer document of a partner."""

    document = forms.CharField(
        label=_("Its newer signed document"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=DOCUMENT_HELP,
    )

    def clean_document(self) -> str:
        """No blanks around it."""
        return str(self.cleaned_data["document"]).strip()


class Removal(forms.Form):
    """That a partner is to be removed, said by its code."""

    code = forms.CharField(label=_("Its code, to say that you mean it"), max_length=2)

    def __init__(self, *args: Any, administration: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.administration = administration

    def clean_code(self) -> str:
        """Of the partner itself, and of no other."""
        code = str(self.cleaned_data["code"]).upper()
        if code != self.administration:
            raise forms.ValidationError(
                _("Write %(code)s to remove %(code)s."), params={"code": self.administration}
            )
        return code


def _states(side: str) -> list[tuple[str, Any]]:
    if side == "out":
        return [(each.value, panels.STATES[each.value][0]) for each in State]
    return [
        ("unhandled", pgettext_lazy("message", "not handled yet")),
        ("handled", pgettext_lazy("message", "handled")),
    ]


def kinds() -> list[tuple[str, str]]:
    """Every type with what people call it."""
    ours = sorted((panels.called(name), name) for name in types.names())
    kept = sorted(
        (panels.called(types.PREFIX + each), types.PREFIX + each) for each in words.TITLES
    )
    return [(name, title) for title, name in [*ours, *kept]]
