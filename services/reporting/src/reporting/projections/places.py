"""Places at sessions: booked, waiting, given up; and what the register says of them."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.events import AttendanceRecorded, PlaceBooked, PlaceCancelled, PlaceWaitlisted
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, by_force, rows
from reporting.store import metadata

places_view = Table(
    "places_view",
    metadata,
    Column("place_id", Uuid, primary_key=True),
    Column("session_id", Uuid),
    Column("learner_id", Uuid),
    Column("force_id", Text),
    Column("state", Text),
    Column("late", Boolean),
    Column("sequence", BigInteger),
    Column("kind", Text),
    Column("module", Text),
    Column("attendance", Text),
    Column("minutes", Integer),
    Column("held_on", Date),
    Column("attendance_sequence", BigInteger),
)


def _place(state: str, late: str = "false", columns: str = "") -> Statement:
    return Statement(
        f"place_id uuid, session_id uuid, learner_id uuid, force_id text, sequence bigint{columns}",
        f"""
        INSERT INTO places_view AS v
            (place_id, session_id, learner_id, force_id, state, late, sequence,
             attendance_sequence)
        SELECT DISTINCT ON (place_id)
            place_id, session_id, learner_id, force_id, '{state}', {late}, sequence, 0
        FROM fresh ORDER BY place_id, sequence DESC
        ON CONFLICT (place_id) DO UPDATE
        SET state = excluded.state, late = excluded.late, force_id = excluded.force_id,
            sequence = excluded.sequence
        WHERE v.sequence < excluded.sequence
        """,  # noqa: S608  our own words
    )


_ATTEND = Statement(
    "place_id uuid, session_id uuid, learner_id uuid, force_id text, sequence bigint, kind text,"
    " module text, attendance text, minutes integer, held_on date",
    """
    INSERT INTO places_view AS v
        (place_id, session_id, learner_id, force_id, state, late, sequence, kind, module,
         attendance, minutes, held_on, attendance_sequence)
    SELECT DISTINCT ON (place_id) place_id, session_id, learner_id, force_id, 'booked', false, 0,
        kind, module, attendance, minutes, held_on, sequence
    FROM fresh ORDER BY place_id, sequence DESC
    ON CONFLICT (place_id) DO UPDATE
    SET kind = excluded.kind, module = excluded.module, attendance = excluded.attendance,
        minutes = excluded.minutes, held_on = excluded.held_on, force_id = excluded.force_id,
        attendance_sequence = excluded.attendance_sequence
    WHERE v.attendance_sequence < excluded.attendance_sequence
    """,
)

PLACES = projection(
    "reporting.places",
    [places_view],
    {
        PlaceWaitlisted: [_place("waitlisted")],
        PlaceBooked: [_place("booked")],
        PlaceCancelled: [_place("cancelled", "late", ", late boolean")],
        AttendanceRecorded: [_ATTEND],
    },
)

_KINDS = """
SELECT force_id, kind, count(*) FILTER (WHERE attendance = 'full') AS full,
    count(*) FILTER (WHERE attendance = 'part') AS part,
    count(*) FILTER (WHERE attendance = 'no-show') AS no_show,
    sum(minutes)::bigint AS minutes
FROM places_view
WHERE attendance IS NOT NULL AND (CAST(:force AS text) IS NULL OR force_id = :force)
GROUP BY GROUPING SETS ((force_id, kind), (kind)) ORDER BY force_id, kind
"""
_CLASSROOM = """
WITH people AS (
    SELECT DISTINCT force_id, learner_id FROM places_view
    WHERE kind = 'classroom' AND attendance IN ('full', 'part')
      AND (CAST(:force AS text) IS NULL OR force_id = :force)
)
SELECT force_id, count(*) AS classroom_attended FROM people GROUP BY force_id
UNION ALL
SELECT NULL, count(DISTINCT learner_id) FROM people
"""
# Whose places a reader sees is decided by the people's force, which sessions by their host's.
_SESSIONS = """
WITH seats AS (
    SELECT session_id, count(*) FILTER (WHERE state = 'booked') AS booked,
        count(*) FILTER (WHERE state = 'waitlisted') AS waiting,
        count(*) FILTER (WHERE attendance = 'full') AS whole,
        count(*) FILTER (WHERE attendance = 'part') AS in_part,
        count(*) FILTER (WHERE attendance = 'no-show') AS no_show
    FROM places_view WHERE CAST(:force AS text) IS NULL OR force_id = :force GROUP BY session_id
)
SELECT s.force_id, s.kind, count(*) FILTER (WHERE s.state = 'scheduled') AS sessions,
    coalesce(sum(s.capacity) FILTER (WHERE s.state = 'scheduled'), 0)::bigint AS places,
    coalesce(sum(booked), 0)::bigint AS booked, coalesce(sum(waiting), 0)::bigint AS waiting,
    coalesce(sum(whole + in_part), 0)::bigint AS attended,
    coalesce(sum(whole), 0)::bigint AS full, coalesce(sum(in_part), 0)::bigint AS part,
    coalesce(sum(no_show), 0)::bigint AS no_show
FROM sessions_view s LEFT JOIN seats USING (session_id)
WHERE CAST(:force AS text) IS NULL OR s.force_id IN (:force, 'national')
GROUP BY GROUPING SETS ((s.force_id, s.kind), (s.kind)) ORDER BY s.force_id, s.kind
"""


async def session_places(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Sessions and their places by host and kind; a row without a force counts all."""
    return await rows(connection, _SESSIONS, force=force)


async def attendance_kinds(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Attendance by force and kind of session; a row without a force counts all."""
    return await rows(connection, _KINDS, force=force)


async def classroom_people(connection: AsyncConnection, force: str | None) -> Counts:
    """People who have attended a classroom session, by force and in all."""
    return await by_force(connection, _CLASSROOM, force=force)
