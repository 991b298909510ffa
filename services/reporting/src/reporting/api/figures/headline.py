"""The headline, nationally and per force."""

from collections.abc import Container, Iterable

from reporting.api.figures.guard import ALL, Counted, Guard, masked
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import force_ids, named, percent
from reporting.domain.disclosed import Cell
from reporting.domain.suppression import Sum, may_compare, roughly
from reporting.projections.headline import signed_staff
from reporting.projections.rows import Row
from reporting.projections.workforces import denominators

SIGNED = ("staff_signed",)
NAMES = {"numerator": SIGNED}
REPORTED = (*SIGNED, "reported")
COLUMNS = ("force_id", "force", "region", "numerator", "denominator", "as_of", "source", "percent")


async def headline(reader: Reader) -> Document:
    """A force sees its own, and the national number where that gives nobody away."""
    people = await signed_staff(reader.connection, reader.force)
    reported = await denominators(reader.connection, reader.force)
    await protected(reader)
    document = await _document(people, reported, reader.force, reader.guard)
    if reader.force is not None:
        document["national"] = await _nation(reader)
    return document


async def _document(
    people: dict[str | None, int], reported: dict[str, Row], own: str | None, guard: Guard
) -> Document:
    ids = force_ids(own, people, reported)
    rows = [_row(each, people.get(each, 0), reported.get(each)) for each in ids]
    total = _row(ALL, people.get(None, 0), None)
    hidden = await guard.withheld(_counted(rows, total, reported))
    *rows, total = masked([*rows, total], NAMES, hidden)
    for row in rows:
        row["percent"] = percent(row["numerator"], row["denominator"])
    counted = sum(people.get(each, 0) for each in reported)
    whole = sum(row["headcount"] for row in reported.values())
    small = total["numerator"] is None
    unsure = small or REPORTED in hidden
    return {
        "n": total["numerator"],
        "numerator": total["numerator"],
        "suppressed": small,
        "denominator": _denominator(reported, ids),
        "percent": None if unsure else percent(min(counted, people.get(None, 0)), whole),
        "columns": COLUMNS,
        "rows": rows,
    }


def _counted(rows: list[Row], total: Row, reported: Container[str]) -> Counted:
    """The forces' people; and those of forces that reported, whom the percentage tells."""
    counts = Counted()
    counts.by_force(rows, total, NAMES)
    if missing := [row for row in rows if row["force_id"] not in reported]:
        there = [row for row in rows if row["force_id"] in reported]
        rest = (*SIGNED, "not-reported")
        for name, some in ((REPORTED, there), (rest, missing)):
            of: dict[Cell, int] = {(*SIGNED, row["force_id"]): row["numerator"] for row in some}
            counts.total(name, sum(of.values()), of)
        counts.unseen.add(rest)
        counts.sums.append(Sum((*SIGNED, ALL), (REPORTED, rest)))
    return counts


def _row(force_id: str, numerator: int, report: Row | None) -> Row:
    about = named(force_id) if force_id != ALL else {"force_id": ALL, "force": "All forces"}
    return about | {
        "numerator": numerator,
        "denominator": report and report["headcount"],
        "as_of": report and report["as_of"],
        "source": report and report["source"],
        "revision": report and report["revision"],
        "percent": None,
    }


def _denominator(reported: dict[str, Row], ids: Iterable[str]) -> Row:
    dates = [row["as_of"] for row in reported.values()]
    return {
        "value": sum(row["headcount"] for row in reported.values()) if reported else None,
        "oldest": min(dates, default=None),
        "newest": max(dates, default=None),
        "sources": sorted({row["source"] for row in reported.values()}),
        "reported": len(reported),
        "missing": [each for each in ids if each not in reported],
    }


async def _nation(reader: Reader) -> Row:
    """The forces that have reported their staff, roughly: no other force's news can be told by it.

    Those that have not are in neither number, or the percentage would tell theirs.
    """
    async with reader.nation() as connection:
        people = await signed_staff(connection, None)
        reported = await denominators(connection, None)
    if not may_compare(people.get(each, 0) for each in reported if each != reader.force):
        return {"numerator": None, "percent": None, "suppressed": True}
    counted = sum(people.get(each, 0) for each in reported)
    whole = sum(row["headcount"] for row in reported.values())
    share = percent(counted, whole)
    return {
        "numerator": roughly(counted),
        "denominator": {"value": roughly(whole)},
        "percent": None if share is None else round(share),
        "suppressed": False,
    }
