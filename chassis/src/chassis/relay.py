"""The relay: takes committed events from the outbox to Kafka, in order per key."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

import structlog

from chassis import telemetry
from chassis.database import is_passing
from chassis.faults import point
from chassis.kafka import KafkaError, Publisher
from chassis.outbox import SHARDS, Leaving
from chassis.queue import Queue, Queues, Rows
from chassis.watermark import Watermark

log = structlog.get_logger()

_BATCH: Final = 2000
_IDLE_SECONDS: Final = 0.05
_REBALANCE_SECONDS: Final = 1.0
_BACKOFF_SECONDS: Final = (0.2, 5.0)
# A stopping relay leaves the rest to others then; less than its process waits for it.
_DRAIN_SECONDS: Final = 4.0


@dataclass(slots=True)
class _Blocked:
    tickets: set[int] = field(default_factory=set)
    until: float = 0.0
    delay: float = _BACKOFF_SECONDS[0]


class Relay:
    """Publishes the shards it owns; several relays of a service share the shards out.

    A shard belongs to the very session that reads and removes the rows, so a killed relay's
    shards are free at once. A relay that was asleep can at worst send again what
    its successor has sent: a duplicate with the same id and sequence, never an overtaking.
    """

    def __init__(self, service: str, queues: Queues, publisher: Publisher) -> None:
        self._service = service
        self._queues = queues
        self._publisher = publisher
        self._wake = asyncio.Event()
        self._stopping = False
        self._leave_at = 0.0
        self._shards: set[int] = set()
        self._watermark = Watermark()
        self._blocked: dict[str, _Blocked] = {}
        self._waiting: set[str] = set()
        self._balanced_at = 0.0
        self._ahead: Rows | None = None
        self.paused = False

    def wake(self) -> None:
        """Say that a transaction of this process has left events behind."""
        self._wake.set()

    def stop(self) -> None:
        """Publish what is still queued, then let run() return.

        Under load that never ends: after a few seconds the round under way is the last one, so
        that it isn't cut off between sending and removing.
        """
        self._stopping = True
        self._leave_at = asyncio.get_running_loop().time() + _DRAIN_SECONDS
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
        async with self._queues.session() as queue:
            try:
                await self._publisher.start()
                await self._relay(queue)
            finally:
                self._shards.clear()
                self._blocked.clear()
                self._ahead = None
                await self._publisher.stop()

    async def _relay(self, queue: Queue) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if loop.time() - self._balanced_at > _REBALANCE_SECONDS or not self._shards:
                await self._balance(queue)
                self._balanced_at = loop.time()
                self._ahead = None  # of shards that we may have given away
            self._wake.clear()
            published = 0 if self.paused else await self._round(queue)
            if self._stopping and (published == 0 or loop.time() > self._leave_at):
                return
            if published == 0:
                await self._pause()

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), _IDLE_SECONDS)
        except TimeoutError:
            return

    async def _balance(self, queue: Queue) -> None:
        self.paused = await queue.paused()
        fair = -(-SHARDS // await queue.relays())
        for shard in sorted(self._shards)[fair:]:
            await queue.give_up(shard)
            self._shards.discard(shard)
            self._blocked.clear()  # or the walk waits for what another relay has sent
        for shard in set(range(SHARDS)) - self._shards:
            if len(self._shards) >= fair:
                break
            await point("relay.taking-shards")
            if await queue.take(shard):
                self._shards.add(shard)
                # Its rows may lie anywhere, so the walk starts at the front again.
                self._watermark = Watermark()

    async def _read(self, queue: Queue, after: int) -> Rows:
        await point("relay.before-read")
        last, oldest = await queue.horizon()
        self._watermark.observe(oldest)
        if self._watermark.lacks(last):
            self._watermark.mark(last, await queue.transaction())
        if self._watermark.done >= last:
            return ()  # everything there is was walked: an idle relay asks for no rows
        # Decided before the rows are read: a key whose wait ends meanwhile would be sent without
        # those of its rows that were left out.
        present = asyncio.get_running_loop().time()
        self._waiting = {name for name, key in self._blocked.items() if key.until > present}
        rows = await queue.read(after, self._shards, self._held(), _BATCH)
        if rows:
            await point("relay.after-read")
        return rows

    async def _round(self, queue: Queue) -> int:
        rows, self._ahead = self._ahead, None
        if rows is None:
            rows = await self._read(queue, self._watermark.done)
        due = self._unblocked(rows)
        reading = self._reading_ahead(queue, rows)
        try:
            failed = await self._publisher.publish(
                [(row["aggregatetype"], Leaving(self._service, row)) for row in due]
            )
        except BaseException:
            await _abandon(reading)
            raise
        ahead = await reading if reading else None
        left = [row for n, row in enumerate(due) if n not in failed] if failed else due
        sent = [row["ticket"] for row in left]
        if sent:
            await point("relay.after-send")
            await queue.remove(sent)
            await point("relay.after-removal")
        for topic, number in Counter(row["aggregatetype"] for row in left).items():
            telemetry.RELAY_PUBLISHED.labels(topic).inc(number)
        self._block(due, failed)
        self._watermark.advance(rows[-1]["ticket"] if len(rows) == _BATCH else None, self._all())
        # A refused event must be tried again before a later one of its key.
        self._ahead = None if failed else ahead
        return len(sent)

    def _reading_ahead(self, queue: Queue, rows: Rows) -> "asyncio.Task[Rows] | None":
        """Read while the broker works, if no ticket up to these rows' last can still appear."""
        if len(rows) < _BATCH or self._blocked or rows[-1]["ticket"] > self._watermark.settled:
            return None
        return asyncio.create_task(self._read(queue, rows[-1]["ticket"]))

    def _held(self) -> set[int]:
        return {ticket for name in self._waiting for ticket in self._blocked[name].tickets}

    def _all(self) -> set[int]:
        return {p for key in self._blocked.values() for p in key.tickets}

    def _unblocked(self, rows: Rows) -> Rows:
        if not self._waiting:
            return rows
        due = []
        for row in rows:
            if (name := row["aggregateid"]) in self._waiting:
                self._blocked[name].tickets.add(row["ticket"])
            else:
                due.append(row)
        return due

    def _block(self, due: Rows, failed: dict[int, KafkaError]) -> None:
        if not (failed or self._blocked):
            return
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
            log.error("event refused by the broker", id=str(due[index]["id"]), why=repr(refused))


async def _abandon(reading: "asyncio.Task[Rows] | None") -> None:
    if reading is not None:
        reading.cancel()
        await asyncio.wait({reading})
