"""Module completions over time."""

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
    n = sum(row["completions"] for row in found)
    periods = sorted({row["period"] for row in found})
    keys = sorted({row["key"] for row in found})
    hidden = set() if reader.sight.exact else _hidden(found, periods, keys)
    rows = [
        row | {"by": by, "completions": None, "suppressed": ["completions"]}
        if (row["period"], row["key"]) in hidden
        else row | {"by": by, "suppressed": []}
        for row in found
    ]
    return {
        "n": n,
        "parameters": {"period": period, "by": by},
        "columns": COLUMNS,
        "rows": rows,
        "periods": [_sum(found, "period", each, (each, None) in hidden) for each in periods],
        "keys": [
            _sum(found, "key", each, (None, each) in hidden)
            | {"name": force(each).name if by == "force" else each}
            for each in keys
        ],
    }


def _hidden(found: list[Row], periods: list[object], keys: list[str]) -> set[tuple[object, object]]:
    """The pairs of period and key that must not be shown; None stands for the sum."""
    across, down = [*keys, None], [*periods, None]
    place = {key: index for index, key in enumerate(across)}
    line = {each: index for index, each in enumerate(down)}
    table = [[0] * len(across) for _ in down]
    for row in found:
        for r in (line[row["period"]], -1):
            for c in (place[row["key"]], -1):
                table[r][c] += row["completions"]
    return {(down[r], across[c]) for r, c in hidden_cells(table, adds_up_across=True)}


def _sum(found: list[Row], name: str, value: object, hidden: bool) -> Row:
    total = sum(row["completions"] for row in found if row[name] == value)
    return {name: value, "completions": None if hidden else total, "suppressed": hidden}
