"""What does not fit together among the read models, and what is missing in them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.projections.rows import Row, rows

_OF_PEOPLE = """
WITH signed AS (
    SELECT DISTINCT force_id, learner_id FROM portfolios_view WHERE state = 'signed'
), marks AS (
    SELECT force_id, learner_id, bool_or(occasion = 'baseline') AS baseline,
        bool_or(occasion = 'final') AS final,
        bool_or(occasion = 'final' AND outcome = 'passed') AS passed
    FROM results_view WHERE valid GROUP BY 1, 2
), found AS (
    SELECT force_id, 'not-enrolled' AS check FROM learners_view l
    WHERE NOT EXISTS (SELECT FROM enrolments_view e WHERE e.learner_id = l.learner_id)
    UNION ALL
    SELECT force_id, 'role-unknown' FROM learners_view WHERE worker_type IS NULL
    UNION ALL
    SELECT force_id, 'final-without-baseline' FROM marks WHERE final AND NOT baseline
    UNION ALL
    SELECT s.force_id, 'signed-without-final' FROM signed s
    LEFT JOIN marks m ON m.learner_id = s.learner_id AND m.force_id = s.force_id AND passed
    WHERE m.learner_id IS NULL
)
SELECT force_id, "check", count(*) AS people FROM found
WHERE CAST(:force AS text) IS NULL OR force_id = :force
GROUP BY GROUPING SETS ((force_id, "check"), ("check")) ORDER BY force_id, "check"
"""
_OF_SESSIONS = """
SELECT s.force_id, 'register-missing' AS check, count(*) AS sessions FROM sessions_view s
WHERE s.state = 'scheduled' AND s.ends_at < :at
  AND EXISTS (SELECT FROM places_view p WHERE p.session_id = s.session_id AND p.state = 'booked')
  AND NOT EXISTS (
      SELECT FROM places_view p WHERE p.session_id = s.session_id AND p.attendance IS NOT NULL)
  AND (CAST(:force AS text) IS NULL OR s.force_id = :force)
GROUP BY GROUPING SETS ((s.force_id), ()) ORDER BY s.force_id
"""
# A force does not see people who have left it, nor other hosts' sessions: to it they all would
# look unknown.
_OF_NATION = """
SELECT 'unknown-people' AS check, (
    SELECT count(*) FROM (SELECT learner_id FROM portfolios_view UNION
        SELECT learner_id FROM results_view UNION SELECT learner_id FROM places_view) known
    WHERE NOT EXISTS (SELECT FROM learners_view l WHERE l.learner_id = known.learner_id)) AS found
UNION ALL SELECT 'unknown-sessions', count(DISTINCT session_id) FROM places_view p
    WHERE NOT EXISTS (SELECT FROM sessions_view s WHERE s.session_id = p.session_id)
UNION ALL SELECT 'not-applied', count(*) FROM dead_letters WHERE closed_at IS NULL
"""


async def people_checks(connection: AsyncConnection, force: str | None) -> list[Row]:
    """People by force and check; a row without a force counts all."""
    return await rows(connection, _OF_PEOPLE, force=force)


async def session_checks(connection: AsyncConnection, force: str | None, at: datetime) -> list[Row]:
    """Sessions that are over and have no register, by host; a row without a force counts all."""
    return await rows(connection, _OF_SESSIONS, force=force, at=at)


async def national_checks(connection: AsyncConnection) -> dict[str, int]:
    """What only who sees every force can tell."""
    return {row["check"]: row["found"] for row in await rows(connection, _OF_NATION)}
