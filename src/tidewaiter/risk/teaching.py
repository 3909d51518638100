"""How well a model would have ranked what it had not seen: the newest items are held out. Pure."""

from typing import Any, Final

import polars as pl

from tidewaiter.risk import measures, model, norms

HELD_OUT: Final = 0.2  # of the items, the newest


def held_out(items: pl.DataFrame, *, seed: int) -> dict[str, Any]:
    """The figures of the newest fifth under a model taught with the rest; {} where too few.

    `items` has the frame's columns and `outcome`.
    """
    ordered = items.sort("lodged_on", "declaration", "item")
    cut = int(ordered.height * (1 - HELD_OUT))
    before, after = ordered.head(cut), ordered.tail(ordered.height - cut)
    try:
        taught = model.read(model.train(before, seed=seed))
    except model.TooFew:
        return {}
    return measures.figures(after["outcome"].to_numpy(), scores(taught, after)).document()


def scores(taught: model.Model, items: pl.DataFrame) -> Any:
    """The model's probabilities of items (the frame's columns), float64 in their order."""
    beside = norms.beside(norms.clean(items), taught.norms)
    return model.judge(taught, beside).probability
