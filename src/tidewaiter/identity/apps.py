"""The room `identity` as a Django app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.identity"
    label = "identity"
