"""The forms of controls: what an inspection found, a seizure, a release."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tidewaiter.controls import life, registries


class Photographs(forms.FileField):
    """Any number of files."""

    widget = forms.FileInput
    MOST = 20

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file by itself; none is fine."""
        files = data if isinstance(data, list) else [data] if data else []
        if len(files) > self.MOST:
            raise forms.ValidationError(_("At most 20 photographs at once."))
        single = super().clean
        return [single(one, initial) for one in files]


class Files(forms.FileInput):
    """A file input that takes several."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        """All the files under the name."""
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name)


class Inspection(forms.Form):
    """What an inspection found."""

    result = forms.ChoiceField(
        label=_("Result"),
        choices=[(one.value, _(name)) for one, name in life.RESULT_NAMES.items()],
        widget=forms.RadioSelect,
    )
    offence = forms.ChoiceField(
        label=_("Offence"),
        required=False,
        choices=[("", "—"), *((code, _(name)) for code, name in life.OFFENCES.items())],
        help_text=_("Only where it does not conform: the one that comes nearest."),
    )
    marks = forms.CharField(
        label=_("Marks on the goods"),
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A mark a line, as it stands on the goods."),
    )
    note = forms.CharField(
        label=_("Findings"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    photographs = Photographs(
        label=_("Photographs"),
        required=False,
        widget=Files(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_("JPEG, PNG or WebP. Place and time that the camera wrote are not kept."),
    )
    power = forms.CharField(
        label=_("Power"),
        max_length=200,
        help_text=_("The provision that the inspection rests on."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["power"].initial = settings.POWER_INSPECT


class Telling(forms.Form):
    """Which partners are told what an inspection found."""

    tell = forms.MultipleChoiceField(
        label=_("Tell the partners who warned of it what was found"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, offers: Sequence[registries.Offer], **options: Any) -> None:
        super().__init__(*args, **options)
        self.offered = bool(offers)
        self.fields["tell"].choices = [(one.value, one.label) for one in offers]  # type: ignore[attr-defined]


class Seizure(forms.Form):
    """Goods to be seized."""

    power = forms.CharField(label=_("Power"), max_length=200)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["power"].initial = settings.POWER_SEIZE


class Release(forms.Form):
    """Goods to be released."""

    power = forms.CharField(label=_("Power"), max_length=200)
    note = forms.CharField(
        label=_("Note"), required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["power"].initial = settings.POWER_RELEASE


class Assignment(forms.Form):
    """Who is to inspect."""

    person = forms.ChoiceField(
        label=_("Person"), required=False, help_text=_("Nobody: whoever of the office has time.")
    )

    def __init__(self, *args: Any, people: list[str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["person"].choices = [("", "—"), *((name, name) for name in people)]  # type: ignore[attr-defined]


class Filter(forms.Form):
    """What the list of inspections is narrowed to."""

    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("all")), *((one.value, _(name)) for one, name in life.STATE_NAMES.items())],
    )
    lane = forms.ChoiceField(
        label=_("Lane"),
        required=False,
        choices=[
            ("", _("all")),
            ("red", _("red")),
            ("yellow", _("yellow")),
            ("green", _("green")),
        ],
    )
    mine = forms.BooleanField(label=_("Mine alone"), required=False)
