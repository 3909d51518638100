"""Whether an error quotes a text: as it is, as Python or JSON would write it, or cut off. Pure."""

import json
from collections.abc import Collection, Set
from typing import Final

LEAST: Final = 6  # characters of a text that is looked for where an error was cut off


def forms(words: Collection[str]) -> set[str]:
    """How an error may write these texts: line ends, quotes and strange letters are escaped."""
    found = set(words)
    for word in words:
        plain = json.dumps(word, ensure_ascii=False)
        found |= {each[1:-1] for each in (repr(word), json.dumps(word), plain)}
    return found


def quotes(error: str, wanted: Set[str], most: int) -> bool:
    """Whether an error, of which `most` characters were kept, has one of these or its beginning."""
    if any(each in error for each in wanted):
        return True
    if len(error) < most:
        return False
    longest = max(map(len, wanted), default=0)
    ends = {error[-length:] for length in range(LEAST, min(longest, most) + 1)}
    return any(each[:length] in ends for each in wanted for length in range(LEAST, len(each)))
