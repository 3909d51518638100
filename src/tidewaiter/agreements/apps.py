"""The room `agreements` as a Django app."""

from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.agreements"
    label = "agreements"
