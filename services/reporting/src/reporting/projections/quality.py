"""What does not fit together among the read models, and what is missing in them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.projections.learners import LEARNERS
from reporting.projections.places import PLACES
from reporting.projections.portfolios import PORTFOLIOS
from reporting.projections.results import RESULTS
from reporting.projections.rows import Row, rows
from reporting.projections.sessions import SESSIONS
from reporting.projections.tally import Tally, seen

PEOPLE = Tally(
    "people-checks",
    "learner_id",
    [LEARNERS.group, PORTFOLIOS.group, RESULTS.group],
    """
    WITH signed AS (
        SELECT DISTINCT force_id, learner_id FROM portfolios_view WHERE state = 'signed' AND {some}
    ), marks AS (
        SELECT force_id, learner_id, bool_or(occasion = 'baseline') AS baseline,
            bool_or(occasion = 'final') AS final,
            bool_or(occasion = 'final' AND outcome = 'passed') AS passed
        FROM results_view WHERE valid AND {some} GROUP BY 1, 2
    ), found AS (
        SELECT force_id, learner_id, 'not-enrolled' AS check FROM learners_view l
        WHERE {some} AND NOT EXISTS (
            SELECT FROM enrolments_view e WHERE e.learner_id = l.learner_id)
        UNION ALL
        SELECT force_id, learner_id, 'role-unknown' FROM learners_view
        WHERE worker_type IS NULL AND {some}
        UNION ALL
        SELECT force_id, learner_id, 'final-without-baseline' FROM marks
        WHERE final AND NOT baseline
        UNION ALL
        SELECT s.force_id, s.learner_id, 'signed-without-final' FROM signed s
        LEFT JOIN marks m ON m.learner_id = s.learner_id AND m.force_id = s.force_id AND passed
        WHERE m.learner_id IS NULL
    )
    SELECT learner_id AS id, force_id, "check" AS key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM found
    """,
)
# A force does not see people who have left it, nor other hosts' sessions: to it they all would
# look unknown.
UNKNOWN_PEOPLE = Tally(
    "unknown-people",
    "learner_id",
    [LEARNERS.group, PORTFOLIOS.group, RESULTS.group, PLACES.group],
    """
    SELECT learner_id AS id, '' AS force_id, '' AS key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM (SELECT learner_id FROM portfolios_view WHERE {some}
        UNION SELECT learner_id FROM results_view WHERE {some}
        UNION SELECT learner_id FROM places_view WHERE {some}) known
    WHERE NOT EXISTS (SELECT FROM learners_view l WHERE l.learner_id = known.learner_id)
    """,
)
UNKNOWN_SESSIONS = Tally(
    "unknown-sessions",
    "session_id",
    [SESSIONS.group, PLACES.group],
    """
    SELECT DISTINCT session_id AS id, '' AS force_id, '' AS key, '' AS item, 0 AS d1, 0 AS d2,
        1 AS n
    FROM places_view p
    WHERE {some} AND NOT EXISTS (SELECT FROM sessions_view s WHERE s.session_id = p.session_id)
    """,
)
UNMARKED = Tally(
    "unmarked",
    "session_id",
    [SESSIONS.group, PLACES.group],
    """
    SELECT session_id AS id, force_id, '' AS key, '' AS item,
        (extract(epoch FROM ends_at) * 1000000)::bigint AS d1, 0 AS d2, 1 AS n
    FROM sessions_view s WHERE state = 'scheduled' AND {some}
      AND EXISTS (
          SELECT FROM places_view p WHERE p.session_id = s.session_id AND p.state = 'booked')
      AND NOT EXISTS (
          SELECT FROM places_view p
          WHERE p.session_id = s.session_id AND p.attendance IS NOT NULL)
    """,
)

_OF_PEOPLE = """
SELECT force_id, key AS "check", sum(n)::bigint AS people
FROM tally_cells WHERE tally = 'people-checks' AND {seen}
GROUP BY GROUPING SETS ((force_id, key), (key)) ORDER BY force_id, key
"""
_OF_SESSIONS = """
SELECT force_id, 'register-missing' AS "check", coalesce(sum(n), 0)::bigint AS sessions
FROM tally_cells
WHERE tally = 'unmarked' AND d1 < extract(epoch FROM CAST(:at AS timestamptz)) * 1000000 AND {seen}
GROUP BY GROUPING SETS ((force_id), ()) ORDER BY force_id
"""
_OF_NATION = """
SELECT tally AS "check", sum(n)::bigint AS found FROM tally_cells
WHERE tally IN ('unknown-people', 'unknown-sessions') GROUP BY tally
UNION ALL SELECT 'not-applied', count(*) FROM dead_letters WHERE closed_at IS NULL
"""


async def people_checks(connection: AsyncConnection, force: str | None) -> list[Row]:
    """People by force and check; a row without a force counts all."""
    return await rows(connection, _OF_PEOPLE.format(seen=seen(force)), force=force)


async def session_checks(connection: AsyncConnection, force: str | None, at: datetime) -> list[Row]:
    """Sessions that are over and have no register, by host; a row without a force counts all."""
    return await rows(connection, _OF_SESSIONS.format(seen=seen(force)), force=force, at=at)


async def national_checks(connection: AsyncConnection) -> dict[str, int]:
    """What only who sees every force can tell."""
    none = {"unknown-people": 0, "unknown-sessions": 0}
    return none | {row["check"]: row["found"] for row in await rows(connection, _OF_NATION)}
