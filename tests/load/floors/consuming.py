"""The floors of P1 and P2: getmany, decode, and for P1 COPY of the raw rows and an offset row."""

from collections.abc import Awaitable, Callable

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from tests.load.member import Member

Take = Callable[[TopicPartition, list[ConsumerRecord]], Awaitable[None]]

_COLUMNS = ["portfolio_id", "learner_id", "force_id", "revision"]
_OFFSET = """
INSERT INTO raw_offsets (partition, next_offset) VALUES ($1, $2)
ON CONFLICT (partition) DO UPDATE SET next_offset = excluded.next_offset
"""


class Submitted(msgspec.Struct, gc=False):
    """What both sides take out of a payload."""

    portfolio_id: str
    learner_id: str
    force_id: str
    revision: int


_DECODE = msgspec.json.Decoder(Submitted).decode


async def read(
    member: Member, *, kafka: str, url: str, topic: str, partitions: int, count: int
) -> None:
    """P2's floor: fetch and decode so many records."""

    async def take(_: TopicPartition, records: list[ConsumerRecord]) -> None:
        member.progress(len([_DECODE(record.value) for record in records]))

    await _consume(member, kafka, _places(topic, partitions), count, take)


async def copy(
    member: Member, *, kafka: str, url: str, topic: str, partitions: int, count: int
) -> None:
    """P1's floor: so many records as raw rows, the offset in the same transaction."""
    connection = await asyncpg.connect(url, server_settings={"npp.force": "*"})

    async def take(place: TopicPartition, records: list[ConsumerRecord]) -> None:
        await _copy(connection, place.partition, records)
        member.progress(len(records))

    await _consume(member, kafka, _places(topic, partitions), count, take)
    await connection.close()


async def _consume(
    member: Member, kafka: str, places: list[TopicPartition], count: int, take: Take
) -> None:
    """Read a topic from its start, without a group and without a framework."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=100,
        # As much at a time as ours takes: it measured best.
        max_partition_fetch_bytes=2 * 1024 * 1024,
    )
    await consumer.start()
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    member.ready()
    await member.going.wait()
    while member.count < count:
        batch = await consumer.getmany(timeout_ms=50, max_records=10_000)
        for place, records in batch.items():
            member.begin()
            await take(place, records)
    await consumer.stop()


def _places(topic: str, partitions: int) -> list[TopicPartition]:
    return [TopicPartition(topic, number) for number in range(partitions)]


async def _copy(
    connection: "asyncpg.Connection[asyncpg.Record]", partition: int, records: list[ConsumerRecord]
) -> None:
    rows = [
        (row.portfolio_id, row.learner_id, row.force_id, row.revision)
        for row in (_DECODE(record.value) for record in records)
    ]
    async with connection.transaction():
        await connection.copy_records_to_table("raw_rows", records=rows, columns=_COLUMNS)
        await connection.execute(_OFFSET, partition, records[-1].offset + 1)
