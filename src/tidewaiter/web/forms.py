"""A refusal shown on the form that led to it."""

from django import forms
from django.utils.translation import gettext

from tidewaiter.problem import Problem


def refuse(form: forms.BaseForm, problem: Problem, field: str | None = None) -> None:
    """Add a refusal's words to the form's errors, at `field` where the form has it."""
    said = problem.said(gettext)
    words = " ".join(said[part] for part in ("detail", "remedy") if part in said)
    form.add_error(field if field in form.fields else None, words or said["title"])
