"""A message of the wrong form: `malformed`, and its members under an agreement: `bad-payload`."""

import json
from collections.abc import Callable
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import digest
from tidewaiter.exchange.conformance.ground import Case, Ground, sent, told
from tidewaiter.exchange.conformance.mail import REQUIRED, UNDER
from tidewaiter.exchange.conformance.tester import Draft

MESSAGE: Final = "protocol.md: A message"
RECEIPT: Final = "protocol.md: A receipt"
TABLE: Final = "protocol.md: the table of standards"
ENDPOINTS: Final = "protocol.md: Endpoints"
NO: Final = "malformed"
NO_SERIAL: Final = "malformed or bad-serial"

PAYLOADS: Final = {
    "a-list": b"[]",
    "a-text": b'"text"',
    "null": b"null",
    "empty": b"",
    "no-json": b"not json",
    "nan": b'{"id": NaN}',
    "no-utf-8": b"\xff{}",
    "utf-16": '{"a": 1}'.encode("utf-16"),
}
TEXTS: Final = {
    "no-jws": "no jws at all",
    "two-parts": "e30.e30",
    "json-serialization": '{"payload":"","signatures":[]}',
    "empty-parts": "..",
}
VALUES: Final[dict[str, tuple[dict[str, Any], str]]] = {
    "specversion-of-another-version": ({"specversion": "0.3"}, NO),
    "id-no-uuid": ({"id": "one"}, NO),
    "id-uuid-of-version-4": ({"id": "6b7a5d6e-0c6c-4b8e-9d2a-1f4c1c1f0a11"}, NO),
    "time-no-moment": ({"time": "yesterday"}, NO),
    "time-without-zone": ({"time": "2026-11-24T08:15:30.123"}, NO),
    "expires-no-moment": ({"expires": "2026-12-01"}, NO),
    "salt-of-31-bytes": ({"salt": "A" * 42}, NO),
    "salt-padded": ({"salt": "A" * 43 + "="}, NO),
    "serial-zero": ({"serial": 0}, NO_SERIAL),
    "serial-negative": ({"serial": -1}, NO_SERIAL),
    "serial-past-the-last": ({"serial": 2147483648}, NO_SERIAL),
    "serial-a-text": ({"serial": "1"}, NO_SERIAL),
    "serial-a-fraction": ({"serial": 1.5}, NO_SERIAL),
    "serial-true": ({"serial": True}, NO_SERIAL),
    "recipient-empty": ({"recipient": ""}, "malformed or wrong-recipient"),
    "type-empty": ({"type": ""}, "malformed or unsupported-type"),
}


def without(member: str) -> Callable[[Ground], Draft]:
    """A message without a member that it needs."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        del draft.event[member]
        return draft

    return make


def null(member: str) -> Callable[[Ground], Draft]:
    """A member that is null: one with nothing to say is left out."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.event[member] = None
        return draft

    return make


def having(members: dict[str, Any]) -> Callable[[Ground], Draft]:
    """A message with such members."""
    return lambda ground: ground.alert(**members)


def written(change: Callable[[bytes], bytes]) -> Callable[[Ground], Draft]:
    """A message whose JSON is changed before it is signed."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.payload = change(json.dumps(draft.event, ensure_ascii=False).encode())
        return draft

    return make


def payload(raw: bytes) -> Callable[[Ground], Draft]:
    """A JWS over such bytes."""

    def make(ground: Ground) -> Draft:
        draft = ground.alert()
        draft.payload = raw
        return draft

    return make


def inside(text: str) -> Callable[[Ground], str]:
    """A JWE with no JWS in it: the digest is that of what came out."""

    def run(ground: Ground) -> str:
        draft = ground.alert()
        draft.text = text
        answer = ground.send(draft)
        faults = [] if answer.said == NO else [answer.said]
        if answer.data.get("digest") != digest(text.encode()):
            faults.append("the digest is not that of what came out")
        return told(faults, NO)

    return run


def first_member(text: bytes) -> Callable[[bytes], bytes]:
    """A member put before the others."""
    return lambda raw: b"{" + text + b"," + raw[1:]


CHANGES: Final[dict[str, tuple[str, Callable[[bytes], bytes]]]] = {
    "member-twice": (TABLE, first_member(b'"specversion":"1.0"')),
    "member-twice-deep": (TABLE, first_member(b'"x":{"y":[{"z":1,"z":1}]}')),
    "member-twice-by-escape": (TABLE, first_member(b'"x":{"a":1,"\\u0061":1}')),
    "u-0000": (TABLE, first_member(b'"x":"\\u0000"')),
    "u-0000-in-a-name": (TABLE, first_member(b'"\\u0000":1')),
    "lone-surrogate": (TABLE, first_member(b'"x":"\\ud800"')),
    "infinity": (TABLE, first_member(b'"x":Infinity')),
    "forty-levels-deep": (ENDPOINTS, first_member(b'"x":' + b"[" * 40 + b"]" * 40)),
    "bytes-behind": (TABLE, lambda raw: raw + b"{}"),
    "cut-short": (TABLE, lambda raw: raw[:-1]),
    "bom": (TABLE, lambda raw: b"\xef\xbb\xbf" + raw),
}
CASES: Final = [
    *(sent(f"form.without-{name}", MESSAGE, NO, without(name)) for name in REQUIRED),
    *(sent(f"form.null-{name}", MESSAGE, NO, null(name)) for name in ("id", "serial", "data")),
    *(sent(f"form.{name}", MESSAGE, want, having(m)) for name, (m, want) in VALUES.items()),
    *(sent(f"form.payload-{name}", TABLE, NO, payload(raw)) for name, raw in PAYLOADS.items()),
    *(sent(f"form.{name}", where, NO, written(how)) for name, (where, how) in CHANGES.items()),
    *(Case(f"form.{name}", RECEIPT, NO, inside(text)) for name, text in TEXTS.items()),
    *(
        sent(f"form.under-an-agreement-without-{name}", MESSAGE, "bad-payload", without(name))
        for name in UNDER
    ),
]
