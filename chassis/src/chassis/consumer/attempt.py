"""One attempt at a batch, at opening a partition or at a parked event: one transaction each."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis import telemetry
from chassis.consumer.ledger import Ledger
from chassis.consumer.ordering import Blocked, Key, Plan, plan
from chassis.consumer.outcomes import note_delays
from chassis.consumer.received import Consumer, Notified, Received, understand
from chassis.consumer.sheet import Sheet, Span
from chassis.consumer.store import Store
from chassis.database import is_passing
from chassis.faults import point
from chassis.kafka import Place

log = structlog.get_logger()


class Overtaken(Exception):
    """The checkpoint is not where we left it: a successor has the partition, or a replay ran."""


class HandlerFailed(Exception):
    """The consumer's own code raised; nothing of the attempt has stayed."""


class _NotNext(Exception):
    """Some key of the batch isn't where the batch goes on."""


class Attempt:
    """The transactions of one consumer group."""

    def __init__(self, service: str, consumer: Consumer, store: Store) -> None:
        self._service = service
        self._consumer = consumer
        self._store = store

    async def open(self, place: Place) -> tuple[int, bool]:
        """The offset to go on from, and whether the group may: no operator has paused it.

        If it may, the events that no longer need to wait have been applied.
        """
        async with self._begin() as (_, ledger):
            offset = await ledger.open(place)
            if await ledger.paused():
                return offset, False
            waiting = await ledger.waiting(place)
        for key in waiting:
            await self.drain(place, key)
        return offset, True

    async def open_at_last(self, place: Place, backoff: tuple[float, float]) -> tuple[int, bool]:
        """open(), tried again for ever; backoff: the first wait and the longest, in seconds."""
        delay, longest = backoff
        while True:
            try:
                return await self.open(place)
            except Exception as error:
                if not is_passing(error):
                    log.exception("partition can't be opened", group=self._consumer.group)
                await asyncio.sleep(delay)
                delay = min(delay * 2, longest)

    async def recall(self, place: Place, received: Sequence[Received]) -> None:
        """Mark what is a dead letter already: read again, it is no new one."""
        if isinstance(received, Sheet):
            return
        bad = {one.record.offset: one for one in received if one.problem is not None}
        if bad:
            async with self._begin() as (_, ledger):
                for offset in await ledger.buried(place, list(bad)):
                    bad[offset].buried = True

    async def batch(
        self,
        place: Place,
        expected: int,
        following: int,
        received: Sequence[Received],
        bury: str | None = None,
    ) -> Plan:
        """Apply a partition's records from offset `expected` up to before `following`.

        bury: the failure of the single record's handler, which is then not run again.
        Raises Overtaken, HandlerFailed, or the database's error.
        """
        started = time.perf_counter()
        result = await self._batch(place, (expected, following), received, bury)
        spent = time.perf_counter() - started
        telemetry.CONSUMER_BATCH.labels(self._consumer.group, "database").observe(spent)
        note_delays(self._consumer.group, result.applied)
        self._tell(result.applied)
        return result

    async def _batch(
        self, place: Place, offsets: Span, received: Sequence[Received], bury: str | None
    ) -> Plan:
        if isinstance(received, Sheet) and bury is None and (spans := received.spans()):
            try:
                return await self._follow(place, offsets, received, spans)
            except _NotNext:
                pass  # nothing has stayed; now each record is looked at
        return await self._sort(place, offsets, received, bury)

    async def _follow(
        self, place: Place, offsets: Span, batch: Sheet, spans: Mapping[str, Span]
    ) -> Plan:
        """Apply a batch in which every key goes on where it was left."""
        async with self._begin() as (session, ledger):
            if not await ledger.advance(place, *offsets):
                raise Overtaken
            if not await ledger.follow(place[0], spans):
                raise _NotNext
            fresh = batch.handled()
            if fresh:
                await self._apply(session, fresh)
            await point("consumer.mid-transaction")
        return Plan(whole=fresh, skipped=len(batch) - len(fresh))

    async def _sort(
        self, place: Place, offsets: Span, received: Sequence[Received], bury: str | None
    ) -> Plan:
        """Apply what is next of each key, and set aside what isn't."""
        async with self._begin() as (session, ledger):
            if not await ledger.advance(place, *offsets):
                raise Overtaken
            names = {one.envelope.subject for one in received if one.envelope}
            known = await ledger.keys(place[0], sorted(names))
            result = plan(received, known, bury=bury is not None)
            if result.fresh:
                await self._apply(session, result.fresh)
            await point("consumer.mid-transaction")
            await ledger.park(result.parked)
            await ledger.bury(result.dead, bury)
            if result.dead:
                await point("consumer.burying")
            await ledger.remember(place[0], result.changed)
        return result

    async def drain(self, place: Place, key: str) -> int:
        """Apply a key's parked events for as long as the next one is there; returns how many."""
        applied = 0
        while await self._step(place, key):
            applied += 1
        return applied

    async def _step(self, place: Place, key: str) -> bool:
        try:
            async with self._begin() as (session, ledger):
                applied = await self._next(session, ledger, place, key, None)
        except HandlerFailed as failure:
            async with self._begin() as (session, ledger):
                applied = await self._next(session, ledger, place, key, str(failure))
        self._tell(applied or ())
        return applied is not None

    async def _next(
        self, session: AsyncSession, ledger: Ledger, place: Place, key: str, bury: str | None
    ) -> Sequence[Received] | None:
        await ledger.lock(place)
        state = (await ledger.keys(place[0], [key])).get(key, Key())
        if state.blocked is not Blocked.GAP:
            return None
        record = await ledger.next_parked(place, key, state.sequence + 1)
        if record is None:
            if await ledger.has_parked(place[0], key):
                return None
            await ledger.remember(place[0], {key: Key(state.sequence)})
            return None
        one = understand(self._consumer, record)
        result = plan([one], {key: state}, bury=bury is not None)
        if result.fresh:
            await self._apply(session, result.fresh)
        await ledger.bury(result.dead, bury)
        sequence = state.sequence if one.envelope is None else one.envelope.sequence
        await ledger.unpark(place[0], key, sequence)
        await ledger.remember(place[0], result.changed)
        return result.fresh

    async def _apply(self, session: AsyncSession, events: Sequence[Received]) -> None:
        try:
            await self._consumer.apply(self._service, session, events)
        except Exception as error:
            if is_passing(error):
                raise
            raise HandlerFailed(f"{type(error).__name__}: {error}"[:2000]) from error

    def _tell(self, applied: Sequence[Received]) -> None:
        if applied and isinstance(self._consumer, Notified):
            self._consumer.committed(applied)

    def _begin(self) -> AbstractAsyncContextManager[tuple[AsyncSession, Ledger]]:
        return self._store.begin(self._consumer.group)
