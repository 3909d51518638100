"""The room `exchange` as a Django app."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.exchange"
    label = "exchange"
