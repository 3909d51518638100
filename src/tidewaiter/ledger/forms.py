"""What the ledger's screen asks for: the index of an entry, or where a page begins."""

from django import forms
from django.utils.translation import gettext_lazy as _

from tidewaiter.ledger import tree


class Find(forms.Form):
    """Lead to an entry by its index."""

    index = forms.IntegerField(
        label=_("Index of an entry"),
        help_text=_("It stands in the receipt of every message as its log index."),
        min_value=0,
        max_value=tree.LARGEST - 1,
        required=False,
    )
    before = forms.IntegerField(
        widget=forms.HiddenInput, min_value=0, max_value=tree.LARGEST - 1, required=False
    )
