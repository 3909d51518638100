"""Where an error arose, for a log that may hold no personal data: places and kinds, no message.

What an exception says may quote what was being read; where it was raised says nothing of it.
"""

import traceback
from typing import Final

DEEPEST: Final = 12  # places that are named, the last ones


def kind(error: BaseException) -> str:
    """The exception's class, with its module where it is none of Python's own."""
    name, module = type(error).__qualname__, type(error).__module__
    return name if module == "builtins" else f"{module}.{name}"


def places(error: BaseException) -> list[str]:
    """Where it went through, the innermost last: `file:line function`, then causes likewise."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    found = [f"{_short(each.filename)}:{each.lineno} {each.name}" for each in frames]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and cause is not error:
        found += [f"because of {kind(cause)}", *places(cause)[-3:]]
    return found


def _short(file: str) -> str:
    for root in ("/tidewaiter/", "/site-packages/"):
        _, found, rest = file.rpartition(root)
        if found:
            return rest
    return file
