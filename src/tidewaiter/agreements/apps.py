"""The room `agreements` as a Django app."""

from django.apps import AppConfig

from tidewaiter.web import menu
from tidewaiter.work import kinds


class AgreementsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.agreements"
    label = "agreements"

    def ready(self) -> None:
        """Take the room's place in the menu; say what people are asked for."""
        kinds.register("agreements.sign", "tidewaiter.agreements.messages.SIGN_TASK")
        menu.register("agreements", "tidewaiter.agreements.panels.MENU")
        from tidewaiter.ledger import papers

        papers.register("agreements.version", "tidewaiter.agreements.proving.agreement")
