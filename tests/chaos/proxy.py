"""A TCP proxy that fails as networks do: cut, silent both ways or one, reset, slow; and heals."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from npp_ops.ports import LOOPBACK, free_port

from .deafness import cure, deafen

T = TypeVar("T")
_CHUNK: Final = 256 * 1024
_CHUNKS: Final = 16
_RESET: Final = struct.pack("ii", 1, 0)
_Chunk = tuple[float, bytes]


class Network(threading.Thread):
    """The event loop of all proxies, in a thread of its own: no caller that blocks can stop it."""

    def __init__(self) -> None:
        super().__init__(name="network", daemon=True)
        self._loop = asyncio.new_event_loop()

    def run(self) -> None:
        """Serve the proxies until told to stop."""
        self._loop.run_forever()

    async def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine where the proxies live."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    async def stop(self) -> None:
        """End the thread; the proxies were closed before."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self.join)


@dataclass(eq=False)
class Way:
    """One direction of all connections: whether bytes pass, how late, and how many have passed.

    ears: the sockets at which what goes this way arrives.
    """

    open: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: float = 0.0
    passed: int = 0
    ears: set[Any] = field(default_factory=set)

    def shut(self) -> None:
        self.open.clear()
        for ear in self.ears:
            with contextlib.suppress(OSError):  # closed, and about to be forgotten
                deafen(ear)

    def reopen(self) -> None:
        if not self.open.is_set():
            for ear in self.ears:
                with contextlib.suppress(OSError):
                    cure(ear)
        self.open.set()

    def hear(self, ear: Any) -> None:
        """Count a new socket in; in the middle of a blackhole it is born deaf."""
        self.ears.add(ear)
        if not self.open.is_set():
            deafen(ear)


class Proxy:
    """Forwards a port to a server's port.

    A blackhole drops packets, not bytes of a stream: what it swallows is not acknowledged, the
    sender's kernel repeats it ever more rarely, and it arrives some time after the healing if
    nobody has given up by then. So time limits of the programs and of TCP are tried alike.
    """

    def __init__(self, network: Network, target: int) -> None:
        self.port = free_port()
        self.target = target
        self.accepted = 0
        self.to_server = Way()
        self.to_client = Way()
        self._network = network
        self._server: asyncio.Server | None = None
        self._links: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Listen, with the network whole."""
        await self.heal()

    async def stop(self) -> None:
        """Close the port and reset every connection."""
        await self.cut()

    async def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        await self._network.do(self._cut())

    async def reset(self) -> None:
        """Reset every connection; new ones get through."""
        await self._network.do(self._reset())

    async def blackhole(self, *, to_server: bool = True, to_client: bool = True) -> None:
        """Let nothing pass that way or those ways; connections stay open, new ones stay mute."""

        async def shut() -> None:
            if to_server:
                self.to_server.shut()
            if to_client:
                self.to_client.shut()

        await self._network.do(shut())

    async def delay(self, seconds: float) -> None:
        """Let everything arrive so much later, in each direction."""
        self.to_server.seconds = self.to_client.seconds = seconds

    async def heal(self) -> None:
        """Be a good network again."""
        await self._network.do(self._heal())

    async def _cut(self) -> None:
        if self._server is not None:
            self.to_server.ears.difference_update(self._server.sockets)
            self._server.close()
            self._server = None
        await self._reset()

    async def _reset(self) -> None:
        for writer in self._writers:
            with contextlib.suppress(OSError):
                raw = writer.get_extra_info("socket")
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort()
        for link in self._links:
            link.cancel()
        if self._links:
            await asyncio.wait(self._links)

    async def _heal(self) -> None:
        await self.delay(0.0)
        self.to_server.reopen()
        self.to_client.reopen()
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, LOOPBACK, self.port)
            self.to_server.ears.update(self._server.sockets)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._links.add(task)
        self._writers.add(writer)
        ear = writer.get_extra_info("socket")
        self.to_server.hear(ear)
        # Cancelled by a reset, which has closed both sides already.
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await self._link(reader, writer)
        self._links.discard(task)
        self._writers.discard(writer)
        self.to_server.ears.discard(ear)
        writer.close()

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self.to_server.open.wait()  # the first packet does not arrive either
        theirs, ours = await asyncio.open_connection(LOOPBACK, self.target)
        self._writers.add(ours)
        ear = ours.get_extra_info("socket")
        self.to_client.hear(ear)
        try:
            there = _carry(reader, ours, self.to_server)
            back = _carry(theirs, writer, self.to_client)
            await asyncio.gather(there, back)
        finally:
            self._writers.discard(ours)
            self.to_client.ears.discard(ear)
            ours.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Way) -> None:
    """Both halves end when this one's sender has closed or the receiver is gone."""
    chunks: asyncio.Queue[_Chunk] = asyncio.Queue(_CHUNKS)
    reading = asyncio.create_task(_read(reader, chunks, way))
    try:
        await _write(writer, chunks, way)
    finally:
        reading.cancel()
        await asyncio.wait({reading})
        writer.close()


async def _read(reader: asyncio.StreamReader, chunks: "asyncio.Queue[_Chunk]", way: Way) -> None:
    chunk = b"-"
    while chunk:
        try:
            chunk = await reader.read(_CHUNK)
        except OSError:
            chunk = b""
        await chunks.put((asyncio.get_running_loop().time() + way.seconds, chunk))


async def _write(writer: asyncio.StreamWriter, chunks: "asyncio.Queue[_Chunk]", way: Way) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due, chunk = await chunks.get()
        await asyncio.sleep(max(0.0, due - loop.time()))
        await way.open.wait()
        if not chunk:
            return
        writer.write(chunk)
        await writer.drain()
        way.passed += len(chunk)
