"""The rig sees a figure that counts what is not there, or not what is."""

from uuid import uuid4

import asyncpg

from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from npp_ops.testing import PostgresForTests
from reporting.app import SERVICE

from .counted import miscounted, uncounted

_LEARNER = "INSERT INTO learners_view (learner_id, force_id, sequence) VALUES ($1, 'kent', 1)"
_CELL = "INSERT INTO tally_cells VALUES ($1, $2, $3, $4, $5, $6, $7)"
_TOUCH = "INSERT INTO tally_touched (consumer_group) VALUES ('reporting.learners')"


async def test_a_cell_that_is_missing_and_one_too_many_are_seen(
    postgres: PostgresForTests,
) -> None:
    url = postgres.database("counted")
    database = Database(url)
    await migrate(database.engine, SERVICE.migrations)
    await database.close()
    plain = url.replace("+asyncpg", "")
    connection = await asyncpg.connect(plain, server_settings={"npp.force": EVERY_FORCE})
    try:
        assert not await miscounted(plain)
        await connection.execute(_LEARNER, uuid4())
        missing = list(await miscounted(plain))
        assert ("missing", "people", "kent", "registered") in {row[:4] for row in missing}
        await connection.executemany(_CELL, [row[1:] for row in missing])
        assert not await miscounted(plain)
        await connection.execute("UPDATE tally_cells SET n = 2")
        assert {row[0] for row in await miscounted(plain)} == {"missing", "too many"}
        assert not await uncounted(plain)
        await connection.execute(_TOUCH)
        assert await uncounted(plain) == ["1 batches are not counted"]
    finally:
        await connection.close()
