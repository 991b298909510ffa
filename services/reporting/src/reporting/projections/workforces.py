"""What forces said about how many neighbourhood staff they have: every report is kept."""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.enrolment import WorkforceReported
from reporting.projections.freshness import projection
from reporting.projections.rows import Row, rows
from reporting.store import metadata

workforces_view = Table(
    "workforces_view",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("as_of", Date),
    Column("headcount", Integer),
    Column("source", Text),
    Column("reported_at", DateTime(timezone=True)),
)

WORKFORCES = projection(
    "reporting.workforces",
    [workforces_view],
    {
        WorkforceReported: [
            Statement(
                "force_id text, sequence bigint, as_of date, headcount integer, source text,"
                " time timestamptz",
                """
                INSERT INTO workforces_view
                    (force_id, sequence, as_of, headcount, source, reported_at)
                SELECT force_id, sequence, as_of, headcount, source, time
                FROM fresh ORDER BY force_id, sequence
                ON CONFLICT (force_id, sequence) DO NOTHING
                """,
            )
        ]
    },
)

_LATEST = """
SELECT DISTINCT ON (force_id) force_id, as_of, headcount, source, reported_at,
    count(*) OVER (PARTITION BY force_id, as_of) AS revision
FROM workforces_view WHERE CAST(:force AS text) IS NULL OR force_id = :force
ORDER BY force_id, as_of DESC, sequence DESC
"""


async def denominators(connection: AsyncConnection, force: str | None) -> dict[str, Row]:
    """By force its report for the latest date; of several for that date, the last one made."""
    found = await rows(connection, _LATEST, force=force)
    return {row["force_id"]: row for row in found}
