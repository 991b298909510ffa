"""What is asked of portfolios: one, a page of them, and what is in one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from portfolio.domain.assessment import Decision
from portfolio.domain.evidence import Evidence
from portfolio.domain.framework import Framework
from portfolio.domain.log import LogEntry
from portfolio.domain.portfolio import Portfolio, State
from portfolio.store import tables

Reader: TypeAlias = AsyncConnection | AsyncSession

SUMMARY: Final = (
    "portfolio_id",
    "learner_id",
    "force_id",
    "programme_id",
    "programme_version",
    "part",
    "framework",
    "framework_version",
    "state",
    "revision",
    "sampled",
    "assessor_id",
    "verifier_id",
    "signer_id",
    "signed_at",
    "content_sha256",
    "opened_at",
    "updated_at",
    "version",
)


@dataclass(frozen=True)
class Wanted:
    """Which portfolios a list is of, and which page of it; None is no limit."""

    force_id: str | None = None
    learner_id: UUID | None = None
    state: State | None = None
    part: str | None = None
    sampled: bool | None = None
    after: UUID | None = None
    updated_since: datetime | None = None
    rows: int = 101


async def listed(connection: AsyncConnection, wanted: Wanted) -> Sequence[RowMapping]:
    """Portfolios in the order of their ids."""
    table = tables.portfolios
    query = select(*(table.c[name] for name in SUMMARY))
    for name in ("force_id", "learner_id", "state", "part", "sampled"):
        if (value := getattr(wanted, name)) is not None:
            query = query.where(table.c[name] == value)
    if wanted.after is not None:
        query = query.where(table.c.portfolio_id > wanted.after)
    if wanted.updated_since is not None:
        query = query.where(table.c.updated_at >= wanted.updated_since)
    return await _rows(connection, query.order_by(table.c.portfolio_id).limit(wanted.rows))


async def portfolio_of(reader: Reader, portfolio_id: UUID) -> Portfolio | None:
    """A portfolio to read, if it is in sight."""
    table = tables.portfolios
    found = await _rows(reader, select(table).where(table.c.portfolio_id == portfolio_id))
    return Portfolio(**found[0]) if found else None


async def evidence_of(reader: Reader, portfolio_id: UUID) -> list[Evidence]:
    """A portfolio's evidence in the order in which it was put in."""
    table = tables.evidence
    query = select(table).where(table.c.portfolio_id == portfolio_id)
    return [Evidence(**row) for row in await _rows(reader, query.order_by(table.c.evidence_id))]


async def decisions_of(reader: Reader, portfolio_id: UUID, revision: int) -> list[Decision]:
    """The assessor's decisions on one revision."""
    table = tables.decisions
    query = select(table).where(table.c.portfolio_id == portfolio_id, table.c.revision == revision)
    return [Decision(**row) for row in await _rows(reader, query.order_by(table.c.criterion))]


async def log_of(reader: Reader, portfolio_id: UUID) -> list[LogEntry]:
    """A portfolio's log from its first entry."""
    table = tables.decision_log
    query = select(table).where(table.c.portfolio_id == portfolio_id)
    return [LogEntry(**row) for row in await _rows(reader, query.order_by(table.c.position))]


async def framework_of(reader: Reader, code: str, version: int) -> Framework | None:
    table = tables.frameworks
    found = await _rows(
        reader, select(table).where(table.c.code == code, table.c.version == version)
    )
    return Framework(**found[0]) if found else None


async def newest_frameworks(reader: Reader) -> dict[tuple[str, str], Framework]:
    """By programme and part, the framework that a portfolio opened now is bound to."""
    table = tables.frameworks
    query = select(table).order_by(table.c.published_at, table.c.version)
    found = [Framework(**row) for row in await _rows(reader, query)]
    return {(one.programme_id, one.part): one for one in found}


async def _rows(reader: Reader, query: Select[Any]) -> Sequence[RowMapping]:
    rows: Sequence[RowMapping] = (await reader.execute(query)).mappings().all()
    return rows
