"""The client of the load asks for the address that it is told, whichever way it is told."""

import asyncio

from npp_ops.simulate.load.wire import Wire


async def test_a_query_is_sent_whether_in_the_address_or_beside_it() -> None:
    asked = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b" ")[1].decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/a"
    wire = Wire()
    for url, params in ((f"{address}?b=1", None), (address, {"b": "1"}), (address, None)):
        assert (await wire.request("GET", url, {}, params=params)).text == "ok"
    wire.close()
    server.close()
    assert asked == ["/a?b=1", "/a?b=1", "/a"]
