"""The simulator's ledger and the read models, each counting the same nation in its own way."""

from collections.abc import Sequence
from datetime import UTC, datetime, time

import pytest

from chassis.clock import now
from npp_contracts.ids import NATIONAL
from npp_ops.simulate.ledger.ending import Ending
from npp_ops.simulate.ledger.ledger import Ask, asks, expected
from npp_ops.simulate.ledger.shapes import flat
from npp_ops.simulate.plan.plan import make_plan
from npp_ops.simulate.verify.comparison import Comparison

from .given import workforce
from .invented import events_of
from .world import World, force

FIGURES = (
    "data-quality",
    "funnel",
    "at-risk",
    "pipeline",
    "sessions",
    "attendance",
    "enrolments",
    "portfolios",
)


async def compared(world: World, ending: Ending, chosen: Sequence[Ask]) -> Comparison:
    found = Comparison(0, [])
    for ask in chosen:
        choices = {"per": ask.per, "version": ask.version}
        query = "&".join(f"{name}={value}" for name, value in choices.items() if value)
        claims = {} if ask.force_id == NATIONAL else force(ask.force_id)
        answer = await world.get(f"/figures/{ask.figure}.json?{query}", **claims)
        found.take(expected(ending, ask), flat(ask.address, ask.shape, answer.json()))
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_the_ledger_and_the_read_models_agree(world: World, seed: int) -> None:
    ending = Ending(make_plan(now().date(), 600, seed))
    # Ages are in days: all of it is of this one, however late it is.
    world.recorded.begin(datetime.combine(now().date(), time(), UTC))
    reports = [workforce(each.force_id, each.headcount) for each in ending.plan.strengths]
    await world.given(*reports, *events_of(ending))
    mover = ending.plan.moves.transfers[0]
    readers = {NATIONAL, "metropolitan", mover.to_force_id, ending.first_force(mover.person)}
    chosen = [a for a in asks(ending) if a.figure in FIGURES and a.force_id in readers]

    found = await compared(world, ending, chosen)

    assert [str(each) for each in found.differences] == []
    assert found.compared > 2_000
