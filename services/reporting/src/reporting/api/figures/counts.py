"""The figures that count things by state or kind, per force."""

from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, counted, force_ids, grouped, percent, withhold
from reporting.projections.learners import enrolment_states, parts
from reporting.projections.places import attendance_kinds
from reporting.projections.portfolios import STATES, portfolio_states
from reporting.projections.rows import Counts, Row
from reporting.projections.sessions import session_kinds

_TRAINING = ("active", "deferred", "withdrawn", "completed")
_REGISTER = ("full", "part", "no_show")


def _by_state(reader: Reader, states: tuple[str, ...], found: Counts) -> Document:
    rows, totals = counted(force_ids(reader.force, found), states, found)
    n = sum(totals[state] for state in states)
    rows, totals = withhold(rows, totals, states, exact=reader.sight.exact)
    return {"n": n, "columns": (*NAMED, *states), "rows": rows, "totals": totals}


async def enrolments(reader: Reader) -> Document:
    return _by_state(reader, _TRAINING, await enrolment_states(reader.connection, reader.force))


async def portfolios(reader: Reader) -> Document:
    return _by_state(reader, STATES, await portfolio_states(reader.connection, reader.force))


async def programme_parts(reader: Reader) -> Document:
    found = await parts(reader.connection, reader.force)
    counts = ("enrolled", "completed")
    rows, totals = grouped(found, ["part"], counts, exact=reader.sight.exact)
    for row in (*rows, *totals):
        row["percent"] = percent(row["completed"], row["enrolled"])
    return {
        "n": sum(row["enrolled"] for row in found if row["force_id"] is None),
        "columns": (*NAMED, "part", *counts, "percent"),
        "rows": rows,
        "totals": totals,
    }


async def sessions(reader: Reader) -> Document:
    # Sessions are not people: there is nothing to suppress.
    found = await session_kinds(reader.connection, reader.force)
    rows, totals = grouped(found, ["kind", "state"], (), exact=True)
    columns = (*NAMED, "kind", "state", "sessions", "capacity")
    n = sum(row["sessions"] for row in totals)
    return {"n": n, "columns": columns, "rows": rows, "totals": totals}


async def attendance(reader: Reader) -> Document:
    found = await attendance_kinds(reader.connection, reader.force)
    n = sum(row[name] for row in found if row["force_id"] is None for name in _REGISTER)
    rows, totals = grouped(found, ["kind"], _REGISTER, exact=reader.sight.exact)
    for row in (*rows, *totals):
        _hide_minutes(row)
    columns = (*NAMED, "kind", *_REGISTER, "minutes")
    return {"n": n, "columns": columns, "rows": rows, "totals": totals}


def _hide_minutes(row: Row) -> None:
    # The minutes of one person are that person's.
    if {"full", "part"}.intersection(row["suppressed"]):
        row["minutes"] = None
        row["suppressed"] = [*row["suppressed"], "minutes"]
