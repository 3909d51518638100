"""`tidewaiter agreements`: check, sign and register agreements, and ask what they permit."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click

from tidewaiter import clock
from tidewaiter.agreements import (
    actions,
    asking,
    comparing,
    decision,
    document,
    errors,
    files,
    queries,
    sentences,
    signing,
)
from tidewaiter.agreements.standing import Signature, Signed
from tidewaiter.command import Said, verb

FILE: Final = click.Path(path_type=Path)


@click.group()
def agreements() -> None:
    """What the node may share, with whom and why."""


@agreements.command()
@click.argument("file", type=FILE)
@verb
def check(file: Path) -> Said:
    """Read a document and name all that is wrong with it, by line."""
    found = actions.check(files.read(file))
    agreement = found.agreement
    wrong = [each for each in found.findings if not each.warns]
    warned = [each for each in found.findings if each.warns]
    data = {
        "ok": found.ok,
        "digest": agreement.digest if agreement else None,
        "parties": list(agreement.parties) if agreement else [],
        "clauses": len(agreement.clauses) if agreement else 0,
        "errors": [_finding(each) for each in wrong],
        "warnings": [_finding(each) for each in warned],
    }
    words = [f"{file}:{each.line}: {each.said()}" for each in wrong]
    words += [f"{file}:{each.line}: (only a warning) {each.said()}" for each in warned]
    if found.ok and agreement:
        count = len(agreement.clauses)
        parties = ", ".join(agreement.parties)
        words.append(f"{agreement.digest}: {parties}, {count} clause{'s' * (count != 1)}, well")
    return Said(data, "\n".join(words), failed=not found.ok)


@agreements.command()
@click.argument("file", type=FILE)
@click.option("--out", required=True, type=FILE, help="Where the signed document is written.")
@verb
def sign(file: Path, out: Path) -> Said:
    """Add our signature to a document, or to one that others have signed already."""
    made = actions.sign(files.read(file), at=clock.real())
    _write(out, made.jws)
    data = {
        "digest": made.digest,
        "signed_by": list(made.signed_by),
        "missing": list(made.missing),
        "file": str(out),
    }
    missing = ", ".join(made.missing) or "nobody"
    words = f"{made.digest}\nsigned by {', '.join(made.signed_by)}; still to sign: {missing}"
    return Said(data, words)


@agreements.command()
@click.argument("file", type=FILE)
@verb
def add(file: Path) -> Said:
    """Register a document here, with the signatures that hold."""
    added = actions.add(files.read(file), at=clock.real(), by="command line")
    data = {
        "digest": added.digest,
        "state": added.state,
        "signed_by": list(added.signed_by),
        "missing": list(added.missing),
        "unchecked": list(added.unchecked),
    }
    words = f"{added.digest}: {added.state}, signed by {', '.join(added.signed_by) or 'nobody'}"
    if added.unchecked:
        keys = ", ".join(added.unchecked)
        words += f"\nnot checked, no partner here has these keys: {keys}"
    if not added.new:
        words += "\nnothing in it was new"
    return Said(data, words)


@agreements.command("list")
@verb
def list_() -> list[dict[str, object]]:
    """Every agreement registered here, and how it stands now."""
    return [
        {
            "digest": each.digest,
            "id": each.id,
            "version": each.version,
            "title": each.title,
            "parties": list(each.parties),
            "state": each.state,
        }
        for each in queries.agreements(clock.real())
    ]


@agreements.command()
@click.argument("digest")
@click.option("--out", type=FILE, help="Write the signed document there.")
@verb
def show(digest: str, out: Path | None) -> Said:
    """The document of one agreement; without --json its sentences."""
    found = queries.agreement(digest, clock.real())
    if out is not None:
        _write(out, queries.jws(digest))
    data = {
        **asking.plain(found.agreement),
        "digest": found.digest,
        "state": found.state,
        "signed_by": list(found.signed_by),
        "missing": list(found.missing),
        "logindex": found.log_index,
    }
    lines = [found.title, f"{found.state}, signed by {', '.join(found.signed_by) or 'nobody'}", ""]
    lines += [each.said() for each in sentences.preamble(found.agreement)]
    for article in sentences.articles(found.agreement):
        lines += ["", f"{article.number}  {article.title}".rstrip()]
        lines += [f"  {each.said()}" for each in article.sentences]
    return Said(data, "\n".join(lines))


@agreements.command()
@click.option(
    "--agreement", "documents", multiple=True, required=True, type=FILE, help="A document."
)
@click.option("--request", "request", required=True, type=FILE, help="What is asked, in JSON.")
@click.option("--at", "at", metavar="TIME", help="A moment of RFC 3339; else now.")
@verb
def decide(documents: tuple[Path, ...], request: Path, at: str | None) -> Said:
    """Would these agreements permit this? They count as signed by all their parties."""
    moment = _moment(at)
    book = [_as_signed(files.read(file)) for file in documents]
    asked = asking.read(files.read(request))
    found = decision.decide(book, asked, moment)
    if isinstance(found, decision.Permit):
        data = asking.permit(found)
        due = found.obligations
        words = f"{found.reason.said()}\nleaves: {', '.join(due.fields) or 'nothing'}"
        words += f"\nkept until {clock.text(due.retain_until)}, released by {due.approval}"
        return Said(data, words)
    return Said(asking.refusal(found), f"refused: {found.reason.said()}", failed=True)


@agreements.command()
@click.argument("first", type=FILE)
@click.argument("second", type=FILE)
@verb
def compare(first: Path, second: Path) -> Said:
    """What both agreements allow, and what one allows and the other blocks."""
    both = [_as_signed(files.read(each)).agreement for each in (first, second)]
    found = comparing.compare(*both)
    data = asking.compared(found, both)
    words = [f"Both allow, of {len(found.allowed)} kinds:"] if found.allowed else []
    for each in data["allowed_by_both"]:
        kept = f"{each['handling']}, {each['retention_days']} days"
        words.append(f"  {each['category']} for {each['purpose']} ({kept}): ")
        words[-1] += ", ".join(each["fields"])
    words.append("What one blocks:" if found.gaps else "Neither blocks what the other allows.")
    for gap in data["gaps"]:
        words.append(f"  {gap['category']} for {gap['purpose']}: {gap['blocked_by']}")
        words.append(f"    It would be met by: {gap['would_be_met_by']}")
    return Said(data, "\n".join(words))


def _as_signed(source: bytes) -> Signed:
    """The document as if all its parties had signed long ago."""
    try:
        if signing.is_signed(source):
            agreement = signing.read(source).agreement
        else:
            agreement = document.read(source)
    except document.NotAnAgreement as error:
        first = error.findings[0]
        raise errors.NotAnAgreement(line=first.line, message=first.said()) from None
    except signing.BadSigning as error:
        raise errors.BadSignedAgreement(reason=str(error)) from None
    ever = datetime.min.replace(tzinfo=clock.real().tzinfo)
    return Signed(agreement, tuple(Signature(party, ever) for party in agreement.parties))


def _finding(found: Any) -> Mapping[str, object]:
    return {"path": found.path, "line": found.line, "message": found.said(), "rule": found.code}


def _moment(text: str | None) -> datetime:
    if text is None:
        return clock.real()
    try:
        return clock.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--at") from None


def _write(file: Path, source: bytes) -> None:
    try:
        file.write_bytes(source + b"\n")
    except OSError as error:
        raise errors.UnreadableFile(file=str(file), reason=error.strerror or "") from None
