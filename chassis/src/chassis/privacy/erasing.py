"""Erasing: what the holdings say, in the caller's transaction; done again, it changes nothing."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, Final
from uuid import UUID

import msgspec

from chassis.database import EVERY_FORCE, FORCE_SETTING, Driver
from chassis.faults import point
from chassis.privacy.holdings import Holding

_NOW: Final = f"SELECT current_setting('{FORCE_SETTING}', true)"
# Guards of append-only tables let pass what is done under the second setting, and nothing else.
_BEGIN: Final = f"SELECT set_config('{FORCE_SETTING}', '{EVERY_FORCE}', true),\
 set_config('npp.erasing', 'on', true)"
_END: Final = f"SELECT set_config('{FORCE_SETTING}', $1, true), set_config('npp.erasing', '', true)"
_FIND: Final = "SELECT rows::text FROM erasures WHERE learner_id = $1 FOR UPDATE"
_RECEIPT: Final = """
INSERT INTO erasures AS e (learner_id, force_ids, force_id, due_on, rows)
VALUES ($1, ARRAY[$2::text], $2, $3, $4::jsonb)
ON CONFLICT (learner_id) DO UPDATE
SET rows = excluded.rows, force_id = excluded.force_id, force_ids = (
    SELECT array_agg(DISTINCT each ORDER BY each) FROM unnest(e.force_ids || $2::text) AS each)
"""


def change(holding: Holding, where: str) -> str | None:
    """The statement that erases rows; None when all of the holding is kept."""
    if holding.deleted:
        return f"DELETE FROM {holding.table} WHERE {where}"  # noqa: S608  from declarations alone
    if not holding.erased:
        return None
    sets = ", ".join(f"{column} = {value}" for column, value in holding.erased.items())
    there = [
        f"{column}::text IS DISTINCT FROM ({value})::text"
        for column, value in holding.erased.items()
    ]
    return f"UPDATE {holding.table} SET {sets} WHERE ({where}) AND ({' OR '.join(there)})"  # noqa: S608


async def with_guards_down(
    connection: Driver, statements: Mapping[str, str], *arguments: Any, erasing: bool = False
) -> dict[str, int]:
    """Do each statement on the rows of all forces; by name, how many rows it changed."""
    done = {}
    async with _guards_down(connection):
        for name, statement in statements.items():
            if erasing:
                await point("privacy.erasing")
            tag = await connection.execute(statement, *arguments)
            done[name] = int(tag.rpartition(" ")[2])
    return done


async def erase(
    connection: Driver,
    holdings: Sequence[Holding],
    learner_ids: Sequence[UUID],
    *,
    again: bool = False,
) -> dict[str, int]:
    """Erase what is held about these learners, in the order of the holdings; rows by holding.

    again: they were erased before, so only what has come since is looked for.
    """
    changes = {}
    for each in holdings:
        where = each.late if again and each.late is not None else each.of
        if (statement := change(each, where)) is not None:
            changes[each.name] = statement
    return await with_guards_down(connection, changes, list(learner_ids), erasing=not again)


async def give_receipt(
    connection: Driver, learner_id: UUID, force_id: str, due_on: date, rows: Mapping[str, int]
) -> None:
    """Keep what was erased; another force's word of the same erasure adds to it.

    It is for the force that was told last, which is the one that held the learner.
    """
    await point("privacy.erased")
    async with _guards_down(connection):
        found = await connection.fetchval(_FIND, learner_id)
        known: dict[str, int] = msgspec.json.decode(found) if found else {}
        total = {name: known.get(name, 0) + rows.get(name, 0) for name in {**known, **rows}}
        told = msgspec.json.encode(total).decode()
        await connection.execute(_RECEIPT, learner_id, force_id, due_on, told)


@asynccontextmanager
async def _guards_down(connection: Driver) -> AsyncIterator[None]:
    before = await connection.fetchval(_NOW)
    await connection.execute(_BEGIN)
    yield
    await connection.execute(_END, before or "")
