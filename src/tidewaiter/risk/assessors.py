"""The assessors of upper rooms: a registry of `assess(frame, at) -> frame` by import path.

    from tidewaiter.risk import assessors
    assessors.register("ipr.marks", "tidewaiter.ipr.matching.assess")

The answer has the columns of `assess.FOUND`: a row a ground, its `until` null or a moment.
"""

from collections.abc import Callable
from typing import Any, Final

from tidewaiter.registry import Registry

registry: Final[Registry[Callable[..., Any]]] = Registry("assessors")


def register(name: str, path: str) -> None:
    """Register an assessor's import path. Raises LookupError when the name is taken."""
    registry.register(name, path)
