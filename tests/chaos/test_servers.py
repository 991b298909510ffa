"""The actuators of faults do to real servers what they say, and undo it."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from npp_ops import topics
from npp_ops.servers import databases

from .servers import Servers
from .waiting import until

TOPIC = "npp.chaos.try"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
async def servers() -> AsyncIterator[Servers]:
    async with Servers(brokers=3, proxied=True) as started:
        await topics.create(started.direct_kafka, {TOPIC: 3})
        yield started


async def _answers(url: str, seconds: float = 2) -> bool:
    try:
        connection = await asyncpg.connect(url, timeout=seconds)
    except (OSError, TimeoutError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


async def _sent(servers: Servers, *, seconds: float) -> bool:
    producer = AIOKafkaProducer(
        bootstrap_servers=servers.kafka,
        acks="all",
        request_timeout_ms=int(seconds * 1000),
    )
    await producer.start()
    try:
        await producer.send_and_wait(TOPIC, b"value", partition=0)
    except KafkaError:
        return False
    finally:
        await producer.stop()
    return True


async def test_members_reach_the_servers_through_the_proxies_alone(servers: Servers) -> None:
    before = sum(each.accepted for each in servers.kafka_proxies)
    assert await _sent(servers, seconds=10)
    assert sum(each.accepted for each in servers.kafka_proxies) > before
    assert servers.postgres_proxy
    await servers.postgres_proxy.blackhole()
    assert not await _answers(servers.postgres, 0.5)
    assert await _answers(servers.direct_postgres)
    await servers.heal()
    assert await _answers(servers.postgres)


async def test_a_moved_leader_is_another_broker(servers: Servers) -> None:
    before = await servers.brokers.leaders([TOPIC])
    after = await servers.brokers.move_leaders([TOPIC])
    assert all(after[place] not in (-1, leader) for place, leader in before.items())


async def test_too_few_copies_refuse_and_a_returned_broker_accepts(servers: Servers) -> None:
    async with servers.brokers.copies_required([TOPIC], 3):
        assert await _sent(servers, seconds=10)
        await servers.brokers.kill(3)
        assert not await _sent(servers, seconds=3)
        await servers.brokers.start(3)
        await servers.brokers.all_there()
        await until(lambda: _sent(servers, seconds=5), 30, "sent again")


async def test_a_hung_server_answers_nobody_until_it_goes_on(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.postgres)
    async with servers.database.hung():
        assert not await _answers(servers.direct_postgres, 0.5)
        with pytest.raises(TimeoutError):
            await connection.fetchval("SELECT 1", timeout=0.5)
    assert await _answers(servers.direct_postgres)


async def test_used_up_connections_leave_none_and_take_those_in_use(servers: Servers) -> None:
    mine = await asyncpg.connect(servers.postgres)
    url = await databases.create(servers.direct_postgres, "ordinary")
    assert await _answers(url)
    async with servers.database.used_up() as taken:
        assert taken > 200
        assert not await _answers(url)
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await mine.fetchval("SELECT 1")
    assert await _answers(url)


async def test_an_immediate_stop_ends_the_server_and_its_data_come_back(servers: Servers) -> None:
    connection = await asyncpg.connect(servers.direct_postgres)
    await connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    await servers.database.stop_at_once()
    assert not await _answers(servers.direct_postgres)
    await servers.database.start()
    again = await asyncpg.connect(servers.direct_postgres)
    assert await again.fetchval("SELECT one FROM kept") == 1
    await again.close()
