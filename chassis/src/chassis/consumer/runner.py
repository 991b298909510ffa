"""The batch runner of one consumer group: decode, one transaction per partition batch, move on."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from chassis import telemetry
from chassis.consumer.attempt import Attempt, HandlerFailed, Overtaken
from chassis.consumer.held import Held
from chassis.consumer.lag import Lag
from chassis.consumer.limit import DeadLetterLimit, TooManyDeadLetters
from chassis.consumer.orders import Orders
from chassis.consumer.outcomes import count
from chassis.consumer.received import Consumer, Received, understand
from chassis.consumer.sheet import Columnar, sheet
from chassis.consumer.store import Store
from chassis.database import is_passing
from chassis.faults import point
from chassis.kafka import Batch, Place, Record, Source, Subscription

log = structlog.get_logger()

# Records at a time, by whether a consumer takes them all at once or each by itself.
_WHOLE: Final = 10_000
_SINGLE: Final = 2_000
_RETRIES: Final = 3
_RETRY_SECONDS: Final = 0.2
_BACKOFF_SECONDS: Final = (0.2, 10.0)
_ANSWER_SECONDS: Final = 5.0
# Two partitions at a time: one decodes while the database works on the other.
_TOGETHER: Final = 2


class Runner:
    """Runs one consumer. The database's checkpoint decides what is new; Kafka's is for lag tools.

    Database away: the partition pauses and is tried again, for ever. Record unreadable, or its
    handler failed a few times alone: dead letter, and its key waits. Too many of those: the
    partition stops and `stopped` names it, until it is assigned anew or an operator pauses and
    resumes the group. While an operator pauses the group, it holds its partitions and waits.
    """

    def __init__(self, service: str, consumer: Consumer, store: Store) -> None:
        self.consumer = consumer
        self.stopped: set[Place] = set()
        self.paused = False
        self._source: Source | None = None
        self._lag = Lag(consumer.group)
        self._attempt = Attempt(service, consumer, store)
        self._held: dict[Place, Held] = {}
        self._limits: dict[Place, DeadLetterLimit] = {}
        self._opening: dict[Place, asyncio.Task[None]] = {}
        self._together = asyncio.Semaphore(_TOGETHER)
        self._busy = asyncio.Lock()
        self._told: dict[Place, int] = {}

    def subscription(self) -> Subscription:
        """What Kafka needs to know to feed this runner."""
        return Subscription(
            self.consumer.group,
            self.consumer.topics,
            self._take,
            self._assigned,
            self._revoked,
            _WHOLE if isinstance(self.consumer, Columnar) else _SINGLE,
        )

    @property
    def ready(self) -> bool:
        """Whether the group was joined, every assigned partition is open and none has stopped."""
        return self._source is not None and not self._opening and not self.stopped

    async def _assigned(self, source: Source, places: set[Place]) -> None:
        self._source = source
        source.pause(places)
        for place in places:
            self._open_soon(source, place)
        await point("consumer.in-rebalance")

    async def _revoked(self, source: Source, places: set[Place]) -> None:
        async with self._busy:
            for place in places:
                self._held.pop(place, None)
                self._limits.pop(place, None)
                self._lag.forget(place)
                self.stopped.discard(place)
                self._told.pop(place, None)
                if opening := self._opening.pop(place, None):
                    opening.cancel()

    def _open_soon(self, source: Source, place: Place, delay: float = 0.0) -> None:
        self._held.pop(place, None)
        if place not in self._opening:
            self._opening[place] = asyncio.create_task(self._open(source, place, delay))

    async def _open(self, source: Source, place: Place, delay: float) -> None:
        await asyncio.sleep(delay)
        offset, allowed = await self._attempt.open_at_last(place, _BACKOFF_SECONDS)
        self._lag.reached(place, offset)
        if allowed:
            limit = self._limits.setdefault(place, DeadLetterLimit())
            self._held[place] = Held(offset, limit)
            source.seek(place, offset)
            source.resume([place])
        else:
            self.paused = True
        self._opening.pop(place, None)

    async def _take(self, source: Source, batch: Batch) -> None:
        async with self._busy:
            await asyncio.gather(*(self._run(source, p, r) for p, r in batch.items()))

    async def _run(self, source: Source, place: Place, records: list[Record]) -> None:
        held = self._held.get(place)
        if held is None:
            return  # not open: these are read again from the checkpoint
        if held.strays(first := records[0].offset):
            source.seek(place, held.next_offset)
            return
        if first != held.next_offset:
            found = {"group": self.consumer.group, "place": place, "first": first}
            log.error("checkpoint is not on the topic", checkpoint=held.next_offset, **found)
        async with self._together:
            await self._process(source, place, held, records)

    async def _process(
        self, source: Source, place: Place, held: Held, records: Sequence[Record]
    ) -> None:
        try:
            await point("consumer.after-poll")
            received = self._understood(records)
            await self._attempt.recall(place, received)
            await self._apply(place, held, received)
        except Overtaken:
            log.warning("checkpoint moved by another", group=self.consumer.group, place=place)
            source.pause([place])
            self._open_soon(source, place)
        except TooManyDeadLetters:
            log.critical("partition stopped", group=self.consumer.group, place=place)
            source.pause([place])
            self._held.pop(place, None)
            self.stopped.add(place)
        except Exception as error:
            if not is_passing(error):
                log.exception("batch failed", group=self.consumer.group, place=place)
            telemetry.CONSUMER_RETRIES.labels(self.consumer.group).inc()
            source.pause([place])
            self._open_soon(source, place, delay=_BACKOFF_SECONDS[0])

    def _understood(self, records: Sequence[Record]) -> Sequence[Received]:
        started = time.perf_counter()
        received = sheet(self.consumer, records) or [understand(self.consumer, r) for r in records]
        spent = time.perf_counter() - started
        telemetry.CONSUMER_BATCH.labels(self.consumer.group, "decode").observe(spent)
        return received

    async def _apply(self, place: Place, held: Held, received: Sequence[Received]) -> None:
        admitted = held.limit.admit(received)
        if admitted == len(received):
            await self._halve(place, held, received)
            return
        if admitted:
            await self._halve(place, held, received[:admitted])
        raise TooManyDeadLetters

    async def _halve(self, place: Place, held: Held, received: Sequence[Received]) -> None:
        try:
            await self._commit_batch(place, held, received)
        except HandlerFailed as failure:
            if len(received) > 1:
                middle = len(received) // 2
                await self._halve(place, held, received[:middle])
                await self._halve(place, held, received[middle:])
            else:
                await self._alone(place, held, received, failure)

    async def _alone(
        self, place: Place, held: Held, received: Sequence[Received], failure: HandlerFailed
    ) -> None:
        for attempt in range(_RETRIES):
            await asyncio.sleep(_RETRY_SECONDS * 2**attempt)
            try:
                await self._commit_batch(place, held, received)
            except HandlerFailed as again:
                failure = again
            else:
                return
        held.limit.failed()
        await self._commit_batch(place, held, received, bury=str(failure))

    async def _commit_batch(
        self,
        place: Place,
        held: Held,
        received: Sequence[Received],
        bury: str | None = None,
    ) -> None:
        expected, following = held.next_offset, received[-1].record.offset + 1
        plan = await self._attempt.batch(place, expected, following, received, bury)
        await point("consumer.after-commit")
        held.next_offset = following
        telemetry.CONSUMER_CONSUMED.labels(self.consumer.group).inc(len(received))
        self._lag.reached(place, following, received[-1].record.timestamp / 1000)
        held.limit.passed(plan)
        count(self.consumer.group, plan)
        for key in sorted(plan.released):
            await self._attempt.drain(place, key)

    def offsets(self) -> dict[Place, int]:
        """Where each partition goes on that is open."""
        return {place: held.next_offset for place, held in self._held.items()}

    async def obey(self, orders: Orders, before: dict[Place, int]) -> None:
        """Do what operators have decided; before: offsets() when that was not read yet."""
        async with self._busy:
            if self._source is not None:
                self._obey(self._source, orders, before)

    def _obey(self, source: Source, orders: Orders, before: dict[Place, int]) -> None:
        due: Iterable[Place] = orders.moved(before, self.offsets())
        if orders.paused:
            source.pause([*self._held, *self.stopped])
            for closed in (self._held, self._limits, self.stopped):
                closed.clear()
            due = ()
        elif self.paused:
            due = source.assigned()
        self.paused = orders.paused
        source.pause(due)
        for place in due:
            self._open_soon(source, place)

    async def report(self) -> None:
        """Set the group's gauges and tell Kafka where it is; called from outside, at an interval.

        Never by who takes the records: the client asks for its coordinator without end.
        """
        telemetry.CONSUMER_STOPPED.labels(self.consumer.group).set(len(self.stopped))
        if self._source is None:
            return
        async with asyncio.timeout(_ANSWER_SECONDS):
            await self._lag.measure(self._source)
            if moved := dict(self.offsets().items() - self._told.items()):
                await self._source.commit(moved)
                self._told |= moved
