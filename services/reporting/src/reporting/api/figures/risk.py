"""People at risk of not finishing, by the rule of the definition that is asked for."""

from reporting.api.figures.guard import ALL, Counted, masked
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, called, counted, force_ids, percent
from reporting.domain.disclosed import Cell
from reporting.domain.suppression import Sum
from reporting.projections.risk import at_risk

COUNTS = ("in_training", "due", "idle", "at_risk")
# Who is in training has an active enrolment, which another figure counts, too.
NAMES: dict[str, Cell] = {**called(COUNTS), "in_training": ("active",)}


async def people_at_risk(reader: Reader) -> Document:
    rule = reader.meaning.rule
    found = await at_risk(
        reader.connection, reader.force, reader.today, rule["due_days"], rule["idle_days"]
    )
    rows, totals = counted(force_ids(reader.force, found), COUNTS, found)
    await protected(reader)
    counts = Counted()
    counts.by_force(rows, totals, NAMES)
    for force_id in (*(row["force_id"] for row in rows), ALL):
        _differences(counts, force_id)
    *rows, totals = masked([*rows, totals], NAMES, await reader.guard.withheld(counts))
    for row in (*rows, totals):
        row["percent"] = percent(row["at_risk"], row["in_training"])
    return {
        "n": totals["at_risk"],
        "numerator": totals["at_risk"],
        "denominator": {"value": totals["in_training"]},
        "on": reader.today,
        "columns": (*NAMED, *COUNTS, "percent"),
        "rows": rows,
        "totals": totals,
    }


def _differences(counts: Counted, force_id: str) -> None:
    training, due, idle, both = ((*NAMES[name], force_id) for name in COUNTS)
    only_due, only_idle = ("due only", force_id), ("idle only", force_id)
    counts.rest(only_due, due, [both])
    counts.rest(only_idle, idle, [both])
    counts.rest(("neither due nor idle", force_id), training, [idle, only_due])
    counts.sums.append(Sum(training, (due, only_idle, ("neither due nor idle", force_id))))
