"""Five nodes under seeded faults: every message once, every refusal receipted, every fork found."""

import os
from pathlib import Path

import pytest

from tests.journeys.chaos import cheats, judge, plan, run

SEED = int(os.environ.get("TIDEWAITER_CHAOS_SEED", "20261128"))
QUIET = 600.0  # seconds after the last fault within which nothing may wait any more


def played(size: plan.Size, seed: int, work: Path, *, within: float) -> list[str]:
    """The faults of a run."""
    made = plan.plan(seed, size)
    run.tell(f"\n{made}")
    going = run.Run(made, work)
    try:
        going.found()
        going.play()
        going.calm()
        took = run.settled(list(going.nodes.values()), within=within)
        run.tell(f"nothing waits {took:.0f} s after the last fault; {going.network.met()}")
        faults = judge.judged(going)
        if took >= within:
            faults.append(f"something still waits after {took:.0f} s")
        if not faults:
            faults += cheated(going)
        run.tell("\n".join([f"seed {seed}: {len(faults)} faults", *faults]))
        return faults
    finally:
        going.close()


def cheated(going: run.Run) -> list[str]:
    """Then four of the five cheat; what of it is not found."""
    cheating = cheats.Cheats(going)
    try:
        cheating.play()
    finally:
        cheating.close()
    return cheating.faults


@pytest.mark.served
def test_a_short_run_loses_nothing_and_accuses_nobody(tmp_path: Path) -> None:
    assert played(plan.SHORT, SEED, tmp_path, within=120) == []


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 5))
def test_who_cheats_is_named_every_time(tmp_path: Path, seed: int) -> None:
    assert played(plan.BRIEF, seed, tmp_path, within=QUIET) == []


@pytest.mark.chaos
def test_a_long_run_loses_nothing_and_accuses_nobody(tmp_path: Path) -> None:
    assert played(plan.LONG, SEED, tmp_path, within=QUIET) == []
