"""The outbox's queue as one relay sees it: which rows it owns, reads and removes."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, Protocol, TypeAlias

import asyncpg

from chassis.database import Driver
from chassis.outbox import SHARDS
from chassis.silence import THEIRS, limit_silence

# A row of the queue with its row of the event log: `ticket` and the log's columns, by name.
Row: TypeAlias = "asyncpg.Record | dict[str, Any]"
Rows: TypeAlias = Sequence[Row]

# Advisory locks: "npp" as the class, the shard as the object; one more object says "a relay".
_LOCKS: Final = 0x6E7070
_PRESENCE: Final = 1000

# Each statement takes milliseconds; one that hangs holds shards that another relay could have.
_ANSWER_SECONDS: Final = 60

# The inner select walks the queue's primary key from the watermark; the log row is then looked
# up by its own key. Joined the other way round it would read the whole log.
_READ: Final = """
SELECT o.ticket, l.* FROM (
    SELECT ticket, position, recorded_at FROM outbox
    WHERE ticket > $1 AND shard = ANY ($2::smallint[]) AND ticket <> ALL ($3::bigint[])
    ORDER BY ticket LIMIT $4
) AS o, LATERAL (
    SELECT id::text, aggregatetype, aggregateid, type, sequence, forceid, "time",
           correlationid, causationid, traceparent, payload
    FROM event_log WHERE recorded_at = o.recorded_at AND position = o.position OFFSET 0
) AS l ORDER BY o.ticket
"""
_REMOVE: Final = "DELETE FROM outbox WHERE ticket = ANY ($1::bigint[])"
_HORIZON: Final = """
SELECT (SELECT last_value - (NOT is_called)::int FROM outbox_ticket_seq) AS last,
       pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS oldest
"""
# An id of our own, since a snapshot's xmax is no bound: it is one past the newest transaction
# that has ended, so that a newer one may hold a ticket and still be open.
_NEXT: Final = "SELECT pg_current_xact_id()::text::bigint"
_PAUSED: Final = "SELECT EXISTS (SELECT FROM controls WHERE kind = 'outbox')"
_COUNT_RELAYS: Final = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class Queue(Protocol):
    """One session at the queue. What it owns is its own until the session ends."""

    async def relays(self) -> int:
        """How many sessions there are, this one included."""
        ...

    async def paused(self) -> bool:
        """Whether an operator has told the outbox to keep its events."""
        ...

    async def take(self, shard: int) -> bool:
        """Own a shard, if nobody else does."""
        ...

    async def give_up(self, shard: int) -> None: ...

    async def horizon(self) -> tuple[int, int]:
        """The last ticket drawn, and the oldest transaction that is still open."""
        ...

    async def transaction(self) -> int:
        """A transaction id that is newer than any that has drawn a ticket by now."""
        ...

    async def read(
        self, after: int, shards: Iterable[int], held: Iterable[int], limit: int
    ) -> Rows:
        """Visible rows of the shards in ticket order, from behind `after`, without those held."""
        ...

    async def remove(self, tickets: Sequence[int]) -> None: ...


class Queues(Protocol):
    """Where a relay gets its sessions."""

    def session(self) -> AbstractAsyncContextManager[Queue]: ...


class Outbox:
    """The queue of one service's database. dsn: as asyncpg reads it."""

    def __init__(self, service: str, dsn: str) -> None:
        self._service = service
        self._dsn = dsn

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Queue]:
        """A connection of its own: its advisory locks end when it does, however it ends."""
        connection = await asyncpg.connect(
            self._dsn,
            timeout=10,
            command_timeout=_ANSWER_SECONDS,
            server_settings={"application_name": f"{self._service} relay", **THEIRS},
        )
        try:
            limit_silence(connection)
            await connection.execute("SET enable_hashjoin = off; SET enable_mergejoin = off")
            await connection.execute(f"SELECT pg_advisory_lock_shared({_LOCKS}, {_PRESENCE})")
            yield _Session(connection)
        finally:
            await connection.close(timeout=5)


class _Session:
    def __init__(self, connection: Driver) -> None:
        self._db = connection

    async def relays(self) -> int:
        return max(1, await count_relays(self._db))

    async def paused(self) -> bool:
        return bool(await self._db.fetchval(_PAUSED))

    async def take(self, shard: int) -> bool:
        assert 0 <= shard < SHARDS  # noqa: S101  the presence lock lies beyond
        return bool(await self._db.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCKS, shard))

    async def give_up(self, shard: int) -> None:
        await self._db.execute("SELECT pg_advisory_unlock($1, $2)", _LOCKS, shard)

    async def horizon(self) -> tuple[int, int]:
        ((last, oldest),) = await self._db.fetch(_HORIZON)
        return last, oldest

    async def transaction(self) -> int:
        following: int = await self._db.fetchval(_NEXT)
        return following

    async def read(
        self, after: int, shards: Iterable[int], held: Iterable[int], limit: int
    ) -> Rows:
        rows: Rows = await self._db.fetch(_READ, after, list(shards), list(held), limit)
        return rows

    async def remove(self, tickets: Sequence[int]) -> None:
        await self._db.execute(_REMOVE, tickets)


async def count_relays(connection: Driver) -> int:
    """How many relays have a session at this database's queue."""
    number: int = await connection.fetchval(_COUNT_RELAYS, _LOCKS, _PRESENCE)
    return number
