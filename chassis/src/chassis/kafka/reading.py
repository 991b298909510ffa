"""Reading topics as they lie, outside of any consumer group: nothing is moved or remembered."""

import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.kafka.names import read_any
from chassis.kafka.record import Place, Record

_PATIENCE_SECONDS: Final = 30.0
_AT_ONCE: Final = 5000


class Reader:
    """Some topics of a cluster, all their partitions."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.places: Sequence[Place] = sorted(
            (each.topic, each.partition) for each in consumer.assignment()
        )

    async def begins(self) -> dict[Place, int]:
        """The first offset that is still there, by partition."""
        found = await self._consumer.beginning_offsets(_partitions(self.places))
        return {(each.topic, each.partition): offset for each, offset in found.items()}

    async def ends(self) -> dict[Place, int]:
        """The offset that the next record will have, by partition."""
        found = await self._consumer.end_offsets(_partitions(self.places))
        return {(each.topic, each.partition): offset for each, offset in found.items()}

    async def since(self, moment: datetime) -> dict[Place, int]:
        """The first offset of that time or later, by partition; the end where there is none."""
        wanted = dict.fromkeys(_partitions(self.places), int(moment.timestamp() * 1000))
        found = await self._consumer.offsets_for_times(wanted)
        later = {(each.topic, each.partition): at.offset for each, at in found.items() if at}
        return await self.ends() | later

    async def records(
        self, spans: Mapping[Place, tuple[int, int]]
    ) -> AsyncIterator[Sequence[Record]]:
        """The records of each partition from an offset up to before another.

        Raises TimeoutError when the brokers have sent nothing for half a minute.
        """
        left = {place: end for place, (start, end) in spans.items() if start < end}
        for place in left:
            self._consumer.seek(TopicPartition(*place), spans[place][0])
        self._consumer.resume(*_partitions(left))
        heard = time.monotonic()
        while left:
            batch = await self._consumer.getmany(timeout_ms=500, max_records=_AT_ONCE)
            for each, records in batch.items():
                end = left.get((each.topic, each.partition), 0)
                yield [record for record in records if record.offset < end]
            heard = time.monotonic() if batch else heard
            if time.monotonic() - heard > _PATIENCE_SECONDS:
                raise TimeoutError(f"Kafka sends no records of {sorted(left)}")
            await self._finish(left)

    async def _finish(self, left: dict[Place, int]) -> None:
        for place, end in list(left.items()):
            partition = TopicPartition(*place)
            if await self._consumer.position(partition) >= end:
                self._consumer.pause(partition)
                del left[place]


def _partitions(places: Collection[Place]) -> list[TopicPartition]:
    return [TopicPartition(*place) for place in places]


@asynccontextmanager
async def reading(bootstrap_servers: str, topics: Collection[str]) -> AsyncIterator[Reader]:
    """A reader of these topics; raises KafkaError when the cluster is away or lacks one."""
    read_any()
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        # One partition after the other: the next one waits for what was asked of the last.
        fetch_max_wait_ms=20,
    )
    await consumer.start()
    try:
        consumer.pause(*consumer.assignment())
        yield Reader(consumer)
    finally:
        await consumer.stop()
