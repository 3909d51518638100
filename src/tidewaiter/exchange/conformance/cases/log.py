"""The log: what a receipt names stands in it, once, and nothing else of the message."""

from typing import Any, Final

from tidewaiter.exchange.conformance import notes
from tidewaiter.exchange.conformance.encoding import jcs
from tidewaiter.exchange.conformance.ground import Case, Ground, NotRun, told
from tidewaiter.exchange.conformance.notes import BadLog
from tidewaiter.exchange.conformance.subject import Answer, NoAnswer
from tidewaiter.exchange.conformance.tester import Draft

LOG: Final = "protocol.md: The log"
RECEIPT: Final = "protocol.md: A receipt"
WELL: Final = "as the page says"
MOST: Final = 50_000  # entries of a log that is read whole
PROMISED: Final = 10.0  # seconds until a checkpoint covers an entry
PATIENT: Final = 60.0  # so long a case waits that is about what the log holds, not how soon


def log(ground: Ground) -> notes.Log:
    """The node's log."""
    vkey = ground.subject.document["log"]["vkey"]
    return notes.Log(ground.subject.url, vkey, ground.subject.http)


def covering(ground: Ground, index: int, within: float = PATIENT) -> notes.Checkpoint:
    """A checkpoint that covers that place, within so many seconds. Raises NoAnswer, BadLog."""
    found: notes.Checkpoint | None = ground.wait(
        lambda: at if (at := log(ground).checkpoint()).size > index else None, within
    )
    if found is None:
        raise NoAnswer(f"no checkpoint covers entry {index} within {within:.0f} s")
    return found


def story(ground: Ground) -> tuple[list[bytes], dict[str, tuple[Draft, Answer]]]:
    """Messages taken, repeated and refused, and all entries of the log behind them; once a run."""
    if "story" not in ground.kept:
        sent: dict[str, tuple[Draft, Answer]] = {}
        for name in ("accepted", "duplicate", "refused"):
            draft = ground.alert(purpose="revenue") if name == "refused" else ground.alert()
            sent[name] = draft, ground.send(draft)
        for _ in range(2):
            ground.send(sent["duplicate"][0])
        kind, data = "org.tidewaiter.withdrawn.v1", {"serials": [ground.first.serial + 1]}
        house = ground.draft(kind, {**data, "reason": "expired"}, serial=ground.first.serial + 2)
        sent["house"] = house, ground.send(house)
        last = ground.accepted(ground.alert())
        size = covering(ground, last.data["logindex"]).size
        if size > MOST:
            raise NotRun(f"the log has {size} entries")
        ground.kept["story"] = log(ground).every(size), sent
    found: tuple[list[bytes], dict[str, tuple[Draft, Answer]]] = ground.kept["story"]
    return found


def places(ground: Ground, name: str) -> tuple[list[int], Answer]:
    """Where the message of that name stands in the log, and its receipt."""
    entries, sent = story(ground)
    draft, answer = sent[name]
    wanted = notes.entry(ground.node, draft.compact(), draft.event["salt"])
    return [place for place, each in enumerate(entries) if each == wanted], answer


def once(name: str) -> Any:
    """An accepted message: its commitment stands at the receipt's index, and nowhere else."""

    def run(ground: Ground) -> str:
        found, answer = places(ground, name)
        if answer.said not in {"accepted", "duplicate"}:
            return answer.said
        index = answer.data["logindex"]
        if found == [index]:
            return "once, at the receipt's index"
        return f"at {found or 'no place'}, the receipt says {index}"

    return run


def refused(ground: Ground) -> str:
    """A refusal is not logged."""
    found, _ = places(ground, "refused")
    return f"at {found}" if found else "nowhere"


def covered(ground: Ground) -> str:
    """A checkpoint covers the index within 10 s."""
    index = ground.taken()[1].data["logindex"]
    return "covered" if covering(ground, index, PROMISED) else "not covered"


def tree(ground: Ground) -> str:
    """The checkpoint's root is that of the entries, and the tiles are their hashes."""
    size = covering(ground, ground.taken()[1].data["logindex"]).size
    if size > MOST:
        raise NotRun(f"the log has {size} entries")
    point = log(ground).checkpoint()
    leaves = [notes.leaf(each) for each in log(ground).every(point.size)]
    faults = [] if notes.root(leaves) == point.root else ["the root is another"]
    tiles = range(-(-point.size // notes.WIDTH))
    hashes = [each for tile in tiles for each in log(ground).hashes(tile, point.size)]
    if hashes != leaves:
        faults.append("the tiles hold other hashes")
    return told(faults, WELL)


def entries(ground: Ground) -> str:
    """Every entry is the JCS of a version and a commitment, and nothing else."""
    faults = []
    for place, each in enumerate(story(ground)[0]):
        found = notes.object_of(each)
        if set(found) != {"v", "commitment"} or found["v"] != 1 or jcs(found) != each:
            faults.append(f"entry {place} is {each[:60]!r}")
    return told(faults[:3], WELL)


def only_grows(ground: Ground) -> str:
    """A later checkpoint begins with the tree of an earlier one."""
    first = log(ground).checkpoint()
    index = ground.accepted(ground.alert()).data["logindex"]
    later = covering(ground, index)
    if later.size > MOST:
        raise NotRun(f"the log has {later.size} entries")
    leaves = [notes.leaf(each) for each in log(ground).every(later.size)[: first.size]]
    return WELL if notes.root(leaves) == first.root else "another tree under the same origin"


def guarded(run: Any) -> Any:
    """What a log is not becomes what was found."""

    def guard(ground: Ground) -> str:
        try:
            found: str = run(ground)
        except BadLog as error:
            return str(error)
        return found

    return guard


ONCE: Final = "once, at the receipt's index"
CASES: Final = [
    Case("log.covered-within-10-s", RECEIPT, "covered", guarded(covered)),
    Case("log.accepted-once", LOG, ONCE, guarded(once("accepted"))),
    Case("log.duplicate-once", LOG, ONCE, guarded(once("duplicate"))),
    Case("log.housekeeping-once", LOG, ONCE, guarded(once("house"))),
    Case("log.refused-nowhere", LOG, "nowhere", guarded(refused)),
    Case("log.entries", LOG, WELL, guarded(entries)),
    Case("log.tree", LOG, WELL, guarded(tree)),
    Case("log.only-grows", LOG, WELL, guarded(only_grows)),
]
