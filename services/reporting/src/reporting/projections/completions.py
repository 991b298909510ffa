"""Module completions: counters per day and per month, by force, module and the way reported."""

from typing import Literal

from sqlalchemy import BigInteger, Column, Date, Table, Text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.projection import Statement
from npp_contracts.enrolment import ModuleCompleted
from reporting.projections.freshness import projection
from reporting.projections.rows import Counts, Row, by_force, rows
from reporting.store import metadata

Period = Literal["day", "week", "month"]
By = Literal["module", "force", "via"]

module_completions_view = Table(
    "module_completions_view",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("completed_on", Date, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("via", Text, primary_key=True),
    Column("completions", BigInteger),
)
module_months_view = Table(
    "module_months_view",
    metadata,
    Column("force_id", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("module", Text, primary_key=True),
    Column("via", Text, primary_key=True),
    Column("completions", BigInteger),
)

_DAYS = Statement(
    "force_id text, completed_on date, module text, via text",
    """
    INSERT INTO module_completions_view AS v (force_id, completed_on, module, via, completions)
    SELECT force_id, completed_on, module, via, count(*)
    FROM fresh GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (force_id, completed_on, module, via) DO UPDATE
    SET completions = v.completions + excluded.completions
    """,
)
_MONTHS = Statement(
    "force_id text, completed_on date, module text, via text",
    """
    INSERT INTO module_months_view AS v (force_id, month, module, via, completions)
    SELECT force_id, date_trunc('month', completed_on)::date, module, via, count(*)
    FROM fresh GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (force_id, month, module, via) DO UPDATE
    SET completions = v.completions + excluded.completions
    """,
)

MODULE_COMPLETIONS = projection(
    "reporting.module-completions",
    [module_completions_view, module_months_view],
    {ModuleCompleted: [_DAYS, _MONTHS]},
)

_PERIODS: dict[Period, str] = {
    "day": "SELECT completed_on AS period, {key} AS key, sum(completions)::bigint AS completions"
    " FROM module_completions_view",
    "week": "SELECT date_trunc('week', completed_on)::date AS period, {key} AS key,"
    " sum(completions)::bigint AS completions FROM module_completions_view",
    "month": "SELECT month AS period, {key} AS key, sum(completions)::bigint AS completions"
    " FROM module_months_view",
}
_KEYS: dict[By, str] = {"module": "module", "force": "force_id", "via": "via"}
_WHERE = " WHERE CAST(:force AS text) IS NULL OR force_id = :force GROUP BY 1, 2 ORDER BY 1, 2"
_TOTALS = """
SELECT force_id, coalesce(sum(completions), 0)::bigint AS module_completions
FROM module_months_view
WHERE CAST(:force AS text) IS NULL OR force_id = :force
GROUP BY GROUPING SETS ((force_id), ())
"""


async def over_time(
    connection: AsyncConnection, force: str | None, period: Period, by: By
) -> list[Row]:
    """Completions by period and module, force or way reported, in order of both."""
    sql = _PERIODS[period].format(key=_KEYS[by]) + _WHERE
    return await rows(connection, sql, force=force)


async def completion_totals(connection: AsyncConnection, force: str | None) -> Counts:
    """Module completions by force, and in all."""
    return await by_force(connection, _TOTALS, force=force)
