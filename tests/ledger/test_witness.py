"""A node is a witness to the letter of C2SP tlog-witness, to the byte of tlog-cosignature."""

import base64
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.partner import Partner
from tests.exchange.peer import Log
from tidewaiter import clock
from tidewaiter.identity import actions as identity
from tidewaiter.keys import queries as keys
from tidewaiter.keys import ring
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import cosignature, note, queries, tree, witness
from tidewaiter.ledger.models import Alarm, Claim, Witnessed
from tidewaiter.ledger.witnessing import accusing, actions, keeping

# The example of C2SP tlog-witness.
EXAMPLE = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
# The example of C2SP tlog-cosignature.
COSIGNED = """example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
\u2014 witness.example.com/w1 \
jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
"""


@pytest.fixture
def xb(db: None) -> Log:
    """The log of a partner of ours, 300 entries long."""
    partner = Partner("XB", url="https://xb.example", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(
        document=partner.document(), thumbprint=partner.thumbprint(), at=partner.at
    )
    log = Log(partner)
    log.grow(300)
    return log


def asked(log: Log, old: int = 0, size: int | None = None, **changes: object) -> bytes:
    """What a log asks its witness."""
    size = log.size if size is None else size
    request = witness.Request(old, log.proof(old, size), log.shown(size).encode())
    parts = {"old": request.old, "proof": request.proof, "note": request.note, **changes}
    return witness.written(witness.Request(**parts))  # type: ignore[arg-type]


def posted(client: Client, body: bytes) -> tuple[int, bytes, str]:
    """The status, the body and the media type of an answer."""
    answer = client.post("/witness/add-checkpoint", body, content_type="text/plain")
    return answer.status_code, answer.content, answer["Content-Type"]


class TestARequest:
    def test_of_the_specification_is_read_and_written_as_it_was(self) -> None:
        read = witness.read(EXAMPLE.encode())
        assert (read.old, len(read.proof)) == (20852014, 4)
        assert note.checkpoint(note.parts(read.note)[0]).size == 20852163
        assert witness.written(read) == EXAMPLE.encode()

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"old 1\n",
            b"old 1\n\n",
            EXAMPLE.replace("old 2", "old 02").encode(),
            EXAMPLE.replace("old 2", "old -2").encode(),
            EXAMPLE.replace("old 2", "old  2").encode(),
            EXAMPLE.replace("old", "new").encode(),
            EXAMPLE.replace("old 20852014", "old 9999999999999999999").encode(),
            EXAMPLE.replace("PlRN", "PlR").encode(),
            EXAMPLE.replace("kaw=", "kax=").encode(),  # not as RFC 4648 writes it
            EXAMPLE.replace("PlRN", "Pl\u00e9N").encode(),
            EXAMPLE.replace("\n", "\r\n").encode(),
            b"old 1\n" + b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + b"\nx\n",
            EXAMPLE.encode() + b"x" * witness.MOST_BYTES,
        ],
    )
    def test_that_is_malformed_is_refused(self, body: bytes) -> None:
        with pytest.raises(witness.BadRequest):
            witness.read(body)

    @given(st.binary(max_size=200))
    def test_of_any_bytes_is_read_or_refused(self, body: bytes) -> None:
        with suppress(witness.BadRequest):
            assert witness.written(witness.read(body)) == body

    @given(st.lists(st.integers(1, 40), min_size=1, max_size=5))
    def test_notes_in_one_text_come_apart_again(self, sizes: list[int]) -> None:
        notes = [f"log {n}\n{n}\nroot\n\n" + "\u2014 x AAAA\n" * n for n in sizes]
        assert witness.split(witness.joined(notes).encode()) == [each.encode() for each in notes]

    def test_of_one_log_nothing_is_heard_but_the_first(self) -> None:
        notes = [b"a\n1\n", b"b\n1\n", b"a\n2\n", b"b\n1\n"]
        assert witness.newest(notes) == [b"a\n1\n", b"b\n1\n"]


class TestACosignature:
    def test_of_the_specification_is_told_from_the_logs_signature(self) -> None:
        text, lines = note.parts(COSIGNED.encode())
        name, raw = note.signature(lines[1])
        assert (name, int.from_bytes(raw[4:12], "big")) == ("witness.example.com/w1", 1679315147)
        assert cosignature.message(text, 1679315147).decode() == (
            "cosignature/v1\ntime 1679315147\n" + text
        )

    def test_is_the_bytes_of_the_specification(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
        public = key.public_key().public_bytes_raw()
        one = cosignature.Witness("witness.example/w1", public)
        text = note.parts(COSIGNED.encode())[0]
        signature = key.sign(b"cosignature/v1\ntime 7\n" + text.encode())
        line = cosignature.line(one, 7, signature)
        id_ = hashlib.sha256(b"witness.example/w1\n\x04" + public).digest()[:4]
        raw = id_ + (7).to_bytes(8, "big") + signature
        assert line == f"\u2014 witness.example/w1 {base64.b64encode(raw).decode()}\n"
        vkey = f"witness.example/w1+{id_.hex()}+{base64.b64encode(bytes([4]) + public).decode()}"
        assert cosignature.verifier(vkey) == one
        (held,) = cosignature.held((COSIGNED + line).encode(), [one])
        assert (held.witness, held.time, held.line) == (one, 7, line)

    def test_by_a_known_key_that_does_not_hold_is_false(self) -> None:
        key = Ed25519PrivateKey.from_private_bytes(b"w" * 32)
        one = cosignature.Witness("w", key.public_key().public_bytes_raw())
        line = cosignature.line(one, 7, key.sign(b"something else"))
        with pytest.raises(note.FalseSignature):
            cosignature.held((COSIGNED + line).encode(), [one])

    @pytest.mark.parametrize("vkey", ["", "w+00000000+BAAA", "w+1+2"])
    def test_key_that_is_none_is_refused(self, vkey: str) -> None:
        with pytest.raises(note.BadNote):
            cosignature.verifier(vkey)

    def test_key_of_a_log_is_none_of_a_witness(self) -> None:
        with pytest.raises(note.BadNote, match="no verifier key of a witness"):
            cosignature.verifier(keys.note_verifier())
        with pytest.raises(note.BadNote, match="Ed25519 verifier key"):
            note.verifier(keys.witness_verifier())


class TestAddCheckpoint:
    def test_answers_our_cosignature_and_keeps_the_checkpoint(
        self, xb: Log, client: Client
    ) -> None:
        status, body, _ = posted(client, asked(xb))
        assert status == 200
        one = cosignature.verifier(keys.witness_verifier())
        whole = xb.shown().encode() + body
        (held,) = cosignature.held(whole, [one])
        assert abs(held.time - clock.real().timestamp()) < 5
        row = Witnessed.objects.get(pk=xb.origin)
        assert (row.size, bytes(row.root), row.whole.encode()) == (300, xb.root(), whole)

    def test_goes_on_from_the_tree_that_was_cosigned_last(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb))[0] == 200
        xb.grow(700)
        assert posted(client, asked(xb, 300))[0] == 200
        assert posted(client, asked(xb, 1000))[0] == 200  # the same again: nothing has grown
        assert Witnessed.objects.get(pk=xb.origin).size == 1000

    def test_takes_the_empty_tree(self, xb: Log, client: Client) -> None:
        xb.entries.clear()
        assert posted(client, asked(xb))[0] == 200
        xb.grow(1)
        assert posted(client, asked(xb))[0] == 200

    def test_names_the_size_that_it_cosigned_last_with_409(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb))[0] == 200
        xb.grow(1)
        assert posted(client, asked(xb)) == (409, b"300\n", "text/x.tlog.size")
        assert posted(client, asked(xb, 299)) == (409, b"300\n", "text/x.tlog.size")

    def test_refuses_another_root_of_the_same_size_with_409_and_raises_the_alarm(
        self, xb: Log, client: Client
    ) -> None:
        assert posted(client, asked(xb))[0] == 200
        ours = Witnessed.objects.get(pk=xb.origin).whole
        xb.entries[-1] = b"rewritten"
        assert posted(client, asked(xb, 300)) == (409, b"300\n", "text/x.tlog.size")
        (alarm,) = queries.alarms()
        assert (alarm.administration, alarm.kind) == ("XB", "fork")
        assert (alarm.first, alarm.second) == (ours, xb.shown())

    def test_answers_400_where_the_old_size_is_larger(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb, 301, proof=()))[0] == 400

    @pytest.mark.parametrize("body", [b"", b"old 0\n\nno note", b"old 0\n\na\nb\nc\n\nd\n"])
    def test_answers_400_to_what_is_no_request(self, xb: Log, client: Client, body: bytes) -> None:
        assert posted(client, body)[0] == 400

    def test_answers_400_to_a_body_that_is_too_long(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb) + b"x" * witness.MOST_BYTES)[0] == 400

    def test_answers_400_to_a_checkpoint_that_would_not_fit_where_it_is_brought(
        self, xb: Log, client: Client
    ) -> None:
        head = note.Checkpoint(xb.origin, 300, xb.root(), ("x" * witness.MOST_NOTE,))
        assert posted(client, asked(xb, note=xb.signed(head).encode()))[0] == 400
        head = note.Checkpoint(xb.origin, 300, xb.root(), ("x" * (witness.MOST_NOTE - 400),))
        assert posted(client, asked(xb, note=xb.signed(head).encode()))[0] == 200
        assert witness.parcels([Witnessed.objects.get(pk=xb.origin).whole])

    def test_answers_404_for_the_log_of_nobody(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(Log(Partner("XC", url="https://xc.example"))))[0] == 404

    def test_answers_404_for_our_own_log(self, xb: Log, client: Client) -> None:
        xb.origin = keys.origin()
        assert posted(client, asked(xb))[0] == 404

    def test_answers_404_for_a_suspended_partner(self, xb: Log, client: Client) -> None:
        identity.suspend_partner(administration="XB")
        assert posted(client, asked(xb))[0] == 404

    def test_answers_403_where_no_key_of_the_log_signed(self, xb: Log, client: Client) -> None:
        other = Partner("XB", url="https://xb.example")
        text = xb.shown(by=[other.key(Use.LOG)]).encode()
        assert posted(client, asked(xb, note=text))[0] == 403
        assert not queries.alarms()  # anybody may have sent that

    def test_answers_403_to_a_signature_that_does_not_hold(self, xb: Log, client: Client) -> None:
        text = xb.shown().replace("\n300\n", "\n301\n").encode()
        assert posted(client, asked(xb, note=text))[0] == 403

    def test_answers_422_to_a_proof_of_another_tree(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb))[0] == 200
        xb.grow(10)
        wrong = xb.proof(299, 310)
        assert posted(client, asked(xb, 300, proof=wrong))[0] == 422
        assert posted(client, asked(xb, 300, proof=()))[0] == 422
        assert Witnessed.objects.get(pk=xb.origin).size == 300

    def test_answers_422_to_a_proof_from_no_tree(self, xb: Log, client: Client) -> None:
        assert posted(client, asked(xb, proof=(b"h" * 32,)))[0] == 422

    def test_keeps_what_a_log_signed_and_could_not_prove_until_its_tiles_tell(
        self, xb: Log, client: Client
    ) -> None:
        assert posted(client, asked(xb))[0] == 200
        xb.entries[5] = b"rewritten"
        xb.grow(1)
        assert posted(client, asked(xb, 300))[0] == 422
        (claim,) = Claim.objects.open(xb.origin)
        assert (claim.size, claim.told_by) == (301, "XB")

    def test_follows_a_log_whose_key_is_changed(self, xb: Log, client: Client) -> None:
        at = clock.real()
        old = xb.partner.key(Use.LOG)
        new = ring.following(
            Use.LOG, administration="XB", origin=xb.origin, at=at, suite="A", taken={old.kid}
        )
        both = [new, old]
        assert posted(client, asked(xb, note=xb.shown(by=both).encode()))[0] == 200  # old is known
        xb.partner.keys, xb.partner.at = (*xb.partner.keys, new), at
        identity.take_document(administration="XB", document=xb.partner.document(), at=at)
        xb.grow(1)
        assert posted(client, asked(xb, 300, note=xb.shown(by=both).encode()))[0] == 200
        xb.grow(1)
        assert posted(client, asked(xb, 301, note=xb.shown(by=[new]).encode()))[0] == 200
        xb.grow(1)
        assert posted(client, asked(xb, 302, note=xb.shown(by=[old]).encode()))[0] == 200
        later = at + ring.LISTED_FOR + timedelta(minutes=1)
        xb.grow(1)
        with pytest.raises(actions.errors.NotOfTheLog):
            actions.add_checkpoint(asked(xb, 303, note=xb.shown(by=[old]).encode()), at=later)

    def test_is_the_first_partners_where_two_name_one_origin(self, xb: Log, client: Client) -> None:
        squatter = Partner("XC", url="https://xb.example", at=clock.real())
        identity.add_partner(
            document=squatter.document(), thumbprint=squatter.thumbprint(), at=squatter.at
        )
        theirs = Log(squatter)
        theirs.grow(5)
        assert theirs.origin == xb.origin
        assert posted(client, asked(theirs))[0] == 403
        assert posted(client, asked(xb))[0] == 200

    def test_goes_on_with_a_partner_that_was_removed_and_added_again(
        self, xb: Log, client: Client
    ) -> None:
        assert posted(client, asked(xb))[0] == 200
        identity.remove_partner(administration="XB")
        xb.grow(1)
        assert posted(client, asked(xb, 300))[0] == 404
        partner = xb.partner
        document, thumbprint = partner.document(), partner.thumbprint()
        identity.add_partner(document=document, thumbprint=thumbprint, at=clock.real())
        assert posted(client, asked(xb, 300))[0] == 200
        assert not queries.alarms()

    def test_accuses_nobody_where_another_administration_takes_a_name_over(
        self, xb: Log, client: Client
    ) -> None:
        assert posted(client, asked(xb))[0] == 200
        identity.remove_partner(administration="XB")
        heir = Partner("XC", url="https://xb.example", at=clock.real())
        identity.add_partner(document=heir.document(), thumbprint=heir.thumbprint(), at=heir.at)
        theirs = Log(heir)
        theirs.grow(5)
        assert theirs.origin == xb.origin
        assert posted(client, asked(theirs))[0] == 404  # never two trees under one name
        with pytest.raises(actions.errors.UnknownLog):
            actions.told(theirs.shown().encode(), by="XC", at=clock.real())
        assert not queries.alarms()

    def test_cosigns_by_the_old_and_the_new_key_for_a_while(
        self, xb: Log, client: Client, tmp_path: object, settings: object
    ) -> None:
        from tidewaiter.keys import actions as own

        settings.KEYS_DIR = tmp_path / "keys"  # type: ignore[attr-defined, operator]
        own.create(at=clock.real() - timedelta(days=1), administration="XA", url="https://xa.test")
        old = keys.witness_verifier()
        own.rotate("witness", at=clock.real())
        assert keys.witness_verifier() != old
        body = posted(client, asked(xb))[1]
        both = [cosignature.verifier(each) for each in (keys.witness_verifier(), old)]
        held = cosignature.held(xb.shown().encode() + body, both)
        assert [each.witness for each in held] == both
        assert both[0].name == both[1].name == "xa.test/witness"


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_never_have_two_roots_cosigned() -> None:
    partner = Partner("XB", url="https://xb.example", at=clock.real() - timedelta(minutes=5))
    identity.add_partner(
        document=partner.document(), thumbprint=partner.thumbprint(), at=partner.at
    )
    first, second = Log(partner), Log(partner)
    first.grow(10)
    second.grow(10, mark=" otherwise")
    bodies = [asked(first), asked(second)] * 4

    def ask(body: bytes) -> str:
        try:
            return actions.add_checkpoint(body, at=clock.real())
        except actions.errors.OtherTree:
            return ""
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, bodies))
    won = [log for log, lines in zip([first, second] * 4, answers, strict=True) if lines]
    assert len({log.root() for log in won}) == 1
    row = Witnessed.objects.get(pk=first.origin)
    assert bytes(row.root) == won[0].root()
    assert Alarm.objects.filter(kind="fork").count() <= 1


class TestWhatWeCosigned:
    def test_is_read_by_a_stranger_a_note_a_log(self, xb: Log, client: Client) -> None:
        assert client.get("/witness/checkpoints").content == b""
        assert posted(client, asked(xb))[0] == 200
        xb.grow(1)
        assert posted(client, asked(xb, 300))[0] == 200
        answer = client.get("/witness/checkpoints")
        (whole,) = witness.split(answer.content)
        assert note.read(whole, note.verifier(keys.verifier(xb.partner.key(Use.LOG)))).size == 301
        assert answer["Content-Type"].startswith("text/plain")

    def test_of_logs_are_told_apart_by_an_empty_line(self, xb: Log, client: Client) -> None:
        other = Partner("XC", url="https://xc.example", at=clock.real())
        identity.add_partner(document=other.document(), thumbprint=other.thumbprint(), at=other.at)
        theirs = Log(other)
        theirs.grow(3)
        for log in (xb, theirs):
            assert posted(client, asked(log))[0] == 200
        notes = witness.split(client.get("/witness/checkpoints").content)
        heads = [note.checkpoint(note.parts(each)[0]) for each in notes]
        assert {head.origin: head.size for head in heads} == {xb.origin: 300, theirs.origin: 3}


class TestTheMirror:
    def test_serves_what_we_keep_of_a_log(self, xb: Log, client: Client) -> None:
        xb.grow(1000 - 300)
        assert posted(client, asked(xb))[0] == 200
        address = witness.mirror(xb.origin)
        assert client.get(f"{address}/checkpoint").status_code == 404  # no entry is here yet
        bundles = [(n, xb.entries[n * 256 : (n + 1) * 256]) for n in range(4)]
        assert keeping.keep(xb.origin, bundles) == 1000
        whole = client.get(f"{address}/checkpoint").content
        assert whole.decode().startswith(xb.shown())
        for path in ("tile/0/000", "tile/0/003.p/232", "tile/1/000.p/3", "tile/0/001.p/7"):
            level, index, width = {
                "tile/0/000": (0, 0, 256),
                "tile/0/003.p/232": (0, 3, 232),
                "tile/1/000.p/3": (1, 0, 3),
                "tile/0/001.p/7": (0, 1, 7),
            }[path]
            assert client.get(f"{address}/{path}").content == xb.fetch(level, index, width), path
        from tidewaiter.ledger import tile

        data = client.get(f"{address}/tile/entries/003.p/232").content
        assert tile.unbundle(data) == xb.entries[768:]

    @pytest.mark.parametrize(
        "path", ["tile/0/004", "tile/0/003", "tile/1/000.p/4", "tile/2/000", "tile/x", "other"]
    )
    def test_has_nothing_else(self, xb: Log, client: Client, path: str) -> None:
        xb.grow(1000 - 300)
        assert posted(client, asked(xb))[0] == 200
        keeping.keep(xb.origin, [(n, xb.entries[n * 256 : (n + 1) * 256]) for n in range(4)])
        assert client.get(f"{witness.mirror(xb.origin)}/{path}").status_code == 404
        assert client.get(f"{witness.mirror('other')}/{path}").status_code == 404

    def test_keeps_tiles_above_the_bundles(self, xb: Log, client: Client) -> None:
        xb.entries = [b"%d" % n for n in range(256 * 256 + 3)]
        leaves = [tree.leaf(each) for each in xb.entries]
        root = tree.root(leaves)
        text = xb.signed(note.Checkpoint(xb.origin, len(leaves), root))
        assert posted(client, witness.written(witness.Request(0, (), text.encode())))[0] == 200
        for first in range(0, 257, 64):
            many = range(first, min(first + 64, 257))
            keeping.keep(xb.origin, [(n, xb.entries[n * 256 : (n + 1) * 256]) for n in many])
        row = Witnessed.objects.get(pk=xb.origin)
        assert row.kept == len(leaves)
        head = note.Checkpoint(xb.origin, 65537, tree.root(leaves[:65537]))
        assert accusing.agreement(row, head) is True
        wrong = note.Checkpoint(xb.origin, 65537, b"w" * 32)
        assert accusing.agreement(row, wrong) is False
