"""Why something is permitted or not: a code with parameters, worded when it is read."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tidewaiter.agreements import wording
from tidewaiter.problem import N_

Word = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Reason:
    """A code of WORDS with its parameters; one named after a vocabulary is a term of it."""

    code: str
    params: dict[str, str] = field(default_factory=dict)

    def said(self, word: Word = str) -> str:
        """The reason as a sentence."""
        return word(WORDS[self.code]).format_map(self.texts(word))

    def texts(self, word: Word = str) -> dict[str, str]:
        """Its parameters in words."""
        return {name: wording.term(value, name, word) for name, value in self.params.items()}


WORDS: Final = {
    "permitted": N_(
        "Clause {clause} of “{title}” lets {sender} tell {recipient} this for {purpose}."
    ),
    "no-agreement": N_("No agreement is in force between {sender} and {recipient} at that time."),
    "not-both-parties": N_("{sender} and {recipient} are not both parties to this agreement."),
    "not-in-force": N_("The agreement is not in force between {sender} and {recipient}: {state}."),
    "no-clause": N_("The agreement has no clause {clause}."),
    "direction": N_("No clause lets {sender} disclose anything to {recipient}."),
    "category": N_("No clause lets {sender} disclose {category} to {recipient}."),
    "no-category": N_("Messages of type {type} belong to no category that an agreement covers."),
    "purpose": N_("Clause {clause} covers {category}, but not for {purpose}."),
    "mode": N_("Clause {clause} covers {category} for {purpose}, but not {mode}."),
    "handling": N_("Clause {clause} wants {wanted} or tighter, and {handling} is looser."),
    "condition": N_("Clause {clause} does not apply: its condition on {field} is not met."),
    "needs": N_("Clause {clause} does not let out what is needed: {fields}."),
    "reciprocity": N_(
        "Clause {clause} is suspended: {recipient} is in arrears with {category} in return."
    ),
    "not-a-mark": N_("{handling} is no handling mark."),
    "field": N_("The field {field} is outside what clause {clause} lets out."),
    "finer": N_("The field {field} is finer than clause {clause} lets out: {form} is wanted."),
    "retention": N_("It may be kept to {wanted} under clause {clause}, and {until} is later."),
    "key-missing": N_("Clause {clause} wants pseudonyms, and the agreement's key is not here yet."),
}
