"""Telling what is held about a learner: how many rows for a preview, the rows for the learner."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from pydantic import BaseModel

from chassis.database import EVERY_FORCE, FORCE_SETTING, Driver
from chassis.privacy.holdings import Holding

_SCOPE: Final = f"SELECT current_setting('{FORCE_SETTING}', true)"
_GUARDED: Final = """
SELECT relname, EXISTS (
    SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'force_id'
) FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relname = ANY ($1::text[])
  AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid AND polname = 'every_force')
"""
_RECEIPTS: Final = """
SELECT learner_id, due_on, erased_at, rows::text AS rows FROM erasures
WHERE ($1 = '*' OR $1 = force_id) AND ($2::uuid IS NULL OR learner_id = $2)
ORDER BY erased_at DESC, learner_id LIMIT 1000
"""


class Kept(BaseModel):
    """A class of records as a preview has it. rows: None where a force is not shown any."""

    name: str
    what: str
    rows: int | None
    erased: list[str]
    """What an erasure does: columns that are blanked; `*` when the rows are deleted."""
    kept: dict[str, str]
    """Columns that stay, with the reason."""


class Held(BaseModel):
    """A class of records as the learner is told of it, with the records themselves."""

    name: str
    what: str
    purpose: str
    source: str
    recipients: str
    kept_until: str
    withheld: bool
    """True where only a national answer shows what there is: the rows do not say whose they are."""
    rows: list[dict[str, Any]]


class Receipt(BaseModel):
    """What this service erased of a learner, and when."""

    learner_id: UUID
    due_on: date
    erased_at: datetime
    rows: dict[str, int]


async def preview(connection: Driver, holdings: Sequence[Holding], learner_id: UUID) -> list[Kept]:
    """What is held about a learner, as far as the transaction sees."""
    found = []
    for each, where in await _in_sight(connection, holdings):
        count = f"SELECT count(*) FROM {each.table} WHERE {where}"  # noqa: S608  declarations
        rows = None if where is None else await connection.fetchval(count, [learner_id])
        erased = ["*"] if each.deleted else sorted(each.erased)
        found.append(
            Kept(name=each.name, what=each.what, rows=rows, erased=erased, kept=dict(each.kept))
        )
    return found


async def export(
    connection: Driver, holdings: Sequence[Holding], until: Mapping[str, str], learner_id: UUID
) -> list[Held]:
    """All of it, as far as the transaction sees. until: how long, by holding."""
    found = []
    for each, where in await _in_sight(connection, holdings):
        select = f"SELECT to_jsonb({each.table})::text FROM {each.table} WHERE {where}"  # noqa: S608
        rows = [] if where is None else await connection.fetch(select, [learner_id])
        found.append(
            Held(
                name=each.name,
                what=each.what,
                purpose=each.purpose,
                source=each.source,
                recipients=each.recipients,
                kept_until=until[each.name],
                withheld=where is None,
                rows=[_readable(msgspec.json.decode(row[0])) for row in rows],
            )
        )
    return found


async def receipts(connection: Driver, learner_id: UUID | None = None) -> list[Receipt]:
    """The erasures that were done here, of the forces in sight, the latest first."""
    scope = await connection.fetchval(_SCOPE)
    rows = await connection.fetch(_RECEIPTS, scope or "", learner_id)
    return [Receipt(**{**row, "rows": msgspec.json.decode(row["rows"])}) for row in rows]


async def _in_sight(
    connection: Driver, holdings: Sequence[Holding]
) -> list[tuple[Holding, str | None]]:
    # A force's own by the column that names it, and again by row-level security; what follows its
    # person by that alone; and nothing where there is neither.
    scope = await connection.fetchval(_SCOPE)
    names = [each.table for each in holdings]
    guarded = {row[0]: row[1] for row in await connection.fetch(_GUARDED, names)}
    found: list[tuple[Holding, str | None]] = []
    for each in holdings:
        column = "force_id" if guarded.get(each.table) else each.force
        if scope == EVERY_FORCE or (column is None and each.table in guarded):
            found.append((each, each.of))
        elif column is not None:
            mine = f"{column} = current_setting('{FORCE_SETTING}', true)"
            found.append((each, f"({each.of}) AND {mine}"))
        else:
            found.append((each, None))
    return found


def _readable(row: dict[str, Any]) -> dict[str, Any]:
    # A payload is bytes in the log, and JSON to whoever reads it.
    raw = row.get("payload")
    if isinstance(raw, str) and raw.startswith("\\x"):
        return row | {"payload": msgspec.json.decode(bytes.fromhex(raw[2:]))}
    return row
