"""Many people's figures are read fast enough to be asked for after every event."""

import time
from itertools import islice

import pytest
from sqlalchemy import text

from reporting.api.figures import FIGURES

from .nation import nation
from .world import World, force

# Ten times what an idle machine needs: this finds a lost index, not a busy neighbour.
SECONDS = 1.0
PEOPLE = 6_000


@pytest.mark.slow
async def test_every_figure_of_many_people_is_built_in_a_moment(world: World) -> None:
    events = nation(PEOPLE)
    while batch := list(islice(events, 20_000)):
        await world.given(*batch)
    async with world.system.connection() as connection:
        await connection.execute(text("ANALYZE"))
    assert (await world.figure("forces"))["totals"]["registered"] == PEOPLE
    for claims in ({}, force("metropolitan")):
        for name in FIGURES:
            world.app.state._state.pop("answers")
            started = time.perf_counter()
            await world.figure(name, **claims)
            assert time.perf_counter() - started < SECONDS, name
