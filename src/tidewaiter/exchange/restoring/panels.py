"""The banner of a node that is coming back from a restore."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tidewaiter.exchange.restoring import queries
from tidewaiter.permission import Permission, permitted
from tidewaiter.web.banners import Banner


@permitted(Permission.MESSAGE_READ)
def banner(request: HttpRequest) -> Banner | None:
    """What it means for who works here, how far it is, and for whom it waits."""
    found = queries.rejoining()
    if found is None:
        return None
    text = _(found.fence.reason)
    if found.waits_for:
        text += " " + _("It waits for {partners}.").format(partners=", ".join(found.waits_for))
    title = _("This node was restored from a backup: nothing is sent or taken until it is back")
    return Banner("warn", title, text)
