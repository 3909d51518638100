"""The room `documents` as a Django app."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.documents"
    label = "documents"
