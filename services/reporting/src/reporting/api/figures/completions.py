"""Module completions over time."""

from collections import Counter
from collections.abc import Mapping
from datetime import date

from reporting.api.figures.guard import ALL, Counted
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.domain.disclosed import Cell
from reporting.domain.forces import force
from reporting.domain.suppression import Sum
from reporting.projections.completions import over_time
from reporting.projections.rows import Row

COLUMNS = ("period", "by", "key", "completions")


async def module_completions(reader: Reader) -> Document:
    """Rows by period and module, force or way of reporting; sums of both."""
    period, by = reader.choices.period, reader.choices.by
    found = await over_time(reader.connection, reader.force, period, by)
    periods, keys = Counter[date](), Counter[str]()
    for row in found:
        periods[row["period"]] += row["completions"]
        keys[row["key"]] += row["completions"]
    await protected(reader)
    hidden = await reader.guard.withheld(_counted(found, periods, keys, by))
    n = None if _name(by, None, None) in hidden else periods.total()
    return {
        "n": n,
        "numerator": n,
        "parameters": {"period": period, "by": by},
        "columns": COLUMNS,
        "rows": [
            row
            | {"by": by}
            | _shown(row["completions"], _name(by, row["period"], row["key"]) in hidden)
            for row in found
        ],
        "periods": [
            {"period": each} | _shown(periods[each], _name(by, each, None) in hidden)
            for each in sorted(periods)
        ],
        "keys": [
            {"key": each, "name": force(each).name if by == "force" else each}
            | _shown(keys[each], _name(by, None, each) in hidden)
            for each in sorted(keys)
        ],
    }


def _shown(completions: int, hidden: bool) -> Row:
    if hidden:
        return {"completions": None, "suppressed": ["completions"]}
    return {"completions": completions, "suppressed": []}


def _name(by: str, period: date | None, key: str | None) -> Cell:
    """What a count is called; those of all keys, and of forces, are in other figures, too."""
    if period is not None:
        return ("module_completions", *((by, key) if key else ()), period.isoformat())
    if key is None:
        return ("module_completions", ALL)
    return ("module_completions", *(() if by == "force" else (by,)), key)


def _counted(
    found: list[Row], periods: Mapping[date, int], keys: Mapping[str, int], by: str
) -> Counted:
    cells = {(row["period"], row["key"]): row["completions"] for row in found}
    counts, everything = Counted(), _name(by, None, None)
    for period, number in periods.items():
        across = {_name(by, period, key): n for (at, key), n in cells.items() if at == period}
        counts.total(_name(by, period, None), number, across)
    for key, number in keys.items():
        down = {_name(by, at, key): n for (at, each), n in cells.items() if each == key}
        counts.total(_name(by, None, key), number, down)
    counts.total(
        everything, sum(periods.values()), {_name(by, at, None): n for at, n in periods.items()}
    )
    counts.sums.append(Sum(everything, tuple(_name(by, None, key) for key in keys)))
    return counts
