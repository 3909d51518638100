"""What a checked proof says, in data for programs and in lines for a terminal. Pure.

Whoever made the file chose the texts in it: none of them may pass for a line of ours.
"""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final

from tidewaiter.ledger.evidence import Checked, Head, Judged, Known

MOST: Final = 20  # papers that are told one by one
LONGEST: Final = 200  # characters of a text out of the file


def told(checked: Checked) -> dict[str, Any]:
    """What `ledger check` prints with --json. Nothing is told of a file that does not hold."""
    first = checked.first if checked.ok else None
    said: dict[str, Any] = {
        "ok": checked.ok,
        "index": first.index if first else None,
        "size": first.size if first else None,
        "cosigned_by": list(checked.cosigned_by) if checked.ok else [],
        "faults": [
            {"code": each.code, "at": each.at, "text": each.text} for each in checked.faults
        ],
    }
    if checked.ok:
        said["logs"] = [_head(each) for each in checked.heads]
        said["papers"] = [_paper(each) for each in checked.papers]
        said["keys"] = keys(checked)
    return said


def keys(checked: Checked) -> list[dict[str, Any]]:
    """The keys that the result rests on: what each node document of the file says."""
    return [
        {
            "administration": each.administration,
            "issued": each.issued,
            "thumbprint": each.signer.thumbprint,
            "vkey": each.log,
            "witness": each.witness or None,
        }
        for each in checked.nodes
    ]


def sentence(checked: Checked) -> str:
    """The result in a line."""
    if not checked.ok:
        first = checked.faults[0]
        where = f"{first.at}: " if first.at else ""
        return f"it does not hold. {where}{_plain(first.text)}"
    by = ", ".join(checked.cosigned_by) or "nobody"
    place = checked.first
    assert place is not None  # a file that holds has a paper, and that a place
    what = f"entry {place.index} of {place.size}"
    if len(checked.papers) > 1:
        what = f"{len(checked.papers)} papers"
    return f"it holds: {what} in the log of {place.administration}, cosigned by {by}"


def page(checked: Checked, known: Known) -> str:
    """The result in lines: what holds, of what, and on which keys it rests."""
    lines = [sentence(checked)]
    if not checked.ok:
        return "\n".join(
            [*lines, *(f"  {each.code}  {_plain(each.text)}" for each in checked.faults[1:20])]
        )
    lines += [_line(paper) for paper in checked.papers[:MOST]]
    if len(checked.papers) > MOST:
        lines.append(f"  and {len(checked.papers) - MOST} more")
    pinned = _pinned(known)
    lines.append("it rests on these keys" + (":" if pinned else ", which the file brings itself:"))
    for each in keys(checked):
        code, log = each["administration"], _plain(each["vkey"])
        named = f"  {code}  thumbprint {each['thumbprint']}  log {log}"
        lines.append(named + (f"  witness {_plain(each['witness'])}" if each["witness"] else ""))
    if not pinned:
        said = "compare them with what you have from elsewhere: --vkey, --witness, --thumbprint"
        lines.append(said)
    return "\n".join(lines)


def _line(paper: Judged) -> str:
    facts = "  ".join(f"{name} {_quoted(value)}" for name, value in paper.facts.items())
    signed = f"  signed by {', '.join(paper.signed_by)}" if paper.signed_by else ""
    places = ", ".join(f"{each.administration} {each.index}" for each in paper.places)
    return f"  {paper.kind}  {facts}{signed}  entry {places}"


def _quoted(text: str) -> str:
    """A text out of the file as one word, in quotes where it is none."""
    word = _plain(text)
    return (
        word
        if word and " " not in word and '"' not in word
        else json.dumps(word, ensure_ascii=False)
    )


def _plain(text: str) -> str:
    """A text out of the file on one line: what moves the cursor, or turns the writing, is named."""
    short = text if len(text) <= LONGEST else text[:LONGEST] + "…"
    return "".join(sign if sign.isprintable() else _shown(sign) for sign in short)


def _shown(sign: str) -> str:
    return " " if unicodedata.category(sign) == "Zs" else ascii(sign)[1:-1]


def _pinned(known: Known) -> bool:
    return bool(known.logs or known.thumbprints)


def _head(head: Head) -> dict[str, Any]:
    return {
        "administration": head.administration,
        "origin": head.origin,
        "size": head.size,
        "root": head.root.hex(),
        "vkeys": [key.vkey for key in head.keys],
        "cosigned": [
            {"by": each.by.administration, "at": _moment(each.time), "vkey": each.by.vkey}
            for each in head.cosigned
        ],
    }


def _paper(paper: Judged) -> dict[str, Any]:
    return {
        "kind": paper.kind,
        **paper.facts,
        "signed_by": list(paper.signed_by),
        "entries": [
            {"administration": each.administration, "index": each.index, "size": each.size}
            for each in paper.places
        ],
    }


def _moment(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, ValueError, OSError):
        return str(seconds)
