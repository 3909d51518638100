"""A request while it arrives: its limits by its path, and the answer where it is refused unread.

Every refusal is a problem document (RFC 9457), in English: a machine reads it.
"""

import json
import secrets
import time
from http import HTTPStatus
from typing import Any, Final

import structlog
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import BadRequest

from tidewaiter.node import errors, patience
from tidewaiter.problem import Problem

MOST_HEADER: Final = 32 * 1024  # bytes of a request's line and headers
MOST_CONTROL: Final = 8 * 1024  # bytes between two chunks, and behind the last one
BUSY_FOR: Final = 5  # seconds after which a client of a full node tries again
log: Final = structlog.get_logger("tidewaiter.node")


class Refused(BadRequest):
    """An error of waitress that carries the problem it becomes."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.line())
        self.problem = problem


class Adjusted:
    """The server's adjustments, but for the most that this request's body may be."""

    def __init__(self, adj: Any, most: int) -> None:
        self._adj = adj
        self.max_request_body_size = most + 1  # the first size that is refused

    def __getattr__(self, name: str) -> Any:
        return getattr(self._adj, name)


class Parser(HTTPRequestParser):
    """A request on its way: its limit follows from its path, its age from its first byte."""

    adj: Any

    def __init__(self, adj: Any) -> None:
        super().__init__(adj)
        self.begun = time.monotonic()
        self.bytes = 0
        self.most = 0

    def parse_header(self, header_plus: bytes) -> None:
        """Read the headers, and look up what a body may be at this path."""
        super().parse_header(header_plus)
        self.most = self.adj.limits.body(self.path)
        framing = self.most // 16 + MOST_CONTROL if self.chunked else 0  # counted as it comes
        self.adj = Adjusted(self.adj, self.most + framing)

    def received(self, data: bytes) -> int:
        """Take a piece of it; how much of the piece was its own."""
        consumed: int = super().received(data)
        self.bytes += consumed
        if self.error is None and self.chunked and self.body_rcv is not None:
            between = len(self.body_rcv.control_line) + len(self.body_rcv.trailer)
            if between > MOST_CONTROL:
                self.refuse(errors.UnreadableRequest(reason="a chunk's size has no end"))
        if self.error is not None:
            self.expect_continue = False  # nothing more of it is wanted
        return consumed

    def refuse(self, problem: Problem) -> None:
        """End it here, with that answer."""
        self.error = Refused(problem)
        self.completed = True
        self.expect_continue = False

    def late(self, now: float) -> bool:
        """Whether it should be here by now."""
        return patience.late(
            now - self.begun, received=self.bytes, headers=bool(self.headers_finished)
        )


class Refusal(ErrorTask):
    """The answer to what could not be read, as a problem document."""

    def execute(self) -> None:
        """Write it, and have the connection closed."""
        problem = told(self.request.error, self.request.most)
        body = json.dumps(problem.document()).encode()
        self.status = f"{problem.status} {HTTPStatus(problem.status).phrase}"
        self.response_headers.append(("Content-Type", "application/problem+json"))
        if isinstance(problem, errors.Busy):
            self.response_headers.append(("Retry-After", str(BUSY_FOR)))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.channel.lingers = True
        self.write(body)


def told(error: Any, most: int) -> Problem:
    """The problem that an error of the server is."""
    if isinstance(error, Refused):
        return error.problem
    if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return errors.BodyTooLarge(limit=most)
    if error.code == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
        return errors.HeadersTooLarge(limit=MOST_HEADER)
    if error.code == HTTPStatus.NOT_IMPLEMENTED:
        return errors.NotImplementedHere(reason=error.body[:200])
    if error.code == HTTPStatus.BAD_REQUEST:
        return errors.UnreadableRequest(reason=error.body[:200])
    event = secrets.token_hex(4)
    log.error("no answer was made", id=event)
    return errors.Unexpected(event=event)
