"""The room `risk` as a Django app."""

from django.apps import AppConfig


class RiskConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.risk"
    label = "risk"
