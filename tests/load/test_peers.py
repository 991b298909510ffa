"""The others' relays are measured at the same work: the same records, whole, on the same topic."""

from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from npp_contracts.envelope import Envelope
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import KafkaForTests, PostgresForTests

from .p4_relay import Relaying
from .stage import Stage

COUNT = 300
PARTITIONS = 2
RELAYS: dict[str, Callable[[Relaying], Awaitable[Any]]] = {
    "ours": lambda on: on.ours(COUNT),
    "faststream": lambda on: on.faststream(COUNT, 4),
    "faststream in order": lambda on: on.faststream(COUNT, 1),
    "txoutbox": lambda on: on.txoutbox(COUNT),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RELAYS)
async def test_a_relay_delivers_every_event_as_the_contract_has_it(
    name: str, postgres: PostgresForTests, kafka: KafkaForTests, tmp_path: Path
) -> None:
    async with Stage(postgres.admin_url, kafka.bootstrap_servers, tmp_path) as stage:
        await stage.topic(PORTFOLIOS.name, PARTITIONS)
        await RELAYS[name](Relaying(stage, await stage.database("peers")))
        records = await _all(kafka.bootstrap_servers)
    events = [Envelope.from_record(each.key, each.headers, each.value) for each in records]
    versions = Counter((event.subject, event.sequence) for event in events)
    assert len(versions) == len(events) == COUNT
    assert all(each.key == event.key for each, event in zip(records, events, strict=True))
    if name != "faststream":
        by_key: dict[str, list[int]] = {}
        for event in events:
            by_key.setdefault(event.subject, []).append(event.sequence)
        assert all(seen == sorted(seen) for seen in by_key.values())


async def _all(servers: str) -> list[ConsumerRecord]:
    consumer = AIOKafkaConsumer(bootstrap_servers=servers, auto_offset_reset="earliest")
    await consumer.start()
    places = [TopicPartition(PORTFOLIOS.name, number) for number in range(PARTITIONS)]
    consumer.assign(places)
    for place in places:
        consumer.seek(place, 0)
    records: list[ConsumerRecord] = []
    ends = sum((await consumer.end_offsets(places)).values())
    while len(records) < ends:
        for some in (await consumer.getmany(timeout_ms=100)).values():
            records += some
    await consumer.stop()
    return records
