"""The room `node` as a Django app."""

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.node"
    label = "node"

    def ready(self) -> None:
        """Lead structlog's events to standard error."""
        from tidewaiter.node import logs

        logs.configure()
