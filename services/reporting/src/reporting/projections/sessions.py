"""Sessions: what is on the calendar, and what was taken off it."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.events import SessionCancelled, SessionScheduled
from reporting.projections.freshness import projection
from reporting.projections.rows import Row, rows
from reporting.projections.tally import Tally
from reporting.store import metadata

sessions_view = Table(
    "sessions_view",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("kind", Text),
    Column("title", Text),
    Column("module", Text),
    Column("starts_at", DateTime(timezone=True)),
    Column("ends_at", DateTime(timezone=True)),
    Column("capacity", Integer),
    Column("duty_minutes", Integer),
    Column("state", Text),
    Column("sequence", BigInteger),
)

_SCHEDULE = Statement(
    "session_id uuid, force_id text, kind text, title text, module text, starts_at timestamptz,"
    " ends_at timestamptz, capacity integer, duty_minutes integer, sequence bigint",
    """
    INSERT INTO sessions_view AS v
        (session_id, force_id, kind, title, module, starts_at, ends_at, capacity, duty_minutes,
         state, sequence)
    SELECT DISTINCT ON (session_id) session_id, force_id, kind, title, module, starts_at, ends_at,
        capacity, duty_minutes, 'scheduled', sequence
    FROM fresh ORDER BY session_id, sequence DESC
    ON CONFLICT (session_id) DO UPDATE
    SET kind = excluded.kind, title = excluded.title, module = excluded.module,
        starts_at = excluded.starts_at, ends_at = excluded.ends_at,
        capacity = excluded.capacity, duty_minutes = excluded.duty_minutes,
        state = excluded.state, sequence = excluded.sequence
    WHERE v.sequence < excluded.sequence
    """,
)
_CANCEL = Statement(
    "session_id uuid, sequence bigint",
    """
    UPDATE sessions_view AS v SET state = 'cancelled', sequence = f.sequence
    FROM fresh f WHERE v.session_id = f.session_id AND v.sequence < f.sequence
    """,
)

SESSIONS = projection(
    "reporting.sessions",
    [sessions_view],
    {SessionScheduled: [_SCHEDULE], SessionCancelled: [_CANCEL]},
    touches=["session_id"],
)

CALENDAR = Tally(
    "calendar",
    "session_id",
    [SESSIONS.group],
    """
    SELECT session_id AS id, force_id, kind AS key, state AS item, capacity AS d1, 0 AS d2, 1 AS n
    FROM sessions_view WHERE {some}
    """,
)

_KINDS = """
SELECT force_id, key AS kind, item AS state, sum(n)::bigint AS sessions,
    sum(n * d1)::bigint AS capacity
FROM tally_cells WHERE tally = 'calendar' AND {hosts}
GROUP BY GROUPING SETS ((force_id, key, item), (key, item)) ORDER BY force_id, kind, state
"""


def hosts(force: str | None) -> str:
    """The cells of one's own sessions and those for everybody, or of all."""
    return "true" if force is None else "force_id IN (:force, 'national')"


async def session_kinds(connection: AsyncConnection, force: str | None) -> list[Row]:
    """Sessions by host, kind and state; a row without a force counts all."""
    return await rows(connection, _KINDS.format(hosts=hosts(force)), force=force)
