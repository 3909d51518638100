"""A log's statement taken apart for people: nothing is believed but what a key holds up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.partner import Partner
from tests.exchange.peer import Log, cosign
from tidewaiter import clock
from tidewaiter.keys import queries as keys
from tidewaiter.keys.keyfile import Use
from tidewaiter.ledger import cosignature, note
from tidewaiter.ledger.screens import statement
from tidewaiter.ledger.screens.statement import Relation, Signed

AT = clock.real() - timedelta(minutes=5)
XB, XC = Partner("XB", at=AT), Partner("XC", at=AT)
KNOWN = [note.verifier(keys.verifier(XB.key(Use.LOG)))]
WITNESSES = {cosignature.verifier(keys.verifier(XC.key(Use.WITNESS))): "XC"}


def log(size: int, mark: str = "") -> Log:
    made = Log(XB)
    made.grow(size, mark)
    return made


def read(text: str) -> statement.Statement:
    found = statement.read(text, KNOWN, WITNESSES)
    assert found is not None
    return found


class TestAStatement:
    def test_says_how_many_entries_under_which_root_and_whose_key_signed(self) -> None:
        shown = log(7).shown()
        found = read(shown)
        assert (found.size, found.root) == (7, log(7).root().hex())
        assert (found.signed, found.origin) == (Signed.HOLDS, XB.key(Use.LOG).origin)
        assert found.keys == (f"{KNOWN[0].name}+{KNOWN[0].id.hex()}",)

    def test_names_who_cosigned_it_and_when(self) -> None:
        shown = log(7).shown()
        text = note.parts(shown.encode())[0]
        found = read(shown + cosign(XC, text, AT))
        assert found.cosigned == (("XC", int(AT.timestamp())),)

    def test_counts_no_cosignature_that_was_made_for_another(self) -> None:
        text = note.parts(log(8).shown().encode())[0]
        assert read(log(7).shown() + cosign(XC, text, AT)).cosigned == ()

    def test_by_another_key_is_signed_by_nobody_known(self) -> None:
        assert read(Log(XC).shown(0)).signed is Signed.UNKNOWN

    def test_that_was_changed_after_it_was_signed_is_false(self) -> None:
        assert read(log(7).shown().replace("\n7\n", "\n8\n")).signed is Signed.FALSE

    def test_that_there_is_none_of_is_none(self) -> None:
        assert statement.read("", KNOWN, WITNESSES) is None

    @given(st.text(max_size=200))
    def test_of_any_text_is_read_or_kept_as_it_is(self, text: str) -> None:
        found = statement.read(text, KNOWN, WITNESSES)
        assert found is None or (found.note == text and found.signed is not Signed.HOLDS)


class TestTwoStatements:
    def test_of_one_size_contradict_each_other(self) -> None:
        assert statement.relation(read(log(7).shown()), read(log(7, "x").shown())) == (
            Relation.SAME_SIZE
        )

    def test_may_grow_shrink_or_be_the_same(self) -> None:
        few, many = read(log(7).shown()), read(log(9).shown())
        assert statement.relation(few, many) is Relation.LARGER
        assert statement.relation(many, few) is Relation.SMALLER
        assert statement.relation(few, few) is Relation.SAME

    def test_are_not_two_where_one_is_missing_or_unreadable(self) -> None:
        assert statement.relation(read(log(7).shown()), None) is Relation.ONE
        assert statement.relation(read(log(7).shown()), read("no note")) is Relation.ONE
