"""The relay: takes committed events from the outbox to Kafka, in order per key."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import asyncpg
import structlog

from chassis import outbox, telemetry
from chassis.database import Driver, is_passing
from chassis.kafka import KafkaError, Publisher
from chassis.outbox import SHARDS
from chassis.watermark import Watermark

log = structlog.get_logger()

Rows: TypeAlias = list[asyncpg.Record]

_BATCH: Final = 2000
_IDLE_SECONDS: Final = 0.05
_REBALANCE_SECONDS: Final = 1.0
_BACKOFF_SECONDS: Final = (0.2, 5.0)
# Advisory locks: "npp" as the class, the shard as the object; one more object says "a relay".
_LOCKS: Final = 0x6E7070
_PRESENCE: Final = 1000

# The inner select walks the queue's primary key from the watermark; the log row is then looked
# up by its own key. Joined the other way round it would read the whole log.
_READ: Final = """
SELECT o.ticket, l.* FROM (
    SELECT ticket, position, recorded_at FROM outbox
    WHERE ticket > $1 AND shard = ANY ($2::smallint[]) AND ticket <> ALL ($3::bigint[])
    ORDER BY ticket LIMIT $4
) AS o, LATERAL (
    SELECT id, aggregatetype, aggregateid, type, sequence, forceid, "time",
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
_COUNT_RELAYS: Final = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND classid = $1 AND objid = $2 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@dataclass(slots=True)
class _Blocked:
    tickets: set[int] = field(default_factory=set)
    until: float = 0.0
    delay: float = _BACKOFF_SECONDS[0]


class Relay:
    """Publishes the shards it owns; several relays of a service share the shards out.

    Ownership is an advisory lock of the very session that reads and removes the rows, so a
    killed relay's shards are free at once. A relay that was asleep can at worst send again what
    its successor has sent: a duplicate with the same id and sequence, never an overtaking.
    """

    def __init__(self, service: str, dsn: str, publisher: Publisher) -> None:
        self._service = service
        self._dsn = dsn
        self._publisher = publisher
        self._wake = asyncio.Event()
        self._stopping = False
        self._shards: set[int] = set()
        self._watermark = Watermark()
        self._blocked: dict[str, _Blocked] = {}
        self._balanced_at = 0.0
        self._ahead: Rows | None = None

    def wake(self) -> None:
        """Say that a transaction of this process has left events behind."""
        self._wake.set()

    def stop(self) -> None:
        """Publish what is still queued, then let run() return."""
        self._stopping = True
        self._wake.set()

    async def run(self) -> None:
        """Relay until stopped; while the database or Kafka is away, wait and try again."""
        delay = _BACKOFF_SECONDS[0]
        while not self._stopping:
            try:
                await self._session()
                delay = _BACKOFF_SECONDS[0]
            except Exception as error:
                if not (is_passing(error) or isinstance(error, KafkaError)):
                    log.exception("relay failed")
                telemetry.RELAY_ERRORS.inc()
                await asyncio.sleep(delay)
                delay = min(delay * 2, _BACKOFF_SECONDS[1])

    async def _session(self) -> None:
        connection = await asyncpg.connect(
            self._dsn, timeout=10, server_settings={"application_name": f"{self._service} relay"}
        )
        try:
            await self._publisher.start()
            await connection.execute("SET enable_hashjoin = off; SET enable_mergejoin = off")
            await connection.execute(f"SELECT pg_advisory_lock_shared({_LOCKS}, {_PRESENCE})")
            await self._relay(connection)
        finally:
            self._shards.clear()
            self._ahead = None
            await self._publisher.stop()
            await connection.close(timeout=5)

    async def _relay(self, connection: Driver) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() - self._balanced_at > _REBALANCE_SECONDS or not self._shards:
                await self._balance(connection)
                self._balanced_at = loop.time()
                self._ahead = None  # of shards that we may have given away
            self._wake.clear()
            published = await self._round(connection)
            if published == 0:
                if self._stopping:
                    return
                await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _IDLE_SECONDS)
        except TimeoutError:
            return

    async def _balance(self, connection: Driver) -> None:
        relays = await connection.fetchval(_COUNT_RELAYS, _LOCKS, _PRESENCE)
        fair = -(-SHARDS // max(1, relays))
        for shard in sorted(self._shards)[fair:]:
            await connection.execute("SELECT pg_advisory_unlock($1, $2)", _LOCKS, shard)
            self._shards.discard(shard)
        for shard in set(range(SHARDS)) - self._shards:
            if len(self._shards) >= fair:
                break
            if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", _LOCKS, shard):
                self._shards.add(shard)
                # Its rows may lie anywhere, so the walk starts at the front again.
                self._watermark = Watermark()

    async def _read(self, connection: Driver, after: int) -> Rows:
        ((last, oldest),) = await connection.fetch(_HORIZON)
        self._watermark.observe(oldest)
        if self._watermark.lacks(last):
            self._watermark.mark(last, await connection.fetchval(_NEXT))
        shards, held = list(self._shards), list(self._held())
        rows: Rows = await connection.fetch(_READ, after, shards, held, _BATCH)
        return rows

    async def _round(self, connection: Driver) -> int:
        rows, self._ahead = self._ahead, None
        if rows is None:
            rows = await self._read(connection, self._watermark.done)
        due = self._unblocked(rows)
        reading = self._reading_ahead(connection, rows)
        try:
            failed = await self._publisher.publish(
                [(row["aggregatetype"], outbox.logged(self._service, row)) for row in due]
            )
        except BaseException:
            await _abandon(reading)
            raise
        ahead = await reading if reading else None
        sent = [row["ticket"] for index, row in enumerate(due) if index not in failed]
        if sent:
            await connection.execute(_REMOVE, sent)
        published = Counter(r["aggregatetype"] for n, r in enumerate(due) if n not in failed)
        for topic, number in published.items():
            telemetry.RELAY_PUBLISHED.labels(topic).inc(number)
        self._block(due, failed)
        self._watermark.advance(rows[-1]["ticket"] if len(rows) == _BATCH else None, self._all())
        # A refused event must be tried again before a later one of its key.
        self._ahead = None if failed else ahead
        return len(sent)

    def _reading_ahead(self, connection: Driver, rows: Rows) -> "asyncio.Task[Rows] | None":
        """Read while the broker works, if no ticket up to these rows' last can still appear."""
        if len(rows) < _BATCH or self._blocked or rows[-1]["ticket"] > self._watermark.settled:
            return None
        return asyncio.create_task(self._read(connection, rows[-1]["ticket"]))

    def _held(self) -> set[int]:
        present = asyncio.get_running_loop().time()
        return {p for key in self._blocked.values() if key.until > present for p in key.tickets}

    def _all(self) -> set[int]:
        return {p for key in self._blocked.values() for p in key.tickets}

    def _unblocked(self, rows: Rows) -> Rows:
        present = asyncio.get_running_loop().time()
        due = []
        for row in rows:
            blocked = self._blocked.get(row["aggregateid"])
            if blocked is not None and blocked.until > present:
                blocked.tickets.add(row["ticket"])
            else:
                due.append(row)
        return due

    def _block(self, due: Rows, failed: dict[int, KafkaError]) -> None:
        present = asyncio.get_running_loop().time()
        tried = {row["aggregateid"] for row in due}
        stuck = {due[index]["aggregateid"] for index in failed}
        for key in tried - stuck:
            self._blocked.pop(key, None)
        for key in stuck:
            blocked = self._blocked.setdefault(key, _Blocked())
            blocked.until = present + blocked.delay
            blocked.delay = min(blocked.delay * 2, _BACKOFF_SECONDS[1])
        for index, refused in failed.items():
            telemetry.RELAY_ERRORS.inc()
            self._blocked[due[index]["aggregateid"]].tickets.add(due[index]["ticket"])
            log.error("event refused by the broker", event=str(due[index]["id"]), why=repr(refused))


async def _abandon(reading: "asyncio.Task[Rows] | None") -> None:
    if reading is not None:
        reading.cancel()
        await asyncio.wait({reading})
