"""A transaction that takes long to commit loses nothing: the relay does not walk past it."""

from collections.abc import AsyncIterator

import pytest

from chassis.auth import SYSTEM
from chassis.kafka import Publisher
from chassis.queue import Outbox, Queue
from chassis.relay import Relay

from .specimen import service as specimen
from .specimen.world import CAUSE, World


@pytest.fixture
async def queue(world: World) -> AsyncIterator[Queue]:
    async with Outbox("portfolio", world.settings.driver_dsn).session() as queue:
        yield queue


@pytest.fixture
async def relay(world: World, queue: Queue) -> AsyncIterator[Relay]:
    publisher = Publisher(world.settings.kafka_bootstrap_servers, "portfolio")
    await publisher.start()
    made = Relay("portfolio", Outbox("portfolio", world.settings.driver_dsn), publisher)
    await made._balance(queue)
    yield made
    await publisher.stop()


async def test_rounds_during_the_newest_transaction(
    world: World, relay: Relay, queue: Queue
) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        await specimen.open_folder(work)
        await work.flush()
        assert [await relay._round(queue) for _ in range(3)] == [0, 0, 0]
    assert await relay._round(queue) == 1


async def test_rounds_during_an_older_transaction(world: World, relay: Relay, queue: Queue) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        await specimen.open_folder(work)
        await work.flush()
        await world.submit(2, 1)
        assert [await relay._round(queue) for _ in range(3)] == [2, 0, 0]
    assert await relay._round(queue) == 1


async def test_the_walk_starts_behind_what_is_settled(
    world: World, relay: Relay, queue: Queue
) -> None:
    await world.submit(5, 1)
    assert [await relay._round(queue) for _ in range(3)] == [5, 0, 0]
    assert relay._watermark.done == await world.value("SELECT last_value FROM outbox_ticket_seq")
