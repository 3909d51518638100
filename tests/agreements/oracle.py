"""What agreement.md says, written down a second time from the page alone, to hold the room against.

Works on the documents' plain data and imports nothing of the room: slow, short and literal.
"""

import base64
import hmac
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

MARKS = ("TLP:RED", "TLP:AMBER+STRICT", "TLP:AMBER", "TLP:GREEN", "TLP:CLEAR")  # from the tightest
KEY = bytes(range(32))  # of every agreement here
Path = tuple[str, ...]
Leaf = tuple[Path, Any]


@dataclass(frozen=True)
class Paper:
    """A document's data, its digest, who signed it when, and the notices: (party, what, when)."""

    data: Mapping[str, Any]
    digest: str
    signed: Mapping[str, datetime]
    notices: Sequence[tuple[str, str, datetime]] = ()


@dataclass(frozen=True)
class Ask:
    """A request in plain data."""

    sender: str
    recipient: str
    category: str
    purpose: str
    mode: str
    handling: str
    needs: tuple[str, ...]  # "The sender says which fields it needs …
    required: tuple[str, ...]  # … (by default the type's required ones)"
    data: Mapping[str, Any]


# "A field is a dotted path into the message's data; lists are transparent"


def leaves(value: Any, path: Path = ()) -> Iterator[Leaf]:
    """Every scalar; a list or an object with nothing in it counts as a leaf too."""
    if isinstance(value, dict) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item, path)
    elif path:
        yield path, value


def names(field: str, path: Path) -> bool:
    """ "naming a member names all below it"."""
    steps = tuple(field.split("."))
    return path[: len(steps)] == steps


def may_leave(clause: Mapping[str, Any], path: Path) -> bool:
    """ "what is not named stays"; "withhold beats allow"."""
    fields = clause["fields"]
    allowed = any(names(each, path) for each in fields["allow"])
    return allowed and not any(names(each, path) for each in fields.get("withhold", ()))


def form_of(clause: Mapping[str, Any], path: Path) -> str | None:
    """The form for a field: of the names that cover it the nearest."""
    found = clause["fields"].get("generalise", {})
    covering = [each for each in found if names(each, path)]
    return found[max(covering, key=lambda each: each.count("."))] if covering else None


def pseudonym(text: str, key: bytes = KEY) -> str:
    """ "kh:" and the base64url of HMAC-SHA-256 over the NFKC_Casefold text under the key."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    made = hmac.digest(key, folded.encode(), "sha256")
    return "kh:" + base64.urlsafe_b64encode(made).decode().rstrip("=")


def is_coarse(original: Any, sent: Any, form: str, key: bytes = KEY) -> bool:
    """Whether `sent` is what the form leaves of `original`, by the page's own list."""
    text = original if isinstance(original, str) else str(original)
    if form == "presence":
        return sent is True
    if not isinstance(sent, str):
        return False
    if form == "keyed-hash":
        return sent == pseudonym(text, key)
    if form in {"hs2", "hs4", "hs6"}:
        digits = int(form[2])
        code = text.replace(".", "").replace(" ", "")
        return sent.isdigit() and len(sent) <= digits and code.startswith(sent)
    if form == "month":
        return text.startswith(sent) and len(sent) in {4, 7}
    if form == "year":
        return text.startswith(sent) and len(sent) == 4
    if form == "country":
        return len(sent) == 2 and text.upper().startswith(sent)
    assert form == "band", form
    if sent == text:
        return True
    number = Decimal(text)
    bound = Decimal(sent.removeprefix("band:"))
    if number == 0:
        return bound == 0
    return bound == Decimal("0.1") if number < 1 else bound <= number < bound * 10


def excess(
    clause: Mapping[str, Any], original: Any, sent: Any, key: bytes | None = None
) -> list[Leaf]:
    """What of `sent` the clause does not let out, or lets out coarser only, or was never there."""
    there = list(leaves(original))
    wrong = []
    for path, value in leaves(sent):
        same = [each for at, each in there if at == path]
        form = form_of(clause, path)
        if not may_leave(clause, path) or not same:
            wrong.append((path, value))
        elif form is None or value in ({}, []):
            if not any(type(each) is type(value) and each == value for each in same):
                wrong.append((path, value))
        elif not any(is_coarse(each, value, form, key or KEY) for each in same):
            wrong.append((path, value))
    return wrong


def kept_needlessly(clause: Mapping[str, Any], original: Any, sent: Any) -> list[Leaf]:
    """What the clause lets out as it is and did not leave."""
    gone = list(leaves(sent))
    return [
        (path, value)
        for path, value in leaves(original)
        if may_leave(clause, path) and form_of(clause, path) is None and (path, value) not in gone
    ]


# "Conditions"


def _values(data: Any, steps: Sequence[str]) -> list[Any]:
    if isinstance(data, list):
        return [found for item in data for found in _values(item, steps)]
    if not steps:
        return [data]
    if isinstance(data, dict) and steps[0] in data:
        return _values(data[steps[0]], steps[1:])
    return []


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _same_number(text: str, wanted: str) -> bool:
    """Numbers compare as decimals; `0101` is no number but a code."""
    plain = all(re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", each) for each in (text, wanted))
    return plain and Decimal(text) == Decimal(wanted)


def _meets(condition: Mapping[str, Any], value: Any) -> bool:
    if "present" in condition:
        return value is not None
    if value is None or isinstance(value, dict | list):
        return False
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if "under" in condition:
        return any(text.startswith(each) for each in condition["under"])
    if "in" in condition or "equals" in condition:
        wanted = condition.get("in") or [condition["equals"]]
        return text in wanted or any(_same_number(text, each) for each in wanted)
    number = _number(value)
    if number is None:
        return False
    if "least" in condition:
        return number >= Decimal(condition["least"])
    return number <= Decimal(condition["most"])


def met(clause: Mapping[str, Any], data: Any) -> bool:
    """ "A list-valued field meets a condition when any element does; for the sender a condition on
    an absent field is not met"."""
    return all(
        any(_meets(each, value) for value in _values(data, each["field"].split(".")))
        for each in clause.get("when", ())
    )


# "In force between those that have signed …"


def begins(paper: Paper, pair: tuple[str, str]) -> datetime | None:
    """Both and enough have signed, and `from` (00:00Z) has come."""
    entry = paper.data.get("entry", "all")
    wanted = len(paper.data["parties"]) if entry == "all" else entry
    if len(paper.signed) < wanted or not set(pair) <= set(paper.signed):
        return None
    start = datetime.combine(date.fromisoformat(paper.data["from"]), datetime.min.time(), UTC)
    enough = sorted(paper.signed.values())[wanted - 1]
    return max(start, enough, *(paper.signed[each] for each in pair))


def under_notice(paper: Paper, pair: tuple[str, str], at: datetime) -> bool:
    """Whether one of the two has suspended it and not resumed, or terminated it."""
    for party in pair:
        said = [(when, what) for who, what, when in paper.notices if who == party and when <= at]
        said.sort(key=lambda each: each[0])
        words = [what for _, what in said]
        if "terminate" in words or (words and words[-1] == "suspend"):
            return True
    return False


def open_between(paper: Paper, pair: tuple[str, str], at: datetime) -> bool:
    """In force but for what may have replaced it."""
    begun = begins(paper, pair)
    until = paper.data.get("until")
    if begun is None or begun > at or under_notice(paper, pair, at):
        return False
    return until is None or at.date() <= date.fromisoformat(until)


def in_force(paper: Paper, pair: tuple[str, str], at: datetime, book: Sequence[Paper]) -> bool:
    """… and no higher version and nothing that supersedes it has come into force by then.

    For books without circles: the test's own strategies make none.
    """
    if not open_between(paper, pair, at):
        return False
    for other in book:
        mine, theirs = paper.data, other.data
        higher = theirs["id"] == mine["id"] and theirs["version"] > mine["version"]
        names_it = theirs["id"] != mine["id"] and mine["id"] in theirs.get("supersedes", ())
        if (higher or names_it) and ever_in_force(other, pair, at):
            return False
    return True


def ever_in_force(paper: Paper, pair: tuple[str, str], at: datetime) -> bool:
    """Whether it was in force at any moment up to `at`: it begins, or is resumed."""
    begun = begins(paper, pair)
    if begun is None:
        return False
    moments = [begun, *(when for _, _, when in paper.notices if when > begun)]
    return any(open_between(paper, pair, each) for each in moments if each <= at)


# "Which clause decides"


def covers(clause: Mapping[str, Any], ask: Ask) -> bool:
    """Direction, category, purpose, mode, conditions, handling and what is needed."""
    tight = MARKS.index(ask.handling) <= MARKS.index(clause["handling"])
    return (
        ask.sender in clause["disclosers"]
        and ask.recipient in clause["recipients"]
        and ask.category in clause["categories"]
        and ask.purpose in clause["purposes"]
        and ask.mode in clause["modes"]
        and tight
        and met(clause, ask.data)
        and has_needs(clause, ask)
    )


def has_needs(clause: Mapping[str, Any], ask: Ask) -> bool:
    """Fields that are asked for leave whole; of a required one a part is enough."""
    if ask.needs:
        return all(may_leave(clause, tuple(each.split("."))) for each in ask.needs)
    return all(_part_leaves(clause, each) for each in ask.required)


def _part_leaves(clause: Mapping[str, Any], field: str) -> bool:
    path = tuple(field.split("."))
    if may_leave(clause, path):
        return True
    held = any(names(each, path) for each in clause["fields"].get("withhold", ()))
    below = any(names(field, tuple(each.split("."))) for each in clause["fields"]["allow"])
    return below and not held


def others(clause: Mapping[str, Any], ask: Ask) -> int:
    """How many other fields of this data it lets out, counted as leaf paths."""
    wanted = ask.needs or ask.required
    paths = {path for path, _ in leaves(ask.data)}
    return sum(
        may_leave(clause, path) and not any(names(each, path) for each in wanted) for path in paths
    )


def deciding(
    book: Sequence[Paper], ask: Ask, at: datetime, arrears: frozenset[tuple[str, str, str]]
) -> tuple[str, str] | None:
    """(digest, clause id) of the clause that decides, None where none permits it."""
    pair = (ask.sender, ask.recipient)
    found = []
    for paper in book:
        if not in_force(paper, pair, at, book):
            continue
        for clause in paper.data["clauses"]:
            owed = (paper.data["id"], ask.category, ask.recipient) in arrears
            if covers(clause, ask) and not (clause.get("reciprocal") and owed):
                tight = MARKS.index(clause["handling"])
                days = clause["retention"]["days"]
                rank = (others(clause, ask), tight, days, paper.digest, clause["id"])
                found.append(rank)
    return min(found)[-2:] if found else None


def latest(clause: Mapping[str, Any], at: datetime) -> datetime:
    """ "retainuntil within the retention counted from time"."""
    return at + timedelta(days=clause["retention"]["days"])
