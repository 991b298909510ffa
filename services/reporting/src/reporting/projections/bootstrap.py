"""The interval around an improvement: pairs drawn again with replacement, from a fixed seed."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from reporting.domain.improvement import Pairs

SEED = 20250601
RESAMPLES = 1_000


@lru_cache(maxsize=64)
def _interval(cells: tuple[Pairs, ...]) -> tuple[float, float] | None:
    counts = np.array([cell.count for cell in cells], dtype=np.int64)
    scores = np.array([(cell.baseline, cell.final) for cell in cells])
    n = int(counts.sum())
    # Pairs with the same two scores are one cell: drawing how often each cell comes is the same
    # as drawing n pairs, and takes as long as there are different cells.
    drawn = np.random.Generator(np.random.PCG64(SEED)).multinomial(n, counts / n, RESAMPLES)
    baseline, final = (drawn @ scores).T
    if not baseline.all():
        return None
    low, high = np.percentile(100 * (final - baseline) / baseline, [2.5, 97.5])
    return float(low), float(high)


def interval(cells: Sequence[Pairs]) -> tuple[float, float] | None:
    """The 95 % percentile interval of the relative change in percent; None when undefined."""
    return _interval(tuple(cells)) if cells else None
