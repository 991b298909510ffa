"""P1 and P2: Kafka to read model, effectively once, against COPY of raw rows; CPU per record."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer import PostgresStore, Received, Runner
from chassis.consumer.received import Consumer
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Batch, Source, subscriptions
from npp_contracts.envelope import Envelope
from npp_contracts.topics import PORTFOLIOS

from . import records
from .floors.consuming import RawConsumer
from .measure import HIGHER, LOWER, About, Goal, Row, Sample, take_turns
from .specimen import VIEW
from .stage import Stage, Watch, session

EVENTS: Final = 60_000
_PARTITIONS: Final = 6
_FORGET: Final = "TRUNCATE checkpoints, sequences, folder_view, raw_rows, raw_offsets"


@dataclass(frozen=True, slots=True)
class Nothing:
    """A consumer that decodes as the projection does and then does nothing."""

    group: str = "portfolio.nothing"
    topics: Sequence[str] = (PORTFOLIOS.name,)
    types: frozenset[str] = VIEW.types

    def decode(self, envelope: Envelope) -> Any:
        """As the projection would."""
        return VIEW.decode(envelope)

    async def apply(self, service: str, session: AsyncSession, events: Sequence[Received]) -> None:
        """Nothing."""


@dataclass(slots=True)
class Consumption:
    """One topic, read to its end by turns."""

    stage: Stage
    url: str
    count: int
    database: Database = field(init=False)

    def __post_init__(self) -> None:
        self.database = Database(self.url, scope=EVERY_FORCE)

    async def raw(self, read: Callable[[RawConsumer], Awaitable[None]]) -> Sample:
        """The floor, from its first fetch."""
        await self._forget()
        consumer = RawConsumer(self.stage.kafka, PORTFOLIOS.name, _PARTITIONS)
        await consumer.start()
        watch = Watch()
        await read(consumer)
        sample = self._sample(watch)
        await consumer.stop()
        return sample

    async def copied(self) -> Sample:
        """P1's floor."""
        async with session(self.url) as connection:
            return await self.raw(lambda consumer: consumer.copy(self.count, connection))

    async def read(self) -> Sample:
        """P2's floor."""
        return await self.raw(lambda consumer: consumer.read(self.count))

    async def ran(self, consumer: Consumer) -> Sample:
        """Ours, from the first batch that is handed over until the checkpoints are at the end."""
        await self._forget()
        runner = Runner("portfolio", consumer, PostgresStore(self.database))
        given = runner.subscription()
        first: list[Watch] = []

        async def on_batch(source: Source, batch: Batch) -> None:
            if not first:
                first.append(Watch())
            await given.on_batch(source, batch)

        broker = subscriptions(self.stage.kafka, "load", [replace(given, on_batch=on_batch)])
        await broker.start()
        async with session(self.url) as connection:
            while await connection.fetchval(_DONE) != self.count:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        sample = self._sample(first[0])
        await broker.stop()
        return sample

    def _sample(self, watch: Watch) -> Sample:
        return {"rate": self.count / watch.wall, "cpu": watch.cpu / self.count * 1e6}

    async def _forget(self) -> None:
        async with session(self.url) as connection:
            await connection.execute(_FORGET)


_DONE: Final = "SELECT coalesce(sum(next_offset), 0) FROM checkpoints"
_COPY: Final = "getmany, msgspec, COPY of raw rows, offset row"
_READ: Final = "getmany, msgspec"


async def measure(stage: Stage) -> list[Row]:
    """Events per second into the read model, and processor time per record of the runtime."""
    count = stage.count(EVENTS)
    await stage.topic(PORTFOLIOS.name, _PARTITIONS)
    await records.publish(stage.kafka, records.envelopes(count))
    on = Consumption(stage, await stage.database("projection"), count)
    projected = await take_turns(stage.rounds, on.copied, lambda: on.ran(VIEW))
    consumed = await take_turns(stage.rounds, on.read, lambda: on.ran(Nothing()))
    await on.database.close()
    runtime = About("P2", "consumer runtime, CPU per record", "µs", _READ, Goal(LOWER, 1.3))
    return [
        projected.row(About("P1", "projection, events", "/s", _COPY, Goal(HIGHER, 0.5)), "rate"),
        projected.row(About("P1", "projection, CPU per event", "µs", _COPY), "cpu"),
        consumed.row(runtime, "cpu"),
    ]
