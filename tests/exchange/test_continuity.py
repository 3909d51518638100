"""Serials accounted for: runs of one fate that leave nothing of their range out."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tidewaiter.exchange.auditing import continuity
from tidewaiter.exchange.auditing.continuity import MISSING, WITHDRAWN, Run

FATES = st.sampled_from(["accepted", "waiting", "refused"])
KNOWN = st.dictionaries(st.integers(1, 60), FATES, max_size=50)


@given(st.integers(1, 20), st.integers(0, 60), KNOWN)
def test_every_serial_of_the_range_has_exactly_its_own_fate(
    first: int, last: int, known: dict[int, str]
) -> None:
    found = continuity.account(first, last, sorted(known.items()))
    spread = [(each, run.fate) for run in found.runs for each in range(run.first, run.last + 1)]
    assert spread == [(each, known.get(each, MISSING)) for each in range(first, last + 1)]


@given(KNOWN)
def test_neighbours_of_one_fate_are_one_run(known: dict[int, str]) -> None:
    runs = continuity.account(1, 60, sorted(known.items())).runs
    assert all(one.fate != other.fate for one, other in pairwise(runs))


@given(KNOWN, st.sets(st.integers(1, 60)))
def test_what_was_withdrawn_is_no_hole_and_changes_nothing_that_came(
    known: dict[int, str], told: set[int]
) -> None:
    before = continuity.account(1, 60, sorted(known.items()))
    after = continuity.explained(before, dict.fromkeys(told, WITHDRAWN))
    spread = {each: run.fate for run in after.runs for each in range(run.first, run.last + 1)}
    assert spread == {
        each: known.get(each, WITHDRAWN if each in told else MISSING) for each in range(1, 61)
    }
    assert after.whole == (set(known) | told >= set(range(1, 61)))


def test_serials_are_written_as_people_write_them() -> None:
    assert continuity.written([Run(3, 5, ""), Run(9, 9, "")]) == "3–5, 9"


def test_a_range_without_a_serial_accounts_for_nothing() -> None:
    found = continuity.account(1, 0, [])
    assert (found.whole, found.count, found.runs) == (True, 0, ())
