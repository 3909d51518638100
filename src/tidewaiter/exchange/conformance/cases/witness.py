"""The witness: what it cosigns of a tester's log, what it refuses, and how (C2SP tlog-witness)."""

import os
from collections.abc import Callable
from typing import Any, Final

import httpx

from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.notes import BadLog
from tidewaiter.exchange.conformance.signing import SigningKey
from tidewaiter.exchange.conformance.subject import NoAnswer
from tidewaiter.exchange.conformance.tester import Tester
from tidewaiter.exchange.conformance.watching import Tree, cosigned

WITNESS: Final = "protocol.md: The log, Witnesses; C2SP tlog-witness"
ENDPOINTS: Final = "protocol.md: Endpoints"
WELL: Final = "as the page says"
GROWS: Final = 7  # entries a run
SIZE: Final = "text/x.tlog.size"


def tree(tester: Tester, size: int, mark: str = "") -> Tree:
    """A tester's log. Raises NotRun where its kit was made before it had one."""
    if tester.noting is None:
        raise NotRun("the kit is of before: its testers have no log")
    return Tree(tester.log_key, tester.noting, size, mark)


def asked(ground: Ground, body: bytes) -> httpx.Response:
    """The answer to add-checkpoint. Raises NotRun where the node does not witness."""
    if "witness" not in ground.subject.document:
        raise NotRun("its document names no witness")
    http = ground.subject.http
    return http.post(f"{ground.subject.url}/witness/add-checkpoint", content=body)


def held(ground: Ground) -> Tree:
    """The tester's log as the node cosigned it last, after this run's first cosignature."""
    if "held" not in ground.kept:
        first = tree(ground.first, GROWS)
        answer = asked(ground, first.request(0))
        if answer.status_code == 409 and (size := answer.text.removesuffix("\n")).isdecimal():
            old = int(size)
            first = tree(ground.first, old + GROWS)
            answer = asked(ground, first.request(old))
        if answer.status_code != 200:
            raise NoAnswer(f"add-checkpoint was answered {answer.status_code}")
        ground.kept["held"], ground.kept["line"] = first, answer.text
    found: Tree = ground.kept["held"]
    return found


def cosigns(ground: Ground) -> str:
    """A checkpoint that goes on from the last one is cosigned by the key of the document."""
    now = held(ground)
    vkey = ground.subject.document["witness"]["vkey"]
    time = cosigned(now.text(), ground.kept["line"], vkey)
    faults = [] if abs(time - ground.now().timestamp()) < 600 else [f"the time is {time}"]
    return told(faults, WELL)


def grows(ground: Ground) -> str:
    """The next one is cosigned by a proof from there, and the same again by none."""
    now = held(ground)
    later = tree(ground.first, now.size + GROWS)
    statuses = [asked(ground, later.request(now.size)).status_code]
    ground.kept["held"] = later
    statuses.append(asked(ground, later.request(later.size)).status_code)
    return "200, 200" if statuses == [200, 200] else f"{statuses}"


def other_size(ground: Ground) -> str:
    """From another size than the one cosigned last it answers that one."""
    now = held(ground)
    later = tree(ground.first, now.size + 1)
    answer = asked(ground, later.request(now.size - 1))
    media = answer.headers.get("Content-Type", "").partition(";")[0]
    faults = []
    if (answer.status_code, media) != (409, SIZE):
        faults.append(f"{answer.status_code} {media}")
    if answer.text != f"{now.size}\n":
        faults.append(f"it says {answer.text[:30]!r}")
    return told(faults, WELL)


def refused(make: Callable[[Ground, Tree], bytes]) -> Callable[[Ground], str]:
    """The status of what it must refuse."""
    return lambda ground: str(asked(ground, make(ground, held(ground))).status_code)


def other_key(ground: Ground, now: Tree) -> bytes:
    """The next checkpoint, signed by nobody that the node knows."""
    later = tree(ground.first, now.size + 1)
    return later.request(now.size, note=later.note(SigningKey.new("", "A")))


def wrong_proof(ground: Ground, now: Tree) -> bytes:
    """The next checkpoint with a proof of something else."""
    later = tree(ground.first, now.size + 1)
    return later.request(now.size, proof=[os.urandom(32) for _ in later.proof(now.size)])


def shown(ground: Ground) -> str:
    """What it cosigned last of each log is for anybody to read, empty lines between."""
    now = held(ground)
    answer = ground.fresh().get(f"{ground.subject.url}/witness/checkpoints")
    if answer.status_code != 200:
        return f"HTTP {answer.status_code}"
    parts = [each for each in answer.text.split("\n\n") if each.strip("\n")]
    if len(parts) % 2:
        return "a checkpoint in it is not whole"
    notes = dict(zip((f"{each}\n".lstrip("\n") for each in parts[::2]), parts[1::2], strict=True))
    ours = [text for text in notes if text.startswith(f"{now.origin}\n")]
    if ours != [now.text()]:
        return f"{len(ours)} of the tester's log, or another than the newest"
    cosigned(now.text(), notes[now.text()], ground.subject.document["witness"]["vkey"])
    return WELL


def guarded(run: Any) -> Any:
    """What does not hold becomes what was found."""

    def guard(ground: Ground) -> str:
        try:
            found: str = run(ground)
        except BadLog as error:
            return str(error)
        return found

    return guard


CASES: Final = [
    Case("witness.cosigns", WITNESS, WELL, guarded(cosigns)),
    Case("witness.goes-on", WITNESS, "200, 200", grows),
    Case("witness.other-size", WITNESS, WELL, other_size),
    Case(
        "witness.larger-old-size",
        WITNESS,
        "400",
        refused(lambda _, now: now.request(now.size + 1, proof=[])),
    ),
    Case("witness.no-request", WITNESS, "400", refused(lambda *_: b"old\n\nnothing\n")),
    Case(
        "witness.unknown-log",
        WITNESS,
        "404",
        refused(lambda ground, now: tree(ground.kit.testers["unknown"], 3).request(0)),
    ),
    Case("witness.other-key", WITNESS, "403", refused(other_key)),
    Case("witness.wrong-proof", WITNESS, "422", refused(wrong_proof)),
    Case(
        "witness.no-proof",
        WITNESS,
        "422",
        refused(lambda ground, now: tree(ground.first, now.size + 1).request(now.size, proof=[])),
    ),
    Case("witness.shown-to-anybody", ENDPOINTS, WELL, guarded(shown)),
    Case(
        "witness.other-root",
        WITNESS,
        "409",
        refused(lambda ground, now: tree(ground.first, now.size, " changed").request(now.size)),
    ),
]
