"""People as the table by force counts them: the counts that other figures show in parts."""

from reporting.api.figures.guard import ALL, Counted
from reporting.api.figures.reader import Reader
from reporting.api.figures.tables import called, counted, force_ids
from reporting.domain.disclosed import Cell
from reporting.projections.completions import completion_totals
from reporting.projections.headline import signed_staff
from reporting.projections.learners import enrolment_states, people
from reporting.projections.places import classroom_people
from reporting.projections.portfolios import STATES, portfolio_states
from reporting.projections.results import done
from reporting.projections.rows import Counts

TRAINING = ("active", "deferred", "withdrawn", "completed")
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


async def progress_of(reader: Reader) -> list[Counts]:
    """All that the table by force counts, source by source."""
    connection, own = reader.connection, reader.force
    signed = await signed_staff(connection, own)
    return [
        await people(connection, own),
        await done(connection, own),
        await completion_totals(connection, own),
        await classroom_people(connection, own),
        await portfolio_states(connection, own),
        {force_id: {"staff_signed": count} for force_id, count in signed.items()},
    ]


async def protected(reader: Reader) -> Counted:
    """These counts, protected before any figure is that shows some of them or their differences.

    Each figure by itself would show its part, and what is small would be left over.
    """
    if reader.guard.exact:
        return Counted()
    if reader.guard.people is None:
        reader.guard.people = await _counted(reader)
        reader.guard.hidden = await reader.guard.withheld(reader.guard.people)
    return reader.guard.people


async def withheld_people(reader: Reader) -> frozenset[Cell]:
    """What must not be shown of them, whichever of the figures is asked for."""
    await protected(reader)
    return reader.guard.hidden


async def _counted(reader: Reader) -> Counted:
    sources = [*await progress_of(reader), await enrolment_states(reader.connection, reader.force)]
    rows, totals = counted(force_ids(None, *sources), (*COUNTS, *TRAINING), *sources)
    counts = Counted()
    counts.by_force(rows, totals, called((*COUNTS, *TRAINING)))
    for force_id in (*(row["force_id"] for row in rows), ALL):
        # Who is registered and not enrolled, has more enrolments than one, signed and is no staff.
        counts.rest(("unenrolled", force_id), ("registered", force_id), [("enrolled", force_id)])
        going = [(state, force_id) for state in TRAINING if state != "withdrawn"]
        counts.compare(("beside", force_id), ("enrolled", force_id), going)
        counts.compare(
            ("signed beside", force_id), ("signed", force_id), [("staff_signed", force_id)]
        )
        # The funnel shows who got so far with a portfolio.
        for step, beyond in (("past draft", STATES[1:]), ("past assessment", STATES[3:])):
            through: dict[Cell, int] = {
                (each, force_id): counts.counts[each, force_id] for each in beyond
            }
            counts.total((step, force_id), sum(through.values()), through)
            counts.unseen.add((step, force_id))
    for name, states in (("enrolments", TRAINING), ("portfolios", STATES)):
        parts: dict[Cell, int] = {(state, ALL): totals[state] for state in states}
        counts.total((name, ALL), sum(parts.values()), parts)
    return counts
