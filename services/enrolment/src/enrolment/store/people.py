"""Finding people: by force and collar number on a day, by address, by id."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import Driver, driver
from chassis.pseudonyms import pseudonyms
from enrolment.domain.learner import Learner, Posting
from enrolment.store.tables import learners

HeldBy = dict[tuple[str, str], list[Posting]]

# Every holder of a number counts in telling who had it when; only those in sight are found.
_POSTINGS: Final = """
SELECT p.force_id, p.collar_number, p.learner_id, p.valid_from, p.valid_to
FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::text[])) AS k (force_id, collar_number)
JOIN postings p USING (force_id, collar_number)
"""
_FORGOTTEN: Final = """
SELECT force_id, digest, valid_from, valid_to FROM forgotten_numbers
WHERE (force_id, digest) IN (SELECT * FROM unnest($1::text[], $2::text[]))
"""
_ANY_FORGOTTEN: Final = "SELECT EXISTS (SELECT FROM forgotten_numbers)"
_VISIBLE: Final = "SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[])"
_FORCE: Final = "SELECT force_id FROM learners WHERE learner_id = $1"
_BY_EMAIL: Final = """
SELECT email, (array_agg(learner_id))[1] AS learner_id
FROM learners WHERE email = ANY($1::text[]) GROUP BY email HAVING count(*) = 1
"""
_POST: Final = """
INSERT INTO postings (learner_id, force_id, collar_number, valid_from)
SELECT p.learner_id, $2, p.collar_number, p.valid_from
FROM unnest($1::uuid[], $3::text[], $4::date[]) AS p (learner_id, collar_number, valid_from)
"""
_END: Final = """
UPDATE postings SET valid_to = $2 WHERE learner_id = $1 AND valid_to IS NULL
"""
_SINCE: Final = "SELECT valid_from FROM postings WHERE learner_id = $1 AND valid_to IS NULL"


async def holders(session: AsyncSession, numbers: Iterable[tuple[str, str]]) -> HeldBy:
    """All who ever had these collar numbers, by (force id, collar number)."""
    pairs = list(numbers)
    connection = await driver(session)
    forces, collars = [force for force, _ in pairs], [collar for _, collar in pairs]
    found: HeldBy = defaultdict(list)
    for row in await connection.fetch(_POSTINGS, forces, collars):
        posting = Posting(row["learner_id"], row["valid_from"], row["valid_to"])
        found[row["force_id"], row["collar_number"]].append(posting)
    if pairs and await connection.fetchval(_ANY_FORGOTTEN):
        await _add_forgotten(connection, pairs, found)
    return found


async def _add_forgotten(
    connection: Driver, pairs: Sequence[tuple[str, str]], found: HeldBy
) -> None:
    digests = {(force, digest_of(force, number)): (force, number) for force, number in pairs}
    asked = [force for force, _ in digests], [digest for _, digest in digests]
    for row in await connection.fetch(_FORGOTTEN, *asked):
        posting = Posting(None, row["valid_from"], row["valid_to"])
        found[digests[row["force_id"], row["digest"]]].append(posting)


def digest_of(force_id: str, number_or_address: str) -> str:
    """What is kept of a number or an address whose holder was erased: only we can recognise it."""
    return pseudonyms().written(force_id, f"forgotten {number_or_address}")


async def force_of(session: AsyncSession, learner_id: UUID) -> str | None:
    """The force of a learner in sight."""
    connection = await driver(session)
    found: str | None = await connection.fetchval(_FORCE, learner_id)
    return found


async def in_sight(session: AsyncSession, learner_ids: Collection[UUID]) -> set[UUID]:
    """Those of the learners that the transaction may see."""
    connection = await driver(session)
    rows = await connection.fetch(_VISIBLE, list(learner_ids))
    return {row["learner_id"] for row in rows}


async def by_email(session: AsyncSession, addresses: Collection[str]) -> dict[str, UUID]:
    """Whom an address means, where it means one person."""
    connection = await driver(session)
    rows = await connection.fetch(_BY_EMAIL, list(addresses))
    return {row["email"]: row["learner_id"] for row in rows}


async def learners_by_number(
    session: AsyncSession, force_id: str, numbers: Collection[str]
) -> dict[str, Learner]:
    """Who has these numbers now, locked in the order of ids."""
    wanted = (
        select(Learner)
        .where(learners.c.force_id == force_id, learners.c.collar_number.in_(numbers))
        .order_by(learners.c.learner_id)
        .with_for_update()
    )
    return {each.collar_number: each for each in await session.scalars(wanted)}


async def post(
    session: AsyncSession, force_id: str, people: Sequence[tuple[UUID, str, date]]
) -> None:
    """Give collar numbers: (learner, number, from when)."""
    connection = await driver(session)
    await connection.execute(
        _POST,
        [learner_id for learner_id, _, _ in people],
        force_id,
        [number for _, number, _ in people],
        [day for _, _, day in people],
    )


async def posted_from(session: AsyncSession, learner_id: UUID) -> date:
    """Since when somebody has their present collar number."""
    connection = await driver(session)
    found: date = await connection.fetchval(_SINCE, learner_id)
    return found


async def end_posting(session: AsyncSession, learner_id: UUID, on: date) -> None:
    """The collar number is given back on a day."""
    connection = await driver(session)
    await connection.execute(_END, learner_id, on)
