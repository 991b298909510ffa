"""The proxy fails as a network does, and loses no byte that TCP would have kept."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from npp_ops.ports import LOOPBACK

from .proxy import Network, Proxy
from .waiting import until

MUTE = 0.3


class Echo:
    """A server that sends back what it gets, and notes it."""

    def __init__(self) -> None:
        self.got = b""
        self.connections = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(OSError):
            while chunk := await reader.read(65536):
                self.got += chunk
                writer.write(chunk)
                await writer.drain()
        writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[tuple[Echo, Proxy]]:
    echo = Echo()
    server = await asyncio.start_server(echo.serve, LOOPBACK, 0)
    network = Network()
    network.start()
    proxy = Proxy(network, server.sockets[0].getsockname()[1])
    await proxy.start()
    yield echo, proxy
    await proxy.stop()
    await network.stop()
    server.close()


class Client:
    """One connection through the proxy."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def says(self, word: bytes, seconds: float = 5) -> bytes:
        self.writer.write(word)
        return await asyncio.wait_for(self.reader.readexactly(len(word)), seconds)


async def connect(proxy: Proxy) -> Client:
    return Client(*await asyncio.open_connection(LOOPBACK, proxy.port))


async def test_passes_everything_both_ways(echo: tuple[Echo, Proxy]) -> None:
    client = await connect(echo[1])
    big = bytes(range(256)) * 20_000
    assert await client.says(big) == big
    assert echo[1].to_server.passed == echo[1].to_client.passed == len(big)


async def test_a_close_on_one_side_arrives_on_the_other(echo: tuple[Echo, Proxy]) -> None:
    client = await connect(echo[1])
    assert await client.says(b"one") == b"one"
    client.writer.write_eof()
    assert await asyncio.wait_for(client.reader.read(), 5) == b""


async def test_blackhole_is_mute_and_gives_the_bytes_back(echo: tuple[Echo, Proxy]) -> None:
    server, proxy = echo
    client = await connect(proxy)
    assert await client.says(b"before") == b"before"
    await proxy.blackhole()
    with pytest.raises(TimeoutError):
        await client.says(b"during", MUTE)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connect(proxy), MUTE)
    assert (server.got, server.connections) == (b"before", 1)
    await proxy.heal()
    assert await asyncio.wait_for(client.reader.readexactly(6), 5) == b"during"
    assert await (await connect(proxy)).says(b"newcomer") == b"newcomer"


async def test_blackhole_is_noticed_by_the_kernel_of_the_sender(echo: tuple[Echo, Proxy]) -> None:
    _, proxy = echo
    client = await connect(proxy)
    assert await client.says(b"before") == b"before"
    raw = client.writer.get_extra_info("socket")
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500)
    await proxy.blackhole()
    client.writer.write(b"during")
    with pytest.raises(TimeoutError, match="timed out"):
        await asyncio.wait_for(client.reader.read(), 10)


@pytest.mark.parametrize(
    ("to_server", "arrived"), [(True, b"before"), (False, b"beforeduring")], ids=["to", "from"]
)
async def test_one_way_lets_the_other_way_pass(
    echo: tuple[Echo, Proxy], to_server: bool, arrived: bytes
) -> None:
    server, proxy = echo
    client = await connect(proxy)
    await client.says(b"before")
    await proxy.blackhole(to_server=to_server, to_client=not to_server)
    with pytest.raises(TimeoutError):
        await client.says(b"during", MUTE)
    assert server.got == arrived


async def test_a_newcomer_during_one_way_gets_its_answer_once_healed(
    echo: tuple[Echo, Proxy],
) -> None:
    server, proxy = echo
    await proxy.blackhole(to_server=False)
    newcomer = await connect(proxy)
    with pytest.raises(TimeoutError):
        await newcomer.says(b"newcomer", MUTE)
    await proxy.heal()
    assert await asyncio.wait_for(newcomer.reader.readexactly(8), 10) == b"newcomer"
    assert server.connections == 1


async def test_reset_breaks_connections_and_takes_new_ones(echo: tuple[Echo, Proxy]) -> None:
    client = await connect(echo[1])
    await client.says(b"before")
    await echo[1].reset()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(client.reader.read(), 5)
    assert await (await connect(echo[1])).says(b"after") == b"after"


async def test_cut_refuses_until_healed_on_the_same_port(echo: tuple[Echo, Proxy]) -> None:
    client = await connect(echo[1])
    await client.says(b"before")
    await echo[1].cut()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(client.reader.read(), 5)
    with pytest.raises(ConnectionRefusedError):
        await connect(echo[1])
    await echo[1].heal()
    assert await (await connect(echo[1])).says(b"after") == b"after"


async def test_delay_is_added_each_way_and_keeps_order(echo: tuple[Echo, Proxy]) -> None:
    client = await connect(echo[1])
    await client.says(b"before")
    await echo[1].delay(0.1)
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for word in (b"a", b"b", b"c"):
        client.writer.write(word)
        await client.writer.drain()
    assert await asyncio.wait_for(client.reader.readexactly(3), 5) == b"abc"
    assert 0.2 <= loop.time() - begun < 2


async def test_a_reset_during_a_blackhole_leaves_nothing_behind(echo: tuple[Echo, Proxy]) -> None:
    _, proxy = echo
    client = await connect(proxy)
    await client.says(b"before")
    await proxy.blackhole()
    with suppress(TimeoutError):
        await client.says(b"during", MUTE)
    await proxy.reset()
    await proxy.heal()
    await until(lambda: not proxy._links and not proxy._writers, 5, "no link is left")
