"""F7: PostgreSQL crashes, hangs, loses its sessions, or has no connection left."""

import asyncio
from functools import partial

from tests.chaos.arena import Arena
from tests.chaos.invariants import BATCH
from tests.chaos.outages import outage
from tests.chaos.row import Case, Row, Told

HANG_SECONDS = 30
USED_UP_SECONDS = 20


async def crash(arena: Arena) -> Told:
    """Every backend dies where it is; the server comes back by itself once started."""
    database = arena.servers.database
    async with outage(arena) as seen:
        await database.stop_at_once()
        await database.start()
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        "stopped at once (SIGQUIT) and started again",
        seen.figures | {"ready after": round(healed, 1)},
        duplicates=_again(arena),
        outages=seen.outages,
    )


async def hang(arena: Arena) -> Told:
    """Nobody answers and nobody hangs up: only time limits end the waiting."""
    async with outage(arena) as seen, arena.servers.database.hung():
        await asyncio.sleep(HANG_SECONDS)
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"every process of the server stopped for {HANG_SECONDS} s (SIGSTOP), then SIGCONT",
        seen.figures | {"ready after": round(healed, 1)},
        duplicates=_again(arena),
        outages=seen.outages,
        violations=seen.beyond(100),
    )


async def used_up(arena: Arena) -> Told:
    """Others hold every connection; whoever had one has lost it."""
    async with arena.servers.database.used_up() as taken, outage(arena) as seen:
        await asyncio.sleep(USED_UP_SECONDS)
    healed = await arena.ready()
    await arena.answered(100)
    return Told(
        f"{taken} connections taken, all others ended; given back after {USED_UP_SECONDS} s",
        seen.figures | {"ready after": round(healed, 1)},
        duplicates=_again(arena),
        outages=seen.outages,
        violations=seen.beyond(100),
    )


async def killed(arena: Arena, times: int = 5) -> Told:
    """Sessions end in the middle of what they do, again and again."""
    ended = 0
    for _ in range(times):
        ended += await arena.servers.database.kill_sessions()
        await arena.answered(25)
    return Told(
        f"all sessions ended {times} times",
        {"sessions ended": ended},
        duplicates=_again(arena, times),
    )


def _again(arena: Arena, times: int = 1) -> int:
    # A relay whose session ends between acknowledgement and removal sends its batch again, as
    # one that is killed does.
    return times * len(arena.crew.members) * BATCH


ROW = Row(
    "F7",
    "PostgreSQL immediate restart; 30 s hang; connections exhausted; sessions killed",
    "load",
    "pausing and trying again for ever while the database is away: consumers bury what they could"
    " not apply, or end (I5, I8)",
    [
        Case("immediate restart", crash),
        Case("30 s hang", hang, quick=False),
        Case("connections exhausted", used_up, quick=False),
        Case("sessions killed", partial(killed, times=5)),
    ],
)
