"""The figures that count things by state or kind, per force."""

from reporting.api.figures.guard import ALL, Counted, mask, masked
from reporting.api.figures.people import TRAINING, withheld_people
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import (
    NAMED,
    called,
    counted,
    force_ids,
    grouped,
    in_order,
    percent,
)
from reporting.domain.disclosed import Cell
from reporting.domain.steps import rough_minutes
from reporting.projections.learners import enrolment_states, parts
from reporting.projections.places import attendance_kinds
from reporting.projections.portfolios import STATES, portfolio_states
from reporting.projections.rows import Row
from reporting.projections.sessions import session_kinds

_REGISTER = ("full", "part", "no_show")


async def enrolments(reader: Reader) -> Document:
    found = await enrolment_states(reader.connection, reader.force)
    rows, totals = counted(force_ids(reader.force, found), TRAINING, found)
    n = sum(totals[state] for state in TRAINING)
    hidden = await withheld_people(reader)
    *rows, totals = masked([*rows, totals], called(TRAINING), hidden)
    shown = None if ("enrolments", ALL) in hidden else n
    return {"n": shown, "columns": (*NAMED, *TRAINING), "rows": rows, "totals": totals}


async def portfolios(reader: Reader) -> Document:
    found = await portfolio_states(reader.connection, reader.force)
    rows, totals = counted(force_ids(reader.force, found), STATES, found)
    hidden = await withheld_people(reader)
    n = None if ("portfolios", ALL) in hidden else sum(totals[state] for state in STATES)
    *rows, totals = masked([*rows, totals], called(STATES), hidden)
    return {"n": n, "columns": (*NAMED, *STATES), "rows": rows, "totals": totals}


async def programme_parts(reader: Reader) -> Document:
    groups, totals = grouped(await parts(reader.connection, reader.force), ["part"])
    counts, names = Counted(), dict[str, dict[str, Cell]]()
    for (part,), total in totals.items():
        names[part] = {each: (each, part) for each in ("enrolled", "completed")}
        counts.by_force(groups[part,], total, names[part])
        for force_id in (*(row["force_id"] for row in groups[part,]), ALL):
            whole, done = ("enrolled", part, force_id), ("completed", part, force_id)
            counts.rest(("not completed", part, force_id), whole, [done])
    all_of_them: dict[Cell, int] = {
        ("enrolled", part, ALL): total["enrolled"] for (part,), total in totals.items()
    }
    n = sum(all_of_them.values())
    counts.total(("enrolled on parts", ALL), n, all_of_them)
    hidden = await reader.guard.withheld(counts)
    shown = [row for (part,), each in groups.items() for row in masked(each, names[part], hidden)]
    sums = [row for (part,), each in totals.items() for row in masked([each], names[part], hidden)]
    for row in (*shown, *sums):
        row["percent"] = percent(row["completed"], row["enrolled"])
    return {
        "n": None if ("enrolled on parts", ALL) in hidden else n,
        "columns": (*NAMED, "part", "enrolled", "completed", "percent"),
        "rows": in_order(shown, ["part"]),
        "totals": sums,
    }


async def sessions_by_state(reader: Reader) -> Document:
    # Sessions are not people: there is nothing to suppress.
    found = await session_kinds(reader.connection, reader.force)
    groups, totals = grouped(found, ["kind", "state"])
    rows = [mask(row, (), ()) for each in groups.values() for row in each]
    return {
        "n": sum(row["sessions"] for row in totals.values()),
        "columns": (*NAMED, "kind", "state", "sessions", "capacity"),
        "rows": in_order(rows, ["kind", "state"]),
        "totals": [mask(row, (), ()) for row in totals.values()],
    }


async def attendance(reader: Reader) -> Document:
    groups, totals = grouped(await attendance_kinds(reader.connection, reader.force), ["kind"])
    counts, names = Counted(), dict[str, dict[str, Cell]]()
    for (kind,), total in totals.items():
        names[kind] = {each: (each, kind) for each in _REGISTER}
        counts.by_force(groups[kind,], total, names[kind])
    entries: dict[Cell, int] = {
        (each, kind, ALL): total[each] for (kind,), total in totals.items() for each in _REGISTER
    }
    n = sum(entries.values())
    counts.total(("register entries", ALL), n, entries)
    hidden = await reader.guard.withheld(counts)
    shown = [row for (kind,), each in groups.items() for row in masked(each, names[kind], hidden)]
    sums = [row for (kind,), each in totals.items() for row in masked([each], names[kind], hidden)]
    for row in (*shown, *sums):
        _hide_minutes(row, exact=reader.guard.exact)
    return {
        "n": None if ("register entries", ALL) in hidden else n,
        "columns": (*NAMED, "kind", *_REGISTER, "minutes"),
        "rows": in_order(shown, ["kind"]),
        "totals": sums,
    }


def _hide_minutes(row: Row, *, exact: bool) -> None:
    # The minutes of one person are that person's. A withheld count never stands alone in its
    # column, so neither do the minutes beside it.
    if {"full", "part"}.intersection(row["suppressed"]):
        row["minutes"] = None
        row["suppressed"] = [*row["suppressed"], "minutes"]
    elif not exact:
        row["minutes"] = rough_minutes(row["minutes"])
