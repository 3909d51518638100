"""What comes again: the same message, another under its id, a used serial, a leap in serials."""

from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tidewaiter.exchange.conformance.ground import Case, Ground, sent, told
from tidewaiter.exchange.conformance.tester import Draft

RECEIPT: Final = "protocol.md: A receipt"
MESSAGE: Final = "protocol.md: A message"
WELL: Final = "duplicate, with the first facts"
FACTS: Final = ("digest", "logindex", "received")


def again(ground: Ground, *, same_bytes: bool) -> str:
    """The same message again, as the same JWE or sealed anew."""
    draft = ground.alert()
    line = draft.line(ground.subject.enc).encode()
    (first,) = ground.subject.receipts([line])
    if first.said == "accepted":
        ground.first.serial = max(ground.first.serial, draft.event["serial"])
        ground.kit.keep()
    if not same_bytes:
        line = draft.line(ground.subject.enc).encode()
    (second,) = ground.subject.receipts([line])
    if (first.said, second.said) != ("accepted", "duplicate"):
        return f"{first.said}, then {second.said}"
    faults = [f"another {name}" for name in FACTS if first.data[name] != second.data[name]]
    return told(faults, WELL)


def twice_in_one(ground: Ground) -> str:
    """The same message twice in one POST."""
    draft = ground.alert()
    first, second = ground.send_all([draft, draft])
    if (first.said, second.said) != ("accepted", "duplicate"):
        return f"{first.said}, then {second.said}"
    faults = [f"another {name}" for name in FACTS if first.data[name] != second.data[name]]
    return told(faults, WELL)


def at_the_same_time(ground: Ground) -> str:
    """The same message on four connections at once: accepted once."""
    draft = ground.alert()
    draft.compact()

    def send() -> tuple[str, object]:
        with ground.fresh() as client:
            line = draft.line(ground.subject.enc).encode()
            (answer,) = ground.subject.receipts([line], client)
            return answer.said, answer.data.get("logindex")

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: send(), range(4)))
    if any(said == "accepted" for said, _ in found):
        ground.first.serial = max(ground.first.serial, draft.event["serial"])
        ground.kit.keep()
    said = sorted(each for each, _ in found)
    if said != ["accepted", "duplicate", "duplicate", "duplicate"]:
        return ", ".join(said)
    return WELL if len({index for _, index in found}) == 1 else "several log indexes"


def used_id(ground: Ground) -> Draft:
    """Another message under the id of one that was accepted."""
    return ground.alert(id=ground.taken()[0].event["id"])


def replayed_bytes(ground: Ground) -> Draft:
    """The data of an accepted message under its id, signed anew at another time."""
    before = ground.taken()[0]
    draft = ground.alert()
    draft.event = {**before.event, "time": ground.first.moment(seconds=-1), "serial": 0}
    draft.event["serial"] = ground.first.serial + 1
    return draft


def used_serial(ground: Ground) -> Draft:
    """Another message with the serial of one that was accepted."""
    return ground.alert(serial=ground.taken()[0].event["serial"])


def leap(ground: Ground) -> Draft:
    """A serial far ahead of the highest."""
    return ground.alert(serial=ground.first.serial + 20_000)


def just_too_far(ground: Ground) -> Draft:
    """10,001 ahead of the highest."""
    return ground.alert(serial=ground.first.serial + 10_001)


def same_id_of_another(ground: Ground) -> Draft:
    """Ids are counted for each source: one that another partner used is free."""
    return ground.alert(ground.second, id=ground.taken()[0].event["id"])


def of_the_stranger(ground: Ground) -> Draft:
    """From a node that was never registered."""
    return ground.alert(ground.kit.testers["unknown"])


def of_itself(ground: Ground) -> Draft:
    """In the node's own name."""
    return ground.alert(source=f"tidewaiter:{ground.node}")


CASES: Final = [
    Case("replay.same-message", RECEIPT, WELL, lambda g: again(g, same_bytes=True)),
    Case("replay.same-message-sealed-anew", RECEIPT, WELL, lambda g: again(g, same_bytes=False)),
    Case("replay.twice-in-one-post", RECEIPT, WELL, twice_in_one),
    Case("replay.at-the-same-time", RECEIPT, WELL, at_the_same_time),
    sent("replay.id-used", RECEIPT, "replayed", used_id),
    sent("replay.id-used-signed-anew", RECEIPT, "replayed", replayed_bytes),
    sent("replay.id-of-another-source", RECEIPT, "accepted", same_id_of_another),
    sent("serial.used", RECEIPT, "bad-serial", used_serial),
    sent("serial.leaps", RECEIPT, "bad-serial", leap),
    sent("serial.ahead-by-10001", RECEIPT, "bad-serial", just_too_far),
    sent(
        "time.over-ten-minutes-ahead",
        RECEIPT,
        "clock-skew",
        lambda g: g.alert(time=g.first.moment(minutes=11)),
    ),
    sent("time.expired", RECEIPT, "expired", lambda g: g.alert(expires=g.first.moment(seconds=-1))),
    sent(
        "time.over-31-days-past",
        RECEIPT,
        "expired",
        lambda g: g.alert(time=g.first.moment(days=-32)),
    ),
    sent("sender.never-registered", RECEIPT, "unknown-sender", of_the_stranger),
    sent("sender.no-code", RECEIPT, "unknown-sender or malformed", lambda g: g.alert(source="XX")),
    sent("sender.ourselves", RECEIPT, "unknown-sender", of_itself),
    sent(
        "recipient.another", RECEIPT, "wrong-recipient", lambda g: g.alert(recipient=g.second.code)
    ),
    sent("type.unknown", RECEIPT, "unsupported-type", lambda g: g.alert(type="org.example.x.v1")),
    sent(
        "type.of-another-version",
        RECEIPT,
        "unsupported-type",
        lambda g: g.alert(type="org.tidewaiter.alert.shipment.v99"),
    ),
]
