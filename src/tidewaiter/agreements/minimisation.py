"""What of a message's `data` leaves under a clause: the fields allowed, coarsened as it says.

What the clause does not name stays; `withhold` beats `allow`; a value that cannot be coarsened as
the clause wants stays too. Of a reply, paths count from its `records` and its `answer`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from tidewaiter.agreements import category, fields, generalisation
from tidewaiter.agreements.document import Clause

_NOTHING: Final = object()
_KNOWN: Final = 1_000  # paths of a clause that are remembered; who sends chooses them


@dataclass(frozen=True, slots=True)
class Minimised:
    """The data that leaves; the fields left out, and those coarsened, as dotted paths, sorted."""

    data: dict[str, Any]
    withheld: tuple[str, ...]
    generalised: tuple[str, ...]


class Rules:
    """A clause's fields, made ready to be asked of each path."""

    __slots__ = ("_allow", "_below", "_generalise", "_plain", "_whole", "_withhold", "allow")

    def __init__(self, clause: Clause) -> None:
        self.allow = clause.allow
        self._allow = _Names(clause.allow)
        self._withhold = _Names(clause.withhold)
        self._generalise = dict(clause.generalise)
        steps = (name.split(".") for name in clause.allow)
        self._below = {".".join(each[:end]) for each in steps for end in range(1, len(each))}
        self._plain: set[str] = set()
        self._whole: dict[str, bool] = {}

    def lets_out(self, path: str) -> bool:
        """Whether the field may leave, as it is or coarsened."""
        return self._allow.cover(path) and not self._withhold.cover(path)

    def plain(self, path: str) -> bool:
        """Whether the field may leave as it is; what did once is known, up to a bound."""
        if path in self._plain:
            return True
        if not self.lets_out(path) or self.form(path):
            return False
        if len(self._plain) < _KNOWN:
            self._plain.add(path)
        return True

    def whole(self, path: str) -> bool:
        """Whether the field and all that may stand below it may leave as they are."""
        known = self._whole.get(path)
        if known is None:
            below = path + "."
            named = (*self._withhold.names, *self._generalise)
            known = self.plain(path) and not any(each.startswith(below) for each in named)
            if len(self._whole) < _KNOWN:
                self._whole[path] = known
        return known

    def leads_to(self, path: str) -> bool:
        """Whether something below `path` may leave, though `path` itself may not."""
        return path in self._below and not self._withhold.cover(path)

    def form(self, path: str) -> str:
        """How the field is to be coarsened; "" where it is not."""
        found = fields.nearest(self._generalise, path) if self._generalise else None
        return found[1] if found else ""


class _Names:
    """Field names, asked whether one of them covers a path."""

    __slots__ = ("dotted", "names")

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = frozenset(names)
        self.dotted = tuple(name + "." for name in names)

    def cover(self, path: str) -> bool:
        return path in self.names or path.startswith(self.dotted)


@lru_cache(maxsize=4096)
def rules(clause: Clause) -> Rules:
    """The fields of a clause as rules."""
    return Rules(clause)


def minimise(
    data: Mapping[str, Any], clause: Clause, keyed_hash_key: bytes | None, *, type_: str = ""
) -> Minimised:
    """The part of `data` that `clause` lets out. Raises NoKey where a pseudonym lacks its key."""
    walk = _Walk(rules(clause), keyed_hash_key)
    frames = category.frames(type_)
    if not frames:
        kept = walk.mapping(data, "")
    else:
        kept = {name: value for name, value in data.items() if name not in frames}
        for name in frames:
            if name in data:
                held = isinstance(data[name], dict | list)
                below = walk.item(data[name], "" if held else name)
                if held or below is not _NOTHING:
                    kept[name] = type(data[name])() if below is _NOTHING else below
    return Minimised(kept, tuple(sorted(walk.withheld)), tuple(sorted(walk.generalised)))


def leaf_paths(
    data: Mapping[str, Any], type_: str, but: Callable[[str], bool] | None = None
) -> list[tuple[str, fields.Scalar]]:
    """The scalars of `data` with the paths by which clauses name them, as `fields.leaves`."""
    frames = category.frames(type_)
    if not frames:
        return fields.leaves(data, but=but)
    parts = [(name, fields.leaves(data[name], but=but)) for name in frames if name in data]
    return [(path or name, value) for name, part in parts for path, value in part]


@dataclass(slots=True)
class _Walk:
    rules: Rules
    key: bytes | None
    withheld: set[str] = field(default_factory=set)
    generalised: set[str] = field(default_factory=set)

    def mapping(self, value: Mapping[str, Any], path: str) -> dict[str, Any]:
        made = {name: self.item(each, fields.join(path, name)) for name, each in value.items()}
        return {name: each for name, each in made.items() if each is not _NOTHING}

    def item(self, value: Any, path: str) -> Any:
        """What of `value` leaves, or _NOTHING."""
        out = bool(path) and self.rules.lets_out(path)
        if not out and path and not (isinstance(value, dict | list) and self.rules.leads_to(path)):
            self.withheld.add(path)
            return _NOTHING
        if isinstance(value, dict):
            kept = self.mapping(value, path)
            return kept if kept or (out and not value) else _NOTHING
        if isinstance(value, list):
            made = [self.item(each, path) for each in value]
            some = [each for each in made if each is not _NOTHING]
            return some if some or (out and not value) else _NOTHING
        return self.scalar(value, path) if out else _NOTHING

    def scalar(self, value: Any, path: str) -> Any:
        form = self.rules.form(path)
        if not form:
            return value
        try:
            coarse = generalisation.generalise(value, form, self.key)
        except generalisation.NoForm:
            self.withheld.add(path)
            return _NOTHING
        self.generalised.add(path)
        return coarse
