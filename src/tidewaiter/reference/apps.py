"""The room `reference` as a Django app."""

from django.apps import AppConfig


class ReferenceConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.reference"
    label = "reference"
