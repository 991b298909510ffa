"""P4's floor: the same records from memory, one prepared batch per partition on its way."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

Raw = tuple[bytes, bytes, list[tuple[str, bytes]], int]
"""Key, value, headers, milliseconds."""


async def produce(producer: AIOKafkaProducer, topic: str, records: Sequence[Raw]) -> None:
    """All of them, in order per key, acknowledged."""
    partitions = sorted(await producer.partitions_for(topic))
    place = DefaultPartitioner()
    by_partition: dict[int, list[Raw]] = defaultdict(list)
    for record in records:
        by_partition[place(record[0], partitions, partitions)].append(record)
    await asyncio.gather(
        *(_partition(producer, topic, number, mine) for number, mine in by_partition.items())
    )


async def _partition(
    producer: AIOKafkaProducer, topic: str, partition: int, records: list[Raw]
) -> None:
    sent = 0
    while sent < len(records):
        batch = producer.create_batch()
        for key, value, headers, at in records[sent:]:
            if batch.append(timestamp=at, key=key, value=value, headers=headers) is None:
                break
        sent += batch.record_count()
        await (await producer.send_batch(batch, topic, partition=partition))


def producer(bootstrap_servers: str) -> AIOKafkaProducer:
    """With the same promises as ours: all replicas, no duplicates, same batches."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=512 * 1024,
        max_request_size=1024 * 1024,
    )
