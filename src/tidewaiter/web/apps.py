"""The room `web` as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.web"
    label = "web"
