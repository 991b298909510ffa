"""P3: domain row and outbox row against the domain row alone."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

import asyncpg

from chassis.auth import Actor
from chassis.clock import new_id
from chassis.database import Database
from chassis.outbox import Cause
from chassis.work import UnitOfWork

from .floors import inserting
from .measure import HIGHER, About, Goal, Row, Sample, Side, take_turns
from .specimen import OpenFolder, open_folder
from .stage import Stage

SESSIONS: Final = 8
SECONDS: Final = 3.0
_ACTOR: Final = Actor("load", frozenset({"force-admin"}), "derbyshire")
_TRANSACTION: Final = "asyncpg: begin with the force, INSERT, commit"
_STATEMENT: Final = "asyncpg: INSERT, committed by itself"


async def measure(stage: Stage) -> list[Row]:
    """Commits per second of eight sessions."""
    url = await stage.database("commit")
    database = Database(url)
    work = UnitOfWork("portfolio", database, lambda: None)

    async def ours() -> None:
        async with work.begin(_ACTOR, Cause("load")) as opened:
            await open_folder(opened, OpenFolder(learner_id=new_id()))

    async with asyncpg.create_pool(url, min_size=SESSIONS, max_size=10, reset=_nothing) as pool:
        alone = await take_turns(
            stage.rounds,
            _committing(stage, lambda: inserting.transaction(pool, new_id())),
            _committing(stage, ours),
        )
        bare = await take_turns(
            stage.rounds,
            _committing(stage, lambda: inserting.statement(pool, new_id())),
            _committing(stage, ours),
        )
    await database.close()
    goal = Goal(HIGHER, 0.75)
    return [
        alone.row(About("P3", "commits with an event", "/s", _TRANSACTION, goal), "rate"),
        bare.row(About("P3", "commits with an event", "/s", _STATEMENT), "rate"),
    ]


def _committing(stage: Stage, once: Callable[[], Awaitable[None]]) -> Side:
    async def side() -> Sample:
        count = 0
        started = time.perf_counter()
        until = started + max(0.3, SECONDS * stage.scale)

        async def repeat() -> None:
            nonlocal count
            while time.perf_counter() < until:
                await once()
                count += 1

        await asyncio.gather(*(repeat() for _ in range(SESSIONS)))
        return {"rate": count / (time.perf_counter() - started)}

    return side


async def _nothing(_: object) -> None:
    return
