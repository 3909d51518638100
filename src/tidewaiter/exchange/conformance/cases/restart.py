"""The cases that disturb the node, behind all others."""

from typing import Final

from tidewaiter.exchange.conformance.cases.durability import KILLED
from tidewaiter.exchange.conformance.cases.posts import FLOOD

CASES: Final = [KILLED, FLOOD]
