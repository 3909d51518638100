"""What a reader answers: the declaration, or what keeps it out, each with its place and rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from tidewaiter.documents import declaration, rulebook
from tidewaiter.problem import Word

QUOTE: Final = 200  # characters of a source that a message quotes at most


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark of a reader: where, by which rule, worded when it is read.

    `line` counts from 1 (0: not known); `place` is the source's own name of the field: the XPath
    of an element, the column of a file, the path of a JSON member.
    """

    rule: str  # a name of `rulebook.RULES`
    place: str = ""
    line: int = 0
    file: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def refuses(self) -> bool:
        """Whether this keeps the declaration out."""
        return rulebook.RULES[self.rule].refuses

    def said(self, word: Word = str) -> str:
        """The sentence, in the words of the reader."""
        return word(rulebook.RULES[self.rule].text).format_map(self.parameters)

    @property
    def message(self) -> str:
        """The sentence in English, as `errors[]` of an import prints it."""
        return self.said()

    def within(self, file: str, line: int = 0) -> "Finding":
        """The same finding of a document that stands at `line` of `file`."""
        return replace(self, file=file, line=self.line or line)


def quote(text: str) -> str:
    """`text` as a message may quote it: at most 200 characters, nothing unprintable."""
    short = text if len(text) <= QUOTE else text[: QUOTE - 1] + "…"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in short)[:QUOTE]


def find(rule: str, place: str = "", line: int = 0, /, **parameters: object) -> Finding:
    """A finding by `rule`; the parameters are quoted. Raises KeyError for an unknown rule."""
    rulebook.RULES[rule]
    said = {name: quote(str(value)) for name, value in parameters.items()}
    return Finding(rule, place, line, parameters=said)


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What came of one document: `declaration` is None where a finding refuses it."""

    declaration: declaration.Declaration | None
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the document is kept out."""
        return self.declaration is None

    def named(self, file: str) -> "ReadResult":
        """The same result with `file` in each finding; what has no line stands in the first."""
        return ReadResult(self.declaration, tuple(one.within(file, 1) for one in self.findings))
