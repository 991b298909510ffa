"""An erasure that falls over has done nothing; files at the same time bring nobody back."""

import asyncio
from uuid import UUID

from structlog.testing import capture_logs

from chassis.clock import now
from enrolment.store.privacy import PRIVACY
from npp_contracts.day import day_of

from .given import csv_of, roster_row
from .test_erasures_api import erased, found_anywhere, somebody, statement, stored
from .world import World

PEOPLE = 6
BREAK = """
CREATE FUNCTION fall_over() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''fell over''; END'
"""
ATTACH = """
CREATE TRIGGER fall BEFORE INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION fall_over()
"""


async def test_an_erasure_that_fell_over_has_done_nothing_and_is_done_by_asking_again(
    world: World,
) -> None:
    learner_id = await somebody(world, "f-1", "Rhiannon")
    before = await world.person("f-1")
    for each in (BREAK, ATTACH):
        await world.run(each)
    with capture_logs():  # the failure is meant, and its trace is long
        assert (await erased(world, learner_id)).status_code == 500
    await world.run("DROP FUNCTION fall_over CASCADE")
    assert await world.person("f-1") == before
    assert await world.value("SELECT count(*) FROM forgotten_numbers") == 0
    assert await world.value("SELECT count(*) FROM erasures") == 0
    assert (await erased(world, learner_id)).status_code == 200
    assert await found_anywhere(world, "Rhiannon", "f-1") == []


async def test_files_at_the_same_time_bring_nobody_back(world: World) -> None:
    people = [await somebody(world, f"zq9-{n}", f"Quidam{'abcdef'[n]}") for n in range(PEOPLE)]
    today = day_of(now()).isoformat()

    async def erase(learner_id: UUID) -> None:
        answers = await asyncio.gather(*(erased(world, learner_id) for _ in range(2)))
        assert sorted(each.status_code for each in answers) == [200, 409]

    async def roster(attempt: int) -> None:
        rows = [
            roster_row(
                collar_number=f"zq9-{n}",
                given_name=f"Quidam{'abcdef'[n]}",
                rank=("constable", "sergeant")[attempt % 2],
                joined_on=("2020-03-01", "2021-03-01")[attempt // 2],
            )
            for n in range(PEOPLE)
        ]
        assert (await world.upload("/rosters", csv_of(rows), world.admin())).status_code == 200

    async def report(n: int) -> None:
        assert (await world.complete("derbyshire", f"zq9-{n}", "asb-1", today)).status_code == 200
        await stored(world, statement(f"zq9-{n}", "asb-1"))

    await asyncio.gather(
        *(erase(each) for each in people),
        *(roster(attempt) for attempt in range(4)),
        *(report(n) for n in range(PEOPLE)),
    )
    async with world.system.connection() as connection:
        await PRIVACY.sweep(connection)
    assert await found_anywhere(world, "Quidam", "zq9-") == []
    announced = "SELECT count(*) FROM event_log WHERE type LIKE '%learner-erased%'"
    ids = list(map(str, people))
    assert await world.value(f"{announced} AND aggregateid = ANY (:ids)", ids=ids) == PEOPLE
