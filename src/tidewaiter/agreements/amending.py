"""What changed between two versions of an agreement, in the sentences that people read.

Articles are paired by their number, sentences by what they are about; lists say what was added to
them and what was taken out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tidewaiter.agreements import sentences
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.sentences import Listed, Sentence
from tidewaiter.problem import N_

Word = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence as it was and as it is now; None where there was or is none."""

    before: Sentence | None
    after: Sentence | None

    def differences(self) -> list[tuple[str, Listed]]:
        """What was added to its list and what was taken out: codes of WORDS."""
        if self.before is None or self.after is None or self.before.code != self.after.code:
            return []
        found = []
        for name, old in self.before.params.items():
            new = self.after.params.get(name)
            if isinstance(old, Listed) and isinstance(new, Listed) and old != new:
                more = tuple(each for each in new.items if each not in old.items)
                less = tuple(each for each in old.items if each not in new.items)
                found += [("added", Listed(more, new.vocabulary))] if more else []
                found += [("removed", Listed(less, old.vocabulary))] if less else []
        return found

    def told(self, word: Word = str) -> list[str]:
        """The differences in words."""
        return [
            word(WORDS[code]).format(items=each.said(word)) for code, each in self.differences()
        ]


@dataclass(frozen=True, slots=True)
class Amended:
    """An article that changed, or the preamble where it has no number; `how` is a code of WORDS."""

    number: str
    title: str
    how: str  # new, gone, changed
    changes: tuple[Change, ...]


def changes(older: Agreement, newer: Agreement) -> list[Amended]:
    """What the newer says otherwise than the older, in the order of the newer's articles."""
    found = []
    opening = _paired(sentences.preamble(older), sentences.preamble(newer))
    if older.title != newer.title:
        title = Change(_titled(older), _titled(newer))
        opening = [title, *opening]
    if opening:
        found.append(Amended("", "", "changed", tuple(opening)))
    before = {each.number: each for each in sentences.articles(older)}
    after = {each.number: each for each in sentences.articles(newer)}
    for number, article in after.items():
        old = before.get(number)
        if old is None:
            said = tuple(Change(None, each) for each in article.sentences)
            found.append(Amended(number, article.title, "new", said))
        elif differing := _paired(old.sentences, article.sentences):
            found.append(Amended(number, article.title, "changed", tuple(differing)))
    for number, article in before.items():
        if number not in after:
            said = tuple(Change(each, None) for each in article.sentences)
            found.append(Amended(number, article.title, "gone", said))
    return found


def _titled(agreement: Agreement) -> Sentence:
    return Sentence("titled", {"title": agreement.title})


def _about(sentence: Sentence) -> str:
    """What a sentence is about, whatever it says of it: handling, onward, a condition's field …"""
    group = _SAME.get(sentence.code, sentence.code.partition("-")[0])
    if sentence.code.startswith("when-"):
        field = sentence.params["field"]
        return f"when {sentence.code} {field.items[0] if isinstance(field, Listed) else field}"
    if sentence.code == "generalise":
        form = sentence.params["form"]
        return f"generalise {form.items[0] if isinstance(form, Listed) else form}"
    if sentence.code.startswith("basis"):
        return f"basis {sentence.params['instrument']}"
    return group


def _paired(before: Sequence[Sentence], after: Sequence[Sentence]) -> list[Change]:
    """The sentences that differ, each with the one on the same matter."""
    left = [each for each in before if each not in after]
    found = []
    for each in after:
        if each in before:
            continue
        old = next((one for one in left if _about(one) == _about(each)), None)
        if old is not None:
            left.remove(old)
        found.append(Change(old, each))
    return found + [Change(each, None) for each in left]


_SAME: Final = {"may-tell": "each"}  # either sentence says who may tell whom of what
WORDS: Final = {
    "added": N_("Added: {items}."),
    "removed": N_("Taken out: {items}."),
    "new": N_("New article"),
    "gone": N_("Article taken out"),
    "changed": N_("Changed"),
}
