"""Protections of the relay and its producer, taken away."""

# The chassis is imported inside: what is replaced must be so before others import it by name.

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from .taking import put

_OWN = """
INSERT INTO chaos_owners VALUES ($1, $2) ON CONFLICT (shard) DO UPDATE SET owner = excluded.owner
WHERE chaos_owners.owner = excluded.owner
"""


def removed_when_read() -> None:
    """Rows leave the outbox before they are sent."""
    from chassis.queue import _Session

    async def reading(self: Any, *given: Any) -> Any:
        rows = await read(self, *given)
        await self.remove([row["ticket"] for row in rows])
        return rows

    read = put(_Session, "read", reading)


def removed_unacknowledged() -> None:
    """Rows leave the outbox as soon as they are handed to the producer."""
    from chassis.kafka import Publisher

    tasks: set[asyncio.Task[Any]] = set()
    one = asyncio.Lock()

    async def later(publisher: Any, events: Sequence[Any]) -> None:
        async with one:
            await asyncio.sleep(0.2)
            await publish(publisher, events)

    async def publishing(self: Any, events: Sequence[Any]) -> dict[int, Any]:
        if events:
            tasks.add(asyncio.create_task(later(self, list(events))))
        return {}

    publish = put(Publisher, "publish", publishing)


def shards_owned_for_ever() -> None:
    """A shard belongs to whoever is written down as its owner, alive or not."""
    from chassis.queue import _Session

    me = str(uuid4())

    async def take(self: Any, shard: int) -> bool:
        if await self._db.fetchval("SELECT to_regclass('chaos_owners')") is None:
            await self._db.execute(
                "CREATE TABLE IF NOT EXISTS chaos_owners (shard int PRIMARY KEY, owner text)"
            )
        return str(await self._db.execute(_OWN, shard, me)) == "INSERT 0 1"

    async def give_up(self: Any, shard: int) -> None:
        await self._db.execute(
            "DELETE FROM chaos_owners WHERE shard = $1 AND owner = $2", shard, me
        )

    put(_Session, "take", take)
    put(_Session, "give_up", give_up)


def rows_on_another_session() -> None:
    """The session that reads and removes is not the one that holds the locks."""
    import asyncpg

    from chassis.queue import Outbox, _Session

    class Split(_Session):
        def __init__(self, rows: Any, locks: Any) -> None:
            super().__init__(rows)
            self._locks = locks

        async def take(self, shard: int) -> bool:
            try:
                return bool(await self._locks.take(shard))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return False

        async def give_up(self, shard: int) -> None:
            await self._locks.give_up(shard)

    @asynccontextmanager
    async def session(self: Any) -> AsyncIterator[Any]:
        async with whole(self) as locks:
            named = {"application_name": "rows"}
            rows = await asyncpg.connect(self._dsn, server_settings=named)
            try:
                yield Split(rows, locks)
            finally:
                await rows.close(timeout=5)

    whole = put(Outbox, "session", session)


def cut_off_at_the_end() -> None:
    """The relay ends wherever it is when its process is told to end."""
    from chassis.background import Background

    async def stopping(self: Any) -> None:
        if self._relaying is not None:
            self._relaying.cancel()
        await stop(self)

    stop = put(Background, "stop", stopping)


def unacknowledged_by_brokers() -> None:
    """The producer waits for no broker and numbers nothing."""
    _producer(acks=0)


def acknowledged_by_one() -> None:
    """The producer waits for the leader alone and numbers nothing."""
    _producer(acks=1)


def _producer(**settings: Any) -> None:
    from aiokafka import AIOKafkaProducer

    from chassis.kafka import Publisher

    def make(**given: Any) -> AIOKafkaProducer:
        return AIOKafkaProducer(**{**given, "enable_idempotence": False, **settings})

    async def starting(self: Any) -> None:
        self._make = make
        await start(self)

    start = put(Publisher, "start", starting)


def ordered_by_time() -> None:
    """The queue's order is that of the events' times."""
    from chassis import queue

    put(queue, "_READ", queue._READ.replace(") AS l ORDER BY o.ticket", ') AS l ORDER BY l."time"'))
    assert 'l."time"' in queue._READ
