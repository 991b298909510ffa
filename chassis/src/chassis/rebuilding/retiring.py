"""Giving a generation up: the tables aside and what their group remembers are dropped."""

from typing import Final

from chassis.database import Database
from chassis.faults import point
from chassis.operating.audit import Operator, note
from chassis.rebuilding.comparing import SECONDS
from chassis.rebuilding.generation import Generation, State, become, open_of

_FORGET: Final = (
    "DELETE FROM sequences WHERE stream IN (SELECT id FROM streams WHERE consumer_group = $1)",
    "DELETE FROM streams WHERE consumer_group = $1",
    "DELETE FROM checkpoints WHERE consumer_group = $1",
    "DELETE FROM parked_events WHERE consumer_group = $1",
    "DELETE FROM dead_letters WHERE consumer_group = $1",
    "DELETE FROM controls WHERE kind = 'consumer' AND name = $1",
)


async def retire(database: Database, group: str, operator: Operator) -> Generation:
    """Drop what is aside: the rebuilt tables, or after a promotion the former ones, for good.

    Its process ends by itself within about a second. Raises NoGeneration.
    """
    async with database.transaction() as within:
        connection = within.connection
        generation = await open_of(connection, group, " FOR UPDATE")
        await become(connection, generation, State.RETIRED)
        for forget in _FORGET:
            await connection.execute(forget, generation.aside, timeout=SECONDS)
        tables = ", ".join(f'{generation.schema}."{table}"' for table in generation.tables)
        await connection.execute(f"DROP TABLE {tables}")
        await connection.execute(f"DROP SCHEMA {generation.schema}")
        about = {"n": generation.n, "was": generation.state}
        await note(connection, operator, "projection retire", group, **about)
        await point("generation.retiring")
    return generation
