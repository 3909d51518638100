"""The conditions of a clause: tests on fields of `data`, all of which must be met.

A list-valued field meets one when any of its elements does; numbers compare as decimals.
"""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from tidewaiter import canonical
from tidewaiter.agreements import fields
from tidewaiter.agreements.document import Condition

_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,59})(\.[0-9]{1,60})?")
_LOOSE: Final = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?")


def unmet(
    conditions: Iterable[Condition], data: Any, *, lenient: Iterable[str] = (), came: bool = False
) -> Condition | None:
    """The first condition that `data` does not meet, or None.

    For a sender a condition on an absent field is not met. Where it `came`, from a partner, one on
    a field that is absent, or that one of `lenient` (what was generalised) covers, counts as met.
    """
    coarsened = tuple(lenient)
    for condition in conditions:
        if came and fields.covered(coarsened, condition.field):
            continue
        values = fields.values(data, condition.field)
        if not values and came:
            continue
        if not any(meets(condition, value) for value in values):
            return condition
    return None


def meets(condition: Condition, value: Any) -> bool:
    """Whether one value, a scalar or a mapping, meets the condition."""
    if condition.test == "present":
        return value is not None
    if value is None or isinstance(value, dict | list):
        return False
    text = value if isinstance(value, str) else canonical.write(value).decode("ascii")
    if condition.test == "under":
        return text.startswith(condition.values)
    if condition.test in {"in", "equals"}:
        return any(_same(text, each) for each in condition.values)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number or _LOOSE.fullmatch(text)):
        return False
    bound = Decimal(condition.values[0])
    return Decimal(text) >= bound if condition.test == "least" else Decimal(text) <= bound


def possible(conditions: Sequence[Condition]) -> bool:
    """Whether one single value could meet all of these, which are on one field."""
    exact = [each for each in conditions if each.test in {"in", "equals"}]
    if exact:
        return any(all(meets(each, value) for each in conditions) for value in exact[0].values)
    least = [Decimal(each.values[0]) for each in conditions if each.test == "least"]
    most = [Decimal(each.values[0]) for each in conditions if each.test == "most"]
    if least and most and max(least) > min(most):
        return False
    prefixes = [each.values for each in conditions if each.test == "under"]
    starts = [""]
    for each in prefixes:  # the longer of two prefixes that nest, where they do
        pairs = [(one, other) for one in starts for other in each]
        starts = [max(pair, key=len) for pair in pairs if _nest(*pair)]
    return bool(starts)


def _nest(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _same(text: str, wanted: str) -> bool:
    if text == wanted:
        return True
    # `0101` is no number but a code, so only what is written as a number compares as one
    both = _NUMBER.fullmatch(text) and _NUMBER.fullmatch(wanted)
    return bool(both) and Decimal(text) == Decimal(wanted)
