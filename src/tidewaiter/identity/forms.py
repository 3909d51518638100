"""The forms of signing in and of the administrator's screens."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tidewaiter.identity import queries, roles


class SignIn(forms.Form):
    """Name and password."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=1024,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class Assignment(forms.Form):
    """What somebody may do, and where."""

    roles = forms.MultipleChoiceField(
        label=_("Roles"), widget=forms.CheckboxSelectMultiple(attrs={"class": "choices"})
    )
    office = forms.ChoiceField(
        label=_("Office"),
        required=False,
        help_text=_("An officer sees what the office may see; without one, every office."),
    )

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        titles = [(role, gettext(title)) for role, title in roles.TITLES.items()]
        offices = [(code, f"{code} {name}".strip()) for code, name in queries.offices()]
        self.fields["roles"].choices = titles  # type: ignore[attr-defined]
        self.fields["office"].choices = [("", "–"), *offices]  # type: ignore[attr-defined]


class NewPerson(Assignment):
    """A new account."""

    name = forms.CharField(
        label=_("Name"),
        max_length=64,
        help_text=_("What the person types to sign in: letters, digits, dot, hyphen, underscore."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    display_name = forms.CharField(label=_("Full name"), max_length=200, required=False)
    password = forms.CharField(
        label=_("First password"),
        strip=False,
        max_length=1024,
        help_text=_("At least 12 characters, neither common nor like the name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    field_order = ("name", "display_name", "password", "roles", "office")


class NewPassword(forms.Form):
    """A new password for somebody."""

    password = forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=1024,
        help_text=_("At least 12 characters, neither common nor like the name."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NewOffice(forms.Form):
    """An office, or a new name for one."""

    code = forms.CharField(label=_("Code"), max_length=17)
    name = forms.CharField(label=_("Name"), max_length=200)


class AuditFilter(forms.Form):
    """Which rows of the read-audit."""

    person = forms.CharField(label=_("Read by"), required=False, max_length=64)
    subject = forms.CharField(
        label=_("Data of"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"placeholder": _("a party's identifier or name")}),
    )
    since = forms.DateField(
        label=_("Since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
