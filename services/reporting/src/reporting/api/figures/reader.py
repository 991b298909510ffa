"""What a figure is built from: a scoped connection, a sight and the reader's choices."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.database import EVERY_FORCE, Database
from reporting.api.figures.guard import Guard
from reporting.api.sight import Sight
from reporting.domain.definitions import Definition
from reporting.projections.completions import By, Period
from reporting.projections.freshness import Applied
from reporting.projections.funnel import Per

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a reader may choose: how completions are summed up over time, the funnel's keys.

    version: of the figure's definition; None is the one that holds today.
    """

    period: Period = "month"
    by: By = "module"
    per: Per = "force"
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """One reading of one figure. `force` goes into every query; the connection's scope does too."""

    connection: AsyncConnection
    sight: Sight
    choices: Choices
    applied: list[Applied]
    database: Database
    guard: Guard
    meaning: Definition
    today: date

    @property
    def force(self) -> str | None:
        return self.sight.force

    @asynccontextmanager
    async def nation(self) -> AsyncIterator[AsyncConnection]:
        """Every force's rows, for a number about the whole nation that a force may see."""
        async with self.database.connection(EVERY_FORCE, read_only=True) as connection:
            yield connection
