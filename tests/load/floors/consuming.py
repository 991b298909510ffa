"""The floors of P1 and P2: getmany, decode, and for P1 COPY of the raw rows and an offset row."""

import asyncpg
import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

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


class RawConsumer:
    """Reads a topic from its start, without a group and without a framework."""

    def __init__(self, bootstrap_servers: str, topic: str, partitions: int) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
        )
        self._places = [TopicPartition(topic, number) for number in range(partitions)]

    async def start(self) -> None:
        """Connect, and stand before the first record."""
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def read(self, count: int) -> None:
        """P2's floor: fetch and decode so many records."""
        seen = 0
        while seen < count:
            batch = await self._consumer.getmany(timeout_ms=50, max_records=2000)
            for records in batch.values():
                seen += len([_DECODE(record.value) for record in records])

    async def copy(self, count: int, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        """P1's floor: so many records as raw rows, the offset in the same transaction."""
        seen = 0
        while seen < count:
            batch = await self._consumer.getmany(timeout_ms=50, max_records=2000)
            for place, records in batch.items():
                await _copy(connection, place.partition, records)
                seen += len(records)


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
