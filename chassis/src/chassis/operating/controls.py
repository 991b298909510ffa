"""Pausing and resuming: a row that the relay and the consumers look for once a second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Database, Driver
from chassis.operating.audit import Operator, note

OUTBOX: Final = "outbox"
"""Both the kind and the name of a database's only outbox."""
CONSUMER: Final = "consumer"

_PAUSE: Final = """
INSERT INTO controls (kind, name, paused_by, paused_because) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
"""
_RESUME: Final = "DELETE FROM controls WHERE kind = $1 AND name = $2 RETURNING paused_at"
_LIST: Final = "SELECT kind, name, paused_at, paused_by, paused_because FROM controls"


@dataclass(frozen=True, slots=True)
class Pause:
    """What is paused, since when, by whom and why. kind: OUTBOX or CONSUMER."""

    kind: str
    name: str
    at: datetime
    by: str
    because: str


async def pauses(connection: Driver) -> dict[str, Pause]:
    """All that is paused, by its name."""
    return {row["name"]: Pause(*row) for row in await connection.fetch(_LIST)}


async def pause(database: Database, kind: str, name: str, operator: Operator) -> bool:
    """Have it stop within about a second; False when it was paused already, which stays as it is.

    What is on its way at that moment is finished.
    """
    async with database.transaction() as within:
        who = operator.name, operator.because
        done: str = await within.connection.execute(_PAUSE, kind, name, *who)
        changed = done == "INSERT 0 1"
        if changed:
            await note(within.connection, operator, f"{kind} pause", name)
        return changed


async def resume(database: Database, kind: str, name: str, operator: Operator) -> bool:
    """Have it go on within about a second; False when it was not paused."""
    async with database.transaction() as within:
        since = await within.connection.fetchval(_RESUME, kind, name)
        if since is not None:
            await note(within.connection, operator, f"{kind} resume", name, paused_at=since)
        return since is not None
