"""xAPI statements: kept as they came, and those that wait for their person."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import text

from chassis.database import driver
from enrolment.domain.fact import Fact
from enrolment.domain.statement import About, Outcome, Statement
from npp_contracts.ids import NATIONAL

_KNOWN: Final = "SELECT statement_id, sha256 FROM statements WHERE statement_id = ANY($1::uuid[])"
_STORE: Final = """
INSERT INTO statements (statement_id, outcome, force_id, collar_number, email, module,
                        achieved_on, sha256, document, learner_id, stored_at)
SELECT s.statement_id, s.outcome, s.force_id, s.collar_number, s.email, s.module,
       s.achieved_on, s.sha256, s.document::json, s.learner_id, $11
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[],
            $8::text[], $9::text[], $10::uuid[])
    AS s (statement_id, outcome, force_id, collar_number, email, module, achieved_on, sha256,
          document, learner_id)
"""
_WAITING: Final = """
SELECT statement_id, force_id, collar_number, email, module, achieved_on FROM statements
JOIN (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS k (force_id, collar_number)
    USING (force_id, collar_number)
WHERE outcome = 'queued'
UNION
SELECT statement_id, force_id, collar_number, email, module, achieved_on FROM statements
WHERE outcome = 'queued' AND email = ANY($3::text[])
ORDER BY achieved_on, statement_id
"""
_WAITING_BY_FORCE: Final = """
SELECT coalesce(force_id, $2) AS force_id, count(*) AS n FROM statements
WHERE outcome = 'queued' AND (force_id = ANY($1::text[]) OR force_id IS NULL AND $2 = ANY($1))
GROUP BY 1
"""
_COUNTED: Final = """
UPDATE statements AS s SET outcome = 'counted', learner_id = f.learner_id
FROM unnest($1::uuid[], $2::uuid[]) AS f (statement_id, learner_id)
WHERE s.statement_id = f.statement_id
"""
_SHOW: Final = text("""
SELECT document::text AS document, stored_at FROM statements
WHERE statement_id = :statement_id AND document::text <> '{}'
""")
_FORGOTTEN: Final = "SELECT digest FROM forgotten_addresses WHERE digest = ANY($1::text[])"


@dataclass(frozen=True, slots=True)
class Kept:
    """A statement as it is stored: what became of it, and the module it reports, if any."""

    statement: Statement
    outcome: Outcome
    fact: Fact | None
    learner_id: UUID | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued statement: whom it is about, and what it reports."""

    statement_id: UUID
    about: About
    module: str
    on: date


async def known(session: AsyncSession, statement_ids: Collection[UUID]) -> dict[UUID, str]:
    """The digests of those that are stored already."""
    connection = await driver(session)
    rows = await connection.fetch(_KNOWN, list(statement_ids))
    return {row["statement_id"]: row["sha256"] for row in rows}


async def store(session: AsyncSession, kept: Sequence[Kept], at: datetime) -> None:
    """Keep new statements."""
    connection = await driver(session)
    abouts = [each.statement.about for each in kept]
    await connection.execute(
        _STORE,
        [each.statement.statement_id for each in kept],
        [each.outcome for each in kept],
        [about.force_id for about in abouts],
        [about.collar_number for about in abouts],
        [about.email for about in abouts],
        [each.fact.code if each.fact else None for each in kept],
        [each.statement.on for each in kept],
        [each.statement.sha256 for each in kept],
        [each.statement.document for each in kept],
        [each.learner_id for each in kept],
        at,
    )


async def waiting_for(
    session: AsyncSession, numbers: Sequence[tuple[str, str]], addresses: Collection[str]
) -> list[Waiting]:
    """Queued statements about these people, oldest achievement first."""
    connection = await driver(session)
    forces, collars = [force for force, _ in numbers], [collar for _, collar in numbers]
    rows = await connection.fetch(_WAITING, forces, collars, list(addresses))
    return [
        Waiting(
            row["statement_id"],
            About(row["force_id"], row["collar_number"], row["email"]),
            row["module"],
            row["achieved_on"],
        )
        for row in rows
    ]


async def waiting_by_force(session: AsyncSession, force_ids: Collection[str]) -> dict[str, int]:
    """How many wait for somebody of these forces; `national` has those that name none."""
    connection = await driver(session)
    rows = await connection.fetch(_WAITING_BY_FORCE, list(force_ids), NATIONAL)
    return {row["force_id"]: row["n"] for row in rows}


async def no_longer_waiting(session: AsyncSession, found: Mapping[UUID, UUID]) -> None:
    """Their people have appeared: by statement, who it is about."""
    connection = await driver(session)
    await connection.execute(_COUNTED, list(found), list(found.values()))


async def forgotten_addresses(session: AsyncSession, digests: Collection[str]) -> set[str]:
    """Those of them whose holder was erased."""
    connection = await driver(session)
    return {row["digest"] for row in await connection.fetch(_FORGOTTEN, list(digests))}


async def statement_of(connection: AsyncConnection, statement_id: UUID) -> dict[str, Any] | None:
    """A statement as it came, and when."""
    row = (await connection.execute(_SHOW, {"statement_id": statement_id})).mappings().first()
    return dict(row) if row else None
