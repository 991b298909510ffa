"""Reading for answers: plain rows, scoped by row-level security and by the query itself."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text

from enrolment.domain.enrolment import Enrolment
from enrolment.domain.learner import Learner
from enrolment.domain.programme import Catalogue, Programme
from enrolment.domain.workforce import Workforce
from enrolment.store.tables import enrolments, learners, programmes, workforces

_CHANGED: Final = text("""
(learners.updated_at >= :since OR EXISTS (
    SELECT FROM enrolments e WHERE e.learner_id = learners.learner_id AND e.updated_at >= :since))
""")

# Who was erased is unknown to everybody; what they achieved goes on counting.
_THERE: Final = learners.c.erased_on.is_(None)


async def catalogue(connection: AsyncConnection) -> Catalogue:
    """Every programme."""
    rows = await _rows(connection, programmes)
    return Catalogue([Programme(**row) for row in rows])


async def workforces_of(connection: AsyncConnection, force_id: str | None) -> list[Workforce]:
    """The headcounts of a force, or of every one in sight."""
    found = [Workforce(**row) for row in await _rows(connection, workforces)]
    return [each for each in found if force_id in (None, each.force_id)]


async def _rows(connection: AsyncConnection, table: Table) -> Sequence[Mapping[str, Any]]:
    wanted = select(table).order_by(table.primary_key.columns.values()[0])
    return [_named(row) for row in (await connection.execute(wanted)).mappings()]


def _named(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): value for name, value in row.items()}


async def learner_of(
    connection: AsyncConnection, learner_id: UUID, force_id: str | None
) -> Learner | None:
    """A learner, if the force has them; None as force for every one in sight."""
    wanted = select(learners).where(learners.c.learner_id == learner_id, _THERE)
    if force_id is not None:
        wanted = wanted.where(learners.c.force_id == force_id)
    row = (await connection.execute(wanted)).mappings().first()
    return Learner(**_named(row)) if row else None


async def learners_page(
    connection: AsyncConnection,
    force_id: str | None,
    *,
    collar_number: str | None,
    after: UUID,
    rows: int,
    updated_since: datetime | None,
) -> list[Learner]:
    """Learners in the order in which the platform got to know them."""
    wanted = select(learners).where(learners.c.learner_id > after, _THERE)
    if force_id is not None:
        wanted = wanted.where(learners.c.force_id == force_id)
    if collar_number is not None:
        wanted = wanted.where(learners.c.collar_number == collar_number)
    if updated_since is not None:
        wanted = wanted.where(_CHANGED.bindparams(since=updated_since))
    found = await connection.execute(wanted.order_by(learners.c.learner_id).limit(rows))
    return [Learner(**_named(row)) for row in found.mappings()]


async def enrolments_by_learner(
    connection: AsyncConnection, learner_ids: Collection[UUID]
) -> dict[UUID, list[Enrolment]]:
    """Their enrolments, oldest first."""
    wanted = (
        select(enrolments)
        .where(enrolments.c.learner_id.in_(learner_ids))
        .order_by(enrolments.c.enrolment_id)
    )
    found: dict[UUID, list[Enrolment]] = defaultdict(list)
    for row in (await connection.execute(wanted)).mappings():
        found[row["learner_id"]].append(Enrolment(**_named(row)))
    return found


async def enrolment_of(
    connection: AsyncConnection, enrolment_id: UUID, force_id: str | None
) -> Enrolment | None:
    """An enrolment, if it is of the force; None as force for every one in sight."""
    wanted = select(enrolments).where(
        enrolments.c.enrolment_id == enrolment_id,
        enrolments.c.learner_id.in_(select(learners.c.learner_id).where(_THERE)),
    )
    if force_id is not None:
        wanted = wanted.where(enrolments.c.force_id == force_id)
    row = (await connection.execute(wanted)).mappings().first()
    return Enrolment(**_named(row)) if row else None
