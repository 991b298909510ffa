"""Who is known, in which force and role, on which parts: status that moves with the person."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    LearnerEnrolled,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
    PartCompleted,
    ProgrammeCompleted,
)
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, keyed, rows
from reporting.projections.tally import Tally, seen
from reporting.store import metadata

learners_view = Table(
    "learners_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("worker_type", Text),
    Column("rank", Text),
    Column("neighbourhood", Boolean),
    Column("sequence", BigInteger),
)
enrolments_view = Table(
    "enrolments_view",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("programme_id", Text),
    Column("programme_version", Integer),
    Column("training", Text),
    Column("sequence", BigInteger),
    Column("completed_on", Date),
)
parts_view = Table(
    "parts_view",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("learner_id", Uuid),
    Column("completed_on", Date),
)

_ROLE = Statement(
    "learner_id uuid, force_id text, worker_type text, rank text, neighbourhood boolean,"
    " sequence bigint",
    """
    INSERT INTO learners_view AS v
        (learner_id, force_id, worker_type, rank, neighbourhood, sequence)
    SELECT DISTINCT ON (learner_id)
        learner_id, force_id, worker_type, rank, neighbourhood, sequence
    FROM fresh ORDER BY learner_id, sequence DESC
    ON CONFLICT (learner_id) DO UPDATE
    SET force_id = excluded.force_id, worker_type = excluded.worker_type, rank = excluded.rank,
        neighbourhood = excluded.neighbourhood, sequence = excluded.sequence
    WHERE v.sequence < excluded.sequence
    """,
)
_TRANSFER = Statement(
    "learner_id uuid, force_id text, sequence bigint",
    """
    INSERT INTO learners_view AS v (learner_id, force_id, sequence)
    SELECT DISTINCT ON (learner_id) learner_id, force_id, sequence
    FROM fresh ORDER BY learner_id, sequence DESC
    ON CONFLICT (learner_id) DO UPDATE
    SET force_id = excluded.force_id, sequence = excluded.sequence
    WHERE v.sequence < excluded.sequence
    """,
)
_ENROL = Statement(
    "enrolment_id uuid, learner_id uuid, programme_id text, programme_version integer",
    """
    INSERT INTO enrolments_view
        (enrolment_id, learner_id, programme_id, programme_version, training, sequence)
    SELECT DISTINCT enrolment_id, learner_id, programme_id, programme_version, 'active', 0
    FROM fresh ORDER BY enrolment_id ON CONFLICT (enrolment_id) DO NOTHING
    """,
)
_PUT_ON_PART = Statement(
    "enrolment_id uuid, part text, learner_id uuid",
    """
    INSERT INTO parts_view (enrolment_id, part, learner_id)
    SELECT DISTINCT enrolment_id, part, learner_id FROM fresh ORDER BY enrolment_id, part
    ON CONFLICT (enrolment_id, part) DO NOTHING
    """,
)
_COMPLETE_PART = Statement(
    "enrolment_id uuid, part text, learner_id uuid, completed_on date",
    """
    INSERT INTO parts_view AS v (enrolment_id, part, learner_id, completed_on)
    SELECT enrolment_id, part, learner_id, min(completed_on)
    FROM fresh GROUP BY enrolment_id, part, learner_id ORDER BY enrolment_id, part
    ON CONFLICT (enrolment_id, part) DO UPDATE SET completed_on = excluded.completed_on
    """,
)
_COMPLETE = Statement(
    "enrolment_id uuid, completed_on date",
    """
    UPDATE enrolments_view AS v SET completed_on = f.completed_on
    FROM fresh f WHERE v.enrolment_id = f.enrolment_id
    """,
)


def _training(state: str) -> Statement:
    return Statement(
        "enrolment_id uuid, sequence bigint",
        f"""
        UPDATE enrolments_view AS v SET training = '{state}', sequence = f.sequence
        FROM (SELECT enrolment_id, max(sequence) AS sequence FROM fresh GROUP BY enrolment_id) f
        WHERE v.enrolment_id = f.enrolment_id AND v.sequence < f.sequence
        """,  # noqa: S608  one of our own three words
    )


LEARNERS = projection(
    "reporting.learners",
    [learners_view, enrolments_view, parts_view],
    {
        # A transfer comes last in a batch: what a later roster said has the new force already.
        LearnerRegistered: [_ROLE],
        LearnerUpdated: [_ROLE],
        LearnerTransferred: [_TRANSFER],
        LearnerEnrolled: [_ENROL, _PUT_ON_PART],
        EnrolmentDeferred: [_training("deferred")],
        EnrolmentResumed: [_training("active")],
        EnrolmentWithdrawn: [_training("withdrawn")],
        PartCompleted: [_COMPLETE_PART],
        ProgrammeCompleted: [_COMPLETE],
    },
    touches=["learner_id"],
)

PEOPLE = Tally(
    "people",
    "learner_id",
    [LEARNERS.group],
    """
    SELECT learner_id AS id, force_id, 'registered' AS key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM learners_view WHERE {some}
    UNION ALL SELECT DISTINCT learner_id, l.force_id, 'enrolled', '', 0, 0, 1
    FROM enrolments_view JOIN learners_view l USING (learner_id)
    WHERE training <> 'withdrawn' AND {some}
    """,
)
ENROLMENTS = Tally(
    "enrolments",
    "learner_id",
    [LEARNERS.group],
    """
    SELECT learner_id AS id, l.force_id, CASE
        WHEN e.training = 'withdrawn' THEN 'withdrawn'
        WHEN e.completed_on IS NOT NULL AND NOT EXISTS (
            SELECT FROM parts_view p
            WHERE p.enrolment_id = e.enrolment_id AND p.completed_on IS NULL) THEN 'completed'
        ELSE e.training END AS key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM enrolments_view e JOIN learners_view l USING (learner_id) WHERE {some}
    """,
)
PARTS = Tally(
    "parts",
    "learner_id",
    [LEARNERS.group],
    """
    SELECT learner_id AS id, l.force_id, part AS key, '' AS item,
        (completed_on IS NOT NULL)::integer AS d1, 0 AS d2, 1 AS n
    FROM parts_view JOIN learners_view l USING (learner_id) WHERE {some}
    """,
)

_PARTS = """
SELECT force_id, key AS part, sum(n)::bigint AS enrolled,
    coalesce(sum(n) FILTER (WHERE d1 = 1), 0)::bigint AS completed
FROM tally_cells WHERE tally = 'parts' AND {seen}
GROUP BY GROUPING SETS ((force_id, key), (key)) ORDER BY force_id, key
"""


async def people(connection: AsyncConnection, force: str | None) -> Counts:
    """Registered and enrolled people by force, and in all."""
    return await keyed(connection, PEOPLE.name, force)


async def enrolment_states(connection: AsyncConnection, force: str | None) -> Counts:
    """Enrolments by state and force, and in all."""
    return await keyed(connection, ENROLMENTS.name, force)


async def parts(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Enrolled and completed by part and force; a row without a force counts all."""
    return await rows(connection, _PARTS.format(seen=seen(force)), force=force)
