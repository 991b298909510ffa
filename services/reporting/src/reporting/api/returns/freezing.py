"""Freezing what was asked for, and computing again what was frozen."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Database, driver, is_passing
from chassis.errors import Refusal
from chassis.kafka import KafkaError, Place, reading
from reporting.api.figures.guard import Guard
from reporting.api.returns.figures import EXACT, SHOWN, Table, parts, read
from reporting.domain.cuts import Cut
from reporting.domain.differences import Difference, differences
from reporting.domain.errors import ReadingFailed, StillReading
from reporting.domain.returns import State
from reporting.domain.steps import told_roughly
from reporting.projections.freshness import applied
from reporting.projections.history import TOPICS, Log, alone, replay
from reporting.store import cuts, returns
from reporting.store.cuts import Asked, Figures
from reporting.store.disclosures import keep_frozen, take_all_known
from reporting.tallies.counting import stand_alone
from reporting.telemetry import CUT_AGE

log: Final = structlog.get_logger()


async def read_cuts(database: Database, servers: str) -> None:
    """Read one cut that waits; all of it is one transaction."""
    async with database.session() as session:
        CUT_AGE.set(await cuts.age(session))
        if await cuts.take_next(session) is None:
            return
    asked = None
    try:
        async with alone(database) as session:
            asked = await cuts.take_next(session)
            if asked is not None:
                await _freeze(session, asked, servers)
    except Exception as error:
        if asked is None or is_passing(error) or isinstance(error, KafkaError):
            raise
        await _give_up(database, asked, error)


async def _freeze(session: AsyncSession, asked: Asked, servers: str) -> None:
    async with reading(servers, TOPICS) as topics:
        ends = await topics.ends()
        dead = await _replayed(session, topics, asked.cut, ends)
    connection = await session.connection()
    now = await applied(connection)
    every = not asked.of_return
    table = Table(connection, asked.cut, asked.figures, now, every_choice=every)
    found = await table.exact()
    # Last, since whoever reads suppressed figures waits from here on.
    before, known = await take_all_known(connection)
    guard = Guard(exact=False, known=known, for_good=True)
    found |= await table.shown(guard)
    await keep_frozen(connection, before, guard.known, guard.published)
    await cuts.keep(session, asked.cut_id, found, parts(found))
    await cuts.has_been_read(session, asked.cut_id, ends, dead)
    log.info("figures frozen", cut=str(asked.cut_id), records=sum(ends.values()), dead=dead)


async def _replayed(session: AsyncSession, log: Log, cut: Cut, ends: Mapping[Place, int]) -> int:
    dead = await replay(session, log, cut, ends)
    await stand_alone(await driver(session))
    return dead


async def _give_up(database: Database, asked: Asked, error: Exception) -> None:
    # Tried again it would fail again; who asked sees it, and may ask anew.
    problem = error.code if isinstance(error, Refusal) else type(error).__name__
    log.error("figures could not be read", cut=str(asked.cut_id), exc_info=error)
    async with database.session() as session:
        await cuts.has_failed(session, asked.cut_id, problem)


async def reproduce(
    database: Database, servers: str, return_id: UUID, version: int
) -> list[Difference]:
    """Compute a version's figures again from the log as it was read then; what is not the same.

    Raises ReturnUnknown, StillReading, ReadingFailed, LogIncomplete.
    """
    async with database.session() as session:
        made = await returns.version_of(session, return_id, version)
        asked = await cuts.cut_of(session, made.cut_id)
        frozen = await cuts.figures_of(session, made.cut_id)
    if asked.state is State.READING:
        raise StillReading(version=version)
    if asked.state is State.FAILED:
        raise ReadingFailed(version=version)
    async with alone(database) as session:
        again = await _again(session, asked, servers, frozen)
    return compare(frozen, again)


async def _again(session: AsyncSession, asked: Asked, servers: str, frozen: Figures) -> Figures:
    async with reading(servers, TOPICS) as topics:
        await _replayed(session, topics, asked.cut, asked.ends)
    connection = await session.connection()
    versions = {name: read(frozen[EXACT, name])["version"] for name in asked.figures}
    now = await applied(connection)
    return await Table(connection, asked.cut, asked.figures, now, versions).exact()


def compare(frozen: Figures, again: Figures) -> list[Difference]:
    """What is not the same; of what was shown with numbers withheld, the counts that were not.

    Values that move by steps there follow from those that are the same to the digit.
    """
    found = []
    for (sight, name), document in frozen.items():
        anew = again[EXACT if sight == SHOWN else sight, name]
        if document == anew:
            continue
        for each in differences(name, read(document), read(anew)):
            rough = told_roughly(name, each.where.rsplit(".", 1)[-1])
            if sight != SHOWN or (each.old is not None and not rough):
                where = f"{sight}: {each.where}"
                found.append(Difference(name, where, each.old, each.new))
    return found
