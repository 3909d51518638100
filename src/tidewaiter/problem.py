"""The base of every refusal: RFC 9457 problem documents whose words are chosen by the reader.

A room defines its problems in its `errors.py`; the faces print them, each in its own form.
"""

from collections.abc import Callable
from typing import ClassVar, Final

TYPES: Final = "https://tidewaiter.org/problems/"
PARTS: Final = ("title", "detail", "remedy")

Word = Callable[[str], str]


def N_(text: str) -> str:  # noqa: N802 (gettext's own name for a string translated later)
    """Mark `text` for the catalogues; it is translated when a reader is known."""
    return text


class Problem(Exception):
    """A refusal: a code with parameters, worded by the face in the reader's language.

    A subclass sets `type` (a name under `TYPES`), `status` (HTTP), `title`, `detail` and `remedy`;
    the last two may name members in braces: "Clause {clause} lets {field} leave as {form} only."
    """

    type: ClassVar[str] = "failed"
    status: ClassVar[int] = 422
    title: ClassVar[str] = N_("This could not be done")
    detail: ClassVar[str] = "{reason}"
    remedy: ClassVar[str] = ""

    def __init__(self, **members: object) -> None:
        super().__init__(self.type, members)
        self.members = members

    def said(self, word: Word = str) -> dict[str, str]:
        """Title, detail and remedy in words; empty parts are left out."""
        texts = ((part, getattr(self, part)) for part in PARTS)
        return {part: word(text).format_map(self.members) for part, text in texts if text}

    def document(self, word: Word = str) -> dict[str, object]:
        """The problem document of RFC 9457 §3, `remedy` as an extension member."""
        own = {"type": TYPES + self.type, "status": self.status}
        return {**self.members, **self.said(word), **own}

    def line(self, word: Word = str) -> str:
        """One line for a terminal: what is wrong, then the remedy."""
        said = self.said(word)
        wrong = " ".join((said.get("detail") or said["title"]).split())
        remedy = " ".join(said.get("remedy", "").split())
        if remedy and wrong[-1:] not in {".", "!", "?", ":", "…"}:
            wrong += "."  # a reason that came from elsewhere may not end as a sentence does
        return f"{wrong} {remedy}".strip()

    def __str__(self) -> str:
        return self.line()
