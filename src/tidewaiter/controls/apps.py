"""The room `controls` as a Django app."""

from django.apps import AppConfig


class ControlsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.controls"
    label = "controls"
