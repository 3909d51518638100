"""Bundles: what waits goes into a file; a partner's file is taken as its lines would be."""

import gzip
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.exchange import files
from tests.exchange.conftest import ALERT
from tests.exchange.partner import Partner, read, sealed
from tests.exchange.test_attachments import digest, enclose, named
from tests.exchange.test_attachments import sealed as sealed_file
from tests.exchange.test_collect import jws_of, said
from tests.exchange.test_receiving import alert, outcomes
from tests.exchange.test_sending import order, send
from tests.exchange.test_treaties import DRAFT, signed_by
from tidewaiter import clock, identifier, jose
from tidewaiter.exchange import actions, queries, receiving, wire
from tidewaiter.exchange import errors as exchange_errors
from tidewaiter.exchange.attachments import attachment
from tidewaiter.exchange.attachments import jobs as unpacking
from tidewaiter.exchange.attachments import queries as kept
from tidewaiter.exchange.bundling import actions as bundling
from tidewaiter.exchange.bundling import errors, manifest
from tidewaiter.exchange.bundling import jobs as machine
from tidewaiter.exchange.bundling.manifest import Manifest
from tidewaiter.exchange.models import Correspondent, Handed, Inbound, Outbound, Rate, Returning
from tidewaiter.exchange.treaties import actions as treaties
from tidewaiter.identity import actions as identity
from tidewaiter.identity import errors as identity_errors
from tidewaiter.identity import queries as audit
from tidewaiter.identity import viewer
from tidewaiter.ledger import errors as ledger_errors
from tidewaiter.ledger import queries as ledger
from tidewaiter.vault import queries as vault
from tidewaiter.work import queries as work

pytestmark = pytest.mark.django_db
ME = viewer.command_line()
ALERT_TYPE = "org.tidewaiter.alert.shipment.v1"


@pytest.fixture(autouse=True)
def root(tmp_path: Path, settings: Any) -> Path:
    """A home and a vault of the test's own."""
    settings.VAULT_DIR = tmp_path / "vault"
    settings.HOME = tmp_path
    return tmp_path


def entry(kind: str, value: str | bytes) -> str:
    return json.dumps({kind: value if isinstance(value, str) else value.decode()})


def messages(xb: Partner, *made: Any) -> list[str]:
    return [entry("message", xb.line(each)) for each in made]


def bundle(by: Partner, lines: list[str], *, to: str = "XA", **changes: Any) -> io.BytesIO:
    """What the partner writes; `kid` and `event` stand in place of the usual ones."""
    body = "".join(f"{each}\n" for each in lines).encode()
    at = clock.real()
    said = Manifest(by.code, to, at, len(lines), 1, 9, "sha256:" + hashlib.sha256(body).hexdigest())
    payload = manifest.build(replace(said, **changes.pop("said", {})), id=identifier.uuid7(at))
    payload = json.dumps({**json.loads(payload), **changes.pop("event", {})}).encode()
    return io.BytesIO(gzip.compress(by.sign(payload, **changes).encode() + b"\n" + body))


def take(file: io.BytesIO, **changes: Any) -> bundling.Imported:
    return bundling.import_(file=file, by=ME, at=clock.real(), **changes)


def counts(done: bundling.Imported) -> tuple[int, int, int]:
    return done.accepted, done.refused, done.duplicates


def export(place: Path, **changes: Any) -> bundling.Exported:
    return bundling.export(**{"to": "XB", "file": place, "by": ME, "at": clock.real(), **changes})


def opened(place: Path) -> dict[str, list[str]]:
    """The values in a bundle of ours by kind, its manifest verified first."""
    first, *lines = gzip.decompress(place.read_bytes()).decode().splitlines(keepends=True)
    said = read(first.strip())
    assert said["type"] == "org.tidewaiter.bundle.v1"
    body = "".join(lines).encode()
    assert said["data"]["sha256"] == "sha256:" + hashlib.sha256(body).hexdigest()
    found: dict[str, list[str]] = {"manifest": [json.dumps(said["data"])]}
    for line in lines:
        kind, value = next(iter(json.loads(line).items()))
        found.setdefault(kind, []).append(value)
    return found


def back() -> list[str]:
    """The outcomes of the receipts that are to go back, in order."""
    found = [read(each.receipt)["data"] for each in Returning.objects.order_by("pk")]
    return [
        each["problem"]["type"].rpartition("/")[2] if "problem" in each else each["outcome"]
        for each in found
    ]


class TestABundleOfAPartner:
    def test_is_taken_as_its_lines_would_be_over_the_wire(
        self, xb: Partner, agreement: str
    ) -> None:
        made = [alert(xb, agreement) for _ in range(3)]
        wrong = alert(xb, agreement, recipient="XC")
        done = take(bundle(xb, messages(xb, *made, wrong)))
        assert counts(done) == (3, 1, 0)
        assert done.problems == {"wrong-recipient": 1}
        assert back() == ["accepted"] * 3 + ["wrong-recipient"]
        assert [row.serial for row in Inbound.objects.order_by("serial")] == [1, 2, 3]
        assert ledger.size() >= 3
        assert work.pending(["exchange.handle"]) == 1

    def test_may_come_twice(self, xb: Partner, agreement: str) -> None:
        file = bundle(xb, messages(xb, alert(xb, agreement), alert(xb, agreement)))
        first = [counts(take(file)), back()]
        again = [counts(take(file)), back()]
        assert first == [(2, 0, 0), ["accepted"] * 2]
        assert again == [(0, 0, 2), ["duplicate"] * 2]  # nobody took the first ones back

    def test_may_come_after_or_before_what_came_over_the_wire(
        self, xb: Partner, agreement: str
    ) -> None:
        made = [alert(xb, agreement) for _ in range(4)]
        assert outcomes(xb.line(made[2])) == ["accepted"]
        assert counts(take(bundle(xb, messages(xb, *made)))) == (3, 0, 1)
        assert outcomes(xb.line(made[0])) == ["duplicate"]
        assert queries.gaps() == []

    def test_may_hold_its_lines_in_any_order(self, xb: Partner, agreement: str) -> None:
        jwe = sealed_file(files.PDF)
        data = {"attachments": [named(files.PDF, jwe)]}
        lines = messages(xb, alert(xb, agreement), alert(xb, agreement, data=data))
        done = take(bundle(xb, [entry("attachment", jwe), *reversed(lines)]))
        assert counts(done) == (2, 0, 0)
        assert (done.attachments, back()) == (1, ["accepted"] * 2)
        again = alert(xb, agreement, data=data)
        done = take(bundle(xb, [*messages(xb, again), entry("attachment", jwe)]))
        assert (counts(done), done.attachments) == ((1, 0, 0), 0)
        unpacking.unpack()
        (shown,) = kept.attachments(ME, again.id)
        assert (shown.state, shown.readable) == ("here", True)

    def test_may_hold_the_attachments_of_a_message_of_another(
        self, xb: Partner, agreement: str
    ) -> None:
        image = files.photograph("PNG")
        pdf, photograph = sealed_file(files.PDF), sealed_file(image)
        both = [named(files.PDF, pdf), named(image, photograph, mediatype="image/png")]
        lines = messages(xb, alert(xb, agreement, data={"attachments": both}))
        done = take(bundle(xb, [*lines, entry("attachment", photograph)]))
        assert (counts(done), done.problems) == ((0, 1, 0), {"missing-attachment": 1})
        assert back() == ["missing-attachment"]
        assert counts(take(bundle(xb, [*lines, entry("attachment", pdf)]))) == (1, 0, 0)
        assert back() == ["accepted"]

    def test_leaves_attachments_that_nobody_named(self, xb: Partner, agreement: str) -> None:
        jwe = sealed_file(files.PDF)
        done = take(bundle(xb, [entry("attachment", jwe)]))
        assert done.attachments == 0
        assert not vault.held(attachment.sha256(digest(jwe)))

    def test_with_an_attachment_that_is_another_than_was_named_is_refused_that_message(
        self, xb: Partner, agreement: str
    ) -> None:
        jwe = sealed_file(files.PDF)
        data = {"attachments": [named(files.PDF, jwe, size=7)]}
        lines = messages(xb, alert(xb, agreement, data=data), alert(xb, agreement))
        done = take(bundle(xb, [*lines, entry("attachment", jwe)]))
        assert (counts(done), done.problems) == ((1, 1, 0), {"missing-attachment": 1})

    def test_of_many_messages_is_held_to_no_rate_and_counts_for_none(
        self, xb: Partner, agreement: str, settings: Any
    ) -> None:
        settings.EXCHANGE_RATE = 60
        outcomes(xb.line(alert(xb, agreement)))
        before = Rate.objects.count()
        made = [alert(xb, agreement) for _ in range(700)]
        assert counts(take(bundle(xb, messages(xb, *made)))) == (700, 0, 0)
        assert Rate.objects.count() == before
        assert outcomes(xb.line(alert(xb, agreement))) == ["accepted"]

    def test_whose_import_was_stopped_is_imported_again(
        self, xb: Partner, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        file = bundle(xb, messages(xb, *(alert(xb, agreement) for _ in range(600))))
        taken: list[int] = []
        receive = receiving.receive

        def stopped(lines: Any, *args: Any, **more: Any) -> list[str]:
            if taken:
                raise KeyboardInterrupt
            taken.append(len(lines))
            return receive(lines, *args, **more)

        with monkeypatch.context() as patch:
            patch.setattr(receiving, "receive", stopped)
            with pytest.raises(KeyboardInterrupt):
                take(file)
        assert counts(take(file)) == (100, 0, 500)
        assert Counter(back()) == {"accepted": 100, "duplicate": 500}

    def test_passes_over_lines_of_no_kind_that_we_know(self, xb: Partner, agreement: str) -> None:
        lines = ["nothing", '{"letter":"x"}', *messages(xb, alert(xb, agreement))]
        done = take(bundle(xb, lines))
        assert (counts(done), done.unknown) == ((1, 0, 0), 2)

    def test_of_another_partners_messages_gives_its_maker_no_receipt_of_theirs(
        self, xb: Partner, agreement: str
    ) -> None:
        """Receipts are taken all or none: one for another would have the maker take none."""
        xc = Partner("XC", at=clock.real())
        identity.add_partner(document=xc.document(), thumbprint=xc.thumbprint(), at=xc.at)
        forged = sealed(Partner("XC").jws(xc.house("resend.v1", {"first": 1, "last": 1})))
        theirs = xc.house("resend.v1", {"first": 1, "last": 1})
        lines = [*messages(xb, alert(xb, agreement)), entry("message", xc.line(theirs))]
        done = take(bundle(xb, [*lines, entry("message", forged)]))
        assert (done.accepted, done.problems) == (2, {"bad-signature": 1})
        kept_ = {
            code: [read(row.receipt) for row in Returning.objects.of(code)] for code in ("XB", "XC")
        }
        assert {each["recipient"] for each in kept_["XB"]} == {"XB"}
        assert [each["inreplyto"] for each in kept_["XC"]] == [str(theirs.id)]

    def test_is_noted_with_who_imported_it(self, xb: Partner, agreement: str) -> None:
        take(bundle(xb, messages(xb, alert(xb, agreement))))
        rows = [(row.kind, row.references, row.person) for _, row in audit.readings(limit=1)]
        assert rows == [("importing a bundle", ("XB 1–9",), ME.name)]


class TestABadBundle:
    @pytest.fixture
    def lines(self, xb: Partner, agreement: str) -> Iterator[list[str]]:
        """Three messages, of which nothing is taken."""
        yield messages(xb, *(alert(xb, agreement) for _ in range(3)))
        assert (Inbound.objects.count(), Returning.objects.count()) == (0, 0)

    def test_that_was_cut_says_so_and_nothing_is_taken(self, xb: Partner, lines: list[str]) -> None:
        data = bundle(xb, lines).getvalue()
        with pytest.raises(errors.BundleDamaged, match="ends early"):
            take(io.BytesIO(data[:-100]))

    def test_whose_digest_is_another_says_so_and_nothing_is_taken(
        self, xb: Partner, lines: list[str]
    ) -> None:
        with pytest.raises(errors.BundleDamaged, match="signed for"):
            take(bundle(xb, lines, said={"sha256": "sha256:" + "0" * 64}))

    def test_for_another_recipient_is_refused(self, xb: Partner, lines: list[str]) -> None:
        with pytest.raises(errors.BundleForAnother, match="XB made the bundle for XC"):
            take(bundle(xb, lines, to="XC"))

    def test_of_a_stranger_is_refused(self, xb: Partner, lines: list[str]) -> None:
        with pytest.raises(errors.BundleOfStranger, match="XC, which is no partner"):
            take(bundle(Partner("XC"), lines))

    def test_of_a_suspended_partner_is_refused(self, xb: Partner, lines: list[str]) -> None:
        identity.suspend_partner(administration="XB")
        with pytest.raises(errors.BundleOfStranger, match="XB, which is suspended"):
            take(bundle(xb, lines))

    def test_signed_by_somebody_else_is_refused(self, xb: Partner, lines: list[str]) -> None:
        thief = Partner("XB")
        with pytest.raises(errors.BundleNotProven, match="signature does not hold"):
            take(bundle(thief, lines, kid=xb.key_kid()))
        with pytest.raises(errors.BundleNotProven, match="is not pinned"):
            take(bundle(thief, lines, kid="XB-another"))
        with pytest.raises(errors.BundleNotProven, match="type"):
            take(bundle(xb, lines, typ="JWT"))

    def test_of_the_future_or_of_before_its_key_is_refused(
        self, xb: Partner, lines: list[str]
    ) -> None:
        with pytest.raises(errors.BundleNotProven, match="ahead of our clock"):
            take(bundle(xb, lines, said={"time": clock.real() + timedelta(hours=1)}))
        with pytest.raises(errors.BundleNotProven, match="not valid"):
            take(bundle(xb, lines, said={"time": clock.real() - timedelta(days=4000)}))

    def test_of_another_version_says_which(self, xb: Partner, lines: list[str]) -> None:
        with pytest.raises(errors.BundleVersion, match=r"bundle\.v0; this node takes .*v1"):
            take(bundle(xb, lines, event={"type": "org.tidewaiter.bundle.v0"}))

    @pytest.mark.parametrize(
        "data",
        [b"", b"PK\x03\x04 a zip", gzip.compress(b"declaration;lane\n"), gzip.compress(b"\xff\n")],
        ids=["empty", "zip", "csv", "binary"],  # the bytes hold the time, and would name it anew
    )
    def test_that_is_none_says_so(self, xb: Partner, lines: list[str], data: bytes) -> None:
        with pytest.raises(errors.NoBundle):
            take(io.BytesIO(data))

    @pytest.mark.parametrize(
        ("data", "word"),
        [(b"PK\x03\x04rest", "unpack it"), (b"H4sIAAAAAAAA", "save the attachment")],
        ids=["zip", "mail"],
    )
    def test_that_came_in_another_wrapping_says_how_to_get_at_it(
        self, xb: Partner, lines: list[str], data: bytes, word: str
    ) -> None:
        with pytest.raises(errors.NoBundle, match=word):
            take(io.BytesIO(data))

    def test_that_is_too_large_is_refused_whole(
        self, xb: Partner, lines: list[str], settings: Any
    ) -> None:
        settings.EXCHANGE_MAX_LINE = 1500
        with pytest.raises(errors.BundleTooLarge, match="A line of the bundle is over the limit"):
            take(bundle(xb, [*lines, entry("message", "a" * 1800)]))

    def test_waits_while_the_node_is_fenced(
        self, xb: Partner, lines: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        from tidewaiter.ledger.fencing.queries import Fenced

        now = clock.real()
        monkeypatch.setattr(ledger, "fenced", lambda: Fenced(now, now, "log", None, ""))
        with pytest.raises(ledger_errors.Restoring):
            take(bundle(xb, lines))
        with pytest.raises(ledger_errors.Restoring):
            export(tmp_path / "x.twb")


def test_a_bundle_by_a_key_that_was_revoked_is_refused(xb: Partner, agreement: str) -> None:
    file = bundle(xb, messages(xb, alert(xb, agreement)))
    said = {"kid": xb.key_kid(), "since": clock.text(clock.real()), "reason": "stolen"}
    assert outcomes(xb.line(xb.house("key.revoked.v1", said))) == ["accepted"]
    with pytest.raises(errors.BundleNotProven, match="revoked"):
        take(file)
    assert Inbound.objects.filter(type=ALERT_TYPE).count() == 0


class TestADamagedBundleTakenInPart:
    def test_gives_what_is_whole_and_the_whole_one_gives_the_rest(
        self, xb: Partner, agreement: str
    ) -> None:
        data = bundle(xb, messages(xb, *(alert(xb, agreement) for _ in range(40)))).getvalue()
        done = take(io.BytesIO(data[: len(data) // 2]), partial=True)
        assert done.fault == "it ends early"
        assert 10 <= done.accepted <= 30
        assert counts(take(io.BytesIO(data))) == (40 - done.accepted, 0, done.accepted)

    def test_gives_each_line_that_holds_by_itself_where_the_digest_does_not(
        self, xb: Partner, agreement: str
    ) -> None:
        lines = messages(xb, alert(xb, agreement), alert(xb, agreement))
        file = bundle(xb, lines, said={"sha256": "sha256:" + "0" * 64})
        assert counts(take(file, partial=True)) == (2, 0, 0)

    def test_needs_a_manifest_all_the_same(self, xb: Partner, agreement: str) -> None:
        lines = messages(xb, alert(xb, agreement))
        with pytest.raises(errors.BundleNotProven):
            take(bundle(Partner("XB"), lines, kid="another"), partial=True)


class TestABundleSignedByANewKey:
    """A node that has no line cannot be asked for its newest document: the bundle holds it."""

    @pytest.fixture
    def xb(self, db: None) -> Partner:
        """A partner that cannot be reached."""
        made = Partner("XB", url="", at=clock.real() - timedelta(minutes=5))
        identity.add_partner(document=made.document(), thumbprint=made.thumbprint(), at=made.at)
        return made

    def rotated(self, xb: Partner) -> str:
        """The message that tells the new key, signed by the old one, as a line."""
        old = xb.rotate(clock.real())
        told = xb.house("node.document.v1", {"document": xb.signed_by(old)})
        return entry("message", sealed(xb.jws(told, kid=old)))

    def test_is_taken_where_it_tells_the_key_itself(self, xb: Partner, agreement: str) -> None:
        before = messages(xb, alert(xb, agreement))
        told = self.rotated(xb)
        after = messages(xb, alert(xb, agreement))
        file = bundle(xb, [*before, told, *after])
        assert counts(take(file)) == (3, 0, 0)
        assert Counter(back()) == {"accepted": 2, "duplicate": 1}
        assert counts(take(file)) == (0, 0, 3)

    def test_that_was_cut_is_damaged_and_can_be_taken_in_part(
        self, xb: Partner, agreement: str
    ) -> None:
        before = messages(xb, *(alert(xb, agreement) for _ in range(30)))
        told = self.rotated(xb)
        file = bundle(xb, [*before, told]).getvalue()
        with pytest.raises(errors.BundleNotProven, match="not pinned"):
            take(io.BytesIO(file[: len(file) // 2]), partial=True)
        whole = bundle(xb, [told, *messages(xb, alert(xb, agreement))]).getvalue()
        with pytest.raises(errors.BundleDamaged, match="ends early"):
            take(io.BytesIO(whole[:-30]))

    def test_is_refused_where_it_does_not(self, xb: Partner, agreement: str) -> None:
        self.rotated(xb)
        with pytest.raises(errors.BundleNotProven, match="not pinned"):
            take(bundle(xb, messages(xb, alert(xb, agreement))))
        assert Inbound.objects.count() == 0


class TestWhatWaitsForAPartner:
    def test_is_written_sealed_to_it_with_its_serials(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        sent = [send() for _ in range(3)]
        place = tmp_path / "x.twb"
        done = export(place)
        found = opened(place)
        assert (done.messages, done.first, done.last, done.files) == (3, 1, 3, [place])
        facts = {"from": "XA", "to": "XB", "count": 3, "first": 1, "last": 3}
        assert facts.items() <= json.loads(found["manifest"][0]).items()
        events = [json.loads(jose.read(jws_of(xb, each)).payload) for each in found["message"]]
        assert [each["id"] for each in events] == [str(each.id) for each in sent]
        assert list(tmp_path.glob(".*")) == []

    def test_is_written_again_until_its_receipt_is_here(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        sent = [send() for _ in range(3)]
        place = tmp_path / "x.twb"
        export(place)
        assert export(place).messages == 3
        jws = jws_of(xb, opened(place)["message"][1])
        done = take(bundle(xb, [entry("receipt", said(xb, jws))]))
        assert done.receipts == 1
        assert queries.message(ME, sent[1].id, at=clock.real()).row.state == "delivered"
        again = export(place)
        assert (again.messages, again.first, again.last) == (2, 1, 3)

    def test_is_signed_and_logged_first_where_it_was_sent_as_a_batch(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        actions.send_batch(datas=[ALERT] * 3, **order())
        assert export(tmp_path / "x.twb").messages == 3
        assert Outbound.objects.filter(log_index=None).count() == 0

    def test_is_in_it_though_it_waits_for_a_refusal_to_pass(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        send()
        place = tmp_path / "x.twb"
        export(place)
        jws = jws_of(xb, opened(place)["message"][0])
        problem = {"type": "https://tidewaiter.org/problems/unknown-agreement"}
        refused = said(xb, jws, outcome="refused", problem=problem, log_index=None)
        take(bundle(xb, [entry("receipt", refused)]))
        row = Outbound.objects.get()
        assert (row.state, row.problem) == ("waiting", "unknown-agreement")
        assert row.next_at is not None
        assert export(place).messages == 1

    def test_is_in_none_for_another(self, xb: Partner, agreement: str, tmp_path: Path) -> None:
        send()
        with pytest.raises(identity_errors.UnknownPartner):
            export(tmp_path / "x.twb", to="XC")
        identity.suspend_partner(administration="XB")
        with pytest.raises(exchange_errors.PartnerSuspended):
            export(tmp_path / "x.twb")
        assert not (tmp_path / "x.twb").exists()

    def test_goes_with_its_attachments_until_the_partner_has_them(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        enclose(files.PDF)
        place = tmp_path / "x.twb"
        done = export(place)
        (jwe,) = opened(place)["attachment"]
        assert jose.open_(jwe, xb.keys[1].private) == files.PDF
        assert done.lines["attachment"] == 1

    def test_that_is_nothing_makes_a_bundle_that_says_so(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        done = export(tmp_path / "x.twb")
        assert (done.messages, done.first, done.last) == (0, None, None)
        found = json.loads(opened(tmp_path / "x.twb")["manifest"][0])
        assert (found["count"], found["first"], found["last"]) == (0, 0, 0)

    def test_that_cannot_be_written_leaves_nothing_behind(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        send()
        with pytest.raises(errors.BundleNotWritten, match="No such file"):
            export(tmp_path / "nowhere" / "x.twb")
        assert export(tmp_path / "x.twb").messages == 1

    def test_is_noted_with_who_took_it_out(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        send()
        export(tmp_path / "x.twb")
        rows = [(row.kind, row.references, row.person) for _, row in audit.readings(limit=1)]
        assert rows == [("exporting a bundle", ("XB 1–1 (1)",), ME.name)]

    def test_is_settled_by_a_receipt_for_a_line_that_could_not_be_opened(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        send()
        place = tmp_path / "x.twb"
        export(place)
        (line,) = opened(place)["message"]
        Handed.objects.forget(clock.real() + timedelta(days=30))
        problem = {"type": "https://tidewaiter.org/problems/undecryptable"}
        refused = said(
            xb,
            jws_of(xb, line),
            digest=digest(line.encode()),
            outcome="refused",
            problem=problem,
            log_index=None,
            about="",
            to="",
        )
        take(bundle(xb, [entry("receipt", refused)]))
        assert Outbound.objects.get().problem == "undecryptable"


class TestSeveralBundles:
    def test_hold_together_what_one_may_not_and_each_is_within_its_size(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        for _ in range(60):
            send()
        done = export(tmp_path / "x.twb", most=20_000)
        names = [each.name for each in done.files]
        assert names[:3] == ["x.twb", "x-2.twb", "x-3.twb"]
        assert max(each.stat().st_size for each in done.files) <= 20_000
        lines = [line for each in done.files for line in opened(each).get("message", [])]
        assert len(lines) == done.messages == 60
        assert done.over == 0

    def test_spread_the_attachments_of_a_message_that_is_in_each(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        send()
        enclose(*(files.PDF + bytes(range(256)) * 100 + bytes([n]) for n in range(5)))
        done = export(tmp_path / "x.twb", most=64_000)
        found = [opened(each) for each in done.files]
        assert sum(len(each.get("attachment", [])) for each in found) == 5
        assert all("message" in each for each in found)
        assert (done.messages, done.last) == (2, 2)
        assert len(found) >= 3
        assert done.over == 0

    def test_have_one_larger_than_wanted_where_an_attachment_is(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        enclose(files.PDF + b"%" + b"x" * 200_000)
        done = export(tmp_path / "x.twb", most=64_000)
        assert done.over == 1


class TestReceiptsOfWhatWasImported:
    def test_go_back_in_every_bundle_of_a_week(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        take(bundle(xb, messages(xb, alert(xb, agreement), alert(xb, agreement))))
        place, now = tmp_path / "x.twb", clock.real()
        for at in (now, now + timedelta(days=6)):
            export(place, at=at)
            said = [read(each)["data"]["outcome"] for each in opened(place)["receipt"]]
            assert said == ["accepted"] * 2
            assert Returning.objects.tidy(at) == 0
        assert Returning.objects.tidy(now + timedelta(days=8)) == 2

    def test_go_back_over_the_wire_where_there_is_one_after_all(
        self, xb: Partner, agreement: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        take(bundle(xb, messages(xb, *(alert(xb, agreement) for _ in range(3)))))
        assert work.pending(["exchange.bring"]) == 1
        brought: list[str] = []
        monkeypatch.setattr(wire, "receipts", lambda line, receipts, tick: brought.extend(receipts))
        assert machine.bring(partner="XB") is None
        assert [read(each)["data"]["outcome"] for each in brought] == ["accepted"] * 3
        assert Returning.objects.count() == 0

    def test_are_kept_while_nobody_answers(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        take(bundle(xb, messages(xb, alert(xb, agreement))))
        then = machine.bring(partner="XB")  # nobody listens at its address
        assert then is not None
        assert Correspondent.objects.get(pk="XB").failures == 1
        assert export(tmp_path / "x.twb").lines["receipt"] == 1

    def test_that_do_not_verify_keep_back_no_other(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        for _ in range(5):
            send()
        place = tmp_path / "x.twb"
        export(place)
        good = [said(xb, jws_of(xb, line)) for line in opened(place)["message"]]
        bad = [said(Partner("XB"), jws_of(xb, line)) for line in opened(place)["message"][:2]]
        lines = [entry("receipt", each) for each in (*good[:2], *bad, "no.receipt", *good[2:])]
        done = take(bundle(xb, lines))
        assert (done.receipts, done.unproven) == (5, 3)
        assert Outbound.objects.filter(state="delivered").count() == 5

    def test_ask_for_attachments_which_the_next_bundle_holds(
        self, xb: Partner, agreement: str, tmp_path: Path
    ) -> None:
        sent = enclose(files.PDF)
        place = tmp_path / "x.twb"
        export(place)
        jws = jws_of(xb, opened(place)["message"][0])
        problem = {"type": "https://tidewaiter.org/problems/missing-attachment"}
        refused = said(xb, jws, outcome="refused", problem=problem, log_index=None)
        take(bundle(xb, [entry("receipt", refused)]))
        (shown,) = kept.attachments(ME, sent.id)
        assert shown.state == "asked"
        assert export(place).lines["attachment"] == 1


class TestCheckpoints:
    def test_travel_with_a_bundle(self, xb: Partner, agreement: str, tmp_path: Path) -> None:
        send()
        export(tmp_path / "x.twb")
        newest = ledger.checkpoint()
        assert newest is not None
        assert newest.note in opened(tmp_path / "x.twb")["checkpoint"]

    def test_that_are_none_are_passed_over(self, xb: Partner, agreement: str) -> None:
        lines = [entry("checkpoint", "nothing"), *messages(xb, alert(xb, agreement))]
        done = take(bundle(xb, lines))
        assert (counts(done), done.checkpoints, done.unproven) == ((1, 0, 0), 0, 1)


def test_a_message_is_taken_under_an_agreement_that_stands_behind_it_in_the_file(
    xb: Partner,
) -> None:
    """What a line is judged by may stand further down in the same file."""
    treaties.propose(source=DRAFT.canonical, at=clock.real(), by="ada")
    (member,) = signed_by(xb)["signatures"]
    signed = xb.house("agreement.signature.v1", {"digest": DRAFT.digest, "signature": member})
    done = take(bundle(xb, messages(xb, alert(xb, DRAFT.digest), signed)))
    assert (counts(done), back()) == ((2, 0, 0), ["accepted"] * 2)
