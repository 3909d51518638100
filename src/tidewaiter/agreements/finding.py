"""What is wrong with an agreement's document: a code with parameters, a path, a line, a remedy."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tidewaiter.problem import N_

Word = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found in a document; `warns` only warns, all others make it wrong."""

    code: str
    path: str
    line: int
    params: dict[str, str | int] = field(default_factory=dict)
    warns: bool = False

    def said(self, word: Word = str) -> str:
        """The finding and its remedy in words."""
        return word(WORDS[self.code]).format_map(self.params)


def dotted(path: tuple[str | int, ...]) -> str:
    """A path as people read it: `clauses[0].fields.allow[2]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


WORDS: Final = {
    # the file
    "too-large": N_("The document is over {limit} bytes: an agreement is a text, send no more."),
    "not-utf-8": N_("Here is a byte that is not UTF-8: save the file as UTF-8."),
    "not-yaml": N_("This is not YAML ({reason}): check the indent, the quotes and the brackets."),
    "not-json": N_("This is not JSON as it is signed ({reason})."),
    "two-documents": N_("A second document begins here: one file holds one agreement."),
    "alias": N_("An anchor or alias stands here: write the value out."),
    "tag": N_("The tag {tag} stands here: types come from the schema alone, leave it out."),
    "too-deep": N_("This is nested deeper than {limit}: no agreement needs that."),
    "no-text": N_("Here is a sign that JSON cannot carry: take it out."),
    "key-no-text": N_("A name of a member must be a text."),
    "member-twice": N_("{member} stands twice, first in line {first}: keep one."),
    "nothing": N_("The document is empty."),
    "not-canonical": N_("The signed bytes are not the canonical form (RFC 8785): sign it anew."),
    # the schema
    "missing": N_("{member} is missing: add it."),
    "unknown": N_("{member} is no member here: take it out, or write one of {allowed}."),
    "unknown-like": N_("{member} is no member here: did you mean {like}?"),
    "not-one-of": N_("{value} is not known here: write one of {allowed}."),
    "not-one-of-like": N_("{value} is not known here: did you mean {like}?"),
    "empty": N_("Nothing stands here: fill it in, or take the member out."),
    "want-object": N_("Members are wanted here, each with its name."),
    "want-array": N_("A list is wanted here: write it in brackets, [like, this]."),
    "want-string": N_("A text is wanted here."),
    "want-integer": N_("A whole number is wanted here, not {value}."),
    "want-boolean": N_("true or false is wanted here, not {value}."),
    "too-few": N_("At least {limit} must stand here."),
    "too-many": N_("At most {limit} may stand here."),
    "twice": N_("{value} stands twice in the list: keep one."),
    "too-small": N_("{value} is under {limit}."),
    "too-big": N_("{value} is over {limit}."),
    "too-long": N_("The text is longer than {limit} signs."),
    "form": N_("{value} has not the form that is wanted here: the page on agreements shows it."),
    "form-uuid": N_("{value} is no identifier: a UUID in lower case is wanted."),
    "form-code": N_("{value} is no code: small letters, digits and hyphens are wanted."),
    "form-administration": N_("{value} is no administration: two capital letters are wanted."),
    "form-date": N_("{value} is no date: write it as 2026-01-31."),
    "form-decimal": N_("{value} is no number: write digits with a point, such as 1000 or 0.5."),
    "form-field": N_("{value} is no field: names with dots between them, such as goods.hs."),
    "form-clause": N_("{value} is no clause number: letters, digits, dots and brackets, up to 40."),
    "form-entry": N_("{value} is neither all nor a number of parties from 2 on."),
    "form-onward": N_(
        "{value} is nobody to pass it on to: write none, with-consent or a list of administrations."
    ),
    "condition-tests": N_("A condition has a field and one test: one of {allowed}."),
    # the sense
    "until-before-from": N_("until ({until}) is before from ({start}): put a later day."),
    "not-a-party": N_("{party} is no party to this agreement: add it to parties, or take it out."),
    "entry-too-many": N_("Entry wants {entry} parties, but there are {parties}."),
    "supersedes-itself": N_("The agreement says that it replaces itself: a new version does so."),
    "clause-twice": N_(
        "Clause {clause} stands twice, first as number {first} of the list: number it anew."
    ),
    "no-direction": N_("Clause {clause} goes from {party} to itself only: name another recipient."),
    "lets-nothing": N_("Clause {clause} withholds all that it allows: nothing could leave."),
    "contradiction": N_(
        "No value of {field} meets all that clause {clause} wants of it: take a condition out."
    ),
    "contradiction-unless-many": N_(
        "No single {field} meets all that clause {clause} wants of it: only several together do."
    ),
    "allowed-withheld": N_("{field} is allowed and withheld, and so stays: take one of them out."),
    "supersedes-circle": N_(
        "{id} replaces this agreement too, at once or through others: each then replaces only what"
        " came into force before it."
    ),
    "unknown-field": N_(
        "No type of {categories} that this node knows has a field {field}: take it out."
    ),
    "unknown-field-like": N_(
        "No type of {categories} that this node knows has a field {field}: did you mean {like}?"
    ),
    "cannot-carry": N_(
        "Clause {clause} cannot carry any type of {category}: {type} needs {fields} as well."
    ),
    "not-a-scalar": N_("{field} is no single value: generalise the fields below it one by one."),
    "wrong-form": N_("{field} cannot be generalised as {form}: such values would be left out."),
    "idle-withhold": N_("{field} is not allowed anyway: withholding it changes nothing."),
    "idle-generalise": N_("{field} does not leave under this clause: this changes nothing."),
    "overlap": N_(
        "Clauses {clause} and {other} cover the same disclosures: of the two, the one that lets"
        " fewer fields out decides."
    ),
}
