"""The room `work` as a Django app."""

from django.apps import AppConfig


class WorkConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.work"
    label = "work"
