"""Read models of reporting rebuilt, promoted and rolled back while a fault is at work."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import asyncpg

from chassis.rebuilding import Apart, Comparison, NoGeneration

from .arena import Arena
from .operators import Operators
from .row import Told
from .waiting import until

T = TypeVar("T")
GROUPS: Final = ("reporting.learners", "reporting.module-completions")
"""One that keeps the last state of a key, and one that counts."""
_DEATH: Final = "consumer.mid-transaction:kill@3"
_RATE: Final = 1_000
_PATIENCE_SECONDS: Final = 180.0
# A busy machine is slow; whoever was queued behind an exchange that waits would be slower.
_LONG_SECONDS: Final = 5.0
# Neither ever falls while events come, whichever generation it is read from.
_COUNTS: Final = """
SELECT (SELECT count(*) FROM learners_view),
       (SELECT coalesce(sum(completions), 0)::bigint FROM module_completions_view)
"""


@dataclass(slots=True)
class Seen:
    """What somebody saw who asked for figures all the while."""

    times: int = 0
    slowest: float = 0.0
    violations: list[str] = field(default_factory=list)


async def rebuilt(fault: Callable[[Arena], Awaitable[Told]], arena: Arena) -> Told:
    """Rebuild under the fault, each process killed once; promote, roll back, promote."""
    operators = Operators(arena, "reporting", "the row rebuilds")
    found: list[Comparison] = []
    async with _reading(arena) as seen, _generations(arena, operators):
        told = await fault(arena)
        for _ in range(2):
            found += await _promoted(operators)
            await arena.answered(50)
            for group in GROUPS:
                await _patiently(partial(operators.rollback, group))
            await arena.answered(50)
        found += await _promoted(operators)
    rows = sum(sum(each.rows.values()) for each in found[: len(GROUPS)])
    return Told(
        f"{' and '.join(GROUPS)} rebuilt by processes that were killed mid transaction;"
        f" meanwhile: {told.did}; then promoted and rolled back twice, and promoted, under load:"
        f" {len(found)} comparisons without a difference",
        {
            **told.figures,
            "rows compared": rows,
            "readings": seen.times,
            "slowest reading ms": round(seen.slowest * 1000),
        },
        violations=[*told.violations, *seen.violations],
        duplicates=told.duplicates,
        repeatable=told.repeatable,
        outages=told.outages,
    )


@asynccontextmanager
async def _generations(arena: Arena, operators: Operators) -> AsyncIterator[None]:
    """With a process for each, which has died once; what is aside in the end is dropped."""
    before, members = arena.crew.crashes, []
    await _retire(operators)  # what a case before has left that failed
    try:
        for number, group in enumerate(GROUPS):
            await operators.rebuild(group)
            role, name = f"rebuild {group} --rate {_RATE}", f"rebuild-{number}"
            members.append(arena.crew.start("reporting", role, name=name, fault=_DEATH))
        await arena.crashed(before, len(members))
        yield
    finally:
        for member in members:
            await arena.crew.stop(member)
        await _retire(operators)


async def _retire(operators: Operators) -> None:
    for group in GROUPS:
        with suppress(NoGeneration):
            await operators.retire(group)


async def _promoted(operators: Operators) -> list[Comparison]:
    return [await _patiently(partial(operators.promote, group)) for group in GROUPS]


async def _patiently(exchange: Callable[[], Awaitable[T]]) -> T:
    """As soon as the one aside has come up; a difference is raised."""
    done: list[T] = []

    async def together() -> bool:
        try:
            done.append(await exchange())
        except Apart:
            return False
        return True

    await until(together, _PATIENCE_SECONDS, "the generation is where the live group is")
    return done[-1]


@asynccontextmanager
async def _reading(arena: Arena) -> AsyncIterator[Seen]:
    seen, stop = Seen(), asyncio.Event()
    reading = asyncio.create_task(_read(arena, seen, stop))
    try:
        yield seen
    finally:
        stop.set()
        await reading


async def _read(arena: Arena, seen: Seen, stop: asyncio.Event) -> None:
    connection = await asyncpg.connect(arena.url("reporting"))
    last = (0, 0)
    try:
        while not stop.is_set():
            started = time.monotonic()
            (row,) = await connection.fetch(_COUNTS)
            seen.times += 1
            seen.slowest = max(seen.slowest, time.monotonic() - started)
            if row[0] < last[0] or row[1] < last[1]:
                seen.violations.append(f"a reader saw {tuple(row)} after {last}")
            last = row[0], row[1]
            await asyncio.sleep(0.01)
    finally:
        await connection.close()
    if seen.slowest > _LONG_SECONDS:
        seen.violations.append(f"a reader waited {seen.slowest:.1f} s")
