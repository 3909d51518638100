"""A node at work, for the tests of screens: made by the rooms' own actions, nothing by hand.

Declarations in every lane and state (one with long values, one with its source document), a
partner's alert, inspections with a photograph, a seizure, a release, messages that came, went, are
held and were refused, with a photograph, serials that are missing, a partner that collects what
waits for it and has revoked its key, an agreement, people, a failed job, a task, a logged audit.
"""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace
from PIL import Image

from tests.assistance import test_requests as asking
from tests.controls import test_theirs as controlled
from tests.documents import papers
from tests.documents import test_theirs as theirs
from tests.exchange import dealing
from tests.exchange.partner import Partner
from tests.exchange.test_receiving import alert, receive
from tests.exchange.test_sending import send
from tests.ledger import forks
from tests.risk.test_assessing import alert as warning
from tidewaiter import clock
from tidewaiter.assistance import actions as assistance
from tidewaiter.controls import actions as controls
from tidewaiter.controls.models import Photograph
from tidewaiter.documents import actions as documents
from tidewaiter.documents import importing, wco
from tidewaiter.documents.batch import Taken
from tidewaiter.documents.party import Party
from tidewaiter.exchange import jobs as exchange
from tidewaiter.exchange import queries as messages
from tidewaiter.exchange.attachments import attachment
from tidewaiter.identity import actions as identity
from tidewaiter.identity import viewer
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions as ledger
from tidewaiter.risk import actions as risk
from tidewaiter.risk import messages as words
from tidewaiter.work import actions as work
from tidewaiter.work import backoff
from tidewaiter.work import queries as jobs

AT = papers.AT
POWER = "Customs Code, Art. 188"
OFFICE = "XA001"
AMONG_ASKERS = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c04"
AMONG_COLLECTORS = "019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c03"
LONG = "Waterproof footwear with outer soles and uppers of rubber or of plastics, " * 6
TRADER = "GesellschaftfürinternationaleSportartikelundFreizeitbedarfsvermittlungmbH & Co. KG"


@dataclass(frozen=True)
class Scene:
    """What to look at: references, and where messages and agreements are."""

    waiting: str  # red by a partner's word
    seized: str
    released: str
    lodged: str  # with its source document
    long: str
    photograph: str
    agreement: str
    came: str
    went: str
    held: str
    revoked: str  # signed by a key that XC revoked
    collected: str  # waits until XC comes for it
    told: str  # XB's question for serials, housekeeping
    enclosing: str  # with a photograph
    asked: str  # XB's query, that a person has to answer
    helped: str  # XB's request in words, answered in part and overdue
    ours: str  # our query, answered
    alarm: int  # about XB's log, which signed two statements


def played(xb: Partner, agreement: str) -> Scene:
    """Play it all on this node; XB has signed `agreement` with us."""
    command = viewer.command_line()
    identity.add_office(code=OFFICE, name="Harbour of Port Arven")
    identity.add_person(name="ada", roles=["officer"], office=OFFICE, at=clock.real())
    identity.add_person(name="gone", roles=["analyst"], display_name=TRADER[:60], at=clock.real())
    identity.disable_person(name="gone", at=clock.real())
    identity.add_token(name="ada", at=clock.real())
    words.raise_signals(warning(summary="Seen with forged marks at our harbour."))
    report = documents.take([papers.taken(f"L-{n}") for n in range(4)], at=AT, by="ada")
    waiting, seized, released, lane = (one.reference for one in report.taken)
    risk.follow(report.ids, at=AT)
    later = AT + timedelta(hours=1)
    photograph = _inspected(seized, later)
    controls.seize(reference=seized, power=POWER, by=command, at=later)
    controls.release(reference=released, power=POWER, by=command, at=later, note="as asked")
    risk.decide_lane(reference=lane, lane="green", by=command, at=later, note="the maker is known")
    controls.assign(reference=waiting, by=command, at=later, person="ada")
    risk.send_alert(reference=seized, to="XB", by=command, at=clock.real(), on=AT)
    lodged, longest = _lodged(), _long()
    held = _traffic(xb, agreement)
    _work(waiting, later)
    ledger.publish(at=clock.real())
    return Scene(
        waiting=waiting,
        seized=seized,
        released=released,
        lodged=lodged,
        long=longest,
        photograph=photograph,
        agreement=agreement,
        came=str(messages.messages(command, "in")[0].id),
        went=str(messages.messages(command, "out", state="waiting")[0].id),
        held=held,
        **_collector(),
        told=_question(xb),
        enclosing=_enclosing(),
        **_requests(xb),
        alarm=forks.forked(xb),
    )


def quiet(number: str, *, at: datetime = AT) -> Taken:
    """A declaration that nobody warned of."""
    return Taken(replace(papers.declaration(number), exporter=Party(name="Honest Shoes Ltd")))


def _inspected(reference: str, at: datetime) -> str:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "JPEG")
    number = controls.record(
        reference=reference,
        result="not-conform",
        offence="counterfeit",
        note=LONG,
        marks=["NORDVIK", "ALPENLAUF"],
        photographs=[controls.Image("second-row.jpg", picture.getvalue())],
        power=POWER,
        by=viewer.command_line(),
        at=at,
    )
    return Photograph.objects.filter(inspection=number).values_list("sha256", flat=True)[0]


def _lodged() -> str:
    document = wco.write(quiet("L-9").declaration)
    form = importing.named("wco-xml")
    done = importing.lodge(document, name="a.xml", form=form, at=AT, by="ada")
    return done.taken[0].reference


def _long() -> str:
    made = papers.declaration("LANGE-BEZUGSNUMMER-0000001", price=9_999_999_999_99)
    shipment = made.goods_shipment
    item = shipment.goods_items[0]
    commodity = replace(item.commodity, description=LONG[:500], brand_name=TRADER)
    items = tuple(replace(item, sequence_numeric=n, commodity=commodity) for n in range(1, 8))
    importer = Party(id="XA900003", name=TRADER)
    made = replace(made, goods_shipment=replace(shipment, importer=importer, goods_items=items))
    return documents.take([Taken(made)], at=AT, by="ada").taken[0].reference


def _traffic(xb: Partner, agreement: str) -> str:
    receive(xb.line(alert(xb, agreement)), b"x", xb.line(alert(xb, agreement, purpose="revenue")))
    alert(xb, agreement)  # never sent: a gap
    receive(xb.line(alert(xb, agreement)))
    send()
    held = send(purpose="security", by=viewer.command_line())
    exchange.deliver(partner="XB")
    return str(held.id)


def _collector() -> dict[str, str]:
    """XC, which nobody reaches: it sent us an alert, revoked the key that signed it, is written to
    and owes a word on what came of it.
    """
    at = clock.real() - timedelta(minutes=5)
    xc = Partner("XC", url="", at=at)
    identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=at)
    both = {"disclosers": ["XA", "XC"], "recipients": ["XA", "XC"], "report": {"days": 60}}
    signed = dealing.in_force(xc, both, parties=["XA", "XC"], id=AMONG_COLLECTORS)
    came = alert(xc, signed)
    receive(xc.line(came))
    exchange.handle()
    identity.take_revocation(
        administration="XC",
        kid=xc.key(Use.SIG).kid,
        since=at,
        reason="the machine was stolen",
        message_id="",
        at=clock.real(),
    )
    return {"revoked": str(came.id), "collected": str(send(to="XC").id)}


def _enclosing() -> str:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(picture, "JPEG")
    return str(send(files=[attachment.File(picture.getvalue(), "image/jpeg")]).id)


def _question(xb: Partner) -> str:
    asked = xb.next(clock.real(), type="org.tidewaiter.resend.v1", data={"first": 1, "last": 1})
    receive(xb.line(asked))
    return str(asked.id)


def _requests(xb: Partner) -> dict[str, str]:
    """XB asks and is asked, under an agreement of its own; it declared and controlled our goods."""
    command, at = viewer.command_line(), clock.real()
    people = {**asking.PAPERS, "approval": "one"}
    results = {"categories": ["control-result"], "fields": {"allow": list(controlled.RESULT)}}
    exports = {"categories": ["declaration"], "fields": {"allow": ["declaration"]}}
    grounds = ["sovereignty", "ongoing-proceedings"]
    digest = dealing.in_force(
        *(xb, asking.REQUESTS, people, results, exports), id=AMONG_ASKERS, refusals=grounds
    )
    documents.take([Taken(theirs.paper("L-20"))], at=AT, by="ada")
    query = dealing.came(xb, digest, asking.messages.QUERY_TYPE, asking.QUERY)
    dealing.worked("assistance.answer")
    words_ = dealing.came(xb, digest, asking.messages.ASSISTANCE_TYPE, asking.HELP)
    part = assistance.Answer(state="partial", carries="declaration", text=LONG[:200])
    assistance.reply(id=str(words_.id), answer=part, by=command, at=at)
    about = {"about": "container", "value": theirs.CONTAINER, "category": "declaration"}
    ours = assistance.ask_query(to="XB", by=command, at=at, **about)
    record = {"declaration": theirs.told(theirs.paper("B-7", kind="EXA"))}
    del record["declaration"]["goods_shipment"]["importer"]
    kept = {"functional_reference_id", "goods_shipment"}
    cut = {name: value for name, value in record["declaration"].items() if name in kept}
    more = {"clause": "2", "mode": "on-request", "in_reply_to": str(ours.id)}
    answer = {"carries": "declaration", "records": [{"declaration": cut}], "more": True}
    dealing.came(xb, digest, asking.messages.REPLY_QUERY_TYPE, answer, **more)
    dealing.came(xb, digest, controlled.messages.RESULT_TYPE, controlled.RESULT, clause="3")
    dealing.came(xb, digest, theirs.messages.EXPORT_TYPE, record, clause="4")
    assistance.lapse(at=at + timedelta(days=30))
    return {"asked": str(query.id), "helped": str(words_.id), "ours": str(ours.id)}


def _work(reference: str, at: datetime) -> None:
    told: dict[str, str | int] = {
        "partner": "XB",
        "alert": "XB-2026-000001",
        "reference": reference,
    }
    work.open_task("risk.withdrawn", reference, told, at=at, role="supervisor")
    work.enqueue("exchange.deliver", {"partner": "XB"}, at=at, key="XX")
    for _ in range(40 * backoff.ATTEMPTS):
        if jobs.counts()["failed"]:
            break
        at += timedelta(minutes=11)
        for job in work.claim("a", at=at, limit={}):
            work.stumble("a", job.id, error="ConnectionError: the partner is silent", at=at)
