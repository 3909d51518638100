"""The room `node` as a Django app."""

from django.apps import AppConfig


class NodeConfig(AppConfig):
    """What starting a node does for this room."""

    name = "tidewaiter.node"
    label = "node"
