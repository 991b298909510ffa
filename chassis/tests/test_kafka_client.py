"""A client of Kafka that loses its connection goes on; one that has ended is seen to have ended."""

import asyncio
from contextvars import copy_context
from typing import Any

import pytest
import uvloop
from aiokafka import AIOKafkaProducer, conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from chassis.kafka import Batch, Place, Source, Subscription, subscriptions
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import KafkaForTests

from .specimen.world import World


def test_a_reset_while_it_is_written_to_breaks_the_connection_alone(kafka: KafkaForTests) -> None:
    host, _, port = kafka.bootstrap_servers.rpartition(":")

    async def written_to() -> None:
        connection = await conn.create_conn(host, int(port))
        connection._writer.transport.abort()
        assert connection.connected(), "the client knows already; nothing is tried here"
        with pytest.raises(KafkaConnectionError):
            await connection.send(ApiVersionRequest())
        assert not connection.connected()

    uvloop.run(written_to())


@pytest.mark.parametrize("loop", ["md_synchronizer", "fetch_requests_routine", "coordination"])
async def test_a_process_whose_client_has_lost_a_loop_is_dead(world: World, loop: str) -> None:
    async with world.running() as background:

        async def ready() -> bool:
            return background.alive() and await background.consumers_ready() is None

        await eventually(ready)
        ended = [task for task in asyncio.all_tasks() if loop in repr(task.get_coro())]
        assert ended
        for task in ended:
            task.cancel()

        async def dead() -> bool:
            return not background.alive()

        await eventually(dead)
    assert background.alive(), "what was told to stop has not died"


async def test_what_is_made_while_a_batch_is_handled_does_not_hold_it(kafka: KafkaForTests) -> None:
    kafka.fresh({PORTFOLIOS.name: 6})
    contexts: list[list[tuple[Any, Any]]] = []

    async def take(source: Source, batch: Batch) -> None:
        contexts.append(list(copy_context().items()))

    async def assigned(source: Source, places: set[Place]) -> None:
        source.resume(places)

    async def revoked(source: Source, places: set[Place]) -> None: ...

    wanted = [Subscription("of one", [PORTFOLIOS.name], take, assigned, revoked)]
    broker = subscriptions(kafka.bootstrap_servers, "test", wanted)
    await broker.start()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers) as producer:
        await producer.send_and_wait(PORTFOLIOS.name, b"value")

    async def taken() -> bool:
        return bool(contexts)

    await eventually(taken)
    await broker.stop()
    assert contexts[0] == [], "a connection that was opened here would keep its records for good"
