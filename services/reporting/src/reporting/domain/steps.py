"""How roughly values over people are told, so that one person more tells nothing of their own."""

# A mean of n people and one of n + 1 give away the newcomer's own value, unless each may be off
# by as much as one of n can move it: the reach of a value over n.

from dataclasses import replace
from math import ceil, floor, log10
from typing import Final

from reporting.domain.improvement import Measures

MOST_MINUTES: Final = 600
"""What one entry of a register may come to: sums of minutes are told in steps of it."""
MANY: Final = 100
"""From so many people on a median is told to the day and an effect size at all."""
_SCORE: Final = 100
_WEEK: Final = 7


def told_roughly(figure: str, column: str) -> bool:
    """Whether a value, or what it follows from, moves by steps where numbers are suppressed."""
    if figure == "improvement":
        return column != "n" and not column.startswith(("n_", "excluded_"))
    return column in ("median_days", "minutes")


def step(reach: float, people: int) -> float:
    """The next of 1, 2, 5, 10 and so on, or of their tenths, from reach / people on."""
    least = reach / people
    ten = 10.0 ** floor(log10(least))
    found = next(each * ten for each in (1, 2, 5, 10) if each * ten >= least * (1 - 1e-9))
    return round(found, 9)


def roughly_measured(measured: Measures) -> Measures:
    """The means in steps, and what follows from them alone; an effect size in tenths."""
    n = measured.n
    if not n or measured.mean_baseline is None or measured.mean_final is None:
        return measured
    each = step(_SCORE, n)
    baseline, final = (
        round(mean / each) * each for mean in (measured.mean_baseline, measured.mean_final)
    )
    points = final - baseline
    effect, why = measured.effect_size, measured.undefined
    if not baseline and measured.mean_baseline:
        why = (*why, "the mean baseline is 0, so there is no relative change")
    return replace(
        measured,
        mean_baseline=baseline,
        mean_final=final,
        points=points,
        change_percent=100 * points / baseline if baseline else None,
        gain=points / (100 - baseline) if baseline < 100 else None,
        effect_size=round(effect, 1) if effect is not None and n >= MANY else None,
        undefined=why,
    )


def rough_bounds(bounds: tuple[float, float], measured: Measures) -> tuple[float, float] | None:
    """An interval of the relative change, widened to steps; None where there is no change."""
    if not measured.mean_baseline:
        return None
    each = step(_SCORE * 100 / measured.mean_baseline, measured.n)
    return floor(bounds[0] / each) * each, ceil(bounds[1] / each) * each


def rough_days(median: float, people: int) -> float:
    """In whole weeks among few: the one in the middle is somebody."""
    return median if people >= MANY else float(round(median / _WEEK) * _WEEK)


def rough_minutes(minutes: int) -> int:
    return round(minutes / MOST_MINUTES) * MOST_MINUTES
