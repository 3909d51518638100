"""What a node publishes: its document and the schemas of what it takes."""

import base64
import hashlib
import re
from typing import Any, Final

from tidewaiter.exchange.conformance.encoding import unb64
from tidewaiter.exchange.conformance.ground import Case, Ground, told
from tidewaiter.exchange.conformance.subject import MOMENT, ONE

WHO: Final = "protocol.md: Who a node is"
MESSAGE: Final = "protocol.md: A message"
ENDPOINTS: Final = "protocol.md: Endpoints"
CURVES: Final = {
    ("sig", "OKP"): "Ed25519", ("sig", "EC"): "P-256",
    ("enc", "OKP"): "X25519", ("enc", "EC"): "P-256",
    ("recovery", "OKP"): "Ed25519", ("recovery", "EC"): "P-256",
}  # fmt: skip
CATEGORIES: Final = {
    "alert": "alert",
    "seizure": "seizure",
    "control": "control-result",
    "declaration": "declaration",
    "request": "request",
}
TAKEN_BY_ALL: Final = (
    "alert.shipment", "alert.correction", "alert.feedback", "seizure.report", "control.result",
    "declaration.export", "request.query", "reply.query", "request.assistance",
    "reply.assistance", "obligation.deletion", "obligation.onward",
)  # fmt: skip
WELL: Final = "as the page says"


def document(ground: Ground) -> str:
    """Its members and keys."""
    said, faults = ground.subject.document, []
    for name in ("administration", "name", "issued", "keys", "log", "accepts"):
        if name not in said:
            faults.append(f"{name} is missing")
    if not re.fullmatch(r"[A-Z]{2}", str(said.get("administration"))):
        faults.append(f"administration is {said.get('administration')!r}")
    if not MOMENT.fullmatch(str(said.get("issued"))):
        faults.append(f"issued is {said.get('issued')!r}")
    for key in said.get("keys", []):
        faults += _key(key)
    for use in ("sig", "enc", "recovery"):
        if not ground.subject.keys(use):
            faults.append(f"no {use} key is listed")
    return told(faults, WELL)


def _key(key: dict[str, Any]) -> list[str]:
    use, faults = key.get("use"), []
    if CURVES.get((str(use), str(key.get("kty")))) != key.get("crv"):
        faults.append(f"{key.get('kid')}: {use} with {key.get('kty')}/{key.get('crv')}")
    wanted = ["kid", "x"] + (["y"] if key.get("kty") == "EC" else [])
    wanted += [] if use == "recovery" else ["nbf", "exp"]
    faults += [f"{key.get('kid')}: {name} is missing" for name in wanted if name not in key]
    if "d" in key:
        faults.append(f"{key.get('kid')}: the private key is published")
    return faults


def one_suite(ground: Ground) -> str:
    """Keys of one suite alone."""
    kinds = {key["kty"] for use in ("sig", "enc") for key in ground.subject.keys(use).values()}
    return WELL if len(kinds) == 1 else f"keys of {', '.join(sorted(kinds))}"


def media(ground: Ground) -> str:
    """How node.json is answered."""
    answer = ground.subject.http.get(f"{ground.subject.url}/.well-known/tidewaiter/node.json")
    return str(answer.headers.get("Content-Type", "nothing")).split(";")[0]


def log_key(ground: Ground) -> str:
    """`log.origin` is the name in `log.vkey`, and the key's hash is that of signed-note."""
    log = ground.subject.document.get("log", {})
    try:
        name, ident, key = str(log["vkey"]).split("+", 2)
        raw = base64.b64decode(key, validate=True)
    except (KeyError, ValueError) as error:
        return f"no verifier key: {error}"
    faults = []
    if log.get("origin") != name:
        faults.append(f"origin is {log.get('origin')}, the vkey's name {name}")
    if hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex() != ident:
        faults.append("the key's hash is another")
    if raw[:1] != b"\x01" or len(raw) != 33:
        faults.append("the key is not Ed25519")
    return told(faults, WELL)


def key_forms(ground: Ground) -> str:
    """Coordinates are strict base64url of 32 bytes."""
    faults = []
    for key in ground.subject.document["keys"]:
        for name in ("x", "y"):
            try:
                if name in key and len(unb64(key[name])) != 32:
                    faults.append(f"{key['kid']}: {name} is not of 32 bytes")
            except ValueError:
                faults.append(f"{key['kid']}: {name} is no strict base64url")
    return told(faults, WELL)


def accepts(ground: Ground) -> str:
    """The payloads that every node takes are among those it names."""
    names = set(ground.subject.document.get("accepts", []))
    wanted = [f"org.tidewaiter.{name}.v1" for name in TAKEN_BY_ALL]
    lacking = [name for name in wanted if name not in names]
    return f"not there: {', '.join(lacking)}" if lacking else WELL


def schemas(ground: Ground) -> str:
    """Each type that it takes has its schema, with the category that its name says."""
    faults = []
    for name in ground.subject.document.get("accepts", []):
        url = f"{ground.subject.url}/.well-known/tidewaiter/schemas/{name}.json"
        answer = ground.subject.http.get(url)
        if answer.status_code != 200:
            faults.append(f"{name}: HTTP {answer.status_code}")
            continue
        try:
            schema = answer.json()
        except ValueError:
            faults.append(f"{name}: no JSON")
            continue
        short = name.removeprefix("org.tidewaiter.")
        category = CATEGORIES.get(short.split(".")[0])
        if short.startswith(("alert.correction", "alert.feedback")):
            continue  # judged by the message that they are about
        if category and schema.get("x-category") != category:
            faults.append(f"{name}: x-category is {schema.get('x-category')!r}")
    return told(faults, WELL)


def unknown_schema(ground: Ground) -> str:
    """A type that it does not take has none."""
    name = "org.tidewaiter.nothing.such.v1"
    url = f"{ground.subject.url}/.well-known/tidewaiter/schemas/{name}.json"
    return str(ground.subject.http.get(url).status_code)


CASES: Final = [
    Case("published.document", WHO, WELL, document),
    Case("published.media-type", WHO, ONE, media),
    Case("published.one-suite", "protocol.md: the table of standards", WELL, one_suite),
    Case("published.key-forms", "protocol.md: the table of standards", WELL, key_forms),
    Case("published.log-key", WHO, WELL, log_key),
    Case("published.accepts", "protocol.md: Payloads that every node takes", WELL, accepts),
    Case("published.schemas", MESSAGE, WELL, schemas),
    Case("published.no-schema-of-others", ENDPOINTS, "404", unknown_schema),
]
