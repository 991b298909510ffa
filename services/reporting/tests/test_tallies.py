"""What figures are read from: what counting everybody comes to, and moved by whom it is about."""

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from chassis.testing.waiting import eventually
from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.tallies.counting import tally

from .given import Person, cancelled, session, workforce
from .nation import nation
from .world import World, force

CELLS = "SELECT tally, force_id, key, item, d1, d2, n FROM tally_cells ORDER BY 1, 2, 3, 4, 5, 6"
PASSING = {"freshness"}  # its ages are others every second


def moves(chance: Random) -> list[Event]:
    """What takes back or moves on what was counted before."""
    found: list[Event] = []
    held = [Person("kent").learner_id for _ in range(2)]
    found += [session(held[0], "kent"), session(held[1], "national")]  # type: ignore[arg-type]
    for number in range(12):
        person = Person(chance.choice(("kent", "essex", "surrey")))
        found += person.certified()
        found += [person.result("final", 80), person.updated(neighbourhood=number % 2 == 0)]
        found += [*person.attended(session_id=held[number % 2]), person.part_completed()]
        if number % 3 == 0:
            found += [person.transferred("essex"), person.result("baseline", None, valid=False)]
    return [*found, cancelled(held[0], "kent")]  # type: ignore[arg-type]


async def counted_anew(world: World) -> Sequence[Any]:
    await world.run("TRUNCATE tally_facts, tally_cells, tally_state")
    await world.count()
    return await world.rows(CELLS)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_however_it_comes_the_cells_are_those_of_counting_everybody(
    world: World, seed: int
) -> None:
    chance = Random(seed)
    events = [*nation(15, seed), *moves(chance)]
    while events:
        some = chance.randint(1, 60)
        await world.given(*events[:some])
        events = events[some:]
    kept = await world.rows(CELLS)
    assert len(kept) > 300
    assert await counted_anew(world) == kept


async def test_no_cell_is_left_of_what_is_over(world: World) -> None:
    await world.given(*(mover := Person("kent")).certified())
    await world.given(mover.transferred("essex"))
    assert await world.value("SELECT count(*) FROM tally_cells WHERE n <= 0") == 0
    left = "force_id = 'kent' AND tally IN ('people', 'funnel-force')"
    assert await world.value(f"SELECT count(*) FROM tally_cells WHERE {left}") == 0


async def test_what_was_counted_by_other_words_is_counted_from_nothing(world: World) -> None:
    await world.given(*Person("kent").certified())
    kept = await world.rows(CELLS)
    await world.run("UPDATE tally_cells SET n = n + 7")
    await world.run("UPDATE tally_state SET mark = 'an earlier release'")
    await world.count()
    assert await world.rows(CELLS) == kept


async def etags(world: World, name: str) -> dict[str, str]:
    asked = FIGURES.keys() - PASSING
    answers = {each: await world.get(f"/figures/{each}.json", **force(name)) for each in asked}
    return {each: answer.headers["etag"] for each, answer in answers.items()}


async def test_a_force_is_not_told_that_anything_has_happened_elsewhere(world: World) -> None:
    await world.given(*Person("kent").certified(), workforce("kent", 20))
    before = {"kent": await etags(world, "kent"), "essex": await etags(world, "essex")}
    told = await world.figure("forces", **force("kent"))
    theirs = Person("essex")
    await world.given(*theirs.certified(), *theirs.attended(), workforce("essex", 30))
    assert await etags(world, "kent") == before["kent"]
    assert await world.figure("forces", **force("kent")) == told
    after = await etags(world, "essex")
    assert {"forces", "funnel", "portfolios"} <= {
        name for name in after if after[name] != before["essex"][name]
    }


async def test_one_process_counts_and_another_goes_on(world: World) -> None:
    async def registered(number: int) -> bool:
        return (await world.figure("forces"))["totals"]["registered"] == number

    async def given() -> None:
        for each in world.recorded.envelopes([Person("kent").registered()]):
            for projection in world.service.projections:
                await world.apply(projection, each[1])

    first, second = (asyncio.create_task(tally(world.system)) for _ in range(2))
    try:
        await given()
        await eventually(lambda: registered(1))
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await given()
        await eventually(lambda: registered(2))
        assert not second.done()
    finally:
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
