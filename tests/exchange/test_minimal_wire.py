"""What leaves on a real line, for 200 generated pairs of agreement and payload.

Every value of a payload is unique; whatever its clause keeps at home is looked for in each layer of
what the partner got: the request's head and body, each part of the JWE, the JWS, its header, the
event's bytes. The oracle of what may leave is written from the page (`tests.agreements.oracle`).
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.agreements import oracle
from tests.exchange.conftest import TEXT
from tests.exchange.partner import Partner
from tests.exchange.test_delivery import Endpoint
from tests.exchange.test_sending import order
from tidewaiter import canonical, clock, jose
from tidewaiter.agreements import actions as agreements
from tidewaiter.agreements import document, queries, signing
from tidewaiter.agreements.decision import Permit
from tidewaiter.exchange import actions, jobs
from tidewaiter.exchange.models import Outbound
from tidewaiter.exchange.treaties import judged
from tidewaiter.identity import actions as identity
from tidewaiter.keys import actions as keys

pytestmark = pytest.mark.django_db
PAIRS = 200
LONG_ENOUGH = 5  # signs: a shorter value, such as a country, may stand anywhere by chance
REQUIRED = {
    "org.tidewaiter.alert.shipment.v1": ("alert", "offence", "certainty", "validuntil"),
    "org.tidewaiter.seizure.report.v1": ("seizure", "date", "offence"),
    "org.tidewaiter.control.result.v1": ("control", "date", "kind", "result"),
}
OTHERS = {
    "org.tidewaiter.alert.shipment.v1": ("summary", "goods", "consignment"),
    "org.tidewaiter.seizure.report.v1": ("office", "concealment", "right", "outcome", "goods"),
    "org.tidewaiter.control.result.v1": ("office", "findings", "seals"),
}
DEEP = (
    *("consignment.ucr", "consignment.containers", "consignment.route", "consignment.departure"),
    *("consignment.consignee", "consignment.consignee.name", "consignment.consignor.address"),
    *("consignment.declarant", "consignment.declarant.identifier"),
)
GOODS = ("goods.description", "goods.marks", "goods.value", "goods.value.amount", "goods.grossmass")
FORMS = {
    "goods.hs": ("hs2", "hs4", "hs6", "presence", "keyed-hash"),
    "goods.value.amount": ("band", "presence"),
    "goods.grossmass": ("band",),
    "consignment.route": ("country", "keyed-hash"),
    "consignment.departure": ("month", "year"),
    "consignment.consignee.name": ("keyed-hash", "presence"),
    "consignment.declarant": ("keyed-hash",),
    "validuntil": ("month", "year"),
    "date": ("month", "year"),
    "summary": ("keyed-hash", "presence"),
}
numbers = itertools.count(1)


class Recorder(Endpoint):
    """The partner's endpoint, which keeps every byte that came."""

    def __init__(self, partner: Partner) -> None:
        super().__init__(partner)
        self.bytes: list[bytes] = []
        self.events: list[dict[str, Any]] = []
        recorder = self
        plain: Any = self.server.RequestHandlerClass

        class Handler(plain):  # type: ignore[misc]
            def do_POST(self) -> None:
                recorder.bytes += [self.raw_requestline, str(self.headers).encode()]
                super().do_POST()

        self.server.RequestHandlerClass = Handler

    def taken(self, path: str, body: bytes) -> tuple[int, bytes]:
        self.bytes.append(body)
        for line in body.split():
            self.bytes += [jose.decode(part) for part in line.decode().split(".")]
        answer = super().taken(path, body)
        for compact in self.came[-1]:
            read = jose.read(compact)
            self.bytes += [compact.encode(), json.dumps(read.header).encode(), read.payload]
            self.events.append(canonical.read(read.payload))
        return answer


def mark() -> str:
    """A text that stands nowhere else."""
    return f"mark-{next(numbers):06d}-{clock.real().timestamp():.6f}"


def digits(count: int) -> str:
    return f"{next(numbers) * 7919 % 10**count:0{count}d}"


def moment() -> str:
    second = next(numbers) % 60
    return f"2027-0{1 + second % 9}-1{second % 9}T0{second % 9}:17:{second:02d}.{digits(9)}Z"


def place() -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    number = next(numbers)
    return "XA" + "".join(letters[number // 24**power % 24] for power in range(3))


def payload(type_: str, rich: bool) -> dict[str, Any]:
    """A payload of the type, each value unique but for codes that the contract lists."""
    party = {"name": mark(), "identifier": mark(), "address": mark(), "country": "XA"}
    consignment: dict[str, Any] = {
        "ucr": mark(),
        "containers": [mark(), mark()],
        "route": [place(), place()],
        "departure": moment(),
        "consignee": dict(party),
        "consignor": {each: mark() for each in ("name", "address")},
        "declarant": {each: mark() for each in ("name", "identifier")},
    }
    item = {
        "hs": "64" + digits(8),
        "description": mark(),
        "marks": [mark()],
        "grossmass": f"{digits(7)}.{digits(4)}",
        "value": {"amount": f"1{digits(6)}.{digits(4)}", "currency": "USD"},
    }
    goods = [item, {"hs": "85" + digits(8), "origin": "CN"}] if rich else [item]
    if type_.startswith("org.tidewaiter.alert"):
        told = {"alert": mark(), "offence": "counterfeit", "certainty": "suspected"}
        return {
            **told,
            "validuntil": moment(),
            "summary": mark(),
            "consignment": consignment,
            "goods": goods,
        }
    if type_.startswith("org.tidewaiter.seizure"):
        right = {"mark": mark(), "holder": mark()}
        told = {"seizure": mark(), "date": "2026-11-17", "offence": "piracy", "office": mark()}
        rest = {"concealment": mark(), "outcome": mark(), "right": right}
        return {**told, **rest, "consignment": consignment, "goods": goods}
    told = {"control": mark(), "date": "2026-11-17", "kind": mark(), "office": mark()}
    rest = {"result": "not-conform", "findings": mark(), "seals": [mark()]}
    return {**told, **rest, "consignment": consignment}


@st.composite
def pairs(draw: Any) -> tuple[str, dict[str, Any], bool]:
    """A type, a clause that lets it go cut down, and whether the payload is a rich one."""
    type_ = draw(st.sampled_from(list(REQUIRED)))
    deep = DEEP if type_.startswith("org.tidewaiter.control") else (*DEEP, *GOODS)
    base = [*REQUIRED[type_], "consignment.containers"]
    if not type_.startswith("org.tidewaiter.control"):
        base.append("goods.hs")

    def some(names: Any, most: int) -> list[str]:
        found: list[str] = draw(
            st.lists(st.sampled_from(sorted(set(names))), max_size=most, unique=True)
        )
        return found

    allow = sorted({*base, *some(OTHERS[type_], 4), *some(deep, 6)})
    withhold = [each for each in some(deep, 4) if each not in base]
    forms = {
        path: draw(st.sampled_from(FORMS[path]))
        for path in some([each for each in FORMS if each in {*allow, *deep}], 4)
    }
    clause = {
        **TEXT["clauses"][0],
        "categories": ["alert", "seizure", "control-result"],
        "fields": {"allow": allow, "withhold": withhold, "generalise": forms},
    }
    return type_, clause, draw(st.booleans())


def register(xb: Partner, clause: dict[str, Any]) -> str:
    text = document.read(json.dumps({**TEXT, "clauses": [clause]}).encode())
    theirs = xb.member(text.canonical, typ=signing.TYP)
    ours = keys.sign_member(text.canonical, header=signing.header(xb.at))
    whole = {"payload": jose.encode(text.canonical), "signatures": [theirs, ours]}
    return agreements.add(json.dumps(whole).encode(), at=clock.real(), by="test").digest


@pytest.fixture
def recorder(xb: Partner) -> Iterator[Recorder]:
    """The partner, reached by a real line."""
    made = Recorder(xb)
    xb.url, xb.at = made.url, clock.real()
    assert identity.take_document(administration="XB", document=xb.document(), at=xb.at)
    yield made
    made.server.shutdown()


def test_two_hundred_messages_hold_no_value_that_their_clause_keeps_at_home(
    xb: Partner, recorder: Recorder
) -> None:
    sent = 0

    @settings(
        max_examples=PAIRS,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(pairs())
    def holds(pair: tuple[str, dict[str, Any], bool]) -> None:
        nonlocal sent
        type_, clause, rich = pair
        data = payload(type_, rich)
        with transaction.atomic():
            digest = register(xb, clause)
            done = actions.send(data=data, **order(type=type_))
            assert (done.agreement, done.state) == (digest, "waiting")
            row = Outbound.objects.get(message_id=done.id)
            assert isinstance(judged.again(row), Permit)
            recorder.bytes.clear()
            recorder.events.clear()
            jobs.deliver(partner="XB")
            row.refresh_from_db()
            assert row.state == "delivered"
            oracle_key = queries.key(TEXT["id"])
            transaction.set_rollback(True)
        looked_through(clause, data, recorder, oracle_key)
        sent += 1

    holds()
    assert sent >= PAIRS or settings().max_examples < 100


def looked_through(
    clause: dict[str, Any], data: dict[str, Any], recorder: Recorder, key: bytes | None
) -> None:
    (event,) = (each for each in recorder.events if "agreement" in each)
    assert oracle.excess(clause, data, event["data"], key) == []
    assert oracle.kept_needlessly(clause, data, event["data"]) == []
    whole = b"\n".join(recorder.bytes)
    assert event["id"].encode() in whole  # the search itself sees what is there
    leaves = {value for _, value in oracle.leaves(event["data"]) if isinstance(value, str)}
    kept = [
        value
        for path, value in oracle.leaves(data)
        if not oracle.may_leave(clause, path) or oracle.form_of(clause, path)
    ]
    for value in kept:
        if isinstance(value, str) and len(value) >= LONG_ENOUGH and value not in leaves:
            assert value.encode() not in whole, value
    for value in leaves:
        assert value.encode() in whole


def test_the_key_of_pseudonyms_goes_in_a_message_of_its_own(
    xb: Partner, recorder: Recorder
) -> None:
    """What the recipient needs to know names by, never what it could read them from."""
    clause = {
        **TEXT["clauses"][0],
        "fields": {
            "allow": ["alert", "offence", "certainty", "validuntil", "consignment"],
            "generalise": {"consignment.consignee.name": "keyed-hash"},
        },
    }
    register(xb, clause)
    data = payload("org.tidewaiter.alert.shipment.v1", rich=False)
    del data["goods"]
    actions.send(data=data, **order())
    jobs.deliver(partner="XB")
    told = [each for each in recorder.events if each["type"].endswith("agreement.key.v1")]
    (sent,) = (each for each in recorder.events if "agreement" in each)
    key = jose.decode(told[0]["data"]["key"])
    name = data["consignment"]["consignee"]["name"]
    hashed = sent["data"]["consignment"]["consignee"]["name"]
    assert hashed == oracle.pseudonym(name, key)
