"""The event log beside the topics: what is lost, what is strange, what came twice, and the cure."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from sqlalchemy import text

from chassis.clock import new_id
from chassis.kafka import reading
from chassis.operating.audit import Operator, operations
from chassis.operating.reconciling import TopicReport, reconcile
from chassis.operating.republishing import MISSING, Choice, NoSuchEvent, by_ids, by_key, republish
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS

from .specimen.world import World

ANNA = Operator("anna", "the cluster was lost")
PUBLISHED = "SELECT count(*) = 0 FROM outbox"


async def compared(world: World, chosen: Choice | None = None, **limits: Any) -> TopicReport:
    """The report, after which what was chosen is published again."""
    servers = world.settings.kafka_bootstrap_servers
    async with (
        reading(servers, [PORTFOLIOS.name]) as reader,
        world.database.outside() as connection,
    ):
        (report,) = await reconcile(connection, reader, **limits)
        if chosen is not None:
            await republish(connection, chosen, ANNA)
    return report


async def again(world: World, chosen: Choice) -> int:
    async with world.database.outside() as connection:
        return await republish(connection, chosen, ANNA)


@asynccontextmanager
async def published(world: World) -> AsyncIterator[None]:
    async with world.running(consume=False):
        yield
        await eventually(lambda: world.holds(PUBLISHED))


async def forget(world: World, where: str) -> None:
    """Lose events on their way: off the queue, and never on the topic."""
    async with world.database.connection() as connection:
        await connection.execute(
            text(
                "DELETE FROM outbox USING event_log l WHERE l.position = outbox.position AND "
                + where
            )
        )


async def plant(world: World, event: bytes) -> None:
    servers = world.settings.kafka_bootstrap_servers
    async with AIOKafkaProducer(bootstrap_servers=servers) as producer:
        await producer.send_and_wait(PORTFOLIOS.name, b"{}", headers=[("ce_id", event)])


def figures(r: TopicReport) -> tuple[int, ...]:
    return r.logged, r.queued, r.records, r.missing, r.unknown, r.duplicates


async def test_a_topic_that_holds_what_the_log_says_is_well(world: World) -> None:
    async with published(world):
        await world.submit(20, 3)
    await world.submit(1, 1)
    report = await compared(world)
    assert figures(report) == (60, 1, 60, 0, 0, 0)
    assert report.well


async def test_what_is_missing_unknown_or_there_twice_is_found(world: World) -> None:
    await world.submit(5, 3)
    await forget(world, "l.sequence = 2")
    stranger = new_id()
    async with published(world):
        pass
    await plant(world, str(stranger).encode())
    await plant(world, b"no id at all")
    async with published(world):
        assert await again(world, by_key(str(await first(world)))) == 3
    report = await compared(world)
    assert figures(report) == (15, 0, 15, 4, 2, 2)
    assert report.unknown_ids == [stranger]
    assert not report.well


async def first(world: World) -> UUID:
    found: UUID = await world.value("SELECT aggregateid FROM event_log ORDER BY position LIMIT 1")
    return found


async def test_the_missing_ones_are_published_again_and_nothing_else(world: World) -> None:
    folders = await world.submit(10, 4)
    await forget(world, "l.sequence IN (2, 3)")
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 10 FROM notes"))
        before = await compared(world, MISSING)
        assert figures(before) == (40, 0, 20, 20, 0, 0)
        await eventually(lambda: world.holds("SELECT count(*) = 40 FROM notes"))
    assert figures(await compared(world, MISSING)) == (40, 0, 40, 0, 0, 0)
    for folder in folders:
        sql = f"SELECT array_agg(revision ORDER BY id) FROM notes WHERE portfolio_id = '{folder}'"
        assert await world.value(sql) == [1, 2, 3, 4]
    async with world.database.transaction() as within:
        (done,) = await operations(within.connection)
    assert (done.command, done.actor, done.because) == (
        "outbox republish",
        "anna",
        "the cluster was lost",
    )
    assert done.facts == {"queued": 20, "missing": True}


async def test_a_new_cluster_gets_every_event_with_its_id_in_order_per_key(world: World) -> None:
    async with published(world):
        await world.submit(10, 5)
    world.kafka.fresh({PORTFOLIOS.name: 6})
    async with published(world):
        assert (await compared(world, MISSING)).missing == 50
    assert figures(await compared(world)) == (50, 0, 50, 0, 0, 0)
    order: dict[str, list[int]] = {}
    servers = world.settings.kafka_bootstrap_servers
    async with reading(servers, [PORTFOLIOS.name]) as reader:
        ends = await reader.ends()
        async for records in reader.records({place: (0, end) for place, end in ends.items()}):
            for record in records:
                headers = {name: (value or b"").decode() for name, value in record.headers}
                order.setdefault(headers["ce_subject"], []).append(int(headers["ce_sequence"]))
    assert list(order.values()) == [[1, 2, 3, 4, 5]] * 10


async def test_what_is_queued_already_is_not_queued_twice(world: World) -> None:
    await world.submit(3, 2)
    key = str(await first(world))
    assert await again(world, by_key(key)) == 0
    ids = await world.value("SELECT array_agg(id) FROM event_log WHERE sequence = 1")
    assert await again(world, by_ids(ids)) == 0
    async with published(world):
        pass
    assert (await again(world, by_ids(ids)), await again(world, by_ids(ids))) == (3, 0)


@pytest.mark.parametrize("chosen", [by_key("nobody"), by_ids([UUID(int=1)])])
async def test_an_event_that_never_was_is_refused(world: World, chosen: Choice) -> None:
    await world.submit(1, 1)
    with pytest.raises(NoSuchEvent):
        await again(world, chosen)


async def test_only_events_of_the_time_that_was_asked_for_are_judged(world: World) -> None:
    await world.submit(4, 1)
    await forget(world, "true")
    async with published(world):
        await world.submit(4, 1)
    middle = await world.value("SELECT min(time) FROM event_log WHERE position > 4")
    earlier, later = middle - timedelta(hours=1), middle + timedelta(hours=1)
    assert (await compared(world, since=middle)).missing == 0
    assert (await compared(world, until=middle)).missing == 4
    assert (await compared(world, since=earlier, until=later)).missing == 4
    assert figures(await compared(world, since=later)) == (0, 0, 0, 0, 0, 0)
