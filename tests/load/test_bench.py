"""The benches run, on whatever servers the tests have: a look, so that they do not rot."""

from pathlib import Path

import pytest

from npp_ops.testing import KafkaForTests, PostgresForTests

from .__main__ import BENCHES, measured
from .measure import HIGHER, LOWER, About, Goal, Row, take_turns
from .report import markdown
from .stage import Stage


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
async def test_bench_measures_both_sides(
    name: str, postgres: PostgresForTests, kafka: KafkaForTests, tmp_path: Path
) -> None:
    at = postgres.admin_url, kafka.bootstrap_servers
    async with Stage(*at, tmp_path, rounds=1, scale=0.02) as stage:
        rows = await measured(stage, [name])
    assert rows
    assert all(figure > 0 for row in rows for figure in (*row.floor, *row.ours))


async def test_sides_take_turns_after_a_warm_up() -> None:
    order = []

    async def floor() -> dict[str, float]:
        order.append("floor")
        return {"rate": 1.0}

    async def ours() -> dict[str, float]:
        order.append("ours")
        return {"rate": 2.0}

    turns = await take_turns(2, floor, ours)
    assert order == ["floor", "ours", "floor", "ours", "ours", "floor"]
    assert turns.row(About("P0", "x", "/s", "y"), "rate").ratios == [2.0, 2.0]


@pytest.mark.parametrize(
    ("goal", "ours", "met"),
    [
        (Goal(HIGHER, 0.5), [6.0, 4.0, 5.0], True),
        (Goal(HIGHER, 0.6), [6.0, 4.0, 5.0], False),
        (Goal(LOWER, 0.5), [6.0, 4.0, 5.0], True),
        (Goal(LOWER, 0.4), [6.0, 4.0, 5.0], False),
        (None, [1.0, 1.0, 1.0], None),
    ],
)
def test_a_goal_is_met_by_the_median_round(
    goal: Goal | None, ours: list[float], met: bool | None
) -> None:
    assert Row(About("P0", "x", "/s", "y", goal), [10.0] * 3, ours).met is met


def test_the_page_says_where_a_goal_was_missed() -> None:
    missed = Row(About("P0", "things", "/s", "by hand", Goal(HIGHER, 0.5)), [1000.0], [100.0])
    page = markdown([missed], {"machine": "this"})
    assert "| P0 | things | 1,000 /s | 100 /s | 0.10× (0.10 to 0.10) | ≥ 0.5× | **no** |" in page
    assert "- machine: this" in page
