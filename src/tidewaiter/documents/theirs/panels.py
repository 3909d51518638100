"""Partners' export declarations on the pages of others: beside ours, and on their message."""

from django.http import HttpRequest
from django.template.loader import render_to_string

from tidewaiter import clock
from tidewaiter.documents.sheet import Sheet
from tidewaiter.documents.theirs import queries
from tidewaiter.identity import queries as identity
from tidewaiter.permission import Permission, permitted


@permitted(Permission.DECLARATION_READ)
def consignment(request: HttpRequest, subject: Sheet) -> str:
    """What partners declared of the same goods, beside ours; and to whom ours may be sent."""
    viewer = request.viewer  # type: ignore[attr-defined]
    sends = subject.kind == "export" and viewer.may(Permission.MESSAGE_SEND)
    told = {
        "sheet": subject,
        "compared": queries.compared(subject),
        "partners": [one.administration for one in identity.partners() if one.active]
        if sends
        else [],
    }
    if not told["compared"] and not told["partners"]:
        return ""
    return render_to_string("documents/_theirs.html", told, request=request)


@permitted(Permission.DECLARATION_READ)
def message(request: HttpRequest, subject: object) -> str:
    """On the message that brought a partner's declaration: ours of the same goods."""
    row = subject.row  # type: ignore[attr-defined]
    ours = queries.of_message(request.viewer, row.id)  # type: ignore[attr-defined]
    if not ours:
        return ""
    told = {"ours": ours, "at": clock.real()}
    return render_to_string("documents/_ours.html", told, request=request)
