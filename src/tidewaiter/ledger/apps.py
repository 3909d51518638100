"""The room `ledger` as a Django app."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.ledger"
    label = "ledger"
