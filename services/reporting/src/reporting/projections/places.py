"""Places at sessions: booked, waiting, given up; and what the register says of them."""

from sqlalchemy import BigInteger, Boolean, Column, Date, Integer, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.events import AttendanceRecorded, PlaceBooked, PlaceCancelled, PlaceWaitlisted
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, keyed, rows
from reporting.projections.sessions import SESSIONS, hosts
from reporting.projections.tally import Tally, seen
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
    touches=["learner_id", "session_id"],
)

ATTENDANCE = Tally(
    "attendance",
    "learner_id",
    [PLACES.group],
    """
    SELECT learner_id AS id, force_id, kind AS key, attendance AS item,
        coalesce(minutes, 0) AS d1, 0 AS d2, 1 AS n
    FROM places_view WHERE attendance IS NOT NULL AND {some}
    """,
)
CLASSROOM = Tally(
    "classroom",
    "learner_id",
    [PLACES.group],
    """
    SELECT DISTINCT learner_id AS id, whose AS force_id, 'classroom_attended' AS key, '' AS item,
        0 AS d1, 0 AS d2, 1 AS n
    FROM places_view CROSS JOIN LATERAL (VALUES (force_id), ('')) AS forces (whose)
    WHERE kind = 'classroom' AND attendance IN ('full', 'part') AND {some}
    """,
)
# Whose places a reader sees is decided by the people's force, which sessions by their host's: it
# is the key.
SEATS = Tally(
    "seats",
    "session_id",
    [SESSIONS.group, PLACES.group],
    """
    SELECT session_id AS id, p.force_id, s.force_id AS key, s.kind || ' ' || seat AS item, 0 AS d1,
        0 AS d2, 1 AS n
    FROM places_view p JOIN sessions_view s USING (session_id)
    CROSS JOIN LATERAL (VALUES
        ('booked', p.state = 'booked'), ('waiting', p.state = 'waitlisted'),
        ('full', attendance = 'full'), ('part', attendance = 'part'),
        ('no_show', attendance = 'no-show')) AS seats (seat, holds)
    WHERE holds AND {some}
    """,
)

_KINDS = """
SELECT force_id, key AS kind, coalesce(sum(n) FILTER (WHERE item = 'full'), 0)::bigint AS full,
    coalesce(sum(n) FILTER (WHERE item = 'part'), 0)::bigint AS part,
    coalesce(sum(n) FILTER (WHERE item = 'no-show'), 0)::bigint AS no_show,
    sum(n * d1)::bigint AS minutes
FROM tally_cells WHERE tally = 'attendance' AND {seen}
GROUP BY GROUPING SETS ((force_id, key), (key)) ORDER BY force_id, kind
"""
_SESSIONS = """
WITH counted AS (
    SELECT force_id AS host, key AS kind, CASE WHEN item = 'scheduled' THEN n END AS sessions,
        CASE WHEN item = 'scheduled' THEN n * d1 END AS places, '' AS seat, NULL::bigint AS n
    FROM tally_cells WHERE tally = 'calendar' AND {hosts}
    UNION ALL
    SELECT key, split_part(item, ' ', 1), NULL, NULL, split_part(item, ' ', 2), n
    FROM tally_cells WHERE tally = 'seats' AND {seen} AND {of_hosts}
)
SELECT host AS force_id, kind, coalesce(sum(sessions), 0)::bigint AS sessions,
    coalesce(sum(places), 0)::bigint AS places,
    coalesce(sum(n) FILTER (WHERE seat = 'booked'), 0)::bigint AS booked,
    coalesce(sum(n) FILTER (WHERE seat = 'waiting'), 0)::bigint AS waiting,
    coalesce(sum(n) FILTER (WHERE seat IN ('full', 'part')), 0)::bigint AS attended,
    coalesce(sum(n) FILTER (WHERE seat = 'full'), 0)::bigint AS full,
    coalesce(sum(n) FILTER (WHERE seat = 'part'), 0)::bigint AS part,
    coalesce(sum(n) FILTER (WHERE seat = 'no_show'), 0)::bigint AS no_show
FROM counted GROUP BY GROUPING SETS ((host, kind), (kind)) ORDER BY host, kind
"""


async def session_places(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Sessions and their places by host and kind; a row without a force counts all."""
    mine = hosts(force)
    sql = _SESSIONS.format(seen=seen(force), hosts=mine, of_hosts=mine.replace("force_id", "key"))
    return await rows(connection, sql, force=force)


async def attendance_kinds(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Attendance by force and kind of session; a row without a force counts all."""
    return await rows(connection, _KINDS.format(seen=seen(force)), force=force)


async def classroom_people(connection: AsyncConnection, force: str | None) -> Counts:
    """People who have attended a classroom session, by force and in all."""
    return await keyed(connection, CLASSROOM.name, force, once=True)
