"""Bundles on a partner's page: download what waits for it, import what it wrote. Thin."""

import tempfile
import zipfile
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from django.contrib import messages as notices
from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tidewaiter import clock
from tidewaiter.exchange.bundling import actions, forms
from tidewaiter.exchange.screens.partners import views as partners
from tidewaiter.permission import Permission, permitted
from tidewaiter.problem import Problem
from tidewaiter.web import forms as web_forms

TYPE: Final = "application/gzip"


@require_POST
@permitted(Permission.BUNDLE_CARRY)
def export(request: HttpRequest, administration: str) -> HttpResponseBase:
    """What waits for a partner as a file, or as several in a zip."""
    form = forms.Export(request.POST)
    if not form.is_valid():
        return partners.one(request, administration, bundle_out=form)
    at = clock.real()
    name = f"{settings.ADMINISTRATION}-{administration}-{at:%Y%m%d-%H%M}"
    try:
        with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
            done = actions.export(
                to=administration,
                file=Path(folder) / f"{name}.twb",
                by=request.viewer,  # type: ignore[attr-defined]
                at=at,
                most=form.cleaned_data["most"],
            )
            several = len(done.files) > 1
            file = _zipped(done.files) if several else done.files[0].open("rb")
    except Problem as problem:
        web_forms.refuse(form, problem)
        return partners.one(request, administration, bundle_out=form)
    answer = FileResponse(
        file,
        as_attachment=True,
        filename=f"{name}.zip" if several else f"{name}.twb",
        content_type="application/zip" if several else TYPE,
    )
    answer["Cache-Control"] = "no-store, private"
    return answer


@require_POST
@permitted(Permission.BUNDLE_CARRY)
def take(request: HttpRequest, administration: str) -> HttpResponseBase:
    """Import a bundle, and say what became of it on its maker's page."""
    form = forms.Import(request.POST, request.FILES)
    if not form.is_valid():
        return partners.one(request, administration, bundle_in=form)
    try:
        done = actions.import_(
            file=form.cleaned_data["file"],
            by=request.viewer,  # type: ignore[attr-defined]
            at=clock.real(),
        )
    except Problem as problem:
        web_forms.refuse(form, problem, "file")
        return partners.one(request, administration, bundle_in=form)
    said = notices.warning if done.refused or done.unproven else notices.success
    said(request, _said(done))
    return redirect("exchange:partner", done.sender)


def _said(done: actions.Imported) -> str:
    words = [
        gettext(
            "The bundle of %(sender)s is taken. Its messages: %(accepted)s accepted, %(refused)s"
            " refused, %(duplicates)s that were here already. Receipts for ours: %(receipts)s."
            " Attachments: %(attachments)s."
        )
        % {name: getattr(done, name) for name in actions.Imported.__dataclass_fields__}
    ]
    if done.refused:
        words.append(gettext("Why they are refused stands under Exchange, Refused."))
    if done.unproven:
        words.append(
            gettext("%(n)s receipts or checkpoints in it do not verify, and were passed over.")
            % {"n": done.unproven}
        )
    if done.accepted or done.refused or done.duplicates:
        words.append(gettext("Its receipts go back in the next bundle, or over the line."))
    return " ".join(words)


def _zipped(files: list[Path]) -> BinaryIO:
    """The files in one, as they are: what is sealed cannot be pressed."""
    out = tempfile.TemporaryFile(dir=settings.HOME)  # noqa: SIM115 (the answer closes it)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for file in files:
            packed.write(file, file.name)
    out.seek(0)
    return out
