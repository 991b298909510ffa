"""Improvement by hand: the domain's own examples, what is undefined, and the interval."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporting.domain.improvement import Pairs, measure
from reporting.projections.bootstrap import interval


def pairs(*scores: tuple[float, float]) -> list[Pairs]:
    return [Pairs(baseline, final) for baseline, final in scores]


def test_ratio_of_means_is_not_the_mean_of_ratios() -> None:
    measured = measure(pairs((20, 50), (50, 70), (80, 85)))
    assert measured.n == 3
    assert measured.mean_baseline == 50
    assert measured.points == pytest.approx(55 / 3)
    assert measured.change_percent == pytest.approx(36.6667, abs=0.0001)
    assert measured.gain == pytest.approx(0.366667, abs=0.000001)
    assert measured.undefined == ()


@pytest.mark.parametrize("scores", [(55, 80), (40, 58)])
def test_different_ways_lead_to_45_percent(scores: tuple[float, float]) -> None:
    measured = measure([Pairs(*scores, count=12)])
    assert measured.change_percent == pytest.approx(45, abs=0.5)


def test_effect_size_is_the_difference_over_the_root_mean_square_deviation() -> None:
    # Baselines 40, 50, 60 and finals 60, 70, 80: both deviations are 10, the difference is 20.
    assert measure(pairs((40, 60), (50, 70), (60, 80))).effect_size == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("scores", "missing", "words"),
    [
        ([], "change_percent", "nobody has both"),
        ([(0, 40), (0, 60)], "change_percent", "no relative change"),
        ([(100, 100), (100, 90)], "gain", "nothing left to gain"),
        ([(40, 60)], "effect_size", "one pair"),
        ([(40, 60), (40, 60)], "effect_size", "do not vary"),
    ],
)
def test_what_is_undefined_is_said_and_is_not_zero(
    scores: Sequence[tuple[float, float]], missing: str, words: str
) -> None:
    measured = measure(pairs(*scores))
    assert getattr(measured, missing) is None
    assert any(words in reason for reason in measured.undefined)


def test_interval_surrounds_the_change_and_is_the_same_every_time() -> None:
    cells = [Pairs(40 + n % 5, 60 + n % 7, count=3) for n in range(35)]
    low, high = interval(cells) or (0.0, 0.0)
    change = measure(cells).change_percent
    assert change is not None
    assert low < change < high
    assert high - low < 5
    assert interval(list(cells)) == (low, high)


def test_interval_of_equal_pairs_has_no_width_and_of_zero_baselines_none() -> None:
    assert interval([Pairs(50, 75, count=20)]) == pytest.approx((50, 50))
    assert interval([Pairs(0, 50, count=10)]) is None
    assert interval([]) is None


@given(st.lists(st.tuples(st.integers(1, 99), st.integers(0, 100)), min_size=2, max_size=30))
def test_pairs_counted_together_measure_as_pairs_one_by_one(scores: list[tuple[int, int]]) -> None:
    counted = [Pairs(*score, count=scores.count(score)) for score in dict.fromkeys(scores)]
    together, alone = measure(counted), measure(pairs(*scores))
    assert together.n == alone.n
    for name in ("change_percent", "points", "gain"):
        assert getattr(together, name) == pytest.approx(getattr(alone, name), abs=1e-9)
