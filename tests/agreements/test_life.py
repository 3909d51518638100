"""The life of an agreement: how it stands at each moment, its steps, what a version changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.agreements.documents import AT, notice, of, signed, with_clause
from tidewaiter.agreements import amending, history, standing
from tidewaiter.agreements.document import Agreement
from tidewaiter.agreements.standing import Signature, Signed, State

PAIR = ("XA", "XB")
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def state(one: Signed, *others: Signed, at: datetime = AT, pair: tuple[str, str] = PAIR) -> State:
    return standing.state(one, pair, at, [one, *others])


class TestAnAgreementIs:
    def test_pending_before_all_have_signed_and_before_its_first_day(self) -> None:
        assert state(signed(of(), "XA")) is State.PENDING
        start = datetime(2026, 12, 1, tzinfo=UTC)
        later = signed(of(**{"from": "2026-12-01"}))
        assert state(later, at=start - timedelta(milliseconds=1)) is State.PENDING
        assert state(later, at=start) is State.IN_FORCE

    def test_in_force_from_the_later_signature_on(self) -> None:
        agreement = of()
        both = Signed(agreement, (Signature("XA", AT - DAY), Signature("XB", AT)))
        assert state(both, at=AT - HOUR) is State.PENDING
        assert state(both, at=AT) is State.IN_FORCE

    def test_terminated_by_either_before_the_other_has_signed_too(self) -> None:
        one = signed(of(), "XA", notices=[notice("XA", "terminate", AT - HOUR)])
        assert state(one) is State.TERMINATED

    def test_suspended_until_both_that_suspended_have_resumed(self) -> None:
        said = [notice("XA", "suspend", AT - 3 * HOUR), notice("XB", "suspend", AT - 2 * HOUR)]
        assert state(signed(of(), notices=said)) is State.SUSPENDED
        said.append(notice("XA", "resume", AT - HOUR))
        assert state(signed(of(), notices=said)) is State.SUSPENDED
        said.append(notice("XB", "resume", AT))
        assert state(signed(of(), notices=said)) is State.IN_FORCE


class TestAPlurilateralAgreement:
    text = of(parties=["XA", "XB", "XC"], entry=2)

    def test_is_in_force_between_those_that_have_signed_alone(self) -> None:
        two = signed(self.text, "XA", "XB")
        assert state(two) is State.IN_FORCE
        assert state(two, pair=("XA", "XC")) is State.PENDING

    def test_takes_an_accession_from_its_signature_on(self) -> None:
        three = Signed(self.text, (*signed(self.text, "XA", "XB").signatures, Signature("XC", AT)))
        assert state(three, pair=("XA", "XC"), at=AT - HOUR) is State.PENDING
        assert state(three, pair=("XA", "XC")) is State.IN_FORCE
        assert state(three, at=AT - HOUR) is State.IN_FORCE

    def test_is_ended_by_a_notice_between_its_giver_and_the_others_alone(self) -> None:
        said = [notice("XC", "terminate", AT - HOUR)]
        three = signed(self.text, "XA", "XB", "XC", notices=said)
        assert state(three) is State.IN_FORCE
        assert state(three, pair=("XA", "XC")) is State.TERMINATED


class TestAHigherVersion:
    first = signed(of())

    def test_replaces_the_lower_once_it_is_in_force_and_not_before(self) -> None:
        second = signed(of(version=2), "XA")
        assert state(self.first, second) is State.IN_FORCE
        whole = Signed(second.agreement, (Signature("XA", AT), Signature("XB", AT)))
        assert state(self.first, whole, at=AT - HOUR) is State.IN_FORCE
        assert state(self.first, whole) is State.SUPERSEDED
        assert state(whole, self.first) is State.IN_FORCE

    def test_that_is_ended_before_it_begins_replaces_nothing(self) -> None:
        early = [notice("XB", "terminate", datetime(2026, 11, 23, tzinfo=UTC))]
        ended = signed(of(version=2, **{"from": "2026-11-24"}), notices=early)
        assert state(self.first, ended) is State.IN_FORCE

    def test_that_is_suspended_when_it_begins_replaces_once_it_is_resumed(self) -> None:
        said = [notice("XB", "suspend", AT - 2 * DAY)]
        second = signed(of(version=2, **{"from": "2026-11-23"}), notices=said)
        assert state(self.first, second) is State.IN_FORCE
        said.append(notice("XB", "resume", AT - HOUR))
        resumed = signed(second.agreement, notices=said)
        assert state(self.first, resumed, at=AT - 2 * HOUR) is State.IN_FORCE
        assert state(self.first, resumed) is State.SUPERSEDED

    def test_that_is_suspended_later_does_not_bring_the_lower_back(self) -> None:
        said = [notice("XB", "suspend", AT - HOUR)]
        second = signed(of(version=2), notices=said)
        assert state(self.first, second) is State.SUPERSEDED
        assert state(second, self.first) is State.SUSPENDED

    def test_leaves_the_lower_good_for_72_hours_for_messages_of_before(self) -> None:
        moment = AT - DAY
        second = signed(of(version=2), at=moment)
        book = [self.first, second]

        def good(sent_at: datetime, at: datetime) -> bool:
            return standing.honoured(self.first, PAIR, sent_at=sent_at, at=at, among=book)

        assert good(moment - HOUR, AT)
        assert good(moment - HOUR, moment + 3 * DAY - HOUR)
        assert not good(moment - HOUR, moment + 3 * DAY)
        assert not good(moment, AT)


class TestAgreementsThatReplaceEachOther:
    ids = tuple(f"019a1f2e-7c3b-7d10-9a44-2b8e5f6a7c0{n}" for n in range(3))

    def made(self, place: int, replaces: int, at: datetime) -> Signed:
        return signed(of(id=self.ids[place], supersedes=[self.ids[replaces]]), at=at)

    def test_in_a_circle_replace_what_began_before_and_leave_the_last(self) -> None:
        book = [self.made(n, (n + 1) % 3, AT - DAY + n * HOUR) for n in range(3)]
        states = [state(each, *book) for each in book]
        assert states == [State.SUPERSEDED, State.IN_FORCE, State.IN_FORCE]
        book = [self.made(n, (n - 1) % 3, AT - DAY + n * HOUR) for n in range(3)]
        states = [state(each, *book) for each in book]
        assert states == [State.SUPERSEDED, State.SUPERSEDED, State.IN_FORCE]

    def test_two_at_the_same_moment_leave_one(self) -> None:
        book = [self.made(n, 1 - n, AT - DAY) for n in range(2)]
        assert [state(each, *book) for each in book].count(State.IN_FORCE) == 1


class TestItsLifeReads:
    def steps(self, one: Signed, *others: Signed, **origin: Any) -> list[history.Step]:
        told = history.Origin(AT - 9 * DAY, "ada", **origin)
        return history.steps(one, told, us="XA", at=AT, among=[one, *others])

    def test_from_the_draft_to_its_amendment(self) -> None:
        at = AT - 8 * DAY
        said = [notice("XB", "suspend", AT - 3 * DAY), notice("XB", "resume", AT - 2 * DAY)]
        first = Signed(
            of(), (Signature("XA", AT - 7 * DAY), Signature("XB", AT - 6 * DAY)), tuple(said)
        )
        second = signed(of(version=2), at=AT - DAY)
        found = self.steps(first, second, proposed_at=at, proposed_by="XA")
        assert [each.code for each in found] == [
            "registered",
            "proposed",
            "signed",
            "signed",
            "in-force",
            "suspend-given",
            "resume-given",
            "amended",
            "expires",
        ]
        assert found[-2].digest == second.digest
        assert all(history.WORDS[each.code].format_map(each.params) for each in found)

    def test_with_who_has_not_signed_at_its_end(self) -> None:
        found = self.steps(signed(of(), "XB"))
        assert (found[-1].code, found[-1].params, found[-1].at) == (
            "unsigned",
            {"party": "XA"},
            None,
        )

    def test_with_each_party_of_several(self) -> None:
        text = of(parties=["XA", "XB", "XC"], entry=2)
        codes = [(each.code, each.params.get("party")) for each in self.steps(signed(text))]
        assert ("in-force-with", "XB") in codes
        assert ("in-force-with", "XC") in codes


class TestWhatAVersionChanged:
    def told(self, older: Agreement, newer: Agreement) -> list[tuple[str, str, str, list[str]]]:
        return [
            (
                each.number,
                change.before.said() if change.before else "",
                change.after.said() if change.after else "",
                change.told(),
            )
            for each in amending.changes(older, newer)
            for change in each.changes
        ]

    def test_is_nothing_between_a_text_and_itself(self) -> None:
        assert amending.changes(of(), of()) == []

    def test_is_told_in_the_sentences_that_differ(self) -> None:
        newer = with_clause(handling="TLP:RED", retention={"days": 30})
        assert self.told(of(), newer) == [
            (
                "7.2",
                "It is handled as TLP:AMBER or tighter.",
                "It is handled as TLP:RED or tighter.",
                [],
            ),
            (
                "7.2",
                "The recipient deletes it after 1825 days.",
                "The recipient deletes it after 30 days.",
                [],
            ),
        ]

    def test_names_what_was_added_to_a_list_and_what_was_taken_out(self) -> None:
        fields = {
            "allow": ["alert", "seizure", "offence", "certainty", "validuntil", "date", "office"],
            "generalise": {"date": "month"},
        }
        older = with_clause(fields={**fields, "allow": [*fields["allow"][:-1], "goods"]})
        (changed,) = self.told(older, with_clause(fields=fields))
        assert changed[3] == ["Added: the office.", "Taken out: the goods."]

    def test_names_articles_that_are_new_and_that_are_gone(self) -> None:
        newer = with_clause(id="7.3")
        how = [(each.number, each.how) for each in amending.changes(of(), newer)]
        assert how == [("7.3", "new"), ("7.2", "gone")]

    def test_names_the_title_the_period_and_the_parties(self) -> None:
        newer = of(title="Another", until=None, parties=["XA", "XB", "XC"], version=2)
        after = [each[2] for each in self.told(of(), newer)]
        assert any("Another" in each for each in after)
        assert any("has no end" in each for each in after)
        assert any("XC" in each for each in after)
