"""The room `documents` as a Django app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.documents"
    label = "documents"

    def ready(self) -> None:
        """Register our own formats and our place in the menu."""
        from tidewaiter.documents import registries
        from tidewaiter.exchange import types
        from tidewaiter.exchange.forgetting import registry as forgetting
        from tidewaiter.web import menu, panels

        for name, attribute in (("csv", "CSV"), ("json", "JSON"), ("wco-xml", "WCO")):
            registries.importers.register(name, f"tidewaiter.documents.readers.{attribute}")
        types.register(
            "org.tidewaiter.declaration.export.v1", "tidewaiter.documents.theirs.messages.EXPORT"
        )
        forgetting.register("documents", "tidewaiter.documents.theirs.actions.FORGETTER")
        for page in ("consignment-below", "message"):
            name = page.partition("-")[0]
            panels.register(
                page, "documents.theirs", f"tidewaiter.documents.theirs.panels.{name}", order=10
            )
        menu.register("declarations", "tidewaiter.documents.panels.MENU")
