"""What a figure is built from: a scoped connection, a sight and the reader's choices."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.api.figures.guard import Guard
from reporting.api.sight import Sight
from reporting.domain.definitions import Definition
from reporting.projections.completions import By, Period
from reporting.projections.freshness import Applied
from reporting.projections.way import Per

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
    """One reading of one figure. `force` goes into every query; the connection's scope does too.

    nation: every force's rows, for a number about the whole nation that a force may see. at: the
    moment that ages are counted to.
    """

    connection: AsyncConnection
    sight: Sight
    choices: Choices
    applied: list[Applied]
    nation: Callable[[], AbstractAsyncContextManager[AsyncConnection]]
    guard: Guard
    meaning: Definition
    at: datetime

    @property
    def force(self) -> str | None:
        return self.sight.force

    @property
    def today(self) -> date:
        return self.at.date()
