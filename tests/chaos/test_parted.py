"""A network that swallows packets ends sessions at both ends, and nobody waits for hours."""

import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from chassis.database import EVERY_FORCE, Database, is_passing
from chassis.queue import Outbox
from npp_ops.testing import PostgresForTests

from .proxy import Network, Proxy
from .waiting import until

pytestmark = pytest.mark.slow
MOST_SECONDS = 40


@pytest.fixture
async def parted(postgres: PostgresForTests) -> AsyncIterator[tuple[str, str, Proxy]]:
    """A database's address, the same through a proxy, and the proxy."""
    direct = postgres.database("parted")
    port = urlsplit(direct).port
    assert port
    network = Network()
    network.start()
    proxy = Proxy(network, port)
    await proxy.start()
    yield direct, direct.replace(f":{port}/", f":{proxy.port}/"), proxy
    await proxy.stop()
    await network.stop()


async def test_a_statement_in_a_dead_network_fails_as_an_outage(
    parted: tuple[str, str, Proxy],
) -> None:
    _, url, proxy = parted
    database = Database(url, scope=EVERY_FORCE)
    begun = time.monotonic()
    with pytest.raises(Exception) as failed:  # noqa: PT011, PT012  which is the driver's affair
        async with database.transaction() as within:
            await proxy.blackhole()
            begun = time.monotonic()
            await within.connection.fetchval("SELECT 1")
    assert is_passing(failed.value)
    assert time.monotonic() - begun < MOST_SECONDS
    await proxy.heal()
    async with database.transaction() as within:
        assert await within.connection.fetchval("SELECT 1") == 1
    await database.close()


async def test_a_successor_has_the_shards_of_a_relay_that_is_cut_off(
    parted: tuple[str, str, Proxy],
) -> None:
    direct, url, proxy = parted
    with pytest.raises(Exception) as failed:  # noqa: PT011, PT012  which is the driver's affair
        async with Outbox("parted", url).session() as queue:
            assert await queue.take(3)
            await proxy.blackhole()
            async with Outbox("parted", direct).session() as successor:
                assert not await successor.take(3)
                await until(lambda: successor.take(3), MOST_SECONDS, "the server gives up")
            await queue.take(4)
    assert is_passing(failed.value)
