"""F8: the network between the services and their servers swallows everything, or one way of it."""

import asyncio
import random
from collections.abc import Sequence
from functools import partial

from tests.chaos.arena import NETWORK, Arena
from tests.chaos.invariants import BATCH
from tests.chaos.outages import outage
from tests.chaos.proxy import Proxy
from tests.chaos.row import Case, Row, Told

PARTED_SECONDS = 60
MOST_MEGABYTES = 100


def _kafka(arena: Arena) -> Sequence[Proxy]:
    return arena.servers.kafka_proxies


def _postgres(arena: Arena) -> Sequence[Proxy]:
    assert arena.servers.postgres_proxy is not None
    return [arena.servers.postgres_proxy]


async def from_kafka(arena: Arena, **ways: bool) -> Told:
    """Commands are answered all the while: their events wait in the outbox."""
    async with outage(arena) as seen:
        await _part(_kafka(arena), **ways)
        await arena.answered(PARTED_SECONDS, seconds=PARTED_SECONDS)
        await asyncio.sleep(seen.left(PARTED_SECONDS))
        await arena.servers.heal()
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"{PARTED_SECONDS} s without {_lost(**ways)} between services and Kafka",
        seen.figures | {"ready after": round(healed, 1)},
        outages=seen.outages,
        violations=seen.beyond(MOST_MEGABYTES),
    )


async def from_postgres(arena: Arena, within: float = 30.0, **ways: bool) -> Told:
    """Nothing can be done but wait; what was half done is done once.

    within: seconds from the healing until nothing waits; TCP alone may be silent for longer.
    """
    async with outage(arena) as seen:
        await _part(_postgres(arena), **ways)
        await asyncio.sleep(PARTED_SECONDS)
        await arena.servers.heal()
    healed = await arena.ready()
    calm = await arena.well(within)
    await arena.answered(100)
    return Told(
        f"{PARTED_SECONDS} s without {_lost(**ways)} between services and PostgreSQL",
        seen.figures | {"ready after": round(healed, 1), "calm after": round(calm, 1)},
        # A relay that loses its session between acknowledgement and removal sends again.
        duplicates=len(arena.crew.members) * BATCH,
        outages=seen.outages,
        violations=seen.beyond(MOST_MEGABYTES),
    )


async def slow(arena: Arena, seconds: float = 0.05) -> Told:
    """Everything arrives late: nothing may break, only take longer."""
    for proxy in (*_kafka(arena), *_postgres(arena)):
        await proxy.delay(seconds)
    await arena.answered(100, seconds=120)
    for proxy in (*_kafka(arena), *_postgres(arena)):
        await proxy.reset()
    await arena.answered(100, seconds=120)
    await arena.servers.heal()
    return Told(
        f"{1000 * seconds:g} ms more each way to Kafka and PostgreSQL; then all connections reset",
        duplicates=len(arena.crew.members) * BATCH,
    )


async def reset(arena: Arena, times: int = 60) -> Told:
    """Whoever writes at such a moment finds a new connection; no group and no relay ends."""
    chance = random.Random(arena.seed)
    for _ in range(times):
        for proxy in _kafka(arena):
            await proxy.reset()
        await asyncio.sleep(chance.random())
    await arena.answered(100)
    return Told(f"all connections to Kafka reset {times} times, half a second apart on average")


async def _part(proxies: Sequence[Proxy], **ways: bool) -> None:
    for proxy in proxies:
        await proxy.blackhole(**ways)


def _lost(*, to_server: bool = True, to_client: bool = True) -> str:
    if to_server and to_client:
        return "a packet"
    return "what the server sends" if to_client else "what the services send"


ROW = Row(
    "F8",
    "partition service–Kafka, service–database, one way, 60 s",
    "load; memory grows < 100 MB",
    "time limits of the sessions and of TCP: a member waits for an answer that was lost long after"
    " the network is whole (I8, I9)",
    [
        Case("service–Kafka", from_kafka, quick=False),
        Case("service–database", from_postgres, quick=False),
        Case("Kafka's answers lost", partial(from_kafka, to_server=False), quick=False),
        Case(
            "database's answers lost",
            partial(from_postgres, within=60.0, to_server=False),
            quick=False,
        ),
        Case("latency, then resets", slow),
        Case("resets again and again", reset, quick=False),
    ],
    setup=NETWORK,
)
