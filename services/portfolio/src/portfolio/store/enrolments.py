"""What enrolment said, kept so that its order does not matter, and what follows for portfolios."""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import driver
from npp_contracts.enrolment import LearnerEnrolled, LearnerTransferred, ProgrammePublished
from npp_contracts.envelope import Envelope
from portfolio.domain.opening import Enrolled

# Whether a portfolio opens depends on rows of several topics and on frameworks. Without a lock
# two transactions that each bring one half would not see each other, and nobody would open it.
_LOCK: Final = 0x_6E70_7021

_KEEP_ENROLLED: Final = """
INSERT INTO enrolled_parts AS known
    (enrolment_id, part, learner_id, programme_id, programme_version, force_id, sequence)
SELECT DISTINCT ON (e.enrolment_id, e.part) e.*
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::int[], $6::text[], $7::bigint[])
     AS e (enrolment_id, part, learner_id, programme_id, programme_version, force_id, sequence)
ORDER BY e.enrolment_id, e.part, e.sequence DESC
ON CONFLICT (enrolment_id, part) DO UPDATE
SET sequence = excluded.sequence, force_id = excluded.force_id
WHERE known.sequence < excluded.sequence
"""
_KEEP_WITHDRAWN: Final = """
INSERT INTO withdrawals AS known (enrolment_id, sequence)
SELECT w.enrolment_id, max(w.sequence)
FROM unnest($1::uuid[], $2::bigint[]) AS w (enrolment_id, sequence)
GROUP BY w.enrolment_id ORDER BY w.enrolment_id
ON CONFLICT (enrolment_id) DO UPDATE SET sequence = excluded.sequence
WHERE known.sequence < excluded.sequence
"""
_KEEP_PARTS: Final = """
INSERT INTO programme_parts (programme_id, programme_version, part, needs_portfolio)
SELECT $1, $2, p.part, p.needs FROM unnest($3::text[], $4::boolean[]) AS p (part, needs)
ON CONFLICT DO NOTHING
"""
_KEEP_TRANSFER: Final = """
INSERT INTO transfers AS known (learner_id, force_id, sequence) VALUES ($1, $2, $3)
ON CONFLICT (learner_id) DO UPDATE SET force_id = excluded.force_id, sequence = excluded.sequence
WHERE known.sequence < excluded.sequence
RETURNING 1
"""
_OPENABLE: Final = """
SELECT e.enrolment_id, e.learner_id, e.programme_id, e.programme_version, e.part,
       coalesce(t.force_id, e.force_id) AS force_id,
       coalesce(w.sequence, 0) > e.sequence AS withdrawn
FROM enrolled_parts e
JOIN programme_parts p USING (programme_id, programme_version, part)
LEFT JOIN transfers t USING (learner_id)
LEFT JOIN withdrawals w USING (enrolment_id)
WHERE p.needs_portfolio
  AND EXISTS (SELECT FROM frameworks f
              WHERE f.programme_id = e.programme_id AND f.part = e.part)
  AND NOT EXISTS (SELECT FROM portfolios o
                  WHERE o.enrolment_id = e.enrolment_id AND o.part = e.part)
  AND e.enrolment_id = ANY ($1::uuid[])
ORDER BY e.enrolment_id, e.part
"""
_OUT_OF_STEP: Final = """
SELECT o.enrolment_id, o.portfolio_id FROM portfolios o
JOIN enrolled_parts e USING (enrolment_id, part)
LEFT JOIN withdrawals w USING (enrolment_id)
WHERE o.enrolment_id = ANY ($1::uuid[]) AND o.state <> 'signed'
  AND (o.state = 'withdrawn') = (coalesce(w.sequence, 0) < e.sequence)
"""
_OF_PART: Final = """
SELECT DISTINCT enrolment_id FROM enrolled_parts WHERE programme_id = $1 AND part = ANY ($2::text[])
"""


async def side_by_side(session: AsyncSession) -> None:
    """Before enrolments are followed: they may, next to each other, but not to `exclusively`."""
    await (await driver(session)).execute("SELECT pg_advisory_xact_lock_shared($1)", _LOCK)


async def exclusively(session: AsyncSession) -> None:
    """Before anything else that an opening depends on is changed: nobody opens meanwhile."""
    await (await driver(session)).execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def keep_enrolled(
    session: AsyncSession, events: Sequence[tuple[LearnerEnrolled, Envelope]]
) -> None:
    """Remember who is on which part."""
    if events:
        await (await driver(session)).execute(
            _KEEP_ENROLLED,
            [event.enrolment_id for event, _ in events],
            [event.part for event, _ in events],
            [event.learner_id for event, _ in events],
            [event.programme_id for event, _ in events],
            [event.programme_version for event, _ in events],
            [event.force_id for event, _ in events],
            [meta.sequence for _, meta in events],
        )


async def keep_withdrawn(session: AsyncSession, ends: Sequence[tuple[UUID, int]]) -> None:
    """Remember which enrolments ended, and after which of their events."""
    if ends:
        ids, sequences = [one for one, _ in ends], [sequence for _, sequence in ends]
        await (await driver(session)).execute(_KEEP_WITHDRAWN, ids, sequences)


async def keep_parts(session: AsyncSession, programme: ProgrammePublished) -> None:
    """Remember which parts of a programme version need a portfolio."""
    codes = [part.code for part in programme.parts]
    needs = [part.needs_portfolio for part in programme.parts]
    version = programme.programme_id, programme.programme_version
    await (await driver(session)).execute(_KEEP_PARTS, *version, codes, needs)


async def keep_transfer(session: AsyncSession, event: LearnerTransferred, sequence: int) -> bool:
    """Remember the force that has a learner; False when a later transfer is known already."""
    connection = await driver(session)
    said = event.learner_id, event.force_id, sequence
    return bool(await connection.fetchval(_KEEP_TRANSFER, *said))


async def openable(session: AsyncSession, enrolments: Iterable[UUID]) -> list[Enrolled]:
    """Of these enrolments, the parts for which a portfolio is due and there is none."""
    rows = await (await driver(session)).fetch(_OPENABLE, list(enrolments))
    return [Enrolled(**row) for row in rows]


async def out_of_step(session: AsyncSession, enrolments: Iterable[UUID]) -> list[tuple[UUID, UUID]]:
    """Of these enrolments, those with a portfolio whose withdrawal says something else."""
    rows = await (await driver(session)).fetch(_OUT_OF_STEP, list(enrolments))
    return [(row["enrolment_id"], row["portfolio_id"]) for row in rows]


async def enrolments_of_part(
    session: AsyncSession, programme_id: str, parts: Sequence[str]
) -> list[UUID]:
    """Everybody's enrolments that these parts of a programme belong to, whatever the version."""
    rows = await (await driver(session)).fetch(_OF_PART, programme_id, parts)
    return [row["enrolment_id"] for row in rows]
