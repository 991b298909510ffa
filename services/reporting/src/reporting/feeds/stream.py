"""Fills each force's Kafka topic from its feed: the same events at the same positions."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import structlog

from chassis.database import Database, Driver
from chassis.faults import point
from chassis.kafka import KafkaError, Publisher
from npp_contracts.topics import FORCE_STREAMS, stream_of
from reporting.domain.forces import tenants
from reporting.feeds.bell import BELL, Positions
from reporting.feeds.streamed import Streamed
from reporting.telemetry import STREAM_REFUSED, STREAM_SENT, STREAM_WAITING

log = structlog.get_logger(__name__)

LOCK: Final = 0x6E7073
"""An advisory lock, "nps": who has it fills the topics, all of them."""
ROUND: Final = 0x6E7072
"""Another, "npr": shared by a round that is on its way, and had alone by who empties a topic."""
OF_ONE_FEED: Final = 500
_POLL_SECONDS: Final = 0.5
# A round costs nearly the same for one event as for hundreds.
_GATHER_SECONDS: Final = 0.1
_MEASURE_SECONDS: Final = 10.0
_REST_SECONDS: Final = 5.0

# Up to where it has been filled; what Kafka would no longer keep, or we do not, is past too.
STANDING: Final = f"""
SELECT f.force_id, f.position AS feed_end,
    greatest(s.position, gone.last_position, 0) AS position
FROM feeds AS f
LEFT JOIN feed_streams AS s USING (force_id)
LEFT JOIN LATERAL (
    SELECT last_position FROM feed_days AS d
    WHERE d.force_id = f.force_id
      AND (d.purged OR d.day < current_date - {FORCE_STREAMS.keeps_days})
    ORDER BY day DESC LIMIT 1
) AS gone ON true
"""  # noqa: S608
_DUE: Final = f"""
SELECT f.force_id, e.position, e.subject, e.placed_at, e.document
FROM ({STANDING}) AS f
CROSS JOIN LATERAL (
    SELECT position, subject, placed_at, document FROM feed_events AS v
    WHERE v.force_id = f.force_id AND v.position > f.position
    ORDER BY v.position LIMIT $2
) AS e
WHERE f.force_id = ANY ($1::text[]) AND f.feed_end > f.position
ORDER BY f.force_id, e.position
"""  # noqa: S608
_FILLED: Final = """
INSERT INTO feed_streams AS s (force_id, position)
SELECT * FROM unnest($1::text[], $2::bigint[]) ON CONFLICT (force_id) DO UPDATE
SET position = excluded.position WHERE s.position < excluded.position
"""
_WAITING: Final = f"SELECT force_id, feed_end - position AS waiting FROM ({STANDING}) AS f"  # noqa: S608
_TAKE: Final = "SELECT pg_try_advisory_lock($1)"
_SET_OUT: Final = "SELECT pg_advisory_lock_shared($1)"
_ARRIVE: Final = "SELECT pg_advisory_unlock_shared($1)"


@dataclass
class Filler:
    """One session at the database, whose lock says that nobody else fills the topics.

    All that it reads and notes goes by the connection that holds the lock: where that has ended,
    nothing more is sent than what was on its way.
    """

    publisher: Publisher
    _connection: Driver
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _there: list[str] = field(default_factory=list)
    _resting: dict[str, float] = field(default_factory=dict)
    _due_at: float = 0.0

    async def run(self) -> None:
        """Wait for the lock, then fill without end."""
        while not await self._connection.fetchval(_TAKE, LOCK):
            await self._measured()
            await asyncio.sleep(_POLL_SECONDS)
        self._due_at = 0.0
        async with _started(self.publisher):
            with BELL.heard_by(self._hear):
                while True:
                    self._wake.clear()
                    if (waiting := await self._measured()) is not None:
                        await self._look(waiting)
                    if await self._round():
                        await asyncio.sleep(_GATHER_SECONDS)
                    else:
                        await self._pause()

    def _hear(self, positions: Positions) -> None:
        if not positions.keys().isdisjoint(self._there):
            self._wake.set()

    async def _round(self) -> int:
        """Send while no topic is emptied. Who fails loses the session, and its locks with it."""
        await self._connection.fetchval(_SET_OUT, ROUND)
        taken = await self._sent()
        await self._connection.fetchval(_ARRIVE, ROUND)
        return taken

    async def _sent(self) -> int:
        """Send what is next of every feed, and note what was taken; how many."""
        present = asyncio.get_running_loop().time()
        due = [each for each in self._there if self._resting.get(each, present) <= present]
        rows = await self._connection.fetch(_DUE, due, OF_ONE_FEED) if due else ()
        if not rows:
            return 0
        await point("stream.after-read")
        events = [(row["force_id"], Streamed(*list(row.values())[1:])) for row in rows]
        sent = [(stream_of(force_id), each) for force_id, each in events]
        refused = await self.publisher.publish(sent)
        await point("stream.after-send")
        taken = [each for index, each in enumerate(events) if index not in refused]
        ends = {force_id: each.position for force_id, each in taken}
        await self._connection.execute(_FILLED, list(ends), list(ends.values()))
        await point("stream.after-commit")
        for force_id, number in Counter(force_id for force_id, _ in taken).items():
            STREAM_SENT.labels(force_id).inc(number)
        self._rest({events[index][0]: why for index, why in reversed(refused.items())})
        return len(taken)

    def _rest(self, refused: dict[str, KafkaError]) -> None:
        # One topic's misfortune is not the others': it is let be for a while, as a whole.
        for force_id, why in refused.items():
            self._resting[force_id] = asyncio.get_running_loop().time() + _REST_SECONDS
            STREAM_REFUSED.labels(force_id, type(why).__name__).inc()
            log.error("stream refused by the broker", force=force_id, why=repr(why))

    async def _pause(self) -> None:
        # Not wait_for: see webhooks.
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._wake.wait()

    async def _measured(self) -> dict[str, int] | None:
        """By force what waits to be sent, where it is time to ask; whoever fills, all can tell."""
        present = asyncio.get_running_loop().time()
        if present < self._due_at:
            return None
        self._due_at = present + _MEASURE_SECONDS
        found = {row["force_id"]: row["waiting"] for row in await self._connection.fetch(_WAITING)}
        for force_id in tenants():
            STREAM_WAITING.labels(force_id).set(found.get(force_id, 0))
        return found

    async def _look(self, waiting: Mapping[str, int]) -> None:
        # To one that is not there nothing is sent: the client would wait for it, and all with it.
        topics = await self.publisher.topics()
        self._there = [each for each in tenants() if stream_of(each) in topics]
        for force_id in waiting.keys() & set(tenants()) - set(self._there):
            if waiting[force_id]:
                STREAM_REFUSED.labels(force_id, "TopicMissing").inc()


@asynccontextmanager
async def _started(publisher: Publisher) -> AsyncIterator[None]:
    await publisher.start()
    try:
        yield
    finally:
        await publisher.stop()


async def fill(database: Database, brokers: str) -> None:
    """Fill until cancelled, from a database that shows every force.

    Raises when its session or the brokers fail it, and may then be called again.
    """
    async with database.outside() as connection:
        await Filler(Publisher(brokers, "reporting", by_partition=True), connection).run()
