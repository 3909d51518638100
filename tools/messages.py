"""Catalogues of words: extracted from Python and templates, updated, compiled, checked.

`python -m tools.messages update ROOM|--all` writes `locale/fr/LC_MESSAGES/django.po`, keeping what
is translated; `compile` writes the `.mo` files that a node reads; `check` fails on a French string
that is missing, fuzzy, empty or superfluous, or whose placeholders are not the English ones.
There is no msgfmt on a bare machine: Babel does it.
"""

import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

SOURCE: Final = Path(__file__).parents[1] / "src" / "tidewaiter"
LANGUAGES: Final = ("fr",)
KEYWORDS: Final[dict[str, Any]] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
USAGE: Final = "usage: python -m tools.messages update ROOM… | update --all | compile | check"


def rooms() -> list[str]:
    """Every room, in order of name; `problem.py` and its kind have no words of their own."""
    return sorted(file.parent.name for file in SOURCE.glob("*/__init__.py"))


def extracted(room: str) -> Catalog:
    """The words of a room's Python and templates, in English."""
    catalog = Catalog(domain="django", charset="utf-8", project="Tidewaiter", fuzzy=False)
    for file, source in sources(room):
        found = extract("python", io.BytesIO(source), keywords=KEYWORDS, comment_tags=("Say:",))
        for line, words, comments, context in found:
            place = [(str(file.relative_to(SOURCE.parents[1])), line)]
            catalog.add(words, locations=place, auto_comments=comments, context=context)
    return catalog


def sources(room: str) -> Iterator[tuple[Path, bytes]]:
    """The files with words, templates turned into Python for the extraction."""
    folder = SOURCE / room
    ground = SOURCE.glob("*.py") if room == "web" else ()  # words of the ground go with `web`
    for file in sorted([*folder.rglob("*.py"), *ground]):
        if "migrations" not in file.parts:
            yield file, file.read_bytes()
    for file in sorted((folder / "templates").rglob("*")):
        if file.suffix in {".html", ".txt"}:
            yield file, template(file)


def template(file: Path) -> bytes:
    """A template as Python source with nothing but its words."""
    from django.utils.translation.template import templatize

    return str(templatize(file.read_text(encoding="utf-8"), origin=str(file))).encode()


def path(room: str, language: str) -> Path:
    """Where a room's catalogue is."""
    return SOURCE / room / "locale" / language / "LC_MESSAGES" / "django.po"


def held(room: str, language: str) -> Catalog:
    """The catalogue as it stands; empty where there is none."""
    file = path(room, language)
    if not file.is_file():
        return Catalog(locale=language, domain="django", charset="utf-8", fuzzy=False)
    with file.open("rb") as opened:
        return read_po(opened, locale=language, domain="django")


def update(room: str) -> str:
    """Bring a room's catalogues up to its words; one line of what is left to translate."""
    english = extracted(room)
    if not len(english):
        return f"{room}: no words"
    for language in LANGUAGES:
        catalog = held(room, language)
        catalog.update(english, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        catalog.fuzzy = False
        catalog.project, catalog.version, catalog.language_team = "Tidewaiter", "1", "Tidewaiter"
        catalog.header_comment = f"# The words of the room `{room}` ({language})."
        file = path(room, language)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as opened:
            write_po(
                opened, catalog, width=100, sort_by_file=True, include_lineno=False,
                omit_header=False, ignore_obsolete=True,
            )  # fmt: skip
        _settle(file)
    left = sum(not _said(each) for each in catalog if each.id)
    return f"{room}: {len(catalog)} strings, {left} to translate"


def _settle(file: Path) -> None:
    """Take out of the header what changes without a change of words."""
    changes = re.compile(r'"(POT-Creation|PO-Revision|Last-Translator|Report-Msgid|Generated)')
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not changes.match(line)), encoding="utf-8")


def compile_all() -> None:
    """Write every `.mo` beside its `.po`, whole or not at all."""
    for room in rooms():
        for language in LANGUAGES:
            file = path(room, language)
            if file.is_file():
                aside = file.with_suffix(f".{os.getpid()}.tmp")
                with aside.open("wb") as opened:
                    write_mo(opened, held(room, language))
                aside.replace(file.with_suffix(".mo"))


def check(room: str) -> list[str]:
    """What is wrong with a room's catalogues, a line each."""
    english = extracted(room)
    return [line for language in LANGUAGES for line in _compared(room, language, english)]


def _compared(room: str, language: str, english: Catalog) -> Iterator[str]:
    catalog = held(room, language)
    for message in english:
        if not message.id:
            continue
        where = f"{room}/{language}: {_quoted(message)}"
        told = catalog.get(message.id, message.context)
        if told is None:
            yield f"{where} is missing"
        elif told.fuzzy:
            yield f"{where} is fuzzy"
        elif not _said(told):
            yield f"{where} is empty"
        elif not _fits(told):
            yield f"{where} has other placeholders"
    for told in catalog:
        if told.id and english.get(told.id, told.context) is None:
            yield f"{room}/{language}: {_quoted(told)} is said nowhere any more"


def _said(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(texts) and all(texts)


def _fits(message: Message) -> bool:
    """Whether every form holds the placeholders of the English; a singular may leave out one."""
    if not isinstance(message.id, tuple | list):
        return _places(message.id) == _places(str(message.string))
    allowed = _places(message.id[-1])
    texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(_places(text) <= allowed for text in texts) and _places(texts[-1]) == allowed


def _places(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def _quoted(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple | list) else message.id
    return f"“{text[:70]}”" + (f" ({message.context})" if message.context else "")


def main(arguments: list[str]) -> int:
    """Do what the first argument says; 0 done, 1 something is wrong, 2 wrong usage."""
    match arguments:
        case ["update", "--all"]:
            print("\n".join(update(room) for room in rooms()))
        case ["update", *named] if named and set(named) <= set(rooms()):
            print("\n".join(update(room) for room in named))
        case ["compile"]:
            compile_all()
        case ["check", *named] if set(named) <= set(rooms()):
            wrong = [line for room in named or rooms() for line in check(room)]
            print("\n".join(wrong) or "every word is there")
            return int(bool(wrong))
        case _:
            print(USAGE, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tidewaiter.node.settings")
    raise SystemExit(main(sys.argv[1:]))
