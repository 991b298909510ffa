"""Events taken out of an outbox by hand, to be published in another order, late, or not at all."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaProducer

from chassis.outbox import Leaving

from .arena import Arena
from .operators import Operators

SERVICE: Final = "enrolment"
TOPIC: Final = "npp.enrolment.enrolments"
# The relay looks every second whether it is paused, and finishes what it has begun.
_STILL_SECONDS: Final = 3.0
_AGE: Final = "SELECT coalesce(extract(epoch FROM now() - min(recorded_at)), 0) FROM outbox"
_WAITING: Final = """
SELECT o.ticket, l.* FROM outbox AS o JOIN event_log AS l USING (recorded_at, position)
WHERE l.aggregatetype = $1 ORDER BY o.ticket
"""
_TAKE: Final = "DELETE FROM outbox WHERE ticket = ANY ($1::bigint[]) RETURNING ticket"

Events = Sequence[Any]
"""Rows of the event log of one key, by version."""


@asynccontextmanager
async def still(arena: Arena, operators: Operators) -> AsyncIterator[None]:
    """Nothing is published inside the block, by `outbox pause` and `outbox resume`."""
    await operators.pause_outbox()
    try:

        async def old() -> bool:
            return float((await arena.sql(SERVICE, _AGE))[0][0]) > _STILL_SECONDS

        await arena.until(old, 60, "the relay keeps its events")
        yield
    finally:
        await operators.resume_outbox()


async def begun(arena: Arena, number: int) -> list[str]:
    """Enrolments whose first two events both wait."""
    waiting = await arena.sql(SERVICE, _WAITING, TOPIC)
    second = {row["aggregateid"] for row in waiting if row["sequence"] == 2}
    first = [row["aggregateid"] for row in waiting if row["sequence"] == 1]
    return [key for key in first if key in second][:number]


async def take(arena: Arena, keys: int, rows: int | None = None) -> list[Events]:
    """Enrolments with two events or more that wait: those events, which are now off the queue.

    rows: only so many of each, the first ones.
    """
    by_key: dict[str, list[Any]] = defaultdict(list)
    for row in await arena.sql(SERVICE, _WAITING, TOPIC):
        by_key[row["aggregateid"]].append(row)
    chosen = [events for events in by_key.values() if len(events) >= 2][:keys]
    if len(chosen) < keys:
        raise RuntimeError(f"{len(chosen)} enrolments have two events that wait, not {keys}")
    taken: list[Events] = [events[:rows] for events in chosen]
    tickets = [row["ticket"] for events in taken for row in events]
    gone = await arena.sql(SERVICE, _TAKE, tickets)
    if len(gone) != len(tickets):
        raise RuntimeError("the relay has sent what it was told to keep")
    arena.forgiven |= {events[0]["aggregateid"] for events in taken}
    return taken


async def publish(arena: Arena, events: Events) -> None:
    """Send rows of the log as the relay would, in this order."""
    producer = AIOKafkaProducer(bootstrap_servers=arena.servers.direct_kafka, acks="all")
    await producer.start()
    try:
        for row in events:
            event = Leaving(SERVICE, row)
            await producer.send_and_wait(
                row["aggregatetype"],
                event.data,
                event.subject.encode(),
                timestamp_ms=event.milliseconds,
                headers=event.headers(),
            )
    finally:
        await producer.stop()
