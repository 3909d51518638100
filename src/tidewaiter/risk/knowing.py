"""What an assessment rests on, gathered from where it is kept: the model, profiles, signals, cuts.

Heavy parts are kept in the process by their version, and read again when another is in use.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import polars as pl

from tidewaiter.risk import (
    assess,
    assessors,
    errors,
    lanes,
    library,
    matching,
    model,
    profiles,
)


@dataclass(frozen=True, slots=True)
class Versions:
    """What an assessment names: empty where there is none."""

    model: str
    profiles: str
    norms: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What the tables say of what is in use."""

    folder: Path
    model: str
    norms: str
    profiles: tuple[str, ...]  # texts of those that are active
    cuts: lanes.Thresholds
    signals: Callable[[], pl.DataFrame]
    signals_stamp: tuple[object, ...]  # changes when a signal comes or goes
    hasher: matching.Hasher


_frames: dict[str, tuple[tuple[object, ...], pl.DataFrame]] = {}


def gather(kept: Kept, at: datetime) -> tuple[assess.Knowledge, Versions]:
    """The knowledge that stands at `at`, and its versions. Raises BadModel."""
    sought = _profiles(kept.profiles)
    try:
        trained = library.read_model(kept.folder, kept.model) if kept.model else None
        usual = library.read_norms(kept.folder, kept.norms) if kept.norms else None
    except model.NotThisModel:
        raise errors.BadModel(version=kept.model or kept.norms) from None
    knowledge = assess.Knowledge(
        cuts=kept.cuts,
        sought=sought,
        trained=trained,
        usual=usual,
        warned=_signals(kept, at),
        hasher=kept.hasher,
        assessors=tuple((name, assessors.registry.get(name)) for name in assessors.registry),
    )
    versions = Versions(kept.model, profiles.version(sought), kept.norms)
    return knowledge, versions


@lru_cache(maxsize=4)
def _profiles(texts: tuple[str, ...]) -> tuple[profiles.Profile, ...]:
    return tuple(profiles.read(text.encode()) for text in texts)


def _signals(kept: Kept, at: datetime) -> pl.DataFrame:
    stamp, frame = _frames.get("signals", ((), None))
    if frame is None or stamp != kept.signals_stamp:
        frame = kept.signals()
        _frames["signals"] = (kept.signals_stamp, frame)
    return frame.filter(pl.col("until") > at).drop("until")
