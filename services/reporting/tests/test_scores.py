"""Improvement from results: who is matched, who is left out, and what a few people hide."""

from csv import DictReader
from io import StringIO
from uuid import uuid4

import pytest

from .given import Person, people
from .world import ANALYST, World, force


async def test_matched_pairs_are_of_one_assessment_on_one_programme_version(world: World) -> None:
    matched = people(12, "kent")
    other, late, absent = people(3, "kent")
    await world.given(
        *(each.result("baseline", 40) for each in matched),
        *(each.result("final", 60) for each in matched),
        other.result("baseline", 10),
        other.result("final", 90, programme_version=2),
        late.result("final", 90, blueprint="another"),
        late.result("baseline", 10),
        absent.result("baseline", None, outcome="absent", valid=False, first_valid=False),
        matched[0].result("final", 100, first_valid=False),
    )

    figure = await world.figure("improvement")

    counts = ("n_matched", "n_baseline_only", "n_final_only", "excluded_absent")
    assert [figure[name] for name in counts] == [12, 2, 2, 1]
    assert figure["excluded_later_attempt"] == 1
    measures = ("mean_baseline", "mean_final", "change_percent", "points", "gain")
    assert [figure[name] for name in measures] == [40, 60, 50, 20, 0.333]
    assert (figure["change_low"], figure["change_high"]) == (50, 50)
    assert figure["effect_size"] is None
    assert "effect size" in figure["undefined"][0]


async def test_a_void_attempt_gives_way_to_the_next_in_either_order(world: World) -> None:
    everybody = people(10, "kent")
    attempt = {"attempt_id": uuid4()}
    first = everybody[0].result("final", 90, **attempt)
    gone = {"outcome": "void", "valid": False, "first_valid": False}
    void = everybody[0].result("final", None, **attempt, **gone)
    second = everybody[0].result("final", 50)
    await world.given(
        *(each.result("baseline", 50) for each in everybody),
        *(each.result("final", 50) for each in everybody[1:]),
        first,
    )
    assert (await world.figure("improvement"))["points"] == pytest.approx(4)

    await world.given(second, void)
    figure = await world.figure("improvement")

    assert (figure["n_matched"], figure["points"], figure["excluded_void"]) == (10, 0, 1)


async def test_fewer_than_ten_are_shown_to_nobody(world: World) -> None:
    nine = people(9, "kent")
    await world.given(*(each.result("baseline", 40) for each in nine))
    await world.given(*(each.result("final", 60) for each in nine))
    for claims in ({}, ANALYST, force("kent")):
        figure = await world.figure("improvement", **claims)
        assert figure["suppressed"] is True
        assert figure["n_matched"] == 9
        assert {figure[name] for name in ("change_percent", "mean_final", "change_low")} == {None}
    csv = (await world.get("/figures/improvement.csv")).text
    (row,) = DictReader(StringIO(csv))
    told = {name: told for name, told in row.items() if name != "as_of_time"}
    assert "[c]" in told.values()
    assert "60" not in str(told)


async def test_a_pair_in_two_forces_counts_nationally_and_in_neither(world: World) -> None:
    stayers, mover = people(10, "kent"), Person("kent")
    baseline = mover.result("baseline", 30)
    mover.transferred("essex")
    await world.given(
        *(each.result("baseline", 50) for each in stayers),
        *(each.result("final", 75) for each in stayers),
        baseline,
        mover.result("final", 90),
    )
    nation, kent, essex = [
        await world.figure("improvement", **claims)
        for claims in ({}, force("kent"), force("essex"))
    ]
    assert (nation["n_matched"], nation["n_transferred"]) == (11, 1)
    assert (kent["n_matched"], kent["n_baseline_only"], kent["change_percent"]) == (10, 1, 50)
    assert (essex["n_matched"], essex["n_final_only"]) == (0, 1)
