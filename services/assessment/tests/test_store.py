"""What the database itself guarantees, whatever the code above it forgets."""

import asyncio

import pytest
from sqlalchemy import text

from .desk import CODE, Desk

pytestmark = pytest.mark.usefixtures("published")


@pytest.fixture
async def published(desk: Desk) -> None:
    assert (await desk.publish()).status_code == 201


async def count(desk: Desk, table: str, scope: str | None) -> int:
    async with desk.database.connection(scope) as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


@pytest.mark.parametrize("table", ["attempts", "learners", "audit"])
async def test_a_force_sees_its_own_rows_only(desk: Desk, table: str) -> None:
    for force, people in (("derbyshire", 2), ("norfolk", 1)):
        for _ in range(people):
            body = {"learner_id": str(await desk.learner(force)), "blueprint": CODE}
            body |= {"occasion": "baseline"}
            assert (await desk.call("POST", "/absences", body, force=force)).status_code == 201
    scopes = ("derbyshire", "norfolk", "kent", None, "*")
    assert [await count(desk, table, scope) for scope in scopes] == [2, 1, 0, 0, 3]


async def test_blueprints_never_change(desk: Desk) -> None:
    for change in ("UPDATE blueprints SET minutes = 1", "DELETE FROM blueprints"):
        with pytest.raises(Exception, match="append-only"):
            await desk.run(change)


async def test_two_submissions_at_once_hand_in_once(desk: Desk) -> None:
    attempt_id = (await desk.start(await desk.learner())).json()["attempt_id"]
    path = f"/attempts/{attempt_id}/submit"
    answers = await asyncio.gather(*(desk.call("POST", path, {}) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409, 409]
    assert len(await desk.events(attempt_id)) == 2


async def test_two_starts_at_once_open_one(desk: Desk) -> None:
    learner = await desk.learner()
    answers = await asyncio.gather(*(desk.start(learner) for _ in range(5)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409, 409]


async def test_two_releases_at_once_release_each_result_once(desk: Desk) -> None:
    sat = [await desk.sit(await desk.learner()) for _ in range(10)]
    released = await asyncio.gather(*(desk.release() for _ in range(3)))
    assert sum(released) == 10
    assert [len(await desk.events(each)) for each in sat] == [3] * 10
