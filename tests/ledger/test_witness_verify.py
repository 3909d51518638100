"""`ledger verify` counts witnesses, and checks a partner's log as this node keeps it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from tests.exchange.partner import Partner
from tests.exchange.peer import Log, cosign
from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import actions, commands, note, queries, witness
from tidewaiter.ledger.models import Cosignature, Witnessed, WitnessedBundle
from tidewaiter.ledger.witnessing import actions as witnessing
from tidewaiter.ledger.witnessing import keeping

pytestmark = pytest.mark.django_db
AT = clock.real()


def partner(code: str) -> Partner:
    made = Partner(code, url=f"https://{code.lower()}.example", at=AT - timedelta(minutes=5))
    identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
    return made


@pytest.fixture
def log() -> Log:
    """XB's log of 1,000 entries, cosigned and kept."""
    found = Log(partner("XB"))
    found.grow(1000)
    request = witness.Request(0, (), found.shown().encode())
    witnessing.add_checkpoint(witness.written(request), at=AT)
    bundles = [(n, found.entries[n * 256 : (n + 1) * 256]) for n in range(4)]
    assert keeping.keep(found.origin, bundles) == 1000
    return found


def verified(*arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and what the command prints."""
    done = CliRunner().invoke(commands.ledger, ["verify", *arguments, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_a_partners_log_holds(log: Log) -> None:
    code, said = verified("--partner", "XB")
    assert (code, said["ok"], said["origin"]) == (0, True, log.origin)
    assert (said["size"], said["root"], said["witnesses"]) == (1000, log.root().hex(), 1)


def test_a_partners_log_of_which_no_entry_is_here_yet_holds() -> None:
    found = Log(partner("XB"))
    found.grow(5)
    request = witness.Request(0, (), found.shown().encode())
    witnessing.add_checkpoint(witness.written(request), at=AT)
    code, said = verified("--partner", "XB")
    assert (code, said["size"], said["witnesses"]) == (0, 0, 1)


@pytest.mark.parametrize("defect", ["entry", "missing", "root", "note", "cosignature"])
def test_a_partners_log_that_was_tampered_with_here_does_not(log: Log, defect: str) -> None:
    row = WitnessedBundle.objects.get(index=1)
    if defect == "entry":
        WitnessedBundle.objects.filter(pk=row.pk).update(
            entries=bytes(row.entries).replace(b"300", b"x00")
        )
    elif defect == "missing":
        row.delete()
    elif defect == "root":
        WitnessedBundle.objects.filter(pk=row.pk).update(root=b"r" * 32)
    elif defect == "note":
        other = log.shown().replace("\n1000\n", "\n999\n")
        Witnessed.objects.update(kept_note=other)
    else:
        lines = Witnessed.objects.get().lines.replace("A", "B")
        Witnessed.objects.update(lines=lines)
    code, said = verified("--partner", "XB")
    assert (code, said["ok"]) == (1, False)
    assert said["faults"]


def test_a_log_that_we_do_not_keep_is_named(log: Log) -> None:
    for code in ("XC", "nobody"):
        done = CliRunner().invoke(commands.ledger, ["verify", "--partner", code, "--json"])
        assert done.exit_code == 1
        assert json.loads(done.stdout)["type"].endswith("/unknown-log")


class TestOurOwnLog:
    def test_counts_who_cosigned_its_newest_cosigned_checkpoint(self) -> None:
        xb, xc = partner("XB"), partner("XC")
        assert verified()[1]["witnesses"] == 0
        first, second = _signed(AT), _signed(AT + timedelta(seconds=6))
        for made, text in ((xb, first), (xb, second), (xc, second)):
            body = note.parts(text.encode())[0]
            actions.cosigned((text + cosign(made, body, AT)).encode(), by=made.code, at=AT)
        code, said = verified()
        assert (code, said["ok"], said["witnesses"]) == (0, True, 2)

    def test_does_not_hold_where_a_cosignature_does_not(self) -> None:
        xb = partner("XB")
        first, second = _signed(AT), _signed(AT + timedelta(seconds=6))
        body = note.parts(first.encode())[0]
        actions.cosigned((first + cosign(xb, body, AT)).encode(), by="XB", at=AT)
        Cosignature.objects.update(size=note.checkpoint(note.parts(second.encode())[0]).size)
        code, said = verified()
        assert (code, said["ok"], said["witnesses"]) == (1, False, 0)
        assert "cosignature of XB" in said["faults"][0]

    def test_still_counts_who_has_another_key_by_now(self) -> None:
        xb = partner("XB")
        text = _signed(AT)
        body = note.parts(text.encode())[0]
        actions.cosigned((text + cosign(xb, body, AT)).encode(), by="XB", at=AT)
        key = Partner("XB").key(Use.WITNESS)
        xb.keys = (*(each for each in xb.keys if each.use is not Use.WITNESS), key)
        xb.at = AT
        identity.take_document(administration="XB", document=xb.document(), at=AT)
        assert verified()[1]["witnesses"] == 1


def _signed(at: Any) -> str:
    """Our own log takes an entry and is signed."""
    actions.append_many([(b"d", b"s" * 32)], at=at)
    actions.publish(at=at)
    newest = queries.checkpoint()
    assert newest is not None
    return newest.note
