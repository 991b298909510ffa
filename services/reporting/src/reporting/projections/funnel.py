"""The way of each person through the programme: which steps they reached, and on which days."""

from sqlalchemy import BigInteger, Column, Date, Table, Text, Uuid

from chassis.projection import Statement
from npp_contracts.assessment import ResultReleased
from npp_contracts.enrolment import (
    LearnerEnrolled,
    LearnerRegistered,
    LearnerTransferred,
    LearnerUpdated,
    ModuleCompleted,
    ProgrammeCompleted,
)
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import PortfolioAssessed, PortfolioSigned, PortfolioSubmitted
from reporting.projections.freshness import projection
from reporting.store import metadata

funnel_people_view = Table(
    "funnel_people_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("worker_type", Text),
    Column("registered_on", Date),
    Column("sequence", BigInteger),
)
funnel_enrolments_view = Table(
    "funnel_enrolments_view",
    metadata,
    Column("enrolment_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("enrolled_on", Date),
    Column("certified_on", Date),
)
funnel_modules_view = Table(
    "funnel_modules_view",
    metadata,
    Column("learner_id", Uuid, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("completed_on", Date),
)
funnel_marks_view = Table(
    "funnel_marks_view",
    metadata,
    Column("source_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("step", Text),
    Column("reached_on", Date),
    Column("sequence", BigInteger),
)
funnel_portfolios_view = Table(
    "funnel_portfolios_view",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("submitted_on", Date),
    Column("assessed_on", Date),
    Column("signed_on", Date),
)

_REGISTER = Statement(
    "learner_id uuid, force_id text, worker_type text, time timestamptz, sequence bigint",
    """
    INSERT INTO funnel_people_view (learner_id, force_id, worker_type, registered_on, sequence)
    SELECT DISTINCT ON (learner_id) learner_id, force_id, worker_type, time::date, sequence
    FROM fresh ORDER BY learner_id, sequence ON CONFLICT (learner_id) DO NOTHING
    """,
)


def _now(*columns: str) -> Statement:
    sets = ", ".join(f"{each} = f.{each}" for each in (*columns, "sequence"))
    return Statement(
        f"learner_id uuid, sequence bigint, {', '.join(f'{each} text' for each in columns)}",
        f"""
        UPDATE funnel_people_view AS v SET {sets}
        FROM (SELECT DISTINCT ON (learner_id) * FROM fresh ORDER BY learner_id, sequence DESC) f
        WHERE v.learner_id = f.learner_id AND v.sequence < f.sequence
        """,  # noqa: S608  our own words
    )


_ENROL = Statement(
    "enrolment_id uuid, learner_id uuid, time timestamptz",
    """
    INSERT INTO funnel_enrolments_view AS v (enrolment_id, learner_id, enrolled_on)
    SELECT enrolment_id, learner_id, min(time)::date FROM fresh GROUP BY 1, 2 ORDER BY 1
    ON CONFLICT (enrolment_id) DO UPDATE
    SET enrolled_on = excluded.enrolled_on WHERE excluded.enrolled_on < v.enrolled_on
    """,
)
_MODULE = Statement(
    "learner_id uuid, module text, completed_on date",
    """
    INSERT INTO funnel_modules_view AS v (learner_id, module, completed_on)
    SELECT learner_id, module, min(completed_on) FROM fresh GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (learner_id, module) DO UPDATE
    SET completed_on = excluded.completed_on WHERE excluded.completed_on < v.completed_on
    """,
)
_CERTIFY = Statement(
    "enrolment_id uuid, completed_on date",
    """
    UPDATE funnel_enrolments_view AS v SET certified_on = least(v.certified_on, f.completed_on)
    FROM (SELECT enrolment_id, min(completed_on) AS completed_on FROM fresh GROUP BY 1) f
    WHERE v.enrolment_id = f.enrolment_id
    """,
)


def _mark(columns: str, source: str, step: str, reached_on: str, only: str = "true") -> Statement:
    # What was official may cease to be: the last word on a source counts.
    return Statement(
        f"{source} uuid, learner_id uuid, sequence bigint, {columns}",
        f"""
        INSERT INTO funnel_marks_view AS v (source_id, learner_id, step, reached_on, sequence)
        SELECT DISTINCT ON ({source}) {source}, learner_id, {step}, {reached_on}, sequence
        FROM fresh WHERE {only} ORDER BY {source}, sequence DESC
        ON CONFLICT (source_id) DO UPDATE
        SET reached_on = excluded.reached_on, sequence = excluded.sequence
        WHERE v.sequence < excluded.sequence
        """,  # noqa: S608  our own words
    )


def _portfolio(column: str) -> Statement:
    return Statement(
        "portfolio_id uuid, learner_id uuid, time timestamptz",
        f"""
        INSERT INTO funnel_portfolios_view AS v (portfolio_id, learner_id, {column})
        SELECT portfolio_id, learner_id, min(time)::date FROM fresh GROUP BY 1, 2 ORDER BY 1
        ON CONFLICT (portfolio_id) DO UPDATE
        SET {column} = least(v.{column}, excluded.{column})
        """,  # noqa: S608  our own words
    )


FUNNEL = projection(
    "reporting.funnel",
    [each for name, each in metadata.tables.items() if name.startswith("funnel_")],
    {
        # A transfer comes last in a batch: what a later roster said has the new force already.
        LearnerRegistered: [_REGISTER],
        LearnerUpdated: [_now("force_id", "worker_type")],
        LearnerTransferred: [_now("force_id")],
        LearnerEnrolled: [_ENROL],
        ModuleCompleted: [_MODULE],
        ProgrammeCompleted: [_CERTIFY],
        ResultReleased: [
            _mark(
                "occasion text, outcome text, valid boolean, time timestamptz",
                "attempt_id",
                "occasion",
                "CASE WHEN valid AND (outcome = 'passed' OR occasion = 'baseline'"
                " AND outcome = 'failed') THEN time::date END",
            )
        ],
        AttendanceRecorded: [
            _mark(
                "kind text, attendance text, held_on date",
                "place_id",
                "'classroom'",
                "CASE WHEN attendance IN ('full', 'part') THEN held_on END",
                "kind = 'classroom'",
            )
        ],
        PortfolioSubmitted: [_portfolio("submitted_on")],
        PortfolioAssessed: [_portfolio("assessed_on")],
        PortfolioSigned: [_portfolio("signed_on")],
    },
    touches=["learner_id"],
)
