"""People and their enrolments: one set of counts, shown in parts by several figures."""

from reporting.api.figures.guard import ALL, Counted
from reporting.api.figures.reader import Reader
from reporting.api.figures.tables import called, counted, force_ids
from reporting.domain.disclosed import Cell
from reporting.projections.learners import enrolment_states, people

PEOPLE = ("registered", "enrolled")
TRAINING = ("active", "deferred", "withdrawn", "completed")


async def withheld_people(reader: Reader) -> frozenset[Cell]:
    """What must not be shown of them, whichever of the figures is asked for."""
    if reader.guard.exact:
        return frozenset()
    sources = [
        await people(reader.connection, reader.force),
        await enrolment_states(reader.connection, reader.force),
    ]
    rows, totals = counted(force_ids(None, *sources), (*PEOPLE, *TRAINING), *sources)
    counts = Counted()
    counts.by_force(rows, totals, called((*PEOPLE, *TRAINING)))
    for force_id in (*(row["force_id"] for row in rows), ALL):
        # Who is registered and not enrolled; who has more enrolments than one.
        counts.rest(("unenrolled", force_id), ("registered", force_id), [("enrolled", force_id)])
        going = [(state, force_id) for state in TRAINING if state != "withdrawn"]
        if sum(counts.counts[each] for each in going) == counts.counts["enrolled", force_id]:
            counts.rest(("beside", force_id), ("enrolled", force_id), going)
    states: dict[Cell, int] = {(state, ALL): totals[state] for state in TRAINING}
    counts.total(("enrolments", ALL), sum(states.values()), states)
    return await reader.guard.withheld(counts)
