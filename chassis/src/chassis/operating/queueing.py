"""How the outbox stands: what waits, since when, and who publishes."""

from dataclasses import dataclass
from typing import Final

from chassis.database import Database
from chassis.operating.controls import OUTBOX, Pause, pauses
from chassis.queue import count_relays

_WAITING: Final = """
SELECT l.aggregatetype AS topic, count(*) AS events,
       extract(epoch FROM now() - min(o.recorded_at))::float8 AS seconds
FROM outbox AS o JOIN event_log AS l USING (recorded_at, position) GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The events of one topic that are not published yet. seconds: the age of the oldest."""

    topic: str
    events: int
    seconds: float


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """relays: the sessions that publish; 0 while no relay runs."""

    relays: int
    paused: Pause | None
    waiting: list[Waiting]


async def status(database: Database) -> OutboxStatus:
    """As it is now."""
    async with database.transaction() as within:
        waiting = [Waiting(*row) for row in await within.connection.fetch(_WAITING)]
        paused = (await pauses(within.connection)).get(OUTBOX)
        return OutboxStatus(await count_relays(within.connection), paused, waiting)
