"""Whatever order the topics are read in, and however often, the read models come out the same."""

from collections import defaultdict
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from chassis.consumer import Consumer, PostgresStore, Runner
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Place, Record, reading
from chassis.migrate import migrate
from chassis.projection import Projection
from chassis.testing.hand import Hand
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import TOPICS
from npp_ops.stack import Stack
from npp_ops.testing import PostgresForTests
from reporting.app import SERVICE

from .officer import Officer
from .platform import Platform
from .test_officer import go_all_the_way

BATCH = 7
# When something was applied is the one thing that may differ.
NOT_COMPARED = {"freshness_view", "applied_view"}


async def everything(bootstrap_servers: str) -> dict[Place, list[Record]]:
    found: dict[Place, list[Record]] = defaultdict(list)
    async with reading(bootstrap_servers, [topic.name for topic in TOPICS.values()]) as reader:
        begins, ends = await reader.begins(), await reader.ends()
        spans = {place: (begins[place], ends[place]) for place in reader.places}
        async for batch in reader.records(spans):
            for record in batch:
                found[record.place].append(record)
    return found


def twice(records: list[Record]) -> list[Record]:
    """Each record, and all of them again behind the last, at new offsets."""
    return [
        Record(r.topic, r.partition, offset, r.timestamp, r.key, r.headers, r.value)
        for offset, r in enumerate([r for r in records for _ in range(2)] + records)
    ]


async def feed(consumer: Consumer, database: Database, places: Sequence[list[Record]]) -> None:
    runner, hand = Runner("reporting", consumer, PostgresStore(database)), Hand()
    subscription = runner.subscription()
    mine = [records for records in places if records and records[0].topic in consumer.topics]
    wanted = {records[0].place for records in mine}
    await subscription.on_assigned(hand, wanted)

    async def opened() -> bool:
        return wanted <= hand.open

    await eventually(opened)
    for records in mine:
        for start in range(0, len(records), BATCH):
            batch = {records[0].place: records[start : start + BATCH]}
            await subscription.on_batch(hand, batch)
    assert runner.ready


async def tables(database: Database, consumer: Projection) -> dict[str, list[str]]:
    found = {}
    async with database.connection() as connection:
        for table in consumer.tables:
            if table.name not in NOT_COMPARED:
                rows = await connection.scalars(text(f"SELECT t::text FROM {table.name} t"))
                found[table.name] = sorted(rows)
    return found


@pytest.fixture(scope="module")
async def records(stack: Stack, platform: Platform, programme: None) -> dict[Place, list[Record]]:
    for collar in ("2001", "2002"):
        go_all_the_way(Officer(platform, collar))
    return await everything(stack.bootstrap_servers)


@pytest.mark.parametrize("projection", SERVICE.projections, ids=lambda each: each.group)
async def test_topics_backwards_and_every_event_thrice_change_nothing(
    projection: Projection, records: dict[Place, list[Record]], postgres: PostgresForTests
) -> None:
    forwards = [records[place] for place in sorted(records)]
    backwards = [twice(records[place]) for place in sorted(records, reverse=True)]
    came_out = []
    for order in (forwards, backwards):
        database = Database(postgres.database("order"), scope=EVERY_FORCE)
        await migrate(database.engine, SERVICE.migrations)
        await feed(projection, database, order)
        came_out.append(await tables(database, projection))
        await database.close()
    assert came_out[0] == came_out[1]
    assert any(came_out[0].values())
