"""Improvement, with everything that has to stand beside it."""

import asyncio

from reporting.api.figures.guard import ALL, Counted
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.domain.disclosed import Cell
from reporting.domain.improvement import LEAST_PEOPLE, Measures, measure
from reporting.domain.steps import MANY, rough_bounds, roughly_measured
from reporting.domain.suppression import Sum
from reporting.projections.bootstrap import RESAMPLES, SEED, interval
from reporting.projections.results import excluded, matched
from reporting.projections.rows import Row

COLUMNS = (
    "n_matched",
    "n_baseline_only",
    "n_final_only",
    "n_transferred",
    "mean_baseline",
    "mean_final",
    "change_percent",
    "change_low",
    "change_high",
    "points",
    "gain",
    "effect_size",
    "excluded_absent",
    "excluded_void",
    "excluded_later_attempt",
)
_DECIMALS = {
    "mean_baseline": 2,
    "mean_final": 2,
    "change_percent": 2,
    "points": 2,
    "gain": 3,
    "effect_size": 3,
}


async def improvement(reader: Reader) -> Document:
    """Nothing about scores below the least number of people, to nobody."""
    cells, beside = await matched(reader.connection, reader.force)
    without = await excluded(reader.connection, reader.force)
    measured = measure(cells)
    counts = await _counts(reader, measured.n, beside, without)
    # A sum of scores over their mean is how many there are: withheld, it takes both along.
    few = 0 < measured.n < LEAST_PEOPLE or counts["n_matched"] is None
    bounds = None
    if measured.n and not few:
        bounds = await asyncio.to_thread(interval, cells)
    if not reader.guard.exact:
        measured = roughly_measured(measured)
        bounds = bounds and rough_bounds(bounds, measured)
    found = _numbers(measured, bounds, few=few) | counts
    hidden = _hidden(found, few=few)
    if not (few or reader.guard.exact) and 0 < measured.n < MANY:
        hidden.append("effect_size")
    return {
        "n": found["n_matched"],
        "numerator": found["points"],
        "denominator": {"value": found["mean_baseline"]},
        "undefined": [] if few else list(measured.undefined),
        "interval": {"level": 95, "method": "percentile", "resamples": RESAMPLES, "seed": SEED},
        **found,
        "suppressed": few,
        "columns": COLUMNS,
        "rows": [found | {"suppressed": hidden}],
    }


def _numbers(measured: Measures, bounds: tuple[float, float] | None, *, few: bool) -> Row:
    found: Row = {}
    for name, decimals in _DECIMALS.items():
        value = getattr(measured, name)
        found[name] = None if few or value is None else round(value, decimals)
    low, high = bounds or (None, None)
    found["change_low"] = None if low is None else round(low, 2)
    found["change_high"] = None if high is None else round(high, 2)
    return found


async def _counts(reader: Reader, n: int, beside: Row, without: Row) -> Row:
    numbers = {
        "n_matched": n,
        "n_baseline_only": beside["baseline_only"],
        "n_final_only": beside["final_only"],
        "n_transferred": beside["transferred"],
        "excluded_absent": without["absent"],
        "excluded_void": without["void"],
        "excluded_later_attempt": without["later_attempt"],
    }
    counts = Counted({(name,): number for name, number in numbers.items()})
    # The table by force tells how many have done a baseline at all, and have passed a final.
    baselines, passed, finals = ("baseline_done", ALL), ("final_passed", ALL), ("finals",)
    if counts.beside(await protected(reader), [baselines, passed]):
        matched: Cell = ("n_matched",)
        counts.compare(("beside", *baselines), baselines, [matched, ("n_baseline_only",)])
        counts.counts[finals] = n + beside["final_only"]
        counts.unseen.add(finals)
        counts.sums.append(Sum(finals, (matched, ("n_final_only",))))
        counts.compare(("failed finals",), finals, [passed])
    hidden = await reader.guard.withheld(counts)
    return {name: None if (name,) in hidden else count for name, count in numbers.items()}


def _hidden(found: Row, *, few: bool) -> list[str]:
    names = [name for name in COLUMNS if name.startswith(("n_", "excluded_"))]
    scores = [name for name in COLUMNS if name not in names]
    return [name for name in names if found[name] is None] + (scores if few else [])
