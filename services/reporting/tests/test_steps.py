"""Means, medians and sums of minutes: one person more tells nothing of their own."""

from random import Random

import pytest

from reporting.domain.improvement import Measures, Pairs, measure
from reporting.domain.steps import (
    rough_bounds,
    rough_days,
    rough_minutes,
    roughly_measured,
    step,
)


@pytest.mark.parametrize(
    ("people", "steps"),
    [(10, 10), (11, 10), (20, 5), (49, 5), (50, 2), (1000, 0.1), (17_175, 0.01)],
)
def test_a_mean_is_told_in_steps_of_what_one_person_can_move_it_by(
    people: int, steps: float
) -> None:
    assert step(100, people) == steps
    assert steps >= 100 / people


def newcomer(before: float, after: float, n: int, *, off: bool) -> tuple[float, float]:
    """What somebody knows of the newcomer's score from two means, told exactly or in steps."""
    was, now = (step(100, n) / 2, step(100, n + 1) / 2) if off else (0.0, 0.0)
    low = (n + 1) * (after - now) - n * (before + was)
    high = (n + 1) * (after + now) - n * (before - was)
    return max(0.0, low), min(100.0, high)


def told(scores: list[int]) -> tuple[Measures, Measures]:
    exact = measure([Pairs(score, score) for score in scores])
    return exact, roughly_measured(exact)


def test_two_means_do_not_tell_the_newcomers_score() -> None:
    chance, widths = Random(5), []
    for _ in range(500):
        n = chance.randint(10, 120)
        scores = [chance.randint(20, 80) for _ in range(n)]
        new = chance.randint(0, 100)
        (was, roughly_was), (now, roughly_now) = told(scores), told([*scores, new])
        exactly = newcomer(was.mean_final or 0, now.mean_final or 0, n, off=False)
        assert exactly == pytest.approx((new, new), abs=1e-6)
        low, high = newcomer(roughly_was.mean_final or 0, roughly_now.mean_final or 0, n, off=True)
        assert low - 1e-6 <= new <= high + 1e-6
        widths.append(high - low)
    assert min(widths) > 15


def test_what_follows_from_means_follows_from_the_rough_ones() -> None:
    pairs = [Pairs(40 + n % 7, 60 + n % 5) for n in range(12)]
    rough = roughly_measured(measure(pairs))
    assert (rough.mean_baseline, rough.mean_final, rough.points) == (40, 60, 20)
    assert (rough.change_percent, round(rough.gain or 0, 3)) == (50, 0.333)
    assert rough.effect_size is None
    many = roughly_measured(measure(pairs * 10))
    assert many.effect_size == round(many.effect_size or 0, 1) > 1
    assert rough_bounds((41.2, 55.9), rough) == (0, 100)
    assert roughly_measured(Measures(0)) == Measures(0)


def test_medians_of_few_are_told_in_weeks_and_minutes_in_steps_of_ten_hours() -> None:
    assert [rough_days(days, 12) for days in (0, 3, 4, -5, 11.5)] == [0, 0, 7, -7, 14]
    assert rough_days(11.5, 100) == 11.5
    assert [rough_minutes(each) for each in (299, 360, 901, 12_345)] == [0, 600, 1200, 12_600]
