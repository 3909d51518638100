"""Attachments: asked for by `missing-attachment`, put, and then the message again."""

from collections.abc import Iterator
from typing import Any, Final

import httpx

from tidewaiter.exchange.conformance.encoding import digest
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, sent
from tidewaiter.exchange.conformance.sealing import seal
from tidewaiter.exchange.conformance.subject import ONE, NoAnswer
from tidewaiter.exchange.conformance.tester import Draft, Tester

MESSAGE: Final = "protocol.md: A message"
ENDPOINTS: Final = "protocol.md: Endpoints"
MISSING: Final = "missing-attachment"
PHOTO: Final = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00"
    b":~\x9bU\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def named(ground: Ground, jwe: str, by: Tester | None = None, **change: Any) -> Draft:
    """An alert that names an attachment."""
    what = {"name": "1.png", "mediatype": "image/png", "size": len(PHOTO)}
    digests = {"sha256": digest(PHOTO), "jwe": digest(jwe.encode())}
    return ground.alert(by, data={"attachments": [{**what, **digests, **change}]})


def sealed(ground: Ground, content: bytes = PHOTO) -> str:
    """An attachment for the node: a JWE of its own to the same key."""
    return seal(content, ground.subject.enc, header={"cty": None})


def put(ground: Ground, jwe: str, name: str = "") -> httpx.Response:
    """PUT a JWE under its digest, or under another's."""
    path = (name or digest(jwe.encode())).removeprefix("sha256:")
    url = f"{ground.subject.url}/exchange/v1/attachments/{path}"
    return ground.subject.http.put(url, content=jwe.encode(), headers={"Content-Type": ONE})


def whole(ground: Ground) -> str:
    """Refused, put, here already, and the message again: the same bytes."""
    jwe = sealed(ground)
    draft = named(ground, jwe)
    steps = [ground.said(draft), str(put(ground, jwe).status_code)]
    steps += [str(put(ground, jwe).status_code), ground.said(draft), ground.said(draft)]
    return ", ".join(steps)


def by_suite_b(ground: Ground) -> str:
    """The same of the other tester."""
    jwe = sealed(ground)
    draft = named(ground, jwe, ground.second)
    return ", ".join([ground.said(draft), str(put(ground, jwe).status_code), ground.said(draft)])


def other_bytes(ground: Ground) -> str:
    """A body whose digest is another than the path's."""
    jwe, other = sealed(ground), sealed(ground)
    if (said := ground.said(named(ground, jwe))) != MISSING:
        raise NoAnswer(f"{said} for a message whose attachment is missing")
    return str(put(ground, other, digest(jwe.encode())).status_code)


def not_named(ground: Ground) -> str:
    """One that no refused message named."""
    return str(put(ground, sealed(ground)).status_code)


def named_by_what_was_not_permitted(ground: Ground) -> str:
    """One named by a message that was refused for something else."""
    jwe = sealed(ground)
    draft = named(ground, jwe)
    draft.event["purpose"] = "revenue"
    return f"{ground.said(draft)}, {put(ground, jwe).status_code}"


def not_what_it_says(ground: Ground) -> str:
    """The plain bytes are other than the message says."""
    jwe = sealed(ground)
    draft = named(ground, jwe, sha256=digest(b"something else"))
    ground.said(draft)
    put(ground, jwe)
    return ground.said(draft)


def not_for_it(ground: Ground) -> str:
    """It does not open with a key of the node."""
    jwe = seal(PHOTO, {**ground.first.opening.jwk(), "kid": ground.subject.enc["kid"]})
    draft = named(ground, jwe)
    ground.said(draft)
    put(ground, jwe)
    return ground.said(draft)


def too_large(ground: Ground) -> str:
    """Over 64 MiB; tried by the length that is told, without sending so much."""
    jwe = sealed(ground)
    if ground.said(named(ground, jwe)) != MISSING:
        raise NotRun("attachments are not missed")
    path = digest(jwe.encode()).removeprefix("sha256:")
    url = f"{ground.subject.url}/exchange/v1/attachments/{path}"
    headers = {"Content-Type": ONE, "Content-Length": str(64 * 2**20 + 1)}
    try:
        with ground.fresh() as client:
            return str(client.put(url, content=_trickle(), headers=headers).status_code)
    except httpx.HTTPError:
        return "the connection ended"


def _trickle() -> Iterator[bytes]:
    yield b"x"
    for _ in range(64):
        yield b"x" * 2**20


CASES: Final = [
    sent("attachment.missing", MESSAGE, MISSING, lambda g: named(g, sealed(g))),
    Case("attachment.whole", ENDPOINTS, f"{MISSING}, 201, 200, accepted, duplicate", whole),
    Case("attachment.suite-b", ENDPOINTS, f"{MISSING}, 201, accepted", by_suite_b),
    Case("attachment.digest-is-another", ENDPOINTS, "400", other_bytes),
    Case("attachment.never-named", ENDPOINTS, "403", not_named),
    Case(
        "attachment.named-in-what-is-not-permitted",
        ENDPOINTS,
        "not-permitted, 403",
        named_by_what_was_not_permitted,
    ),
    Case("attachment.not-what-it-says", "protocol.md: A receipt", MISSING, not_what_it_says),
    Case("attachment.not-for-the-node", "protocol.md: A receipt", MISSING, not_for_it),
    Case("attachment.too-large", ENDPOINTS, "413 or the connection ended", too_large),
]
