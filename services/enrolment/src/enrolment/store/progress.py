"""Enrolments and achievements of many learners at a time."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import driver
from enrolment.domain.enrolment import Enrolment
from enrolment.domain.fact import Fact, Kind
from enrolment.domain.programme import Catalogue, Programme
from enrolment.store.tables import enrolments
from npp_contracts.codes import CompletedVia

_CATALOGUE: Final = "enrolment.catalogue"
_KEEP: Final = """
INSERT INTO achievements
    (learner_id, kind, code, programme_id, programme_version, achieved_on, via)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::date[],
                     $7::text[])
ON CONFLICT DO NOTHING
"""
_KEPT: Final = "SELECT * FROM achievements WHERE learner_id = ANY($1::uuid[])"
_REMEMBER: Final = """
INSERT INTO portfolios (portfolio_id, programme_id, programme_version) VALUES ($1, $2, $3)
ON CONFLICT DO NOTHING
"""
_PORTFOLIO: Final = """
SELECT programme_id, programme_version FROM portfolios WHERE portfolio_id = $1
"""


async def catalogue_of(session: AsyncSession) -> Catalogue:
    """Every programme, read once in a transaction."""
    if _CATALOGUE not in session.info:
        with session.no_autoflush:
            found = await session.scalars(select(Programme))
        session.info[_CATALOGUE] = Catalogue(found.all())
    return cast(Catalogue, session.info[_CATALOGUE])


async def enrolments_of(
    session: AsyncSession, learner_ids: Collection[UUID]
) -> dict[UUID, list[Enrolment]]:
    """Their enrolments, locked in the order of ids; flush new ones first.

    No flush of changed ones: a transaction that has read them has them locked, so the database
    knows nothing newer.
    """
    wanted = (
        select(Enrolment)
        .where(enrolments.c.learner_id.in_(learner_ids))
        .order_by(enrolments.c.enrolment_id)
        .with_for_update()
    )
    found: dict[UUID, list[Enrolment]] = defaultdict(list)
    with session.no_autoflush:
        for each in await session.scalars(wanted):
            found[each.learner_id].append(each)
    return found


async def keep(session: AsyncSession, facts: Sequence[tuple[UUID, Fact]]) -> None:
    """Keep achievements for an enrolment still to come; the first of each stays."""
    if not facts:
        return
    connection = await driver(session)
    await connection.execute(
        _KEEP,
        [learner_id for learner_id, _ in facts],
        [fact.kind for _, fact in facts],
        [fact.code for _, fact in facts],
        [fact.programme_id for _, fact in facts],
        [fact.programme_version for _, fact in facts],
        [fact.on for _, fact in facts],
        [fact.via for _, fact in facts],
    )


async def kept(
    session: AsyncSession, learner_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Fact]]:
    """What was kept for them."""
    connection = await driver(session)
    found: dict[UUID, list[Fact]] = defaultdict(list)
    for row in await connection.fetch(_KEPT, list(learner_ids)):
        fact = Fact(
            Kind(row["kind"]),
            row["code"],
            row["achieved_on"],
            row["programme_id"],
            row["programme_version"],
            CompletedVia(row["via"]),
        )
        found[row["learner_id"]].append(fact)
    return found


async def remember_portfolio(
    session: AsyncSession, portfolio_id: UUID, programme_id: str, programme_version: int
) -> None:
    """The replica of portfolios: which programme version each was opened for."""
    connection = await driver(session)
    await connection.execute(_REMEMBER, portfolio_id, programme_id, programme_version)


async def portfolio_programme(
    session: AsyncSession, portfolio_id: UUID
) -> tuple[str | None, int | None]:
    """The programme version a portfolio is for; (None, None) for one that we never saw opened."""
    connection = await driver(session)
    row = await connection.fetchrow(_PORTFOLIO, portfolio_id)
    return (row["programme_id"], row["programme_version"]) if row else (None, None)
