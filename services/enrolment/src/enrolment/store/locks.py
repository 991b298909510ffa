"""Who waits for whom, so that bulk work loses no fact and never deadlocks."""

import zlib
from collections.abc import AsyncIterator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import EVERY_FORCE, FORCE_SETTING, driver

# The order of locks, always: what waits for people, learners by id, enrolments by id, intakes.
_WAITING: Final = 7_002
_ADDRESSES: Final = 0

_SCOPE: Final = text(f"SELECT set_config('{FORCE_SETTING}', :scope, true)")
_SCOPE_NOW: Final = text(f"SELECT current_setting('{FORCE_SETTING}', true)")
_LEARNERS: Final = """
SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[]) ORDER BY learner_id FOR SHARE
"""


async def hold_learners(session: AsyncSession, learner_ids: Collection[UUID]) -> None:
    """Nobody enrols these until the end, so what finds no enrolment is kept for a later one."""
    connection = await driver(session)
    await connection.fetch(_LEARNERS, sorted(learner_ids))


async def about_to_queue(
    session: AsyncSession, force_ids: Iterable[str], *, addresses: bool
) -> None:
    """Keeps people of these forces from appearing between the last look and the queueing."""
    keys = sorted({_force_key(each) for each in force_ids})
    await _advisory(session, "pg_advisory_xact_lock_shared", keys)
    if addresses:
        await _advisory(session, "pg_advisory_xact_lock", [_ADDRESSES])


async def about_to_appear(session: AsyncSession, force_id: str) -> None:
    """The other side: people of this force are about to appear, one upload at a time."""
    await _advisory(session, "pg_advisory_xact_lock", [_force_key(force_id)])
    await _advisory(session, "pg_advisory_xact_lock_shared", [_ADDRESSES])


def _force_key(force_id: str) -> int:
    return zlib.crc32(force_id.encode()) % 1_000_000 + 1


async def _advisory(session: AsyncSession, function: str, keys: list[int]) -> None:
    connection = await driver(session)
    for key in keys:
        await connection.execute(f"SELECT {function}({_WAITING}, {key})")


@asynccontextmanager
async def every_force(session: AsyncSession) -> AsyncIterator[None]:
    """Sight of all forces for a moment, for what a rule must compare across them.

    Row-level security would refuse to hand a row to a force that the sender cannot see.
    """
    before = await session.scalar(_SCOPE_NOW)
    await session.execute(_SCOPE, {"scope": EVERY_FORCE})
    yield
    await session.flush()
    await session.execute(_SCOPE, {"scope": before or ""})
