"""What forces were told to erase of their own, and what they have confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from chassis.database import Driver
from reporting.domain.erasures import Told
from reporting.domain.forces import forces
from reporting.telemetry import FORCE_ERASURES

MOST: Final = 1_000
_TELL: Final = """
INSERT INTO force_erasures (force_id, pseudonym, position, told_at, due_on)
SELECT force_id, pseudonym, position, clock_timestamp(), due_on
FROM unnest($1::text[], $2::uuid[], $3::bigint[], $4::date[])
    AS told (force_id, pseudonym, position, due_on)
ON CONFLICT DO NOTHING
"""
_TOLD: Final = """
SELECT pseudonym, position, told_at, due_on, confirmed_at, confirmed_by FROM force_erasures
WHERE force_id = :force
"""
_LIST: Final = text(f"""
{_TOLD} AND (confirmed_at IS NOT NULL) = :confirmed
ORDER BY confirmed_at DESC, due_on, position LIMIT :most
""")
_THESE: Final = text(f"{_TOLD} AND pseudonym = ANY (:pseudonyms) ORDER BY pseudonym FOR UPDATE")
_CONFIRM: Final = text("""
UPDATE force_erasures SET confirmed_at = :at, confirmed_by = :by
WHERE force_id = :force AND pseudonym = ANY (:pseudonyms)
""")
_RECEIPTS: Final = text("""
SELECT learner_id, force_ids, due_on FROM erasures
WHERE CAST(:force AS text) IS NULL OR CAST(:force AS text) = ANY (force_ids)
ORDER BY erased_at DESC, learner_id LIMIT :most
""")
_SAID: Final = text("""
SELECT f.force_id, f.pseudonym, f.confirmed_at FROM force_erasures AS f
JOIN unnest(CAST(:forces AS text[]), CAST(:pseudonyms AS uuid[])) AS a (force_id, pseudonym)
    USING (force_id, pseudonym)
""")
_COUNT: Final = text("""
SELECT force_id, count(*) AS due, count(*) FILTER (WHERE due_on < current_date) AS overdue
FROM force_erasures WHERE confirmed_at IS NULL GROUP BY force_id
""")


@dataclass(frozen=True, slots=True)
class Due:
    """What a force's feed has just told it: from now on it is due to erase its own."""

    force_id: str
    pseudonym: UUID
    position: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Asked:
    """An erasure as this service was told of it; force_ids: those that have had the learner."""

    learner_id: UUID
    force_ids: Sequence[str]
    due_on: date


async def tell(connection: Driver, told: Sequence[Due]) -> None:
    """In the transaction that gives them their places in the feeds."""
    await connection.execute(
        _TELL,
        [each.force_id for each in told],
        [each.pseudonym for each in told],
        [each.position for each in told],
        [each.due_on for each in told],
    )


async def told_to(connection: AsyncConnection, force_id: str, *, confirmed: bool) -> list[Told]:
    """Those that are due, the first due first, or confirmed, the latest first; MOST at most."""
    asked = {"force": force_id, "confirmed": confirmed, "most": MOST}
    return [Told(*row) for row in await connection.execute(_LIST, asked)]


async def these(
    within: AsyncSession | AsyncConnection, force_id: str, pseudonyms: Sequence[UUID]
) -> list[Told]:
    """Those of the force, locked until the end."""
    asked = {"force": force_id, "pseudonyms": list(pseudonyms)}
    return [Told(*row) for row in await within.execute(_THESE, asked)]


async def confirm(
    session: AsyncSession, force_id: str, pseudonyms: Sequence[UUID], by: str, at: datetime
) -> None:
    asked = {"force": force_id, "pseudonyms": list(pseudonyms), "by": by, "at": at}
    await session.execute(_CONFIRM, asked)


async def asked_of(connection: AsyncConnection, force_id: str | None) -> list[Asked]:
    """The latest erasures, of a force or of all; MOST at most."""
    rows = await connection.execute(_RECEIPTS, {"force": force_id, "most": MOST})
    return [Asked(*row) for row in rows]


async def said_of(
    connection: AsyncConnection, pairs: Sequence[tuple[str, UUID]]
) -> dict[tuple[str, UUID], datetime | None]:
    """By force and pseudonym when it was confirmed; those that stand in no feed are left out."""
    asked = {"forces": [f for f, _ in pairs], "pseudonyms": [name for _, name in pairs]}
    return {(row[0], row[1]): row[2] for row in await connection.execute(_SAID, asked)}


async def count_erasures(connection: AsyncConnection) -> None:
    """The hourly chore: how many each force still owes."""
    found = {row.force_id: row for row in await connection.execute(_COUNT)}
    for force_id in forces():
        row = found.get(force_id)
        FORCE_ERASURES.labels(force_id, "due").set(row.due if row else 0)
        FORCE_ERASURES.labels(force_id, "overdue").set(row.overdue if row else 0)
