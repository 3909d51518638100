"""How well scores rank what was found: the usual figures of a benchmark.

Ties are broken against us: of equal scores those without a find come first. Shares are 0 to 1.
"""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

SHARES: Final = (1, 2, 5, 10)  # per cent of declarations looked at


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one ranking; nan where they cannot be said (one kind of label alone)."""

    rows: int
    positive: int
    auc: float
    average_precision: float
    f1: float  # the best over all cuts
    precision_at: dict[str, float]  # by per cent
    recall_at: dict[str, float]

    def document(self) -> dict[str, object]:
        """As the command prints it: rounded to four places, None for nan."""
        return {
            "rows": self.rows,
            "positive": self.positive,
            "auc": _said(self.auc),
            "average_precision": _said(self.average_precision),
            "f1": _said(self.f1),
            "precision_at": {share: _said(value) for share, value in self.precision_at.items()},
            "recall_at": {share: _said(value) for share, value in self.recall_at.items()},
        }


def figures(labels: np.ndarray, scores: np.ndarray) -> Figures:
    """The figures of `scores` (higher is riskier) against `labels` (0, 1), of equal length."""
    found: np.ndarray = labels.astype(np.int64)
    order = np.lexsort((found, -scores))
    ranked = found[order]
    rows, positive = len(ranked), int(ranked.sum())
    hits = np.cumsum(ranked)
    precision: dict[str, float] = {}
    recall: dict[str, float] = {}
    for share in SHARES:
        looked = max(1, math.ceil(rows * share / 100)) if rows else 0
        caught = int(hits[looked - 1]) if looked else 0
        precision[str(share)] = caught / looked if looked else math.nan
        recall[str(share)] = caught / positive if positive else math.nan
    if not positive:
        nan = math.nan
        return Figures(rows, positive, nan, nan, nan, precision, recall)
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    caught_at = hits[ends].astype(float)
    precision_curve, recall_curve = caught_at / (ends + 1), caught_at / positive
    both = precision_curve + recall_curve
    f1 = np.divide(
        2 * precision_curve * recall_curve, both, out=np.zeros_like(both), where=both > 0
    )
    steps = np.diff(recall_curve, prepend=0.0)
    average = float((precision_curve * steps).sum())
    auc = _auc(found, scores)
    return Figures(rows, positive, auc, average, float(f1.max()), precision, recall)


def _auc(found: np.ndarray, scores: np.ndarray) -> float:
    positive = int(found.sum())
    negative = len(found) - positive
    if not negative:
        return math.nan
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]  # the middle rank of equal scores
    above = float(ranks[found == 1].sum()) - positive * (positive + 1) / 2
    return above / (positive * negative)


def _said(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
