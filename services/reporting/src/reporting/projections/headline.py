"""The headline: distinct neighbourhood staff with a signed-off portfolio."""

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.enrolment import LearnerRegistered, LearnerUpdated
from npp_contracts.portfolio import PortfolioSigned
from reporting.projections.freshness import projection
from reporting.projections.rows import keyed
from reporting.projections.tally import Tally
from reporting.store import metadata

# No force stands here: whose signature it was decides who sees a person counted, and a person
# who has moved on since still counts for the force that signed.
headline_staff_view = Table(
    "headline_staff_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("neighbourhood", Boolean),
    Column("sequence", BigInteger),
)
headline_signatures_view = Table(
    "headline_signatures_view",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("force_id", Text),
    Column("part", Text),
    Column("signed_at", DateTime(timezone=True)),
)

_ROLE = Statement(
    "learner_id uuid, neighbourhood boolean, sequence bigint",
    """
    INSERT INTO headline_staff_view AS v (learner_id, neighbourhood, sequence)
    SELECT DISTINCT ON (learner_id) learner_id, neighbourhood, sequence
    FROM fresh ORDER BY learner_id, sequence DESC
    ON CONFLICT (learner_id) DO UPDATE
    SET neighbourhood = excluded.neighbourhood, sequence = excluded.sequence
    WHERE v.sequence < excluded.sequence
    """,
)
_SIGN = Statement(
    "portfolio_id uuid, learner_id uuid, force_id text, part text, signed_at timestamptz",
    """
    INSERT INTO headline_signatures_view (portfolio_id, learner_id, force_id, part, signed_at)
    SELECT DISTINCT ON (portfolio_id) portfolio_id, learner_id, force_id, part, signed_at
    FROM fresh ORDER BY portfolio_id, signed_at ON CONFLICT (portfolio_id) DO NOTHING
    """,
)

HEADLINE = projection(
    "reporting.headline",
    [headline_staff_view, headline_signatures_view],
    {LearnerRegistered: [_ROLE], LearnerUpdated: [_ROLE], PortfolioSigned: [_SIGN]},
    touches=["learner_id"],
)

SIGNED = Tally(
    "signed-staff",
    "learner_id",
    [HEADLINE.group],
    """
    SELECT DISTINCT learner_id AS id, whose AS force_id, 'people' AS key, '' AS item, 0 AS d1,
        0 AS d2, 1 AS n
    FROM headline_signatures_view JOIN headline_staff_view USING (learner_id)
    CROSS JOIN LATERAL (VALUES (force_id), ('')) AS forces (whose)
    WHERE neighbourhood AND {some}
    """,
)


async def signed_staff(connection: AsyncConnection, force: str | None) -> dict[str | None, int]:
    """Distinct people by force; under None all of them, each once."""
    counted = await keyed(connection, SIGNED.name, force, once=True)
    return {force_id: row.get("people", 0) for force_id, row in counted.items()}
