"""P4's floor: the same records from memory, one prepared batch per partition on its way."""

import asyncio
from collections import defaultdict

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from tests.load import records as events
from tests.load.member import Member

Raw = tuple[bytes, bytes, list[tuple[str, bytes]], int]
"""Key, value, headers, milliseconds."""


async def produce(member: Member, kafka: str, topic: str, count: int) -> None:
    """All of them, in order per key, acknowledged."""
    memory: list[Raw] = [
        (one.key, one.data, one.headers(), int(one.time.timestamp() * 1000))
        for _, one in events.envelopes(count)
    ]
    producer = _producer(kafka)
    await producer.start()
    partitions = sorted(await producer.partitions_for(topic))
    member.ready()
    await member.going.wait()
    await _all(member, producer, topic, partitions, memory[: member.warm])
    member.begin()
    await _all(member, producer, topic, partitions, memory[member.warm :])
    await producer.stop()


async def _all(
    member: Member,
    producer: AIOKafkaProducer,
    topic: str,
    partitions: list[int],
    records: list[Raw],
) -> None:
    place = DefaultPartitioner()
    by_partition: dict[int, list[Raw]] = defaultdict(list)
    for record in records:
        by_partition[place(record[0], partitions, partitions)].append(record)
    await asyncio.gather(
        *(
            _partition(member, producer, topic, number, mine)
            for number, mine in by_partition.items()
        )
    )


async def _partition(
    member: Member, producer: AIOKafkaProducer, topic: str, partition: int, records: list[Raw]
) -> None:
    sent = 0
    while sent < len(records):
        batch = producer.create_batch()
        for key, value, headers, at in records[sent:]:
            if batch.append(timestamp=at, key=key, value=value, headers=headers) is None:
                break
        await (await producer.send_batch(batch, topic, partition=partition))
        sent += batch.record_count()
        member.progress(batch.record_count())


def _producer(bootstrap_servers: str) -> AIOKafkaProducer:
    """With the same promises as ours: all replicas, no duplicates, same batches."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=512 * 1024,
        max_request_size=1024 * 1024,
    )
