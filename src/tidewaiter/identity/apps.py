"""The room `identity` as a Django app."""

from django.apps import AppConfig

from tidewaiter.web import menu


class IdentityConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.identity"
    label = "identity"

    def ready(self) -> None:
        """Take the room's places in the menu."""
        menu.register("people", "tidewaiter.identity.panels.PEOPLE")
        menu.register("audit", "tidewaiter.identity.panels.AUDIT")
