"""Identifiers: UUIDv7 (RFC 9562 §5.7), container numbers (ISO 6346), folded names of parties."""

import re
import secrets
import threading
import unicodedata
import uuid
from datetime import UTC, datetime, timedelta
from typing import Final

from stdnum import iso6346
from stdnum.exceptions import ValidationError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TAIL: Final = 74  # random bits behind the time: 12 of rand_a, 62 of rand_b
_SET_BACK: Final = 10_000  # ms by which a clock may step back without ids that go back
_lock: Final = threading.Lock()
_last = (0, 0)  # the time and the tail of the last one made

# Legal forms stand last in most names, in some countries first; folded, without dots.
_LAST_FORMS: Final = frozenset(
    re.findall(
        r"\w+",
        "ab ag aps as bhd bv bvba co company corp corporation cv de doo eood eurl gmbh inc"
        " incorporated kft kg kk limited limitada limitee llc llp lp ltd ltda mbh nv ohg oy oyj"
        " plc private pte pty pvt sa saoc sarl sas sasu sc sdn se sl snc spa sprl spzoo srl sro"
        " tbk uab ug zrt",
    )
)
_FIRST_FORMS: Final = frozenset({"cv", "ooo", "oao", "pao", "pt", "tov", "ud", "zao"})
_BETWEEN: Final = re.compile(r"[\s./-]")  # what people write between the parts of a number
_DROPPED: Final = str.maketrans("", "", ".'\u2019")  # S.A. is SA, d'Arvenia is dArvenia
_WORD: Final = re.compile(r"[^\W_]+")


def uuid7(at: datetime) -> uuid.UUID:
    """A UUIDv7 of the moment `at`; those that a process makes ascend (RFC 9562 §6.2, method 2)."""
    global _last
    stamp = (at - _EPOCH) // timedelta(milliseconds=1)
    with _lock:
        before, tail = _last
        if before - _SET_BACK <= stamp <= before:
            stamp, tail = before, tail + 1 + secrets.randbits(32)
        else:
            tail = secrets.randbits(_TAIL - 1)
        if tail >> _TAIL:
            stamp, tail = stamp + 1, secrets.randbits(_TAIL - 1)
        _last = (stamp, tail)
    high, low = tail >> 62, tail & (1 << 62) - 1
    return uuid.UUID(int=stamp << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def reference(text: str) -> str:
    """A reference as it is compared: upper case, without blanks, dots, slashes and hyphens.

    >>> reference("mbl-2026/77 a")
    'MBL202677A'
    """
    return _BETWEEN.sub("", text).upper()


def container(text: str) -> str | None:
    """The container number in `text` as ISO 6346 writes it, or None where its check digit fails.

    >>> container("csqu 305438-3")
    'CSQU3054383'
    >>> container("CSQU3054384")
    """
    if not text.isascii():
        return None
    try:
        return str(iso6346.validate(_BETWEEN.sub("", text)))
    except ValidationError:
        return None


def fold(name: str) -> str:
    """A party's name without what writers differ in: case, accents, punctuation, legal form.

    >>> fold("Société Arvénienne de Négoce, S. A. R. L.")
    'societe arvenienne de negoce'
    """
    words = _letters_joined(_WORD.findall(_plain(name).translate(_DROPPED)))
    kept = list(words)
    while kept and kept[-1] in _LAST_FORMS:
        kept.pop()
    if len(kept) > 1 and kept[0] in _FIRST_FORMS:
        kept.pop(0)
    return " ".join(kept or words)


def _plain(name: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    apart = unicodedata.normalize("NFD", folded)
    bare = "".join(sign for sign in apart if not "\u0300" <= sign <= "\u036f")
    return unicodedata.normalize("NFKC", bare)


def _letters_joined(words: list[str]) -> list[str]:
    """`s a r l` is `sarl`: letters that stand alone in a row are one word."""
    joined: list[str] = []
    alone = False
    for word in words:
        if alone and len(word) == 1:
            joined[-1] += word
        else:
            joined.append(word)
        alone = len(word) == 1
    return joined
