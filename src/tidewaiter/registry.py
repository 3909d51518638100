"""A registry that a lower room owns and upper rooms fill with import paths in `AppConfig.ready()`.

Nothing is imported when it is registered, so starting a node loads no heavy library.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Names to import paths (`package.module.attribute`), each resolved when first asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._paths: dict[str, str] = {}
        self._found: dict[str, T] = {}

    def register(self, name: str, path: str) -> None:
        """Register `path` under `name`. Raises LookupError when the name has another path."""
        if self._paths.setdefault(name, path) != path:
            taken = self._paths[name]
            raise LookupError(f"{self.name}: {name!r} is registered already, as {taken}")

    def paths(self) -> dict[str, str]:
        """All names with their import paths, in order of name."""
        return dict(sorted(self._paths.items()))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._paths))

    def __contains__(self, name: object) -> bool:
        return name in self._paths

    def get(self, name: str) -> T:
        """The object registered under `name`. Raises LookupError when there is none."""
        try:
            path = self._paths[name]
        except KeyError:
            raise LookupError(f"{self.name}: nothing is registered as {name!r}") from None
        if path not in self._found:
            module, _, attribute = path.rpartition(".")
            self._found[path] = getattr(import_module(module), attribute)
        return self._found[path]
