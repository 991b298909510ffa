"""F15: handlers take long, rows are locked by others, the pool is used up: wait, don't break."""

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress

import asyncpg

from tests.chaos.arena import Arena
from tests.chaos.outages import outage
from tests.chaos.row import Case, Row, Told
from tests.chaos.scrape import problems, scrape

MOST_MEGABYTES = 100
# More than a consumer may be silent (10 s) before its group goes on without it.
SLOW_SECONDS = 12
LOCKED_SECONDS = 20
STORM_SECONDS = 20
STORM_SESSIONS = 6
_ROWS = {
    "enrolment": "SELECT 1 FROM enrolments WHERE enrolment_id = ANY "
    "(SELECT enrolment_id FROM enrolments ORDER BY random() LIMIT 5) FOR UPDATE",
    "portfolio": "SELECT 1 FROM checkpoints WHERE ctid = ANY "
    "(ARRAY(SELECT ctid FROM checkpoints ORDER BY random() LIMIT 5)) FOR UPDATE",
    "reporting": "SELECT 1 FROM checkpoints WHERE ctid = ANY "
    "(ARRAY(SELECT ctid FROM checkpoints ORDER BY random() LIMIT 5)) FOR UPDATE",
}
_LOCK = {
    "enrolment": "LOCK TABLE enrolments IN ACCESS EXCLUSIVE MODE",
    "portfolio": "LOCK TABLE checkpoints IN ACCESS EXCLUSIVE MODE",
    "reporting": "LOCK TABLE checkpoints IN ACCESS EXCLUSIVE MODE",
}
_DEAD = "SELECT count(*) FROM dead_letters"


async def slow(arena: Arena) -> Told:
    """Every batch takes longer than a consumer may be silent; it must not seem to be silent."""
    fault = f"consumer.mid-transaction:delay={SLOW_SECONDS}@1+"
    member, _ = await arena.crew.replace(arena.crew["reporting"], fault=fault)
    member.expected = False  # it has a fault, but nothing that may end it
    await arena.ready(member)
    before = arena.servers.brokers.rebalances()
    async with outage(arena, ["reporting"]) as seen:
        await arena.answered(300, seconds=120)
        unready = await problems(member)
        await asyncio.sleep(seen.left(4 * SLOW_SECONDS))
    storm = _storm(arena, before, allowed=0)
    _, seconds = await arena.crew.replace(member)
    await arena.ready()
    return Told(
        f"each batch of reporting takes {SLOW_SECONDS} s more, for {seen.lasted:.0f} s of load;"
        " then ended by SIGTERM and started without",
        seen.figures | {"ended after": round(seconds, 1)},
        violations=[
            *storm,
            *seen.beyond(MOST_MEGABYTES),
            *([f"not ready, though it is at work: {unready}"] if unready else []),
        ],
    )


async def storm(arena: Arena) -> Told:
    """Others lock rows at random, in no order: waiting, and deadlocks that somebody must lose."""
    before, dead = arena.servers.brokers.rebalances(), await _dead(arena)
    deadline = time.monotonic() + STORM_SECONDS
    async with outage(arena) as seen:
        lost = await asyncio.gather(
            *(_lock_rows(arena, name, deadline, n) for name in _ROWS for n in range(STORM_SESSIONS))
        )
    await arena.answered(50)
    return Told(
        f"{STORM_SESSIONS} sessions in each database lock rows at random for {STORM_SECONDS} s",
        seen.figures | {"deadlocks that they lost": sum(lost), "put back": await _put_back(arena)},
        violations=[
            *_storm(arena, before, allowed=0),
            *seen.beyond(MOST_MEGABYTES),
            *await _buried(arena, dead),
        ],
    )


async def exhausted(arena: Arena) -> Told:
    """What everybody needs is locked, so that every connection of every pool waits for it."""
    before, dead = arena.servers.brokers.rebalances(), await _dead(arena)
    retries = arena.load.sender.retries
    async with outage(arena) as seen:
        await asyncio.gather(*(_lock_table(arena, name) for name in _LOCK))
    refused = arena.load.sender.retries - retries
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"the tables that everybody needs locked for {LOCKED_SECONDS} s in each database: every"
        " connection of every pool waits",
        seen.figures | {"refused or late": refused, "ready after": round(healed, 1)},
        violations=[
            *_storm(arena, before, allowed=0),
            *seen.beyond(MOST_MEGABYTES),
            *await _buried(arena, dead),
        ],
    )


async def _lock_rows(arena: Arena, database: str, deadline: float, number: int) -> int:
    chance, deadlocks = random.Random(arena.seed + number), 0
    connection = await asyncpg.connect(arena.url(database))
    try:
        while time.monotonic() < deadline:
            try:
                async with connection.transaction():
                    for _ in range(3):
                        await connection.execute(_ROWS[database])
                        await asyncio.sleep(chance.uniform(0.05, 0.4))
            except asyncpg.DeadlockDetectedError:
                deadlocks += 1
    finally:
        await connection.close()
    return deadlocks


async def _lock_table(arena: Arena, database: str) -> None:
    connection = await asyncpg.connect(arena.url(database))
    try:
        async with connection.transaction():
            await connection.execute(_LOCK[database])
            await asyncio.sleep(LOCKED_SECONDS)
    finally:
        with suppress(asyncpg.PostgresError):
            await connection.close()


def _storm(arena: Arena, before: Counter[str], *, allowed: int) -> list[str]:
    more = arena.servers.brokers.rebalances() - before
    return [f"{group} rebalanced {n} times" for group, n in more.items() if n > allowed]


async def _dead(arena: Arena) -> int:
    return sum([(await arena.sql(name, _DEAD))[0][0] for name in arena.services])


async def _buried(arena: Arena, before: int) -> list[str]:
    more = await _dead(arena) - before
    return [f"{more} dead letters of what was only late"] if more else []


async def _put_back(arena: Arena) -> int:
    found = await asyncio.gather(*(scrape(member) for member in arena.crew.members.values()))
    retries = (one.values.get("npp_consumer_retries_total", {}) for one in found if one)
    return int(sum(sum(each.values()) for each in retries))


ROW = Row(
    "F15",
    "slow handler, lock storm, exhausted pool",
    "back-pressure by pausing, no rebalance storm",
    "telling an outage from bad work: what waits for a lock or a connection is buried (I5, row)",
    [
        Case("slow handler", slow, quick=False),
        Case("lock storm", storm),
        Case("exhausted pool", exhausted),
    ],
)
