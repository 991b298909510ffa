"""Portfolios: the last thing that happened to each."""

from sqlalchemy import BigInteger, Column, DateTime, Integer, Table, Text, Uuid
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
from reporting.projections.rows import Counts, keyed
from reporting.projections.tally import Tally
from reporting.store import metadata

STATES = ("draft", "submitted", "returned", "assessed", "quality_assured", "signed")

portfolios_view = Table(
    "portfolios_view",
    metadata,
    Column("portfolio_id", Uuid, primary_key=True),
    Column("learner_id", Uuid),
    Column("force_id", Text),
    Column("enrolment_id", Uuid),
    Column("programme_id", Text),
    Column("programme_version", Integer),
    Column("part", Text),
    Column("state", Text),
    Column("revision", Integer),
    Column("opened_at", DateTime(timezone=True)),
    Column("signed_at", DateTime(timezone=True)),
    Column("sequence", BigInteger),
)

_OPEN = Statement(
    "portfolio_id uuid, learner_id uuid, force_id text, enrolment_id uuid, programme_id text,"
    " programme_version integer, part text, time timestamptz, sequence bigint",
    """
    INSERT INTO portfolios_view
        (portfolio_id, learner_id, force_id, enrolment_id, programme_id, programme_version, part,
         state, revision, opened_at, sequence)
    SELECT portfolio_id, learner_id, force_id, enrolment_id, programme_id, programme_version, part,
        'draft', 0, time, sequence
    FROM fresh ORDER BY portfolio_id ON CONFLICT (portfolio_id) DO NOTHING
    """,
)


def _moved(state: str, *, only: str = "true", columns: str = "", sets: str = "") -> Statement:
    return Statement(
        f"portfolio_id uuid, force_id text, revision integer, sequence bigint{columns}",
        f"""
        UPDATE portfolios_view AS v
        SET state = '{state}', force_id = f.force_id, revision = f.revision,
            sequence = f.sequence{sets}
        FROM (SELECT DISTINCT ON (portfolio_id) * FROM fresh WHERE {only}
              ORDER BY portfolio_id, sequence DESC) f
        WHERE v.portfolio_id = f.portfolio_id AND v.sequence < f.sequence
        """,  # noqa: S608  all of it is written below
    )


PORTFOLIOS = projection(
    "reporting.portfolios",
    [portfolios_view],
    {
        PortfolioOpened: [_OPEN],
        PortfolioSubmitted: [_moved("submitted")],
        PortfolioReturned: [_moved("returned")],
        PortfolioAssessed: [_moved("assessed")],
        PortfolioQualityAssured: [
            # Any other outcome leaves it assessed until somebody returns it.
            _moved("quality_assured", only="outcome = 'upheld'", columns=", outcome text")
        ],
        PortfolioSigned: [
            _moved("signed", columns=", signed_at timestamptz", sets=", signed_at = f.signed_at")
        ],
    },
    touches=["learner_id", "portfolio_id"],
)

PORTFOLIO_STATES = Tally(
    "portfolios",
    "portfolio_id",
    [PORTFOLIOS.group],
    """
    SELECT portfolio_id AS id, force_id, state AS key, '' AS item, 0 AS d1, 0 AS d2, 1 AS n
    FROM portfolios_view WHERE {some}
    """,
)


async def portfolio_states(connection: AsyncConnection, force: str | None) -> Counts:
    """Portfolios by state and force, and in all."""
    return await keyed(connection, PORTFOLIO_STATES.name, force)
