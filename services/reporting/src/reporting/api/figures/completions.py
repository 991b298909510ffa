"""Module completions over time."""

from collections import Counter
from datetime import date

from reporting.api.figures.reader import Document, Reader
from reporting.domain.disclosure import hidden_cells
from reporting.domain.forces import force
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
    hidden = set() if reader.sight.exact else _hidden(found, sorted(periods), sorted(keys))
    return {
        "n": periods.total(),
        "numerator": periods.total(),
        "parameters": {"period": period, "by": by},
        "columns": COLUMNS,
        "rows": [
            row | {"by": by} | _shown(row["completions"], (row["period"], row["key"]) in hidden)
            for row in found
        ],
        "periods": [
            {"period": each} | _shown(periods[each], (each, None) in hidden)
            for each in sorted(periods)
        ],
        "keys": [
            {"key": each, "name": force(each).name if by == "force" else each}
            | _shown(keys[each], (None, each) in hidden)
            for each in sorted(keys)
        ],
    }


def _shown(completions: int, hidden: bool) -> Row:
    if hidden:
        return {"completions": None, "suppressed": ["completions"]}
    return {"completions": completions, "suppressed": []}


def _hidden(
    found: list[Row], periods: list[date], keys: list[str]
) -> set[tuple[date | None, str | None]]:
    """The pairs of period and key that must not be shown; None stands for the sum."""
    across: list[str | None] = [*keys, None]
    down: list[date | None] = [*periods, None]
    place = {key: index for index, key in enumerate(across)}
    line = {each: index for index, each in enumerate(down)}
    table = [[0] * len(across) for _ in down]
    for row in found:
        for r in (line[row["period"]], -1):
            for c in (place[row["key"]], -1):
                table[r][c] += row["completions"]
    return {(down[r], across[c]) for r, c in hidden_cells(table, adds_up_across=True)}
