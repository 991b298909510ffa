"""An HTTP client that costs next to nothing: prepared requests over kept connections."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, cast

_END: Final = b"\r\n\r\n"


@dataclass(slots=True)
class Answered:
    """What came back: seconds of each request, and how long all took together."""

    latencies: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """Milliseconds that 99 % of the requests stayed below."""
        return sorted(self.latencies)[int(len(self.latencies) * 0.99)] * 1000


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], answered: Answered, until: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._answered = answered
        self._until = until
        self._received = b""
        self._sent_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def _send(self) -> None:
        self._sent_at = time.perf_counter()
        self._transport.write(next(self._requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(_END)
        if not found or len(body) < _length(head):
            return
        if not head.startswith(b"HTTP/1.1 20"):
            self.done.set_exception(RuntimeError((head + _END + body).decode()))
            return
        self._received = b""
        now = time.perf_counter()
        self._answered.latencies.append(now - self._sent_at)
        if now < self._until:
            self._send()
        else:
            self.done.set_result(None)
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionResetError("the server hung up"))


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def drive(
    port: int, request: Callable[[], bytes], *, connections: int, seconds: float
) -> Answered:
    """Send requests, the next on each connection when the last is answered."""
    answered = Answered()
    endless = iter(request, b"")
    started = time.perf_counter()
    made = [
        await asyncio.get_running_loop().create_connection(
            lambda: _Connection(endless, answered, started + seconds), "127.0.0.1", port
        )
        for _ in range(connections)
    ]
    await asyncio.gather(*(protocol.done for _, protocol in made))
    answered.seconds = time.perf_counter() - started
    return answered


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Callable[[bytes], Awaitable[float]]]:
    """A kept connection: what sends one request and says how many seconds its answer took."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)

    async def ask(request: bytes) -> float:
        sent_at = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(_END)
        body = await reader.readexactly(_length(head))
        taken = time.perf_counter() - sent_at
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError((head + body).decode())
        return taken

    try:
        yield ask
    finally:
        writer.close()


def get(path: str, headers: Mapping[str, str]) -> bytes:
    """A request as bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + _END


def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A request as bytes."""
    lines = [f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + _END + body
