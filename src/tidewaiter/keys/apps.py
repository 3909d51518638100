"""The room `keys` as a Django app."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.keys"
    label = "keys"

    def ready(self) -> None:
        """Take a place in the menu."""
        from tidewaiter.web import menu

        menu.register("keys", "tidewaiter.keys.panels.MENU")
