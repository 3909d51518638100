"""Line by line of a node's home: of a message that is forgotten no byte is left, in any room.

A partner's message of every type that this node takes, with a mark in each field and attachments,
goes its whole way: signals hit a declaration, a goods control follows, requests are answered and
replies filed, tasks opened, handlers stumble. Then its time is over.
"""

import dataclasses
import gzip
import json
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from msgspec.structs import replace

from tests.documents import papers
from tests.exchange import dealing, files
from tests.exchange.conftest import ALERT, xb  # noqa: F401 (fixture)
from tests.exchange.partner import Partner, read
from tests.exchange.test_attachments import named, put, sealed
from tests.journeys import planting
from tidewaiter import clock, jose
from tidewaiter.assistance import actions as asking
from tidewaiter.assistance import queries as assistance
from tidewaiter.controls import actions as controls
from tidewaiter.documents import actions as documents
from tidewaiter.documents import queries as declarations
from tidewaiter.documents.batch import Taken
from tidewaiter.documents.party import Party
from tidewaiter.exchange import actions as sending
from tidewaiter.exchange import envelope, message, queries, types
from tidewaiter.exchange.attachments import jobs as unpacking
from tidewaiter.exchange.forgetting import actions, registry
from tidewaiter.exchange.forgetting.erasing import actions as erasing
from tidewaiter.exchange.models import Inbound, Outbound
from tidewaiter.exchange.obligations import messages
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.keys import queries as keys
from tidewaiter.ledger import actions as publishing
from tidewaiter.ledger import queries as ledger
from tidewaiter.node.archiving import actions as backups
from tidewaiter.work import actions as work

pytestmark = pytest.mark.django_db(transaction=True)
COMMAND = viewer.command_line()
TRADER = "Zephyr Footwear Trading Ltd"  # in our declaration as in the partner's warning
CATEGORIES = ("alert", "seizure", "control-result", "declaration", "request")
POWER = "Customs Code, Art. 188"


@pytest.fixture
def treaty(xb: Partner) -> str:  # noqa: F811
    """All that there is may pass, either way, for a year."""
    names = {name for each in types.names() for name in types.get(each).schema["properties"]}  # type: ignore[union-attr]
    allow = sorted(names | {"attachments", "summary"})
    clauses = [
        {
            "categories": [each],
            "modes": ["spontaneous", "on-request"],
            "fields": {"allow": allow},
            "report": {"days": 60},
        }
        for each in CATEGORIES
    ]
    return dealing.in_force(xb, *clauses)


class Flow:
    """What XB sends, each with marks of its own, and what comes of it here."""

    def __init__(self, xb: Partner, treaty: str) -> None:  # noqa: F811
        self.xb = xb
        self.treaty = treaty
        self.planted: list[str] = []
        self.marks: set[str] = set()  # those of them that went on their way
        self.fields: dict[str, set[str]] = {}
        self.ids: list[str] = []
        self.sent: list[message.Message] = []
        self.early: message.Message | None = None  # refused for lack of its attachment

    def data(self, name: str) -> dict[str, Any]:
        """`data` of that type with a mark in every field."""
        kind = types.get(types.PREFIX + name + ".v1")
        assert kind is not None
        planter = planting.Planter(name.replace(".", "").replace("-", ""))
        made: dict[str, Any] = planter.data(kind.schema)
        self.planted += planter.marks
        self.fields[name] = planter.fields
        return made

    def come(self, name: str, data: dict[str, Any], *, clause: str, **more: Any) -> str:
        """It came, was accepted and handled."""
        full = types.PREFIX + name + ".v1"
        sent = self.early or dealing.made(self.xb, self.treaty, full, data, clause=clause, **more)
        self.early = None
        self.marks |= planting.seen(self.planted, json.dumps(data).encode())
        answers = dealing.taken(self.xb, sent)
        assert answers == ["accepted"], (name, answers)
        dealing.handled()
        stumbled = Inbound.objects.filter(handled_at=None).values_list("type", "error")
        assert list(stumbled) == []
        self.ids.append(str(sent.id))
        self.sent.append(sent)
        return str(sent.id)

    def enclosed(self, data: dict[str, Any]) -> dict[str, Any]:
        """The same with an attachment, which comes first; it is marked, too."""
        planter = planting.Planter("file")
        plain = files.PDF + f"%{planter.mark()}\n".encode()
        self.marks |= set(planter.marks)
        jwe = sealed(plain)
        told = {**data, "attachments": [named(plain, jwe)]}
        early = dealing.made(self.xb, self.treaty, types.PREFIX + "alert.shipment.v1", told)
        self.early = early
        assert dealing.taken(self.xb, early) == ["missing-attachment"]
        assert put(jwe).status_code == 201
        return told


def ours(number: str) -> str:
    """A declaration of ours of that trader's goods; its reference."""
    made = replace(papers.declaration(number), exporter=Party(name=TRADER))
    report = documents.take([Taken(made)], at=papers.AT, by="test")
    return report.taken[0].reference


def flowed(xb: Partner, treaty: str) -> Flow:  # noqa: F811
    """Everything comes, and everything that follows from it is done."""
    flow = Flow(xb, treaty)
    first = ours("L-1")
    alert = flow.enclosed(_warning(flow, "alert.shipment"))
    alert_id = flow.come("alert.shipment", alert, clause="1")
    unpacking.unpack()
    dealing.worked("risk.warned", "risk.follow")
    flow.come("seizure.report", _warning(flow, "seizure.report"), clause="2")
    result = flow.data("control.result") | {"result": "not-conform"}
    flow.come("control.result", result, clause="3")
    flow.come("declaration.export", flow.data("declaration.export"), clause="4")
    dealing.worked("risk.warned", "risk.follow")
    controls.record(
        reference=first,
        result="conform",
        power=POWER,
        by=COMMAND,
        at=papers.AT + timedelta(hours=1),
    )
    controls.release(reference=first, power=POWER, by=COMMAND, at=papers.AT + timedelta(hours=2))
    _requests(flow)
    _about(flow, alert, alert_id)
    _stumbled(flow, alert)
    _refused(flow)
    _looked_at(flow, first)
    return flow


def _refused(flow: Flow) -> None:
    """What is refused leaves the rule that it breaks, and no word of it."""
    data = flow.data("alert.shipment")
    marks = planting.seen(flow.planted, json.dumps(data).encode())
    bad = {**data, "goods": data["alert"]}
    kind = types.PREFIX + "alert.shipment.v1"
    sent = dealing.made(flow.xb, flow.treaty, kind, bad)
    assert dealing.taken(flow.xb, sent) == ["bad-payload"]
    assert in_rows(marks) == set()


def _looked_at(flow: Flow, reference: str) -> None:
    """People read it, which the read-audit and their sessions keep."""
    identity.add_person(name="sue", roles=["supervisor", "liaison"], office=None, at=clock.real())
    client = Client()
    client.force_login(get_user_model().objects.get(name="sue"))
    pages = ["/", "/alerts/", "/requests/", "/tasks/", "/exchange/", f"/declarations/{reference}"]
    for page in [*pages, f"/exchange/{flow.ids[0]}/", f"/requests/{flow.ids[4]}/"]:
        assert client.get(page).status_code == 200, page


def _warning(flow: Flow, name: str) -> dict[str, Any]:
    data = flow.data(name)
    data["consignment"]["consignor"] = {"name": TRADER}
    return data


def _requests(flow: Flow) -> None:
    wish = flow.data("request.assistance")
    helped = flow.come("request.assistance", wish, clause="5")
    asked = flow.data("request.query") | {"category": "declaration"}
    flow.come("request.query", asked, clause="5")
    dealing.worked("assistance.answer")
    quoting = f"Of {wish['subject']} we know nothing."
    answer = asking.Answer(state="final", carries="declaration", text=quoting)
    asking.reply(id=helped, answer=answer, by=COMMAND, at=clock.real())
    at = clock.real()
    query = asking.ask_query(
        to="XB", about="ucr", value="6XB1", category="declaration", by=COMMAND, at=at
    )
    words = asking.ask_assistance(to="XB", subject="Shoes", asked="Who?", by=COMMAND, at=at)
    told = flow.data("reply.query") | {"carries": "declaration"}
    told["records"] = [flow.data("declaration.export")]
    reply = {"mode": "on-request", "clause": "4"}
    flow.come("reply.query", told, in_reply_to=str(query.id), **reply)
    said = flow.data("reply.assistance") | {"carries": "declaration", "state": "final"}
    flow.come("reply.assistance", said, in_reply_to=str(words.id), **reply)


def _about(flow: Flow, alert: dict[str, Any], alert_id: str) -> None:
    """Words about the alert either way: on ours too, and ours on theirs."""
    mine = sending.send(
        to="XB",
        type=types.PREFIX + "alert.shipment.v1",
        purpose="ipr-enforcement",
        handling="TLP:AMBER",
        data=ALERT,
        by=COMMAND,
        at=clock.real(),
    )
    feedback = flow.data("alert.feedback") | {"alert": ALERT["alert"]}
    flow.come("alert.feedback", feedback, clause="1")
    sending.send(
        to="XB",
        type=types.PREFIX + "alert.feedback.v1",
        purpose="",
        handling="",
        data={"alert": alert["alert"], "useful": True, "summary": f"It said {alert['summary']}"},
        by=COMMAND,
        at=clock.real(),
    )
    onward = flow.data("obligation.onward") | {"message": str(mine.id), "to": "XC"}
    flow.come("obligation.onward", onward, clause="1")
    deletion = {"messages": [alert["alert"]], "deleted": False}
    flow.come("obligation.deletion", deletion, clause="1")
    correction = flow.data("alert.correction") | {"alert": alert["alert"]}
    flow.come("alert.correction", correction | {"correction": "amended"}, clause="1")
    dealing.worked("risk.warned")
    assert alert_id


def _stumbled(flow: Flow, alert: dict[str, Any]) -> None:
    """A handler and a job that failed, quoting what they read."""
    row = Inbound.objects.get(message_id=flow.ids[0])
    Inbound.objects.filter(pk=row.pk).update(handled_at=None)
    row.stumbled(f"KeyError: {alert['alert']!r}", again_at=clock.real() + timedelta(days=999))
    at = clock.real()
    work.enqueue("risk.warned", {"word": flow.ids[1]}, at=at, key="failed")
    busy = dealing.all_but("risk.warned")
    (job,) = work.claim("test", at=at, limit={}, busy=busy)
    work.stumble("test", job.id, error=f"ValueError: {alert['summary']}", at=at)


def rows() -> str:
    """All that the database holds, as text; of bytes, what they are as text too."""
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            told += [f"{table}: {_said(value)}" for row in cursor.fetchall() for value in row]
    return "\n".join(told)


def _said(value: Any) -> str:
    plain = bytes(value) if isinstance(value, (bytes, memoryview)) else None
    return plain.decode("latin-1") if plain is not None else str(value)


def in_rows(marks: Collection[str]) -> set[str]:
    """The marks that some row of some table holds."""
    return planting.seen(marks, rows().encode())


def in_data_files(marks: Collection[str]) -> dict[str, set[str]]:
    """The marks in the files of PostgreSQL's tables, by file, once its buffers are written."""
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        (place,) = cursor.fetchone()
        cursor.execute("SELECT oid FROM pg_database WHERE datname = current_database()")
        (number,) = cursor.fetchone()
    with connection.cursor() as cursor:
        cursor.execute("SELECT relfilenode::text, relname FROM pg_class")
        names = dict(cursor.fetchall())
    found = planting.found(marks, Path(place) / "base" / str(number))
    return {names.get(file, file): hits for file, hits in found.items()}


def home() -> Path:
    return Path(configured.HOME)


def backed_up(folder: Path) -> bytes:
    """A backup made now, unpacked."""
    file = folder / "since.backup"
    backups.backup(file, at=clock.real(), tell=lambda _: None)
    return gzip.decompress(file.read_bytes())


def test_of_what_is_forgotten_no_byte_is_left_and_the_partner_holds_our_word(
    xb: Partner,  # noqa: F811
    treaty: str,
    tmp_path: Path,
) -> None:
    flow = flowed(xb, treaty)
    assert_every_field_is_marked(flow)
    before = in_rows(flow.marks)
    in_file = {mark for mark in flow.marks if mark.startswith("qzfile")}
    assert before >= flow.marks - in_file, "all of them are there to be found"
    assert planting.found(flow.marks, Path(configured.VAULT_DIR)), "and in the vault"
    if connection.vendor == "sqlite":
        assert planting.found(flow.marks, home())
    (tmp_path / "before").mkdir()
    assert planting.seen(flow.marks, backed_up(tmp_path / "before")) >= flow.marks

    done = actions.run(at=clock.real() + timedelta(days=302))

    assert done.kept == []
    assert (done.deleted, done.untold) == (done.due, 0)
    assert in_rows(flow.marks) == set()
    assert planting.found(flow.marks, Path(configured.VAULT_DIR)) == {}
    assert planting.seen(flow.marks, backed_up(tmp_path)) == set()
    if connection.vendor == "sqlite":
        assert planting.found(flow.marks, home()) == {}
    else:
        erasing.erase(registry.tables(), rewrite=True)
        assert in_data_files(flow.marks) == {}
    assert_the_log_stands()
    assert_the_partner_holds_our_word(flow)
    assert_replays_are_refused(flow)
    assert_every_page_stands()


def assert_every_field_is_marked(flow: Flow) -> None:
    """A type that is new here, and has no mark in it, would not be looked for."""
    for name in types.names():
        short = name.removeprefix(types.PREFIX).removesuffix(".v1")
        assert flow.fields.get(short) or short == "obligation.deletion", f"{short} is not planted"


def assert_the_log_stands() -> None:
    publishing.publish(at=clock.real())
    told = ledger.verify()
    assert (told.ok, told.faults) == (True, ())
    messages_logged = Inbound.objects.count() + Outbound.objects.exclude(log_index=None).count()
    assert told.size == messages_logged + 1, "and the agreement"


def assert_the_partner_holds_our_word(flow: Flow) -> None:
    """What we signed of it names each of its messages, and opens and verifies as any message."""
    named: set[str] = set()
    for row in Outbound.objects.filter(type=messages.DELETION_TYPE):
        key = keys.signing().jwk
        event = json.loads(jose.verify(row.jws, key, typ=envelope.TYP))
        assert (event["recipient"], row.state, row.forgotten_at) == ("XB", "waiting", None)
        assert event["data"]["deleted"].endswith("Z")
        named |= set(event["data"]["messages"])
    deletions = Inbound.objects.filter(type=messages.DELETION_TYPE)
    own = {str(each) for each in deletions.values_list("message_id", flat=True)}
    assert named == set(flow.ids) - own, "a deletion of a deletion is told to nobody"


def assert_replays_are_refused(flow: Flow) -> None:
    again = [flow.xb.line(each) for each in flow.sent]
    told = [read(each)["data"]["outcome"] for each in sending.receive(again, at=clock.real())]
    assert set(told) == {"duplicate"}
    other = dataclasses.replace(flow.sent[0], data={**flow.sent[0].data, "summary": "other"})
    assert dealing.taken(flow.xb, other) == ["replayed"]
    assert not queries.gaps("XB")


def assert_every_page_stands() -> None:
    """Whoever looks at what is left of it finds a page, and no word of it."""
    client = Client()
    client.force_login(get_user_model().objects.get(name="sue"))
    pages = ["/", "/alerts/", "/requests/", "/tasks/", "/exchange/", "/exchange/?tab=out"]
    for each in (Inbound, Outbound):
        ids = each.objects.values_list("message_id", flat=True)
        pages += [f"/exchange/{id_}/" for id_ in ids]
    pages += [f"/requests/{id_}/" for id_ in requests()]
    (paper,) = declarations.references(declarations.ids()).values()
    pages.append(f"/declarations/{paper}")
    for page in pages:
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert planting.seen(planting.ALL, answer.content) == set(), page


def requests() -> list[str]:
    found = assistance.requests(COMMAND, at=clock.real())
    return [one.message_id for one in found]
