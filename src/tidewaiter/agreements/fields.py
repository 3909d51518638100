"""Fields of a message's `data`: dotted paths, lists transparent, a member naming all below it.

`goods.hs` is the `hs` of every element of `goods`; `consignment` is all that stands below it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Scalar = str | int | float | bool | None


def covers(name: str, path: str) -> bool:
    """Whether the field `name` is `path` or something that it stands below."""
    return path == name or path.startswith(name + ".")


def covered(names: Iterable[str], path: str) -> bool:
    """Whether one of `names` covers `path`."""
    return any(covers(name, path) for name in names)


def nearest(named: Mapping[str, str], path: str) -> tuple[str, str] | None:
    """The longest of the names that covers `path`, with its value."""
    best = max((name for name in named if covers(name, path)), key=len, default=None)
    return None if best is None else (best, named[best])


def join(path: str, member: str) -> str:
    """The path of a member of what stands at `path`; "" is the root."""
    return f"{path}.{member}" if path else member


def leaves(
    value: Any, path: str = "", but: Callable[[str], bool] | None = None
) -> list[tuple[str, Scalar]]:
    """Every scalar with its path; a mapping or list with nothing in it counts as one, None.

    What stands below a path of which `but` is true is left out.
    """
    found: list[tuple[str, Scalar]] = []
    _gather(value, path, but, found)
    return found


def values(data: Any, path: str) -> list[Any]:
    """All that stands at `path`, through lists; what is a list there gives its elements."""
    found = [data]
    for step in path.split("."):
        found = [item[step] for item in _flat(found) if isinstance(item, Mapping) and step in item]
    return list(_flat(found))


def _gather(
    value: Any, path: str, but: Callable[[str], bool] | None, found: list[tuple[str, Scalar]]
) -> None:
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101 (a dict at once)
        if not value and path:
            found.append((path, None))
        for member, item in value.items():
            below = f"{path}.{member}" if path else member
            if type(item) is str:
                found.append((below, item))
            elif but is None or not but(below):
                _gather(item, below, but, found)
    elif isinstance(value, list | tuple):
        if not value:
            found.append((path, None))
        for item in value:
            if type(item) is str:
                found.append((path, item))
            else:
                _gather(item, path, but, found)
    else:
        found.append((path, value))


def _flat(items: Iterable[Any]) -> Iterator[Any]:
    for item in items:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item
