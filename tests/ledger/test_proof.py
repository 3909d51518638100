"""Proof documents: what holds, and that no change to one is overlooked, by us or by a stranger."""

import copy
import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.ledger import crafted, proofs, verifier
from tests.ledger.proofs import Node, agreement, b64u, filled, jcs, message, salt
from tidewaiter.ledger import edwards, proof, vouching
from tidewaiter.ledger.proving import wording

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"
ONE = proofs.one()
SEVERAL = proofs.several()


def refused(data: bytes) -> tuple[str, str]:
    """The first fault that we name, and what the stranger names; fails where either takes it."""
    checked = proof.check(data)
    assert not checked.ok
    with pytest.raises(verifier.Refused) as stranger:
        verifier.verify(data)
    return checked.faults[0].code, str(stranger.value)


def changed(data: bytes, change: Callable[[Any], None]) -> bytes:
    body = json.loads(data)
    change(body)
    return jcs(body)


class TestAProof:
    @pytest.mark.parametrize(
        ("before", "after"), [(0, 0), (0, 1), (1, 0), (2, 3), (255, 0), (256, 44), (300, 5)]
    )
    @pytest.mark.parametrize("suite", ["A", "B"])
    def test_holds_wherever_the_entry_is(self, before: int, after: int, suite: str) -> None:
        data = proofs.one(before, after, suite=suite)
        checked = proof.check(data)
        assert checked.faults == ()
        assert checked.first is not None
        assert (checked.first.index, checked.first.size) == (before, before + after + 1)
        assert checked.cosigned_by == ("XB", "XC")
        said = verifier.verify(data)
        assert (said["index"], said["size"]) == (before, before + after + 1)
        assert said["cosigned_by"] == ["XB", "XC"]

    def test_shows_both_logs_of_a_message(self) -> None:
        (paper,) = proof.check(ONE).papers
        assert [(each.administration, each.index) for each in paper.places] == [
            ("XA", 2),
            ("XB", 5),
        ]
        heads = proof.check(ONE).heads
        assert [head.cosigned[0].by.administration for head in heads] == ["XB", "XA"]

    def test_holds_many_papers_of_every_kind_under_one_checkpoint(self) -> None:
        checked = proof.check(SEVERAL)
        assert [(each.kind, each.signed_by) for each in checked.papers] == [
            ("message", ("XB",)),
            ("agreement", ("XA", "XB")),
            ("node-document", ("XA",)),
            ("audit", ()),
            ("document", ()),
            ("withheld", ()),
        ]
        assert verifier.verify(SEVERAL)["index"] == 300

    def test_tells_a_moment_as_it_was_signed(self) -> None:
        checked = proof.check(SEVERAL)
        (told,) = [each for each in checked.papers if each.kind == "node-document"]
        assert told.facts["time"] == "2026-01-01T00:00:00.000Z"
        assert {each["issued"] for each in wording.keys(checked)} == {told.facts["time"]}

    def test_shows_nothing_of_a_document_that_is_left_out(self) -> None:
        xa = Node("XA")
        document = message(xa, "XB", 1, data={"secret": "harbour"})
        index = xa.log(document, salt(1))
        log = proof.Log("XA", xa.checkpoint())
        data = proof.build([log], [proof.Paper((xa.entry(0, index),))], [xa.document()])
        assert verifier.verify(data)["index"] == 0
        assert document not in data
        assert b64u(salt(1)).encode() not in data
        assert proof.check(data).papers[0].facts == {}

    def test_leaves_out_keys_and_lines_that_it_does_not_need(self) -> None:
        xa, stranger = Node("XA"), Node("XD")
        index = xa.log(b"one", salt(1))
        log = proof.Log("XA", xa.checkpoint(stranger))
        paper = proof.Paper((xa.entry(0, index),), b"one", salt(1))
        data = proof.build([log], [paper], [xa.document(), Node("XB").document()])
        body = json.loads(data)
        assert len(body["nodes"]) == 1
        assert "xd.example" not in body["logs"][0]["checkpoint"]
        assert proof.check(data).ok

    def test_is_not_built_of_what_does_not_prove(self) -> None:
        xa, xb = Node("XA"), Node("XB")
        index = xa.log(b"one", salt(1))
        log = proof.Log("XA", xa.checkpoint())
        for document, key, nodes in (
            (b"two", salt(1), [xa]),
            (b"one", salt(2), [xa]),
            (b"one", salt(1), [xb]),
            (b"one", salt(1), []),
        ):
            paper = proof.Paper((xa.entry(0, index),), document, key)
            with pytest.raises(proof.NotProven):
                proof.build([log], [paper], [each.document() for each in nodes])

    def test_is_built_whatever_else_partners_have_sent(self) -> None:
        xa, xb = Node("XA"), Node("XB")
        index = xa.log(b"one", salt(1))
        paper = proof.Paper((xa.entry(0, index),), b"one", salt(1))
        log = proof.Log("XA", xa.checkpoint(Node("XC")))
        documents = [
            xb.document(witness={"vkey": "no key"}), xb.document(log={"vkey": "no key"}),
            xb.document(keys=[{"kid": "1", "use": "sig", "kty": "RSA"}]), "no document",
            xa.document(), Node("XC").document(),
        ]  # fmt: skip
        assert proof.check(proof.build([log], [paper], documents)).cosigned_by == ("XC",)

    def test_of_an_older_key_brings_the_document_that_lists_it(self) -> None:
        xa = Node("XA")
        document = message(xa, "XB", 1)
        index = xa.log(document, salt(1))
        newer = xa.document(
            "2026-06-01T00:00:00.000Z",
            keys=[{"kid": xa.kid, "use": "recovery", **xa.jwk}],  # signs no message any more
        )
        paper = proof.Paper((xa.entry(0, index),), document, salt(1))
        log = proof.Log("XA", xa.checkpoint())
        data = proof.build([log], [paper], [newer, xa.document()])
        assert json.loads(data)["nodes"] == [newer, xa.document()]
        assert verifier.verify(data)["index"] == 0


def spaced(data: bytes) -> bytes:
    return json.dumps(json.loads(data), indent=2, ensure_ascii=False).encode() + b"\n"


def turned(data: bytes) -> bytes:
    return json.dumps(dict(reversed(json.loads(data).items()))).encode()  # escaped, other order


@pytest.mark.parametrize("write", [spaced, turned])
def test_blanks_order_and_escapes_mean_nothing(write: Callable[[bytes], bytes]) -> None:
    assert proof.check(write(ONE)).ok
    assert verifier.verify(write(ONE))["index"] == 2


def replaced_document(body: Any) -> None:
    body["papers"][0]["document"] = b64u(message(Node("XA"), "XB", 1, serial=2))


def other_signer(body: Any) -> None:
    forged = Node("XC").jws(jcs({"id": "1", "type": "t"}), "tidewaiter+jws")
    body["papers"][0]["document"] = b64u(forged.encode())


def wrong_salt(body: Any) -> None:
    body["papers"][0]["salt"] = b64u(salt(9))


def other_tree(body: Any) -> None:
    xa = Node("XA")
    filled(xa, 6)
    body["logs"][0]["checkpoint"] = xa.checkpoint(Node("XB"), Node("XC"))


def other_key(body: Any) -> None:
    text, _, lines = body["logs"][0]["checkpoint"].rpartition("\n\n")
    xb = Node("XB").checkpoint().rpartition("\n\n")[2]
    body["logs"][0]["checkpoint"] = f"{text}\n\n{xb}{''.join(lines.splitlines(True)[1:])}"


def lost_cosignature(body: Any) -> None:
    body["logs"][0]["checkpoint"] = "".join(
        body["logs"][0]["checkpoint"].splitlines(keepends=True)[:-1]
    )


def beyond(body: Any) -> None:
    body["papers"][0]["entries"][0]["index"] = 6


def absurd(body: Any) -> None:
    body["papers"][0]["entries"][0]["index"] = 2**60


def long_path(body: Any) -> None:
    body["papers"][0]["entries"][0]["path"] = [b64u(bytes(32))] * 64


def more(body: Any) -> None:
    body["papers"][0]["remark"] = "genuine"


def unneeded(body: Any) -> None:
    body["nodes"].append(Node("XD").document())


def forged_node(body: Any) -> None:
    head, _, signature = body["nodes"][0].split(".")
    claims = jcs({"administration": "XA", "issued": proofs.AT, "keys": [], "log": {"vkey": "x"}})
    body["nodes"][0] = f"{head}.{b64u(claims)}.{signature}"


def later(body: Any) -> None:
    body["tidewaiter"] = "proof/2"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (replaced_document, "document"),
        (other_signer, "document"),
        (wrong_salt, "salt"),
        (other_tree, "other-tree"),
        (other_key, "other-key"),
        (lost_cosignature, "cosigned-by"),
        (beyond, "size"),
        (absurd, "size"),
        (long_path, "size"),
        (more, "shape"),
        (unneeded, "not-needed"),
        (forged_node, "node-document"),
        (later, "other-version"),
    ],
    ids=lambda each: each if isinstance(each, str) else each.__name__,
)
def test_what_is_wrong_is_named(change: Callable[[Any], None], code: str) -> None:
    assert refused(changed(ONE, change))[0] == code


DEEP = b"[" * 100_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not-json"),
        (ONE[: len(ONE) // 2], "not-json"),
        (ONE[:-1], "not-json"),
        (b"\xff" + ONE, "not-json"),
        (b"{}", "not-a-proof"),
        (b"[]", "not-a-proof"),
        (b'{"tidewaiter":NaN}', "not-json"),
        (ONE.replace(b'{"logs"', b'{"tidewaiter":"proof/1","logs"', 1), "twice"),
        (ONE.replace(b'"log":0', b'"log":1,"log":0', 1), "twice"),
        (DEEP, "too-deep"),
        (b'{"tidewaiter":' + DEEP, "too-deep"),
        (b" " * (proof.LARGEST + 1), "too-large"),
        (ONE.replace(b'"index":2', b'"index":' + b"9" * 5000, 1), "size"),
        (ONE.replace(b'"index":2', b'"index":2.0', 1), "size"),
        (ONE.replace(b'"index":2', b'"index":-2', 1), "shape"),
        (ONE.replace(b'"index":2', b'"index":true', 1), "shape"),
        (ONE.replace(b'"signed_by":["XA"]', b'"signed_by":["\\ud800"]', 1), "not-json"),
    ],
)
def test_a_file_that_is_none_is_refused_and_named(data: bytes, code: str) -> None:
    assert refused(data)[0] == code


@pytest.mark.parametrize(
    "data",
    [
        b'"' + b'\\"' * 3_000_000,
        b'"' + b'\\"' * 3_000_000 + b"\\",
        b'{"a":"' + b"\\\\" * 3_000_000 + b'"}',
        b"[" * 20 + b"9" * 3_000_000,
        b"[" * 3_000_000,
        b'{"tidewaiter":"' + b"a" * 10_000_000 + b'"}',
    ],
    ids=["quotes", "cut", "backslashes", "digits", "deep", "long"],
)
def test_a_hostile_file_costs_no_more_than_its_length(data: bytes) -> None:
    before = time.process_time()
    assert not proof.check(data).ok
    assert time.process_time() - before < 5


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to everything that stands in a value."""
    yield path
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for name, member in items:
            yield from leaves(member, (*path, name))


def mutations(body: Any) -> Iterator[tuple[str, Any]]:
    """Every change to one place of it: taken out, doubled, turned round, another value."""
    for path in list(leaves(body))[1:]:
        for name in ("gone", "null", "twice", "other", "swapped"):
            made = copy.deepcopy(body)
            holder = made
            for step in path[:-1]:
                holder = holder[step]
            last, value = path[-1], holder[path[-1]]
            if name == "gone":
                del holder[last]
            elif name == "null":
                holder[last] = None
            elif name == "twice" and isinstance(holder, list):
                holder.insert(last, copy.deepcopy(value))
            elif name == "swapped" and isinstance(holder, list) and len(holder) > 1:
                holder[last], holder[last - 1] = holder[last - 1], value
            elif name == "other" and isinstance(value, str):
                middle = len(value) // 2
                holder[last] = value[:middle] + ("A" if value[middle:][:1] != "A" else "B")
                holder[last] += value[middle + 1 :]
            elif name == "other" and type(value) is int:
                holder[last] = value + 1
            if made != body:
                yield f"{path} {name}", made


def means_the_same(path: str) -> bool:
    """The order of papers, of logs that nothing counts, and of node documents says nothing."""
    return path.endswith("swapped") and path.startswith(("('papers', ", "('nodes', "))


@pytest.mark.parametrize("data", [ONE, SEVERAL], ids=["one", "several"])
def test_every_single_change_is_refused_by_us_and_by_the_stranger(data: bytes) -> None:
    taken = []
    for path, body in mutations(json.loads(data)):
        written = jcs(body)
        stranger = True
        try:
            verifier.verify(written)
        except verifier.Refused:
            stranger = False
        if proof.check(written).ok or stranger:
            taken.append(path)
    assert [path for path in taken if not means_the_same(path) and "gone" not in path] == []
    # to take a whole paper out leaves a proof of the others
    assert all(re.match(r"\('papers', \d+\) gone", path) for path in taken if "gone" in path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(data=st.data())
def test_a_changed_byte_is_refused_or_changes_nothing(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(ONE) - 1))
    kind = data.draw(st.sampled_from(["flip", "cut", "add"]))
    if kind == "flip":
        made = ONE[:at] + bytes([ONE[at] ^ data.draw(st.integers(1, 255))]) + ONE[at + 1 :]
    elif kind == "cut":
        made = ONE[:at] + ONE[at + data.draw(st.integers(1, 40)) :]
    else:
        made = ONE[:at] + data.draw(st.binary(min_size=1, max_size=3)) + ONE[at:]
    try:
        same = json.loads(made) == json.loads(ONE) and made.count(b'"') == ONE.count(b'"')
    except ValueError:
        same = False
    if not same:
        refused(made)
    else:
        assert proof.check(made).ok


@settings(max_examples=60, deadline=None)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: (
    st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4)
), max_leaves=20))  # fmt: skip
def test_whatever_stands_in_it_is_refused_without_a_fault_of_ours(value: Any) -> None:
    for name in ("logs", "nodes", "papers"):
        refused(changed(ONE, lambda body, name=name: body.__setitem__(name, [value])))


class TestWhatIsMadeByHand:
    """Judged alike by all readers (the page in test_verify), and at no length."""

    @pytest.mark.parametrize("name", crafted.odd())
    def test_is_judged_as_the_stranger_judges_it(self, name: str) -> None:
        data = crafted.odd()[name]
        checked = proof.check(data)  # raises nothing, whatever it holds
        stranger = True
        try:
            verifier.verify(data)
        except verifier.Refused:
            stranger = False
        assert checked.ok is stranger

    def test_by_a_signature_that_holds_with_the_cofactor_alone_is_refused(self) -> None:
        assert refused(crafted.odd()["cofactor"])[0] == "node-document"

    def test_by_a_key_under_which_anybody_signs_is_refused(self) -> None:
        assert refused(crafted.odd()["small order"])[0] == "node-document"
        prime = 2**255 - 19
        small = {times.to_bytes(32, "little") for times in (0, 1, prime - 1, prime, prime + 1)}
        eight = [crafted.times(n, crafted.EIGHTH) for n in range(8)]
        assert all(edwards.small(key) for key in small | {crafted.written(p) for p in eight})
        assert not edwards.small(crafted.written(crafted.BASE))

    def test_counts_as_an_audit_day_by_its_members_alone(self) -> None:
        kinds = {name: proof.check(data).papers for name, data in crafted.odd().items()}
        assert kinds["audit '2026-11-24'"][0].facts["day"] == "2026-11-24"
        assert {kinds[name][0].kind for name in ("comma", "audit {}", "audit None")} == {"document"}

    def test_to_keep_a_reader_busy_is_given_up(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert proof.check(crafted.of_one_name(40, 3)).ok
        monkeypatch.setattr(vouching, "EFFORT", 10**7)
        before = time.process_time()
        faults = proof.check(crafted.of_one_name(500, 20)).faults
        assert [each.code for each in faults] == ["too-large"]
        assert time.process_time() - before < 2


class TestWhoKnowsKeys:
    def test_is_open_to_a_partner_that_says_it_is_another_where_it_knows_no_names(self) -> None:
        data = crafted.impersonating(both=False)  # all of it by XA's key
        keys = {code: Node(code).thumbprint for code in ("XA", "XB")}
        assert proof.check(data, proof.Known(thumbprints=frozenset(keys.values()))).ok
        whose = frozenset(f"{code}:{key}" for code, key in keys.items())
        faults = proof.check(data, proof.Known(thumbprints=whose)).faults
        assert [each.code for each in faults] == ["log-not-known", "node-not-known"]
        assert proof.check(proofs.one(cosigners=["XB"]), proof.Known(thumbprints=whose)).ok

    def test_holds_logs_and_witnesses_to_whose_they_are_said_to_be(self) -> None:
        xa, xb = Node("XA"), Node("XB")
        for known, code in (
            ({"logs": {f"XA:{xa.vkey}", f"XB:{xb.vkey}"}}, ""),
            ({"logs": {f"XB:{xa.vkey}", f"XB:{xb.vkey}"}}, "log-not-known"),
            ({"witnesses": {f"XB:{xb.witness}", f"XA:{xa.witness}"}}, ""),
            ({"witnesses": {f"XC:{xb.witness}", f"XA:{xa.witness}"}}, "witness-not-known"),
        ):
            given = {name: frozenset(keys) for name, keys in known.items()}
            faults = proof.check(proofs.one(cosigners=["XB"]), proof.Known(**given)).faults
            assert (faults[0].code if faults else "") == code, known

    def test_is_shown_no_key_for_two_administrations(self) -> None:
        assert refused(crafted.impersonating(both=True))[0] == "node-document"

    def test_is_told_that_the_log_is_another(self) -> None:
        known = proof.Known(logs=frozenset({Node("XB").vkey}))  # of two logs in the file
        assert [each.code for each in proof.check(ONE, known).faults] == ["log-not-known"]

    def test_is_told_that_no_witness_is_known(self) -> None:
        known = proof.Known(witnesses=frozenset({Node("XD").witness}))
        assert {each.code for each in proof.check(ONE, known).faults} == {"witness-not-known"}

    def test_is_told_that_who_signed_is_another(self) -> None:
        known = proof.Known(
            logs=frozenset({Node("XA").vkey, Node("XB").vkey}),
            thumbprints=frozenset({Node("XB").thumbprint}),
        )
        assert [each.code for each in proof.check(ONE, known).faults] == ["node-not-known"]

    def test_knows_all_that_a_node_whose_key_is_known_vouches_for(self) -> None:
        known = proof.Known(thumbprints=frozenset({Node("XA").thumbprint, Node("XB").thumbprint}))
        checked = proof.check(ONE, known)
        assert checked.ok
        assert checked.cosigned_by == ("XB",)  # XC is nobody that the reader knows

    def test_counts_the_witnesses_that_it_knows_alone(self) -> None:
        xa, xb = Node("XA"), Node("XB")
        known = proof.Known(
            logs=frozenset({xa.vkey, xb.vkey}),
            witnesses=frozenset({Node("XC").witness, xa.witness}),
        )
        checked = proof.check(ONE, known)
        assert checked.ok
        assert checked.cosigned_by == ("XC",)


class TestAForgery:
    """A file that holds by its own keys; only who knows the right ones sees that it is none."""

    def test_holds_by_its_own_keys_and_by_no_others(self) -> None:
        forger = Node("XA", suite="B")  # the same code, another key
        index = forger.log(b"never logged", salt(1))
        paper = proof.Paper((forger.entry(0, index),), b"never logged", salt(1))
        data = proof.build([proof.Log("XA", forger.checkpoint())], [paper], [forger.document()])
        assert proof.check(data).ok
        known = proof.Known(thumbprints=frozenset({Node("XA").thumbprint}))
        assert not proof.check(data, known).ok

    def test_by_a_witness_of_the_log_itself_counts_for_nothing(self) -> None:
        xa = Node("XA")
        index = xa.log(b"one", salt(1))
        paper = proof.Paper((xa.entry(0, index),), b"one", salt(1))
        data = proof.build([proof.Log("XA", xa.checkpoint(xa))], [paper], [xa.document()])
        assert proof.check(data).cosigned_by == ()

    def test_of_a_message_signed_when_its_key_was_over_is_refused(self) -> None:
        xa = Node("XA")
        late = message(xa, "XB", 1, time="2027-01-01T00:00:00.000Z")
        index = xa.log(late, salt(1))
        paper = proof.Paper((xa.entry(0, index),), late, salt(1))
        with pytest.raises(proof.NotProven, match="signed by no key"):
            proof.build([proof.Log("XA", xa.checkpoint())], [paper], [xa.document()])

    def test_of_an_agreement_that_an_outsider_signed_is_refused(self) -> None:
        xa, xb, outsider = Node("XA"), Node("XB"), Node("XC")
        text, signatures = agreement(xa, xb)
        outside = outsider.jws(text, "tidewaiter-agreement+jws", signed=proofs.AT).split(".")
        index = xa.log(text, salt(1))
        paper = proof.Paper(
            (xa.entry(0, index),), text, salt(1),
            (*signatures, proof.Signature(outside[0], outside[2])),
        )  # fmt: skip
        nodes = [each.document() for each in (xa, xb, outsider)]
        with pytest.raises(proof.NotProven, match="no key of a party"):
            proof.build([proof.Log("XA", xa.checkpoint())], [paper], nodes)


class TestTheWordsForPeople:
    def told(self, to: str = "XB", **changes: Any) -> str:
        xa = Node("XA")
        document = message(xa, to, 1, **changes)
        data = crafted.file([document], [xa.document()], signed_by=["XA"])
        return wording.page(proof.check(data), proof.Known())

    def test_let_no_text_of_the_file_pass_for_a_line_of_ours(self) -> None:
        plain = self.told()
        forged = (
            "1\x1b[2J\x1b[H\r\nit holds: entry 2 of 6 in the log of XA, cosigned by XB, XC\u202e"
        )
        text = self.told(id=forged, type="a  signed by XC  entry XC 5", to="X\u2028B")
        assert len(text.splitlines()) == len(plain.splitlines())
        assert [line for line in text.splitlines() if line.startswith("it holds")] == [
            plain.splitlines()[0]
        ]
        assert all(sign.isprintable() or sign == "\n" for sign in text)
        assert 'type "a  signed by XC  entry XC 5"' in text

    def test_cut_what_is_too_long_to_be_read(self) -> None:
        assert len(self.told(id="9" * 100_000)) < len(self.told()) + 300

    def test_leave_a_title_as_it_is_written(self) -> None:
        xa, xb = Node("XA"), Node("XB")
        text, signatures = agreement(xa, xb)
        index = xa.log(text, salt(1))
        paper = proof.Paper((xa.entry(0, index),), text, salt(1), signatures)
        nodes = [each.document() for each in (xa, xb)]
        data = proof.build([proof.Log("XA", xa.checkpoint())], [paper], nodes)
        assert "title Zöll  signed by XA, XB" in wording.page(proof.check(data), proof.Known())

    def test_are_clean_of_a_file_that_does_not_hold_too(self) -> None:
        xa = Node("XA")
        forged = message(xa, "XB", 1, source="tidewaiter:\x1b[8m\nit holds")
        data = crafted.file([forged], [xa.document()], signed_by=["XA"])
        text = wording.page(proof.check(data), proof.Known())
        assert "\x1b" not in text
        assert "\nit holds" not in text


def codes(source: str) -> set[str]:
    """The faults that a source names."""
    return set(re.findall(r'(?:fault|Unreadable|Unheld)\(\s*"([a-z-]+)"', source))


class TestThePageOfTheFormat:
    def test_shows_the_example_as_it_is_made(self) -> None:
        blocks = re.findall(r"```json\n(.*?)\n```", PAGE.read_text(encoding="utf-8"), re.S)
        assert blocks[-1].encode() == proofs.example()
        assert verifier.verify(blocks[-1].encode())["cosigned_by"] == ["XB"]

    def test_shows_the_values_on_the_way(self) -> None:
        text = PAGE.read_text(encoding="utf-8")
        body = json.loads(proofs.example())
        paper = body["papers"][0]
        entry = '{"commitment":"' + paper["entries"][0]["commitment"] + '","v":1}'
        assert f"```json\n{entry}\n```" in text
        assert f"the {len(entry)} bytes of `{{" in text
        assert f"```\n{body['logs'][0]['checkpoint']}```" in text
        for value in (paper["salt"], Node("XA").thumbprint, Node("XB").thumbprint):
            assert f"`{value}`" in text
        leaf = verifier.hashlib.sha256(b"\x00" + entry.encode()).hexdigest()
        assert f"`{leaf}`" in text

    def test_names_every_fault(self) -> None:
        source = "".join(
            (Path(proof.__file__).parent / f"{name}.py").read_text(encoding="utf-8")
            for name in ("proof", "saying", "evidence", "vouching")
        )
        named = codes(source)
        assert len(named) > 15
        page = PAGE.read_text(encoding="utf-8")
        assert {code for code in named if f"`{code}`" not in page} == set()


def test_the_stranger_shares_no_line_with_the_project() -> None:
    source = Path(verifier.__file__).read_text(encoding="utf-8")
    assert "tidewaiter." not in re.sub(r'"[^"]*"', "", source)
