"""A client of Kafka that loses its connection goes on; one that has ended is seen to have ended."""

import asyncio

import pytest
import uvloop
from aiokafka import conn
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.admin import ApiVersionRequest

from chassis.testing.waiting import eventually
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
