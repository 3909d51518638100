"""A refusal shown on the form that led to it."""

from django import forms
from django.utils.translation import gettext

from tidewaiter.problem import Problem


def refuse(form: forms.BaseForm, problem: Problem, field: str | None = None) -> None:
    """Add a refusal's words to the form's errors, at `field` where the form has it."""
    form.add_error(field if field in form.fields else None, problem.line(gettext))
