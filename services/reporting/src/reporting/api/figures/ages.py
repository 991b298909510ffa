"""The portfolio pipeline: how many wait in each state, and for how long."""

from reporting.api.figures.guard import Counted, masked
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, grouped, in_order
from reporting.domain.disclosed import Cell
from reporting.domain.steps import rough_days
from reporting.domain.suppression import is_small
from reporting.projections.pipeline import BANDS, ages
from reporting.projections.rows import Row

COLUMNS = (*NAMED, "state", "portfolios", *BANDS, "median_days")


async def pipeline(reader: Reader) -> Document:
    rule = reader.meaning.rule
    groups, totals = grouped(
        await ages(reader.connection, reader.force, reader.today, rule), ["state"]
    )
    await protected(reader)
    counts = Counted()
    for (state,), total in totals.items():
        counts.by_force(groups[state,], total, _names(state))
        for row in (*groups[state,], total):
            bands: dict[Cell, int] = {
                (*_names(state)[band], row["force_id"]): row[band] for band in BANDS
            }
            counts.total((state, row["force_id"]), row["portfolios"], bands)
    hidden = await reader.guard.withheld(counts)
    shown = [
        row for (state,), each in groups.items() for row in masked(each, _names(state), hidden)
    ]
    sums = [
        row for (state,), each in totals.items() for row in masked([each], _names(state), hidden)
    ]
    for row in (*shown, *sums):
        _hide_median(row, exact=reader.guard.exact)
    known = [row["portfolios"] for row in sums]
    n = None if None in known else sum(known)
    return {
        "n": n,
        "numerator": n,
        "on": reader.today,
        "columns": COLUMNS,
        "rows": in_order(shown, ["state"]),
        "totals": sums,
    }


def _names(state: str) -> dict[str, Cell]:
    # How many are in a state is told by another figure, too.
    return {"portfolios": (state,)} | {band: (state, band) for band in BANDS}


def _hide_median(row: Row, *, exact: bool) -> None:
    # Among few, the one in the middle says in which band most are.
    few = not exact and row["portfolios"] is not None and is_small(row["portfolios"])
    if row["suppressed"] or few:
        row["median_days"] = None
        row["suppressed"] = [*row["suppressed"], "median_days"]
    elif not exact and row["median_days"] is not None:
        row["median_days"] = rough_days(row["median_days"], row["portfolios"])
