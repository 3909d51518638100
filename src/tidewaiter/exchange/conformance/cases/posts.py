"""A POST as a whole: what can be read line by line is 202, what cannot a problem document."""

from collections.abc import Callable
from typing import Final

import httpx

from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun
from tidewaiter.exchange.conformance.subject import MANY, ONE, PROBLEMS, NoAnswer

ENDPOINTS: Final = "protocol.md: Endpoints"


def status(answer: httpx.Response) -> str:
    """The status; with it what is wrong with the problem document of a 4xx."""
    said = str(answer.status_code)
    if answer.status_code < 400:
        return said
    if not answer.headers.get("Content-Type", "").startswith("application/problem+json"):
        return f"{said}, no problem document"
    try:
        well = str(answer.json()["type"]).startswith(PROBLEMS)
    except (ValueError, KeyError, TypeError):
        well = False
    return said if well else f"{said}, a problem of no known type"


def body(raw: Callable[[], bytes], media: str = MANY) -> Callable[[Ground], str]:
    """A POST of such bytes, on a connection of its own: the node may end it."""

    def run(ground: Ground) -> str:
        with ground.fresh() as client:
            try:
                return status(ground.subject.post(raw(), media, client=client))
            except httpx.HTTPError as error:
                raise NoAnswer(f"the connection ended: {error}") from None

    return run


def nothing_taken(spoil: Callable[[bytes], bytes]) -> Callable[[Ground], str]:
    """A good line in a POST past a limit: 413, and it is not taken."""

    def run(ground: Ground) -> str:
        draft = ground.alert()
        line = draft.line(ground.subject.enc).encode()
        with ground.fresh() as client:
            first = status(ground.subject.post(spoil(line), client=client))
        return f"{first}, then {ground.said(draft)}"

    return run


def flood(ground: Ground) -> str:
    """An address with over 1,000 lines a minute that fail before a signature holds."""
    if not ground.flood:
        raise NotRun("it would shut this address out for a minute: --flood")
    for _ in range(4):
        answer = ground.subject.post(b"x\n" * 400)
        if answer.status_code == 429:
            waits = answer.headers.get("Retry-After", "")
            return status(answer) if waits.isdecimal() else "429 without Retry-After"
    return "202 for 1,600 lines"


def encoded(ground: Ground) -> str:
    """A Content-Encoding."""
    return status(ground.subject.post(b"x", headers={"Content-Encoding": "gzip"}))


MIB: Final = 2**20
CASES: Final = [
    Case("post.empty", ENDPOINTS, "400", body(lambda: b"", ONE)),
    Case("post.blank-lines", ENDPOINTS, "400", body(lambda: b"\n\r\n\n")),
    Case("post.media-type", ENDPOINTS, "415", body(lambda: b"x", "text/plain")),
    Case("post.media-type-json", ENDPOINTS, "415", body(lambda: b"{}", "application/json")),
    Case("post.content-encoding", ENDPOINTS, "415", encoded),
    Case("post.501-lines", ENDPOINTS, "413", body(lambda: b"x\n" * 501)),
    Case("post.long-line", ENDPOINTS, "413", body(lambda: b"x" * (MIB + 1), ONE)),
    Case("post.long-body", ENDPOINTS, "413", body(lambda: (b"x" * 1000 + b"\n") * 16800)),
    Case(
        "post.long-line-takes-nothing",
        ENDPOINTS,
        "413, then accepted",
        nothing_taken(lambda line: line + b"\n" + b"x" * (MIB + 1)),
    ),
    Case(
        "post.501-lines-take-nothing",
        ENDPOINTS,
        "413, then accepted",
        nothing_taken(lambda line: line + b"\nx" * 500),
    ),
]
FLOOD: Final = Case("post.flood", ENDPOINTS, "429", flood)
