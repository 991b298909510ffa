"""Improvement, by its one definition: relative change of the matched mean score."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

LEAST_PEOPLE = 10
"""Below this number of matched people nothing about their scores is shown."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """`count` people who all went from the same baseline score to the same final score."""

    baseline: float
    final: float
    count: int = 1


@dataclass(frozen=True, slots=True)
class Measures:
    """What matched pairs come to. None is undefined, never zero; `undefined` says why.

    change_percent: 100·(mean final − mean baseline)/mean baseline. points: the difference of the
    means. gain: Hake's, the difference as a share of what was left to gain. effect_size: the
    difference over the root mean square of the two standard deviations (n−1).
    """

    n: int
    mean_baseline: float | None = None
    mean_final: float | None = None
    change_percent: float | None = None
    points: float | None = None
    gain: float | None = None
    effect_size: float | None = None
    undefined: tuple[str, ...] = ()


def measure(cells: Sequence[Pairs]) -> Measures:
    """All the measures of one set of matched pairs."""
    n = sum(cell.count for cell in cells)
    if n == 0:
        return Measures(0, undefined=("nobody has both a baseline and a final",))
    baseline = sum(cell.count * cell.baseline for cell in cells) / n
    final = sum(cell.count * cell.final for cell in cells) / n
    points = final - baseline
    spread = _spread(cells, n, baseline, final)
    why = {
        "the mean baseline is 0, so there is no relative change": baseline == 0,
        "the mean baseline is 100, so there was nothing left to gain": baseline == 100,
        "the scores do not vary or there is one pair, so there is no effect size": not spread,
    }
    return Measures(
        n=n,
        mean_baseline=baseline,
        mean_final=final,
        change_percent=None if baseline == 0 else 100 * points / baseline,
        points=points,
        gain=None if baseline == 100 else points / (100 - baseline),
        effect_size=points / spread if spread else None,
        undefined=tuple(reason for reason, holds in why.items() if holds),
    )


def _spread(cells: Sequence[Pairs], n: int, baseline: float, final: float) -> float:
    if n < 2:
        return 0.0
    squares = sum(
        cell.count * ((cell.baseline - baseline) ** 2 + (cell.final - final) ** 2) for cell in cells
    )
    return sqrt(squares / (n - 1) / 2)
