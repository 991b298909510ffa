"""Portfolios on their way: where each is, and since when."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import BigInteger, Column, Date, Table, Text, Uuid
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.portfolio import (
    PortfolioAssessed,
    PortfolioOpened,
    PortfolioQualityAssured,
    PortfolioReturned,
    PortfolioSigned,
    PortfolioSubmitted,
)
from reporting.projections.freshness import projection
from reporting.projections.rows import Row, rows
from reporting.projections.tally import Tally, median, seen
from reporting.store import metadata

OPEN = ("draft", "submitted", "returned", "assessed", "quality_assured")
BANDS = ("fresh", "ageing", "old", "stale")

pipeline_view = Table(
    "pipeline_view",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("force_id", Text),
    Column("state", Text),
    Column("since", Date),
    Column("sequence", BigInteger),
)


def _enters(state: str, *, only: str = "true", columns: str = "") -> Statement:
    return Statement(
        f"portfolio_id uuid, force_id text, time timestamptz, sequence bigint{columns}",
        f"""
        INSERT INTO pipeline_view AS v (portfolio_id, force_id, state, since, sequence)
        SELECT DISTINCT ON (portfolio_id) portfolio_id, force_id, '{state}', time::date, sequence
        FROM fresh WHERE {only} ORDER BY portfolio_id, sequence DESC
        ON CONFLICT (portfolio_id) DO UPDATE
        SET force_id = excluded.force_id, state = excluded.state, since = excluded.since,
            sequence = excluded.sequence
        WHERE v.sequence < excluded.sequence
        """,  # noqa: S608  all of it is written below
    )


PIPELINE = projection(
    "reporting.pipeline",
    [pipeline_view],
    {
        PortfolioOpened: [_enters("draft")],
        PortfolioSubmitted: [_enters("submitted")],
        PortfolioReturned: [_enters("returned")],
        PortfolioAssessed: [_enters("assessed")],
        PortfolioQualityAssured: [
            # Any other outcome leaves it assessed until somebody returns it.
            _enters("quality_assured", only="outcome = 'upheld'", columns=", outcome text")
        ],
        PortfolioSigned: [_enters("signed")],
    },
    touches=["portfolio_id"],
)

STATES = Tally(
    "pipeline",
    "portfolio_id",
    [PIPELINE.group],
    """
    SELECT portfolio_id AS id, force_id, state AS key, '' AS item,
        since - DATE '2000-01-01' AS d1, 0 AS d2, 1 AS n
    FROM pipeline_view WHERE state <> 'signed' AND {some}
    """,
)

_AGES = """
WITH ages AS (
    SELECT force_id, key AS state, CAST(:today AS date) - DATE '2000-01-01' - d1 AS days,
        sum(n) AS n
    FROM tally_cells WHERE tally = 'pipeline' AND {seen}
    GROUP BY GROUPING SETS ((force_id, key, d1), (key, d1))
), ranked AS (
    SELECT *, sum(n) OVER (PARTITION BY force_id, state ORDER BY days) AS upto,
        sum(n) OVER (PARTITION BY force_id, state) AS whole
    FROM ages
)
SELECT force_id, state, sum(n)::bigint AS portfolios,
    coalesce(sum(n) FILTER (WHERE days < :ageing), 0)::bigint AS fresh,
    coalesce(sum(n) FILTER (WHERE days >= :ageing AND days < :old), 0)::bigint AS ageing,
    coalesce(sum(n) FILTER (WHERE days >= :old AND days < :stale), 0)::bigint AS old,
    coalesce(sum(n) FILTER (WHERE days >= :stale), 0)::bigint AS stale,
    {median} AS median_days
FROM ranked GROUP BY force_id, state ORDER BY force_id, state
"""


async def ages(
    connection: AsyncConnection, force: str | None, today: date, bands: Mapping[str, int]
) -> list[Row]:
    """Open portfolios by force and state, in bands of age; a row without a force counts all.

    bands: the age in days from which a portfolio is `ageing`, `old` and `stale`.
    """
    sql = _AGES.format(seen=seen(force), median=median("days"))
    return await rows(connection, sql, force=force, today=today, **bands)
