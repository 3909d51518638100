"""The room `keys` as a Django app."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.keys"
    label = "keys"
