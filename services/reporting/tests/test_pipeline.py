"""The portfolio pipeline: where portfolios wait, and for how many days."""

from datetime import timedelta
from typing import Any

from chassis.clock import now
from npp_contracts.codes import QualityOutcome, ReturnReason
from npp_contracts.portfolio import PortfolioQualityAssured, PortfolioReturned

from .given import Person, people
from .world import ANALYST, START, World, force, row


async def given_ago(world: World, days: int, *events: Any) -> None:
    world.recorded._at = now() - timedelta(days=days)
    await world.given(*events)
    world.recorded._at = START


async def test_a_portfolio_ages_since_it_came_to_its_state(world: World) -> None:
    waiting, moved = people(2, "kent")
    await given_ago(world, 40, waiting.opened(), waiting.submitted(), moved.opened())
    await given_ago(world, 3, moved.submitted())

    figure = await world.figure("pipeline")

    kent = row(figure, force_id="kent", state="submitted")
    ages = ("portfolios", "fresh", "ageing", "old", "stale", "median_days")
    assert [kent[name] for name in ages] == [2, 1, 0, 1, 0, 21.5]
    assert figure["n"] == 2
    assert "old, from 28 on" in figure["definition"]["words"]


async def test_what_is_signed_is_on_its_way_no_more(world: World) -> None:
    await world.given(*Person("kent").certified())
    assert (await world.figure("pipeline"))["rows"] == []


async def test_quality_assurance_that_asks_for_more_leaves_it_assessed(world: World) -> None:
    person = Person("kent")
    about: dict[str, Any] = {
        "force_id": "kent",
        "learner_id": person.learner_id,
        "portfolio_id": person.portfolio_id,
        "revision": 1,
    }
    asked = PortfolioQualityAssured(
        **about, verifier_id="v-1", outcome=QualityOutcome.ACTION_REQUIRED
    )
    await world.given(person.opened(), person.submitted(), person.assessed(), asked)
    assert [each["state"] for each in (await world.figure("pipeline"))["rows"]] == ["assessed"]
    await world.given(PortfolioReturned(**about, reason=ReturnReason.CRITERIA_NOT_MET))
    assert [each["state"] for each in (await world.figure("pipeline"))["rows"]] == ["returned"]


async def test_a_force_sees_its_own(world: World) -> None:
    await world.given(Person("kent").opened(), Person("essex").opened())
    figure = await world.figure("pipeline", **force("kent"))
    assert [each["force_id"] for each in figure["rows"]] == ["kent"]
    assert figure["n"] == 1


async def test_an_analyst_is_not_told_of_a_few(world: World) -> None:
    await world.given(*(each.opened() for each in (*people(3, "kent"), *people(9, "essex"))))
    figure = await world.figure("pipeline", **ANALYST)
    kent = row(figure, force_id="kent")
    assert [kent[name] for name in ("portfolios", "median_days")] == [None, None]
    hidden = [each for each in (*figure["rows"], *figure["totals"]) if each["portfolios"] is None]
    assert len(hidden) > 1
