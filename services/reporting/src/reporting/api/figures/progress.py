"""A row per force with everything that leads up to the headline."""

from reporting.api.figures.guard import Counted, masked
from reporting.api.figures.people import PEOPLE, withheld_people
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, called, counted, force_ids, percent
from reporting.projections.completions import completion_totals
from reporting.projections.headline import signed_staff
from reporting.projections.learners import people
from reporting.projections.places import classroom_people
from reporting.projections.portfolios import STATES, portfolio_states
from reporting.projections.results import done
from reporting.projections.rows import Row
from reporting.projections.workforces import denominators

COUNTS = (
    "registered",
    "enrolled",
    "baseline_done",
    "module_completions",
    "classroom_attended",
    "final_passed",
    *STATES,
    "staff_signed",
)
COLUMNS = (*NAMED, *COUNTS, "denominator", "denominator_as_of", "percent")


async def progress(reader: Reader) -> Document:
    """Every force, also those of which nothing has come."""
    connection, own = reader.connection, reader.force
    signed = await signed_staff(connection, own)
    reported = await denominators(connection, own)
    sources = [
        await people(connection, own),
        await done(connection, own),
        await completion_totals(connection, own),
        await classroom_people(connection, own),
        await portfolio_states(connection, own),
        {force_id: {"staff_signed": count} for force_id, count in signed.items()},
    ]
    ids = force_ids(own, reported, *sources)
    rows, totals = counted(ids, COUNTS, *sources)
    counts = Counted()
    counts.by_force(rows, totals, called(each for each in COUNTS if each not in PEOPLE))
    hidden = await withheld_people(reader) | await reader.guard.withheld(counts)
    *rows, totals = masked([*rows, totals], called(COUNTS), hidden)
    for row in rows:
        _share(row, reported.get(row["force_id"]))
    return {"n": totals["registered"], "columns": COLUMNS, "rows": rows, "totals": totals}


def _share(row: Row, report: Row | None) -> None:
    row["denominator"] = report and report["headcount"]
    row["denominator_as_of"] = report and report["as_of"]
    row["percent"] = percent(row["staff_signed"], row["denominator"])
