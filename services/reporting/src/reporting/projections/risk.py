"""Who is in training, since when, and on which day they last moved on."""

from datetime import date, timedelta

from sqlalchemy import BigInteger, Column, Date, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.assessment import ResultReleased
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    LearnerEnrolled,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
    ModuleCompleted,
    ProgrammeCompleted,
)
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import (
    EvidenceRecorded,
    PortfolioAssessed,
    PortfolioSigned,
    PortfolioSubmitted,
)
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, by_force
from reporting.projections.tally import Tally, seen
from reporting.store import metadata

risk_people_view = Table(
    "risk_people_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("sequence", BigInteger),
)
risk_enrolments_view = Table(
    "risk_enrolments_view",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("enrolled_on", Date),
    Column("first_on", Date),
    Column("last_on", Date),
    Column("training", Text),
    Column("sequence", BigInteger),
    Column("opened", BigInteger),
    Column("completed", BigInteger),
)
risk_progress_view = Table(
    "risk_progress_view",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("progressed_on", Date),
    Column("sequence", BigInteger),
)

_PERSON = Statement(
    "learner_id uuid, force_id text, sequence bigint",
    """
    INSERT INTO risk_people_view AS v (learner_id, force_id, sequence)
    SELECT DISTINCT ON (learner_id) learner_id, force_id, sequence
    FROM fresh ORDER BY learner_id, sequence DESC
    ON CONFLICT (learner_id) DO UPDATE
    SET force_id = excluded.force_id, sequence = excluded.sequence
    WHERE v.sequence < excluded.sequence
    """,
)
_ENROL = Statement(
    "enrolment_id uuid, learner_id uuid, time timestamptz, sequence bigint",
    """
    INSERT INTO risk_enrolments_view AS v
        (enrolment_id, learner_id, enrolled_on, training, sequence, opened, completed)
    SELECT enrolment_id, learner_id, min(time)::date, 'active', 0, max(sequence), 0
    FROM fresh GROUP BY 1, 2 ORDER BY 1
    ON CONFLICT (enrolment_id) DO UPDATE
    SET opened = greatest(v.opened, excluded.opened),
        enrolled_on = least(v.enrolled_on, excluded.enrolled_on)
    """,
)
_MODULE = Statement(
    "enrolment_id uuid, completed_on date",
    """
    UPDATE risk_enrolments_view AS v
    SET first_on = least(v.first_on, f.first_on), last_on = greatest(v.last_on, f.last_on)
    FROM (SELECT enrolment_id, min(completed_on) AS first_on, max(completed_on) AS last_on
          FROM fresh GROUP BY 1) f
    WHERE v.enrolment_id = f.enrolment_id
    """,
)
# Who is put on another part afterwards is in training again.
_COMPLETE = Statement(
    "enrolment_id uuid, sequence bigint",
    """
    UPDATE risk_enrolments_view AS v SET completed = greatest(v.completed, f.sequence)
    FROM (SELECT enrolment_id, max(sequence) AS sequence FROM fresh GROUP BY 1) f
    WHERE v.enrolment_id = f.enrolment_id
    """,
)


def _training(state: str) -> Statement:
    return Statement(
        "enrolment_id uuid, sequence bigint",
        f"""
        UPDATE risk_enrolments_view AS v SET training = '{state}', sequence = f.sequence
        FROM (SELECT enrolment_id, max(sequence) AS sequence FROM fresh GROUP BY 1) f
        WHERE v.enrolment_id = f.enrolment_id AND v.sequence < f.sequence
        """,  # noqa: S608  one of our own three words
    )


def _progress(source: str, on: str = "time::date", columns: str = "") -> Statement:
    # The last word counts: a result may become void, a register be corrected.
    return Statement(
        f"{source} uuid, learner_id uuid, sequence bigint, time timestamptz{columns}",
        f"""
        INSERT INTO risk_progress_view AS v (source_id, learner_id, progressed_on, sequence)
        SELECT DISTINCT ON ({source}) {source}, learner_id, {on}, sequence
        FROM fresh ORDER BY {source}, sequence DESC
        ON CONFLICT (source_id) DO UPDATE
        SET progressed_on = excluded.progressed_on, sequence = excluded.sequence
        WHERE v.sequence < excluded.sequence
        """,  # noqa: S608  our own words
    )


_PORTFOLIO = _progress("portfolio_id")

RISK = projection(
    "reporting.risk",
    [risk_people_view, risk_enrolments_view, risk_progress_view],
    {
        LearnerRegistered: [_PERSON],
        LearnerUpdated: [_PERSON],
        LearnerTransferred: [_PERSON],
        LearnerEnrolled: [_ENROL],
        ModuleCompleted: [_MODULE],
        EnrolmentDeferred: [_training("deferred")],
        EnrolmentResumed: [_training("active")],
        EnrolmentWithdrawn: [_training("withdrawn")],
        ProgrammeCompleted: [_COMPLETE],
        ResultReleased: [
            _progress("attempt_id", "CASE WHEN valid THEN time::date END", ", valid boolean")
        ],
        AttendanceRecorded: [
            _progress(
                "place_id",
                "CASE WHEN attendance IN ('full', 'part') THEN held_on END",
                ", attendance text, held_on date",
            )
        ],
        EvidenceRecorded: [_PORTFOLIO],
        PortfolioSubmitted: [_PORTFOLIO],
        PortfolioAssessed: [_PORTFOLIO],
        PortfolioSigned: [_PORTFOLIO],
    },
    touches=["learner_id"],
)

TRAINING = Tally(
    "risk",
    "learner_id",
    [RISK.group],
    """
    SELECT learner_id AS id, p.force_id, '' AS key, '' AS item,
        least(enrolled_on, first_on) - DATE '2000-01-01' AS d1,
        coalesce(greatest(last_on, moved_on), enrolled_on) - DATE '2000-01-01' AS d2, 1 AS n
    FROM risk_enrolments_view e JOIN risk_people_view p USING (learner_id)
    LEFT JOIN (SELECT learner_id, max(progressed_on) AS moved_on
               FROM risk_progress_view WHERE {some} GROUP BY 1) r USING (learner_id)
    WHERE training = 'active' AND completed < opened AND {some}
    """,
)

_AT_RISK = """
WITH training AS (
    SELECT force_id, n, d1 <= CAST(:due_since AS date) - DATE '2000-01-01' AS due,
        d2 <= CAST(:idle_since AS date) - DATE '2000-01-01' AS idle
    FROM tally_cells WHERE tally = 'risk' AND {seen}
)
SELECT force_id, coalesce(sum(n), 0)::bigint AS in_training,
    coalesce(sum(n) FILTER (WHERE due), 0)::bigint AS due,
    coalesce(sum(n) FILTER (WHERE idle), 0)::bigint AS idle,
    coalesce(sum(n) FILTER (WHERE due AND idle), 0)::bigint AS at_risk
FROM training GROUP BY GROUPING SETS ((force_id), ())
"""


async def at_risk(
    connection: AsyncConnection, force: str | None, today: date, due_days: int, idle_days: int
) -> Counts:
    """Enrolments in training by force, and in all: begun long ago, idle for long, and both."""
    return await by_force(
        connection,
        _AT_RISK.format(seen=seen(force)),
        force=force,
        due_since=today - timedelta(days=due_days),
        idle_since=today - timedelta(days=idle_days),
    )
