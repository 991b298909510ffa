"""A relay that is told to stop ends at the end of a round, even while events keep coming."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest

from chassis import relay as relaying
from chassis.kafka import KafkaError, Publisher, Sendable
from chassis.queue import Queue, Rows
from chassis.relay import Relay
from chassis.testing.waiting import eventually

ROW = {
    "id": UUID(int=1),
    "aggregatetype": "npp.portfolio.portfolios",
    "aggregateid": "one",
    "type": "npp.portfolio.portfolio-submitted.v1",
    "sequence": 1,
    "forceid": "kent",
    "time": datetime(2026, 6, 15, tzinfo=UTC),
    "correlationid": "test",
    "causationid": None,
    "traceparent": None,
    "payload": b"{}",
}


class Endless:
    """A queue in which an event waits whenever it is read."""

    def __init__(self) -> None:
        self.tickets = 0
        self.removed = 0

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Queue]:
        yield self

    async def relays(self) -> int:
        return 1

    async def paused(self) -> bool:
        return False

    async def take(self, shard: int) -> bool:
        return True

    async def give_up(self, shard: int) -> None: ...

    async def horizon(self) -> tuple[int, int]:
        return self.tickets + 1, 1

    async def transaction(self) -> int:
        return 1

    async def read(
        self, after: int, shards: Iterable[int], held: Iterable[int], limit: int
    ) -> Rows:
        self.tickets += 1
        return [{**ROW, "ticket": self.tickets}]

    async def remove(self, tickets: Sequence[int]) -> None:
        self.removed += len(tickets)


class Wire(Publisher):
    """Takes everything at once."""

    def __init__(self) -> None:
        super().__init__("nowhere", "test")
        self.sent = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def publish(self, events: Sequence[tuple[str, Sendable]]) -> dict[int, KafkaError]:
        self.sent += len(events)
        await asyncio.sleep(0)
        return {}


async def test_events_that_keep_coming_do_not_keep_a_stopping_relay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relaying, "_DRAIN_SECONDS", 0.1)
    queue, wire = Endless(), Wire()
    relay = Relay("portfolio", queue, wire)
    running = asyncio.create_task(relay.run())

    async def sending() -> bool:
        return wire.sent > 10

    await eventually(sending)
    relay.stop()
    try:
        done, _ = await asyncio.wait({running}, timeout=5)
    finally:
        running.cancel()
    assert done
    assert queue.removed == wire.sent
