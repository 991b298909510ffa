"""The topics as anybody with a client of Kafka could read, write and reset them."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from npp_ops.topics import FOR_EVER

from .ledger import Offset, places

_AT_ONCE: Final = 500
_BYTES: Final = 16 * 2**20

Headers = Sequence[tuple[str, bytes | None]]


async def records(kafka: str, topics: Iterable[str], most: int) -> list[ConsumerRecord]:
    """Records from each partition's begin up to its end, at most so many, as they lie."""
    found: list[ConsumerRecord] = []
    async for batch in _batches(kafka, topics):
        found += batch
        if len(found) >= most:
            break
    return found[:most]


async def _batches(kafka: str, topics: Iterable[str]) -> AsyncIterator[Sequence[ConsumerRecord]]:
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka, enable_auto_commit=False, max_partition_fetch_bytes=_BYTES
    )
    await consumer.start()
    try:
        wanted = places(topics)
        consumer.assign(wanted)
        for place in wanted:
            consumer.seek(place, 0)
        ends = await consumer.end_offsets(wanted)
        waiting = {place for place in wanted if ends[place] > 0}
        while waiting:
            for found in (await consumer.getmany(timeout_ms=500)).values():
                yield found
            waiting = {place for place in waiting if await consumer.position(place) < ends[place]}
    finally:
        await consumer.stop()


async def copy(kafka: str, found: Sequence[ConsumerRecord]) -> list[Offset]:
    """Put records at the end of their partitions again, byte for byte, in their order."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_request_size=_BYTES)
    await producer.start()
    try:
        offsets: list[Offset] = []
        for first in range(0, len(found), _AT_ONCE):
            sending = [
                await producer.send(
                    r.topic,
                    r.value,
                    r.key,
                    r.partition,
                    timestamp_ms=r.timestamp,
                    headers=list(r.headers),
                )
                for r in found[first : first + _AT_ONCE]
            ]
            done = await asyncio.gather(*sending)
            offsets += [(each.topic, each.partition, each.offset) for each in done]
        return offsets
    finally:
        await producer.stop()


async def reset(kafka: str, group: str, topics: Iterable[str]) -> int:
    """Commit offset 0 everywhere in the name of a group without members; how many partitions."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        wanted: list[TopicPartition] = places(topics)
        consumer.assign(wanted)
        await consumer.commit(dict.fromkeys(wanted, 0))
        for place in wanted:
            if await consumer.committed(place) != 0:
                raise RuntimeError(f"{group} has not gone back to 0 in {place}")
    finally:
        await consumer.stop()
    return len(wanted)


async def together(
    kafka: str, place: tuple[str, int], found: Sequence[tuple[bytes, bytes, Headers]]
) -> list[Offset]:
    """Put keys, values and headers into a partition, with nobody else's records between them."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_batch_size=_BYTES)
    await producer.start()
    try:
        batch = producer.create_batch()
        # The writer in Python takes header names that are no text.
        batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, 0, _BYTES)
        for key, value, headers in found:
            batch.append(key=key, value=value, timestamp=None, headers=list(headers))
        first = (await (await producer.send_batch(batch, place[0], partition=place[1]))).offset
    finally:
        await producer.stop()
    return [(*place, first + n) for n in range(len(found))]


class NoText(str):
    """A header's name whose bytes are no UTF-8."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"ce_\xff\xfe"


async def allow(kafka: str, topic: str, most: int) -> None:
    """Set the size of the largest batch that a topic takes."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    try:
        settings = {**FOR_EVER, "max.message.bytes": str(most)}
        await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, settings)])
    finally:
        await admin.close()
