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
from reporting.projections.rows import Counts, Row, by_force, rows
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
)

_PEOPLE = """
SELECT l.force_id, count(*) AS registered, count(e.learner_id) AS enrolled
FROM learners_view l
LEFT JOIN (SELECT DISTINCT learner_id FROM enrolments_view WHERE training <> 'withdrawn') e
    USING (learner_id)
WHERE CAST(:force AS text) IS NULL OR l.force_id = :force
GROUP BY GROUPING SETS ((l.force_id), ())
"""
_STATES = """
WITH states AS (
    SELECT l.force_id, CASE
        WHEN e.training = 'withdrawn' THEN 'withdrawn'
        WHEN e.completed_on IS NOT NULL AND NOT EXISTS (
            SELECT FROM parts_view p
            WHERE p.enrolment_id = e.enrolment_id AND p.completed_on IS NULL) THEN 'completed'
        ELSE e.training END AS state
    FROM enrolments_view e JOIN learners_view l USING (learner_id)
    WHERE CAST(:force AS text) IS NULL OR l.force_id = :force
)
SELECT force_id, count(*) FILTER (WHERE state = 'active') AS active,
    count(*) FILTER (WHERE state = 'deferred') AS deferred,
    count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
    count(*) FILTER (WHERE state = 'completed') AS completed
FROM states GROUP BY GROUPING SETS ((force_id), ())
"""
_PARTS = """
SELECT l.force_id, p.part, count(*) AS enrolled, count(p.completed_on) AS completed
FROM parts_view p JOIN learners_view l USING (learner_id)
WHERE CAST(:force AS text) IS NULL OR l.force_id = :force
GROUP BY GROUPING SETS ((l.force_id, p.part), (p.part)) ORDER BY l.force_id, p.part
"""


async def people(connection: AsyncConnection, force: str | None) -> Counts:
    """Registered and enrolled people by force, and in all."""
    return await by_force(connection, _PEOPLE, force=force)


async def enrolment_states(connection: AsyncConnection, force: str | None) -> Counts:
    """Enrolments by state and force, and in all."""
    return await by_force(connection, _STATES, force=force)


async def parts(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Enrolled and completed by part and force; a row without a force counts all."""
    return await rows(connection, _PARTS, force=force)
