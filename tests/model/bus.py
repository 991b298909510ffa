"""A broker in memory, and a producer as aiokafka's: requests that arrive late, once or never."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from aiokafka.errors import (
    InvalidMessageError,
    KafkaConnectionError,
    LeaderNotAvailableError,
    OutOfOrderSequenceNumber,
)

from chassis.kafka import Place, Record
from npp_contracts.envelope import Envelope

from .events import PARTITIONS, TOPIC
from .world import World

_BATCH_RECORDS: Final = 2


class Bus:
    """The records of every partition, in the order in which they arrived."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.up = True
        self.refused: set[bytes] = set()  # keys whose records the broker takes from nobody
        self.records: dict[Place, list[Record]] = {
            (TOPIC, number): [] for number in range(PARTITIONS)
        }

    def append(self, place: Place, records: Sequence[tuple[Any, ...]]) -> str:
        log = self.records[place]
        for key, headers, value in records:
            log.append(Record(*place, len(log), 0.0, key, headers, value))
        return f"offset {len(log)}"

    def envelopes(self, place: Place) -> list[Envelope]:
        return [Envelope.from_record(r.key, r.headers, r.value) for r in self.records[place]]

    def is_up(self) -> bool:
        return self.up


class Batch:
    """A few records that leave together."""

    def __init__(self) -> None:
        self.records: list[tuple[bytes, list[tuple[str, bytes]], bytes]] = []

    def append(
        self, *, timestamp: int, key: bytes, value: bytes, headers: list[tuple[str, bytes]]
    ) -> object | None:
        if len(self.records) == _BATCH_RECORDS:
            return None
        self.records.append((key, headers, value))
        return self

    def record_count(self) -> int:
        return len(self.records)


class Producer:
    """One producer id: per partition the broker takes its batches in their order, each once.

    A batch that was given up may leave a hole in the numbers, and nothing passes behind a hole.
    """

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._last: dict[Place, asyncio.Task[None]] = {}
        self._holes: dict[Place, bool] = defaultdict(bool)

    async def start(self) -> None:
        await self._bus.world.call("producer.start", self._start, errors=[KafkaConnectionError])

    def _start(self) -> None:
        if not self._bus.up:
            raise KafkaConnectionError

    async def stop(self) -> None:
        if self._last:
            await asyncio.wait(self._last.values())

    async def partitions_for(self, topic: str) -> set[int]:
        return await self._bus.world.call(
            "producer.partitions",
            lambda: {number for name, number in self._bus.records if name == topic},
            possible=self._bus.is_up,
            errors=[KafkaConnectionError],
        )

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(self, batch: Batch, topic: str, *, partition: int) -> "asyncio.Task[None]":
        place = (topic, partition)
        sending = asyncio.create_task(self._deliver(batch, place, self._last.get(place)))
        self._last[place] = sending
        return sending

    async def _deliver(
        self, batch: Batch, place: Place, before: "asyncio.Task[None] | None"
    ) -> None:
        if before is not None:
            await asyncio.wait([before])

        def arrive() -> str:
            if self._holes[place]:
                raise OutOfOrderSequenceNumber
            if any(key in self._bus.refused for key, _, _ in batch.records):
                raise InvalidMessageError
            return self._bus.append(place, batch.records)

        def holed() -> Exception:
            self._holes[place] = True
            return OutOfOrderSequenceNumber()

        names = " ".join(
            f"{key.decode()}{dict(headers)['ce_sequence'].decode()}"
            for key, headers, _ in batch.records
        )
        await self._bus.world.call(
            f"send [{names}] to {place[1]}",
            arrive,
            possible=self._bus.is_up,
            errors=[LeaderNotAvailableError, holed],
            wire=True,
        )
