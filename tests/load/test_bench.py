"""The benches run, on whatever servers the tests have: a look, so that they do not rot."""

from pathlib import Path

import pytest

from npp_ops.testing import KafkaForTests, PostgresForTests

from .__main__ import BENCHES, measured
from .measure import (
    HIGHER,
    LOWER,
    About,
    Cost,
    Findings,
    Goal,
    Grown,
    Row,
    Sample,
    Side,
    take_turns,
)
from .member import Member
from .report import markdown
from .stage import Stage
from .team import Team

_NOWHERE = "postgresql://127.0.0.1:1/nothing"


@pytest.mark.slow
@pytest.mark.parametrize("name", BENCHES)
async def test_bench_measures_both_sides(
    name: str, postgres: PostgresForTests, kafka: KafkaForTests, tmp_path: Path
) -> None:
    at = postgres.admin_url, kafka.bootstrap_servers
    async with Stage(*at, tmp_path, rounds=1, scale=0.02) as stage:
        found = await measured(stage, [name])
    assert found.rows or found.growth
    assert all(figure > 0 for row in found.rows for figure in (*row.floor, *row.ours))
    # The processor time of a look is below the clock's own step now and then, on some systems.
    assert all((cost.memory or 0) > 10 for cost in found.costs)
    for one in found.growth:
        assert min(one.rate, one.cpu, one.wal, one.memory) > 0


async def test_sides_take_turns_after_a_warm_up() -> None:
    order = []

    async def floor() -> dict[str, float]:
        order.append("floor")
        return {"rate": 1.0}

    async def ours() -> dict[str, float]:
        order.append("ours")
        return {"rate": 2.0}

    turns = await take_turns(2, floor=floor, ours=ours)
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


async def test_each_of_several_sides_begins_in_turn() -> None:
    order = []

    def side(name: str) -> Side:
        async def measured() -> Sample:
            order.append(name)
            return {"rate": 1.0}

        return measured

    await take_turns(1, a=side("a"), b=side("b"), c=side("c"))
    assert order == ["a", "b", "c"]
    await take_turns(3, a=side("a"), b=side("b"), c=side("c"))
    assert "".join(order[3:]) == "abc" + "abc" + "bca" + "cab"


def test_the_page_says_where_a_goal_was_missed() -> None:
    missed = Row(About("P0", "things", "/s", "by hand", Goal(HIGHER, 0.5)), [1000.0], [100.0])
    page = markdown(Findings([missed]), {"machine": "this"})
    assert "| P0 | things | 1,000 /s | 100 /s | 0.10× (0.10 to 0.10) | ≥ 0.5× | **no** |" in page
    assert "- machine: this" in page


def test_the_page_says_what_an_event_costs_and_how_that_grows() -> None:
    found = Findings(
        costs=[Cost("P0", "ours", 12.34, 1500.0, None)],
        growth=[Grown("relay", 1_000_000, 6, 2, 31_000.4, 25.04, 612.0, 140.2)],
    )
    page = markdown(found, {})
    assert "| P0 | ours | 12.3 µs | 1,500 B |  |" in page
    assert "| relay | 1,000,000 | 6 | 2 | 31,000 | 25 µs | 612 B | 140 MiB |" in page


async def test_a_side_that_dies_is_told_with_its_last_words(
    postgres: PostgresForTests, tmp_path: Path
) -> None:
    async with Stage(postgres.admin_url, "127.0.0.1:1", tmp_path) as stage:
        with pytest.raises(RuntimeError, match=r"statement died:[^$]*refused"):
            await Team(stage, "statement", {"url": _NOWHERE, "seconds": 1.0}).work()


@pytest.mark.parametrize(
    ("batches", "warm", "began", "skipped"),
    [
        ([10, 10, 10, 10], 5, 1.0, 10),
        ([30, 10], 5, 0.0, 0),
        ([40], 5, 0.0, 0),
        ([10, 10], 0, 0.0, 0),
    ],
)
def test_the_events_that_warm_a_process_are_not_measured_unless_they_are_nearly_all(
    batches: list[int], warm: int, began: float, skipped: int
) -> None:
    member = Member(warm)
    for number, batch in enumerate(batches):
        member.begin((float(number), 0.0))
        member.progress(batch)
    assert member._measured_from((99.0, 0.0)) == ((began, 0.0), skipped)
