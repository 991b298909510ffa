"""How the generations of a service's projections stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from chassis.database import Database
from chassis.projection import Projection
from chassis.rebuilding.generation import Generation, NoGeneration, open_of
from chassis.rebuilding.holding import behind, offsets

_WAITING: Final = """
SELECT (SELECT count(*) FROM dead_letters WHERE consumer_group = $1 AND closed_at IS NULL)
           AS dead_letters,
       (SELECT count(*) FROM parked_events WHERE consumer_group = $1) AS parked
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """One projection. behind: records that the live group has passed and the one aside has not."""

    group: str
    tables: Sequence[str]
    generation: Generation | None = None
    behind: int = 0
    dead_letters: int = 0
    parked: int = 0


async def standings(database: Database, projections: Sequence[Projection]) -> list[Standing]:
    """Every projection, with its generation where it has one."""
    found = []
    async with database.transaction() as within:
        for projection in projections:
            group, tables = projection.group, [each.name for each in projection.tables]
            try:
                generation = await open_of(within.connection, group)
            except NoGeneration:
                found.append(Standing(group, tables))
                continue
            live = await offsets(within.connection, group)
            aside = await offsets(within.connection, generation.aside)
            waiting = await within.connection.fetchrow(_WAITING, generation.aside)
            late = behind(live, aside)
            assert waiting is not None  # noqa: S101  it has no FROM
            found.append(Standing(group, tables, generation, late, **dict(waiting)))
    return found
