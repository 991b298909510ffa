"""Erasures: what must be found before, what is kept in its place, and the record of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlalchemy.sql import text

from chassis.database import driver
from chassis.pseudonyms import pseudonyms
from enrolment.domain.learner import Learner
from enrolment.store.people import digest_of

_POSTINGS: Final = """
SELECT force_id, collar_number, valid_from, valid_to FROM postings WHERE learner_id = $1
"""
_FORGET_NUMBERS: Final = """
INSERT INTO forgotten_numbers (force_id, digest, valid_from, valid_to)
SELECT * FROM unnest($1::text[], $2::text[], $3::date[], $4::date[]) ON CONFLICT DO NOTHING
"""
_FORGET_ADDRESS: Final = """
INSERT INTO forgotten_addresses (digest) VALUES ($1) ON CONFLICT DO NOTHING
"""
_HELD: Final = "SELECT since FROM holds WHERE learner_id = $1"
_HOLD: Final = "INSERT INTO holds (learner_id, since) VALUES ($1, $2)"
_LIFT: Final = "DELETE FROM holds WHERE learner_id = $1"
_RECORD: Final = """
INSERT INTO erasure_requests
    (learner_id, force_id, force_ids, ground, reason, requested_on, due_on, erased_at, erased_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_RECORD_DUE: Final = """
INSERT INTO erasures_due (force_id, pseudonym, due_on)
SELECT each.*, $3 FROM unnest($1::text[], $2::uuid[]) AS each
"""
_LIST: Final = text("""
SELECT learner_id, force_id, force_ids, ground, reason, requested_on, due_on, erased_at, erased_by
FROM erasure_requests
WHERE CAST(:force AS text) IS NULL OR force_id = :force
ORDER BY erased_at DESC, learner_id LIMIT 1000
""")
# In an order that says nothing of the hour.
_LIST_DUE: Final = text("""
SELECT pseudonym, due_on FROM erasures_due
WHERE force_id = :force ORDER BY due_on DESC, pseudonym LIMIT 1000
""")


@dataclass(frozen=True, slots=True)
class Had:
    """A collar number that the learner has or had, in which force."""

    force_id: str
    collar_number: str
    valid_from: date
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it was asked for and done. force_id: who held the learner; None if unknown.

    force_ids: who has had them, that force included.
    """

    learner_id: UUID
    force_id: str | None
    force_ids: Sequence[str]
    ground: str
    reason: str
    requested_on: date
    due_on: date
    erased_at: datetime
    erased_by: str


@dataclass(frozen=True, slots=True)
class Due:
    """What a force has to erase of its own, by the name that its feed has for the learner."""

    pseudonym: UUID
    due_on: date


async def postings(session: AsyncSession, learner_id: UUID) -> list[Had]:
    """In all forces that the transaction sees."""
    connection = await driver(session)
    return [Had(*row) for row in await connection.fetch(_POSTINGS, learner_id)]


async def remember_forgotten(
    session: AsyncSession, learner: Learner, had: Sequence[Had], today: date
) -> None:
    """Keep what lets us recognise the numbers and the address, and nobody else."""
    connection = await driver(session)
    # What is still to come is of that day at the latest; from the next on it is somebody else's.
    tomorrow = today + timedelta(days=1)
    await connection.execute(
        _FORGET_NUMBERS,
        [each.force_id for each in had],
        [digest_of(each.force_id, each.collar_number) for each in had],
        [each.valid_from for each in had],
        [each.valid_to or max(tomorrow, each.valid_from + timedelta(days=1)) for each in had],
    )
    await connection.execute(_FORGET_ADDRESS, digest_of("", learner.email))


async def held_since(session: AsyncSession, learner_id: UUID) -> datetime | None:
    """Since when a hold keeps what is held about somebody."""
    connection = await driver(session)
    found: datetime | None = await connection.fetchval(_HELD, learner_id)
    return found


async def hold(session: AsyncSession, learner_id: UUID, at: datetime) -> None:
    connection = await driver(session)
    await connection.execute(_HOLD, learner_id, at)


async def lift(session: AsyncSession, learner_id: UUID) -> None:
    connection = await driver(session)
    await connection.execute(_LIFT, learner_id)


async def record(session: AsyncSession, erasure: Erasure) -> None:
    """Who erased whom, why and when; and for each force that it is due. Both stay."""
    connection = await driver(session)
    e, names = erasure, pseudonyms()
    await connection.execute(
        _RECORD,
        *(e.learner_id, e.force_id, list(e.force_ids), e.ground, e.reason),
        *(e.requested_on, e.due_on, e.erased_at, e.erased_by),
    )
    known_as = [names.of(each, e.learner_id) for each in e.force_ids]
    await connection.execute(_RECORD_DUE, list(e.force_ids), known_as, e.due_on)


async def erasures(connection: AsyncConnection, force_id: str | None) -> list[Erasure]:
    """Those of learners whom a force held, or of all, the latest first."""
    return [Erasure(*row) for row in await connection.execute(_LIST, {"force": force_id})]


async def due(connection: AsyncConnection, force_id: str) -> list[Due]:
    """What a force has to erase of its own: of all whom it ever had."""
    return [Due(*row) for row in await connection.execute(_LIST_DUE, {"force": force_id})]
