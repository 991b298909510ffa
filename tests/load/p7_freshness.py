"""P7: from commit to visible in the read model, everything running in the process as it does."""

import asyncio
import time
from typing import Final
from uuid import UUID

from chassis.auth import SYSTEM
from chassis.background import Background
from chassis.clock import new_id
from chassis.database import EVERY_FORCE, Database
from chassis.outbox import Cause
from chassis.testing.service import settings_of
from chassis.work import UnitOfWork
from npp_contracts.topics import PORTFOLIOS

from .measure import LOWER, About, Findings, Goal, Row
from .specimen import SERVICE, Folder, submitted
from .stage import Stage, session, until

PER_SECOND: Final = 500
SECONDS: Final = 10.0
ALLOWED: Final = 250.0
_SEEN: Final = "SELECT portfolio_id FROM folder_view WHERE portfolio_id = ANY ($1::uuid[])"


async def measure(stage: Stage) -> Findings:
    """Milliseconds that 99 % of the events stayed below; the floor is the goal itself."""
    url = await stage.database("freshness")
    await stage.topic(PORTFOLIOS.name)
    database = Database(url, scope=EVERY_FORCE)
    background = Background(SERVICE, settings_of(url, stage.kafka), database)
    background.start(consume=True, relay=True)
    work = UnitOfWork(SERVICE.name, database, background.relay.wake)
    try:
        await until(lambda: all(runner.ready for runner in background.runners), 60)
        rounds = [await _round(stage, url, work) for _ in range(stage.rounds)]
    finally:
        await background.stop()
        await database.close()
    about = About(
        "P7", "commit to visible, p99", "ms", f"250 ms at {PER_SECOND} /s", Goal(LOWER, 1)
    )
    return Findings([Row(about, [ALLOWED] * len(rounds), rounds)])


async def _round(stage: Stage, url: str, work: UnitOfWork) -> float:
    count = int(PER_SECOND * max(1.0, SECONDS * stage.scale))
    committed: dict[UUID, float] = {}
    seen: list[float] = []
    watching = asyncio.create_task(_watch(url, committed, seen, count))
    started = time.perf_counter()
    commits = []
    for number in range(count):
        await asyncio.sleep(max(0.0, started + number / PER_SECOND - time.perf_counter()))
        commits.append(asyncio.create_task(_commit(work, committed)))
    await asyncio.gather(*commits)
    async with asyncio.timeout(60):
        await watching
    return sorted(seen)[int(count * 0.99)] * 1000


async def _commit(work: UnitOfWork, committed: dict[UUID, float]) -> None:
    key = new_id()
    async with work.begin(SYSTEM, Cause("load")) as opened:
        folder = opened.add(Folder(key, key, "derbyshire"))
        opened.record(folder, submitted(folder))
    committed[key] = time.perf_counter()


async def _watch(url: str, committed: dict[UUID, float], seen: list[float], count: int) -> None:
    async with session(url) as connection:
        while len(seen) < count:
            found = await connection.fetch(_SEEN, list(committed)) if committed else []
            now = time.perf_counter()
            seen += [now - committed.pop(row["portfolio_id"]) for row in found]
            await asyncio.sleep(0.005)
