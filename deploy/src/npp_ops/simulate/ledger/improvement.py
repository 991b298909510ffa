"""Improvement by its definition, worked out from the planned answers."""

from collections import Counter
from collections.abc import Sequence
from math import sqrt
from typing import Any, Final

import numpy as np

from npp_contracts.codes import Occasion
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.plan.programme import ITEMS

LEAST: Final = 10
SEED: Final = 20250601
RESAMPLES: Final = 1_000
SCORES: Final = (
    "mean_baseline",
    "mean_final",
    "change_percent",
    "change_low",
    "change_high",
    "points",
    "gain",
    "effect_size",
)


def improvement(ending: Ending, force_id: str | None) -> dict[str, Any]:
    """The figure for a force, or for all of them."""
    baselines, finals = (
        {
            each.person: 100 * (each.counts or 0) / ITEMS
            for each in ending.valid_sittings
            if each.occasion is occasion and _in(ending, each.person, force_id)
        }
        for occasion in (Occasion.BASELINE, Occasion.FINAL)
    )
    matched = sorted(baselines.keys() & finals.keys())
    counts = {
        "n_matched": len(matched),
        "n_baseline_only": len(baselines) - len(matched),
        "n_final_only": len(finals) - len(matched),
        "n_transferred": 0,
        **_excluded(ending, force_id),
    }
    if len(matched) < LEAST:
        return counts | dict.fromkeys(SCORES)
    return counts | scores([(baselines[at], finals[at]) for at in matched])


def scores(pairs: Sequence[tuple[float, float]]) -> dict[str, float | None]:
    """Means of matched pairs, and what follows from them."""
    n = len(pairs)
    before, after = (sum(scores) / n for scores in zip(*pairs, strict=True))
    spread = sqrt((_variance([b for b, _ in pairs]) + _variance([f for _, f in pairs])) / 2)
    low, high = _interval(pairs)
    return {
        "mean_baseline": round(before, 2),
        "mean_final": round(after, 2),
        "change_percent": round(100 * (after - before) / before, 2) if before else None,
        "change_low": None if low is None else round(low, 2),
        "change_high": None if high is None else round(high, 2),
        "points": round(after - before, 2),
        "gain": round((after - before) / (100 - before), 3) if before < 100 else None,
        "effect_size": round((after - before) / spread, 3) if spread else None,
    }


def _variance(values: Sequence[float]) -> float:
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1)


def _interval(pairs: Sequence[tuple[float, float]]) -> tuple[float, float] | tuple[None, None]:
    """The published procedure: seeded draws of pairs, in order of their scores."""
    cells = sorted(Counter(pairs).items())
    weights = np.array([count for _, count in cells]) / len(pairs)
    table = np.array([pair for pair, _ in cells])
    drawn = np.random.Generator(np.random.PCG64(SEED)).multinomial(len(pairs), weights, RESAMPLES)
    before, after = (drawn @ table).T
    if not before.all():
        return None, None
    low, high = np.percentile(100 * (after - before) / before, [2.5, 97.5])
    return float(low), float(high)


def _excluded(ending: Ending, force_id: str | None) -> dict[str, int]:
    sittings = [each for each in ending.plan.sittings if _in(ending, each.person, force_id)]
    return {
        "excluded_absent": sum(each.absent for each in sittings),
        "excluded_void": sum(each.void for each in sittings),
        "excluded_later_attempt": sum(max(0, len(each.right) - 1 - each.void) for each in sittings),
    }


def _in(ending: Ending, at: int, force_id: str | None) -> bool:
    return force_id in (None, ending.first_force(at))
