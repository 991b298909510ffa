"""The ledger: every row of the event logs (E), every record of the topics (K), and what waits."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from npp_contracts.catalogue import TOPICS

Offset = tuple[str, int, int]
"""A record's topic, partition and offset."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A row of E."""

    service: str
    id: str
    topic: str
    key: str
    type: str
    sequence: int
    force_id: str
    time: Any
    payload: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A record of K. id and sequence are None where its headers can't be read."""

    topic: str
    partition: int
    offset: int
    key: str
    id: str | None
    sequence: int | None

    @property
    def at(self) -> Offset:
        return self.topic, self.partition, self.offset


@dataclass(frozen=True, slots=True)
class Settled:
    """What the consumer groups of one service remember.

    offsets: next offset by (group, topic, partition). sequences: by (group, topic, key).
    dead: (group, topic, key) of open dead letters. parked: how many by group.
    outbox: rows that wait to be published.
    """

    service: str
    offsets: Mapping[tuple[str, str, int], int]
    sequences: Mapping[tuple[str, str, str], int]
    dead: Sequence[tuple[str, str, str]]
    parked: Mapping[str, int]
    outbox: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything, as it stood at one moment of rest.

    planted: offsets of records that the harness itself wrote into the topics: they are no part
    of what the relays published. forgiven: keys whose order in K the harness has spoilt.
    """

    facts: Sequence[Fact]
    records: Sequence[Seen]
    settled: Sequence[Settled]
    planted: frozenset[Offset] = frozenset()
    forgiven: frozenset[str] = frozenset()
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)

    @property
    def published(self) -> list[Seen]:
        """K without what the harness planted."""
        return [record for record in self.records if record.at not in self.planted]

    @property
    def repeated(self) -> Counter[str]:
        """By id, the records of K that came after the first with that id."""
        return Counter(record.id or "" for record in self.published) - Counter(
            {record.id or "" for record in self.published}
        )

    @property
    def duplicates(self) -> int:
        """Records of K whose id was there before."""
        return self.repeated.total()

    @property
    def dead(self) -> int:
        return sum(len(one.dead) for one in self.settled)

    @property
    def parked(self) -> int:
        return sum(sum(one.parked.values()) for one in self.settled)


_FACTS: Final = """
SELECT id::text, aggregatetype, aggregateid, type, sequence, forceid, "time",
       convert_from(payload, 'UTF8') FROM event_log ORDER BY position
"""
_OFFSETS: Final = "SELECT consumer_group, topic, partition, next_offset FROM checkpoints"
_SEQUENCES: Final = """
SELECT consumer_group, topic, key, sequence FROM sequences JOIN streams ON stream = id
"""
_DEAD: Final = """
SELECT consumer_group, topic, coalesce(encode(key, 'escape'), '')
FROM dead_letters WHERE closed_at IS NULL
"""
_PARKED: Final = "SELECT consumer_group, count(*) FROM parked_events GROUP BY 1"


async def facts_of(service: str, url: str) -> list[Fact]:
    """E of one service, in the order of its log."""
    connection = await asyncpg.connect(url)
    try:
        return [Fact(service, *row) for row in await connection.fetch(_FACTS)]
    finally:
        await connection.close()


async def settled_of(service: str, url: str, *, keys: bool = True) -> Settled:
    """What one service's consumers and relay have still to do.

    keys: whether the keys' sequences are wanted too, which are many.
    """
    connection = await asyncpg.connect(url)
    try:
        offsets = {tuple(row)[:3]: row[3] for row in await connection.fetch(_OFFSETS)}
        known = await connection.fetch(_SEQUENCES) if keys else []
        sequences = {tuple(row)[:3]: row[3] for row in known}
        dead = [tuple(row) for row in await connection.fetch(_DEAD)]
        parked = dict(map(tuple, await connection.fetch(_PARKED)))
        outbox = await connection.fetchval("SELECT count(*) FROM outbox")
    finally:
        await connection.close()
    return Settled(service, offsets, sequences, dead, parked, outbox)


def places(topics: Iterable[str] = TOPICS) -> list[TopicPartition]:
    return [TopicPartition(name, n) for name in topics for n in range(TOPICS[name].partitions)]


async def ends_of(kafka: str) -> dict[tuple[str, int], int]:
    """The end of every partition."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        ends = await consumer.end_offsets(places())
    finally:
        await consumer.stop()
    return {(place.topic, place.partition): offset for place, offset in ends.items()}


async def records_of(kafka: str) -> tuple[list[Seen], dict[tuple[str, int], int]]:
    """K: every record of every topic from offset 0, by partition in offset order; and the ends."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=kafka,
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 2**20,
        check_crcs=True,
    )
    await consumer.start()
    try:
        wanted = places()
        consumer.assign(wanted)
        # Known already: to look the beginning up may wait for the client's time-out of 40 s.
        for place in wanted:
            consumer.seek(place, 0)
        ends = await consumer.end_offsets(wanted)
        found: dict[TopicPartition, list[Seen]] = {place: [] for place in wanted}
        waiting = {place for place in wanted if ends[place] > 0}
        while waiting:
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                found[place] += map(_seen, records)
            waiting = {p for p in waiting if await consumer.position(p) < ends[p]}
    finally:
        await consumer.stop()
    by_place = {(place.topic, place.partition): offset for place, offset in ends.items()}
    return [record for place in wanted for record in found[place]], by_place


async def write(
    kafka: str,
    topic: str,
    key: bytes | None,
    value: bytes | None,
    *,
    headers: Sequence[tuple[str, bytes | None]] = (),
    partition: int | None = None,
) -> Offset:
    """Put a record into a topic, as anybody with access could."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", max_request_size=16 * 2**20)
    await producer.start()
    try:
        done = await producer.send_and_wait(
            topic, value, key, partition=partition, headers=list(headers)
        )
    finally:
        await producer.stop()
    return topic, done.partition, done.offset


def _seen(record: Any) -> Seen:
    headers = dict(record.headers or ())
    named, number = headers.get("ce_id"), headers.get("ce_sequence")
    return Seen(
        record.topic,
        record.partition,
        record.offset,
        (record.key or b"").decode("utf-8", "replace"),
        named.decode("utf-8", "replace") if named else None,
        int(number) if number and number.isdigit() else None,
    )
