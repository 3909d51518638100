"""The room `agreements` as a Django app."""

from django.apps import AppConfig

from tidewaiter.web import menu


class AgreementsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.agreements"
    label = "agreements"

    def ready(self) -> None:
        """Take the room's place in the menu."""
        menu.register("agreements", "tidewaiter.agreements.panels.MENU")
