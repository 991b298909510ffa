"""A failure in the middle of a file: what was committed stays, and sent again it ends the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from structlog.testing import capture_logs

from .given import csv_of, roster_row
from .world import World

BREAK = """
CREATE FUNCTION fall_over() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN IF NEW.collar_number = ''C1200'' THEN RAISE EXCEPTION ''fell over''; END IF;
RETURN NEW; END'
"""
ATTACH = "CREATE TRIGGER fall BEFORE INSERT ON learners FOR EACH ROW EXECUTE FUNCTION fall_over()"


@asynccontextmanager
async def falling_over(world: World) -> AsyncIterator[None]:
    for statements in ((BREAK, ATTACH), ("DROP FUNCTION fall_over CASCADE",)):
        async with world.system.connection() as connection:
            for statement in statements:
                await connection.execute(text(statement))
        if statements[0] is BREAK:
            with capture_logs():  # the failure is meant, and its trace is long
                yield


async def test_a_roster_that_fell_over_is_finished_by_sending_it_again(world: World) -> None:
    rows = [
        roster_row(collar_number=f"C{n}", email=f"c{n}@derbyshire.police.example")
        for n in range(1_500)
    ]
    rows.insert(700, roster_row(collar_number="no number"))
    content = csv_of(rows)
    async with falling_over(world):
        failed = await world.upload("/rosters", content, world.admin())
        assert failed.status_code == 500
    learners = "SELECT count(*) FROM learners"
    assert await world.value(learners) == 999
    answer = (await world.upload("/rosters", content, world.admin())).json()
    assert (answer["rows"], answer["accepted"], answer["rejected"]) == (1_501, 1_500, 1)
    assert not answer["repeated"]
    assert await world.value(learners) == 1_500
    registered = "SELECT count(*) FROM event_log WHERE type LIKE '%learner-registered%'"
    assert await world.value(registered) == 1_500
    assert await world.value("SELECT count(*) FROM rejected_rows") == 1


async def test_a_roster_with_an_idempotency_key_is_all_or_nothing(world: World) -> None:
    rows = [roster_row(collar_number=f"D{n}") for n in range(1_100)]
    rows.append(roster_row(collar_number="C1200", rank="sergeant"))
    await world.value("DELETE FROM postings RETURNING 1")
    await world.value("DELETE FROM enrolments RETURNING 1")
    await world.value("DELETE FROM learners RETURNING 1")
    headers = world.admin() | {"Idempotency-Key": "roster-d"}
    async with falling_over(world):
        failed = await world.upload("/rosters", csv_of(rows), headers)
        assert failed.status_code == 500
    assert await world.value("SELECT count(*) FROM learners") == 0
    answer = await world.upload("/rosters", csv_of(rows), headers)
    assert answer.json()["accepted"] == 1_101
