"""The room `documents` as a Django app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.documents"
    label = "documents"

    def ready(self) -> None:
        """Register our own formats and our place in the menu."""
        from tidewaiter.documents import registries
        from tidewaiter.web import menu

        for name, attribute in (("csv", "CSV"), ("json", "JSON"), ("wco-xml", "WCO")):
            registries.importers.register(name, f"tidewaiter.documents.readers.{attribute}")
        menu.register("declarations", "tidewaiter.documents.panels.MENU")
