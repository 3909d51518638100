"""The two types by which a restored node and its partners speak (the wire contract, "The log")."""

from typing import Final

RESTORED: Final = "org.tidewaiter.node.restored.v1"  # the question of the restored node
STATE: Final = "org.tidewaiter.node.state.v1"  # a partner's answer
