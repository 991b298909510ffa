"""What became of the files and statements that enrolment took in, force by force."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.enrolment import FileTaken, StatementsWaiting
from reporting.projections.freshness import projection
from reporting.projections.rows import Row, rows
from reporting.store import metadata

files_view = Table(
    "files_view",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("kind", Text),
    Column("taken_at", DateTime(timezone=True)),
    Column("accepted", Integer),
    Column("refused", Integer),
    Column("unmatched", Integer),
)
waiting_view = Table(
    "waiting_view",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("waiting", Integer),
    Column("sequence", BigInteger),
)

FILES = projection(
    "reporting.files",
    [files_view, waiting_view],
    {
        FileTaken: [
            Statement(
                "force_id text, sequence bigint, kind text, time timestamptz, accepted integer,"
                " refused integer, unmatched integer",
                """
                INSERT INTO files_view
                    (force_id, sequence, kind, taken_at, accepted, refused, unmatched)
                SELECT force_id, sequence, kind, time, accepted, refused, unmatched
                FROM fresh ORDER BY force_id, sequence
                ON CONFLICT (force_id, sequence) DO NOTHING
                """,
            )
        ],
        StatementsWaiting: [
            Statement(
                "force_id text, sequence bigint, waiting integer",
                """
                INSERT INTO waiting_view AS v (force_id, waiting, sequence)
                SELECT DISTINCT ON (force_id) force_id, waiting, sequence
                FROM fresh ORDER BY force_id, sequence DESC
                ON CONFLICT (force_id) DO UPDATE
                SET waiting = excluded.waiting, sequence = excluded.sequence
                WHERE v.sequence < excluded.sequence
                """,
            )
        ],
    },
)

# A roster of which nothing was taken has told of nobody.
_LATELY = """
SELECT force_id,
    coalesce(sum(refused) FILTER (WHERE taken_at >= :rows_since), 0)::bigint AS refused,
    coalesce(sum(unmatched) FILTER (WHERE taken_at >= :rows_since), 0)::bigint AS unmatched,
    bool_or(kind = 'roster' AND accepted > 0 AND taken_at >= :roster_since) AS roster
FROM files_view
WHERE taken_at >= least(CAST(:rows_since AS timestamptz), CAST(:roster_since AS timestamptz))
  AND (CAST(:force AS text) IS NULL OR force_id = :force)
GROUP BY force_id ORDER BY force_id
"""
_WAITING = """
SELECT force_id, waiting FROM waiting_view
WHERE CAST(:force AS text) IS NULL OR force_id = :force ORDER BY force_id
"""


async def lately(
    connection: AsyncConnection, force: str | None, rows_since: datetime, roster_since: datetime
) -> list[Row]:
    """By force the rows that were sent back since a moment, and whether a roster came since one.

    `national` has the rows that named no force.
    """
    since = {"rows_since": rows_since, "roster_since": roster_since}
    return await rows(connection, _LATELY, force=force, **since)


async def waiting(connection: AsyncConnection, force: str | None) -> dict[str, int]:
    """By force the statements that wait for somebody whom no roster has named."""
    found = await rows(connection, _WAITING, force=force)
    return {row["force_id"]: row["waiting"] for row in found}
