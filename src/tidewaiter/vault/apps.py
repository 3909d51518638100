"""The room `vault` as a Django app."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.vault"
    label = "vault"
