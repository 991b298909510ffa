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
)

_AGES = """
WITH ages AS (
    SELECT force_id, state, CAST(:today AS date) - since AS days FROM pipeline_view
    WHERE state <> 'signed' AND (CAST(:force AS text) IS NULL OR force_id = :force)
)
SELECT force_id, state, count(*) AS portfolios,
    count(*) FILTER (WHERE days < :ageing) AS fresh,
    count(*) FILTER (WHERE days >= :ageing AND days < :old) AS ageing,
    count(*) FILTER (WHERE days >= :old AND days < :stale) AS old,
    count(*) FILTER (WHERE days >= :stale) AS stale,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS median_days
FROM ages GROUP BY GROUPING SETS ((force_id, state), (state)) ORDER BY force_id, state
"""


async def ages(
    connection: AsyncConnection, force: str | None, today: date, bands: Mapping[str, int]
) -> list[Row]:
    """Open portfolios by force and state, in bands of age; a row without a force counts all.

    bands: the age in days from which a portfolio is `ageing`, `old` and `stale`.
    """
    return await rows(connection, _AGES, force=force, today=today, **bands)
