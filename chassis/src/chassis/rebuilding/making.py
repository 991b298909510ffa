"""Making a generation: its tables, empty, and its place in the list; nothing is read yet."""

from typing import Final

from chassis.database import Database
from chassis.faults import point
from chassis.operating.audit import Operator, note
from chassis.projection import Projection
from chassis.rebuilding.copying import copy
from chassis.rebuilding.generation import Generation, GenerationOpen, open_of

_MAKE: Final = """
INSERT INTO generations (consumer_group, tables, shared, made_by, made_because)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (consumer_group) WHERE state <> 'retired' DO NOTHING RETURNING n
"""


async def make(database: Database, projection: Projection, operator: Operator) -> Generation:
    """A new generation; its process reads the log into it. Raises GenerationOpen and others."""
    own, shared = ([each.name for each in some] for some in (projection.tables, projection.shared))
    about = [*own, *shared], shared, operator.name, operator.because
    async with database.transaction() as within:
        connection = within.connection
        made = await connection.fetchval(_MAKE, projection.group, *about)
        generation = await open_of(connection, projection.group)
        if made is None:
            said = f"{generation.aside} is {generation.state}"
            raise GenerationOpen(said, n=generation.n, state=generation.state)
        await copy(connection, generation.schema, generation.tables, projection)
        await point("generation.making")
        tables = generation.tables
        await note(
            connection, operator, "projection rebuild", projection.group, n=made, tables=tables
        )
    return generation
