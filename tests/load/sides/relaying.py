"""Ours of P4: the relay, from its first read to the removal of the last row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from chassis.kafka import Publisher
from chassis.logs import set_up_logging
from chassis.queue import Outbox, Queue, Rows
from chassis.relay import Relay
from tests.load.member import Member, instant


class _Watched:
    """The queue, and what the member tells of it; it counts as paused until everybody has shards.

    Whatever else the relay asks of a queue goes to the queue.
    """

    def __init__(self, queue: Queue, member: Member) -> None:
        self._queue = queue
        self._member = member
        self._shards: set[int] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    async def paused(self) -> bool:
        self._member.ready(len(self._shards))
        return not self._member.going.is_set()

    async def take(self, shard: int) -> bool:
        taken = await self._queue.take(shard)
        if taken:
            self._shards.add(shard)
            self._member.ready(len(self._shards))
        return taken

    async def give_up(self, shard: int) -> None:
        await self._queue.give_up(shard)
        self._shards.discard(shard)

    async def read(self, *given: Any, **named: Any) -> Rows:
        before = instant()
        rows = await self._queue.read(*given, **named)
        if rows:
            self._member.begin(before)
        return rows

    async def remove(self, tickets: Any, *given: Any, **named: Any) -> None:
        await self._queue.remove(tickets, *given, **named)
        self._member.progress(len(tickets))


class _Outbox(Outbox):
    def __init__(self, url: str, member: Member) -> None:
        super().__init__("portfolio", url)
        self._member = member

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Queue]:
        async with super().session() as queue:
            yield cast(Queue, _Watched(queue, self._member))


async def relay(member: Member, kafka: str, url: str) -> None:
    """Publish what is queued until told that all is."""
    set_up_logging("load", "WARNING")
    running = Relay("portfolio", _Outbox(url, member), Publisher(kafka, "load"))
    task = asyncio.create_task(running.run())
    await member.stopping.wait()
    running.stop()
    await task
