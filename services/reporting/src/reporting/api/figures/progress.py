"""A row per force with everything that leads up to the headline."""

from reporting.api.figures.guard import masked
from reporting.api.figures.people import COUNTS, progress_of, withheld_people
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, called, counted, force_ids, percent
from reporting.projections.rows import Row
from reporting.projections.workforces import denominators

COLUMNS = (*NAMED, *COUNTS, "denominator", "denominator_as_of", "percent")


async def progress(reader: Reader) -> Document:
    """Every force, also those of which nothing has come."""
    connection, own = reader.connection, reader.force
    reported = await denominators(connection, own)
    sources = await progress_of(reader)
    ids = force_ids(own, reported, *sources)
    rows, totals = counted(ids, COUNTS, *sources)
    hidden = await withheld_people(reader)
    *rows, totals = masked([*rows, totals], called(COUNTS), hidden)
    for row in rows:
        _share(row, reported.get(row["force_id"]))
    return {"n": totals["registered"], "columns": COLUMNS, "rows": rows, "totals": totals}


def _share(row: Row, report: Row | None) -> None:
    row["denominator"] = report and report["headcount"]
    row["denominator_as_of"] = report and report["as_of"]
    row["percent"] = percent(row["staff_signed"], row["denominator"])
