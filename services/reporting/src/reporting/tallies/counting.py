"""Counting anew: whoever was touched, in one transaction with what the figures are as of."""

import asyncio
from collections.abc import Sequence
from hashlib import md5
from typing import Any, Final

from chassis.database import Database, Driver
from reporting.domain.forces import NATIONAL, forces
from reporting.projections import PROJECTIONS
from reporting.projections.freshness import NOW
from reporting.projections.tally import NATION, Tally
from reporting.tallies.every import TALLIES
from reporting.telemetry import UNCOUNTED

LOCK: Final = 0x6E7074
"""An advisory lock, "npt": who has it counts, for all processes."""
_POLL_SECONDS: Final = 0.1
_LOOK_SECONDS: Final = 1.0
_TAKE: Final = "SELECT pg_try_advisory_lock($1)"
_ANY: Final = "SELECT EXISTS (SELECT FROM tally_touched)"
_TOUCHED: Final = "DELETE FROM tally_touched RETURNING *"
_LIVE: Final = """
SELECT relname, oid FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
"""
_MADE: Final = "SELECT source, mark FROM tally_state"
_MAKE: Final = """
INSERT INTO tally_state (source, mark) VALUES ($1, $2)
ON CONFLICT (source) DO UPDATE SET mark = excluded.mark
"""
_RISE: Final = """
INSERT INTO tally_versions AS v (source, force_id, version, changed_at)
SELECT source, force_id, 1, clock_timestamp() FROM unnest($1::text[], $2::text[])
    AS changed (source, force_id)
ON CONFLICT (source, force_id) DO UPDATE
SET version = v.version + 1, changed_at = excluded.changed_at
"""
_AS_OF: Final = f"""
WITH now AS ({NOW}), gone AS (
    DELETE FROM tallied_view AS v
    WHERE (consumer_group, topic) NOT IN (SELECT "group", topic FROM now)
)
INSERT INTO tallied_view AS v (consumer_group, topic, last_event_at, applied_at, lag_seconds,
    events, batches)
SELECT "group", topic, last_event_at, applied_at, lag_seconds, events, batches FROM now
ON CONFLICT (consumer_group, topic) DO UPDATE
SET last_event_at = excluded.last_event_at, applied_at = excluded.applied_at,
    lag_seconds = excluded.lag_seconds, events = excluded.events, batches = excluded.batches
WHERE v.batches <> excluded.batches
"""  # noqa: S608  our own words
_COUNTED: Final = {group for tally in TALLIES for group in tally.of}
"""Groups whose read models figures do not read themselves."""
_TABLES: Final = {each.group: sorted(table.name for table in each.tables) for each in PROJECTIONS}

Changed = set[tuple[str, str]]
"""What is not as it was: a tally, or a group whose own counters figures read, and a force."""


async def tally(database: Database, _brokers: str = "") -> None:
    """Count until cancelled; one process at a time."""
    async with database.outside() as connection:
        while not await connection.fetchval(_TAKE, LOCK):  # noqa: ASYNC110  another process has it
            await asyncio.sleep(_LOOK_SECONDS)
        now = asyncio.get_running_loop().time
        looked = 0.0
        while True:
            began = now()
            if await connection.fetchval(_ANY) or began > looked + _LOOK_SECONDS:
                looked = began
                await count(connection)
                UNCOUNTED.set(0)
            # At most half of the time: what is counted together costs less than one by one.
            await asyncio.sleep(max(_POLL_SECONDS, now() - began))


async def count(connection: Driver) -> Changed:
    """Count everybody who was touched since the last time; all figures are as of one moment.

    Nobody else may be at it. Where the read models have been exchanged for others, or a tally is
    not what it was, everybody is counted.
    """
    async with connection.transaction(isolation="repeatable_read"):
        touched = await connection.fetch(_TOUCHED)
        UNCOUNTED.set(len(touched))
        live = {row["relname"]: row["oid"] for row in await connection.fetch(_LIVE)}
        made = {row["source"]: row["mark"] for row in await connection.fetch(_MADE)}
        changed = Changed()
        for each in TALLIES:
            mark = _mark(each, live)
            if made.get(each.name) != mark:
                await _whole(connection, each, mark)
                changed |= _for_all(each.name)
            elif ids := _ids(each, touched):
                whose = await connection.fetch(each.again, ids)
                changed |= {(each.name, row["force_id"]) for row in whose}
        for group in _TABLES:
            mark = _tables(live, group)
            if made.get(group) != mark:
                await connection.execute(_MAKE, group, mark)
                changed |= _for_all(group)
        changed |= {
            (row["consumer_group"], force_id)
            for row in touched
            if row["consumer_group"] not in _COUNTED
            for force_id in (*(row["force_id"] or ()), NATION)
        }
        if changed:
            ordered = sorted(changed)
            await connection.execute(_RISE, [e[0] for e in ordered], [e[1] for e in ordered])
        await connection.execute(_AS_OF)
    return changed


def _for_all(source: str) -> Changed:
    return {(source, each) for each in (*forces(), NATIONAL, NATION)}


async def _whole(connection: Driver, each: Tally, mark: str) -> None:
    """From nothing, whatever stood there."""
    await connection.execute("DELETE FROM tally_facts WHERE tally = $1", each.name)
    await connection.execute("DELETE FROM tally_cells WHERE tally = ANY ($1)", list(each.names))
    await connection.execute(_MAKE, each.name, mark)
    await connection.execute(each.whole)


def _ids(each: Tally, touched: Sequence[Any]) -> list[Any]:
    rows = (row for row in touched if row["consumer_group"] in each.of)
    return sorted({one for row in rows for one in row[each.by] or ()})


def _mark(each: Tally, live: dict[str, int]) -> str:
    """What its counts were made by: the tables that are live, and its own words."""
    mark = each.whole, *(_tables(live, group) for group in sorted(each.of))
    return md5(repr(mark).encode()).hexdigest()  # noqa: S324


def _tables(live: dict[str, int], group: str) -> str:
    """Which tables are a group's: others as soon as a rebuilt generation has been promoted."""
    return " ".join(str(live.get(name)) for name in _TABLES[group])


async def stand_alone(connection: Driver) -> None:
    """Count everybody into tables that stand in for the tallies, from read models that do."""
    for each in TALLIES:
        await connection.execute(each.alone)
