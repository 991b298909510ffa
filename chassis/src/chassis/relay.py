"""The relay: takes committed events from the outbox to Kafka, in order per key."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

import asyncpg
import structlog

from chassis import outbox, telemetry
from chassis.database import is_passing
from chassis.kafka import KafkaError, Publisher
from chassis.outbox import SHARDS, Cause, Outgoing
from npp_contracts.envelope import Envelope

log = structlog.get_logger()

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
class _Watermark:
    """The ticket below which nothing can appear any more, so that dead rows are not walked.

    A ticket is handed out after its transaction has an id. So once every transaction older than
    a mark, whose id is taken after `last` was read, has ended, all tickets up to the mark's
    `last` are visible or never will be.
    """

    settled: int = 0
    done: int = 0
    marks: deque[tuple[int, int]] = field(default_factory=deque)

    def observe(self, oldest: int) -> None:
        while self.marks and self.marks[0][0] <= oldest:
            self.settled = max(self.settled, self.marks.popleft()[1])

    def lacks(self, last: int) -> bool:
        return last > (self.marks[-1][1] if self.marks else self.settled)

    def mark(self, last: int, following: int) -> None:
        self.marks.append((following, last))

    def advance(self, up_to: int | None, blocked: set[int]) -> None:
        limit = self.settled if up_to is None else min(self.settled, up_to)
        self.done = max(self.done, min([limit, *(ticket - 1 for ticket in blocked)]))


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
        self._watermark = _Watermark()
        self._blocked: dict[str, _Blocked] = {}
        self._balanced_at = 0.0

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
            await self._publisher.stop()
            await connection.close(timeout=5)

    async def _relay(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() - self._balanced_at > _REBALANCE_SECONDS or not self._shards:
                await self._balance(connection)
                self._balanced_at = loop.time()
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

    async def _balance(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
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
                self._watermark = _Watermark()

    async def _round(self, connection: "asyncpg.Connection[asyncpg.Record]") -> int:
        ((last, oldest),) = await connection.fetch(_HORIZON)
        self._watermark.observe(oldest)
        if self._watermark.lacks(last):
            self._watermark.mark(last, await connection.fetchval(_NEXT))
        held = self._held()
        rows = await connection.fetch(
            _READ, self._watermark.done, list(self._shards), list(held), _BATCH
        )
        due = self._unblocked(rows)
        failed = await self._publisher.publish(
            [(row["aggregatetype"], self._envelope(row)) for row in due]
        )
        sent = [row["ticket"] for index, row in enumerate(due) if index not in failed]
        if sent:
            await connection.execute(_REMOVE, sent)
        for index, row in enumerate(due):
            if index not in failed:
                telemetry.RELAY_PUBLISHED.labels(row["aggregatetype"]).inc()
        self._block(due, failed)
        self._watermark.advance(rows[-1]["ticket"] if len(rows) == _BATCH else None, self._all())
        return len(sent)

    def _held(self) -> set[int]:
        present = asyncio.get_running_loop().time()
        return {p for key in self._blocked.values() if key.until > present for p in key.tickets}

    def _all(self) -> set[int]:
        return {p for key in self._blocked.values() for p in key.tickets}

    def _unblocked(self, rows: list[asyncpg.Record]) -> list[asyncpg.Record]:
        present = asyncio.get_running_loop().time()
        due = []
        for row in rows:
            blocked = self._blocked.get(row["aggregateid"])
            if blocked is not None and blocked.until > present:
                blocked.tickets.add(row["ticket"])
            else:
                due.append(row)
        return due

    def _block(self, due: list[asyncpg.Record], failed: dict[int, KafkaError]) -> None:
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

    def _envelope(self, row: asyncpg.Record) -> Envelope:
        cause = Cause(row["correlationid"], row["causationid"], row["traceparent"])
        event = Outgoing(
            row["id"],
            row["aggregatetype"],
            row["aggregateid"],
            row["type"],
            row["sequence"],
            row["forceid"],
            row["time"],
            cause,
            row["payload"],
        )
        return outbox.envelope(self._service, event)
