"""Sessions with their places: offered, booked, waited for, used and left empty."""

from collections.abc import Iterable

from reporting.api.figures.guard import ALL, Counted, masked
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, grouped, in_order
from reporting.domain.disclosed import Cell
from reporting.domain.suppression import Sum
from reporting.projections.places import session_places
from reporting.projections.rows import Row

PEOPLE = ("booked", "waiting", "attended", "no_show")
COLUMNS = (*NAMED, "kind", "sessions", "places", *PEOPLE)


async def sessions_with_places(reader: Reader) -> Document:
    groups, totals = grouped(await session_places(reader.connection, reader.force), ["kind"])
    counts = Counted()
    for (kind,), total in totals.items():
        _count(counts, kind, groups[kind,], total)
    hidden = await reader.guard.withheld(counts)
    shown = [row for (kind,), each in groups.items() for row in masked(each, _at(kind), hidden)]
    sums = [row for (kind,), each in totals.items() for row in masked([each], _all(kind), hidden)]
    for row in (*shown, *sums):
        del row["full"], row["part"]
    return {
        "n": sum(row["sessions"] for row in totals.values()),
        "denominator": {"value": sum(row["places"] for row in totals.values())},
        "columns": COLUMNS,
        "rows": in_order(shown, ["kind"]),
        "totals": sums,
    }


def _at(kind: str) -> dict[str, Cell]:
    return {name: (name, "at", kind) for name in PEOPLE}


def _all(kind: str) -> dict[str, Cell]:
    # What registers say of everybody stands in the figure of attendance, too.
    return {name: (name, kind) for name in PEOPLE}


def _count(counts: Counted, kind: str, rows: Iterable[Row], total: Row) -> None:
    hosts = list(rows)
    for name in PEOPLE:
        parts: dict[Cell, int] = {(name, "at", kind, row["force_id"]): row[name] for row in hosts}
        counts.total((name, kind, ALL), total[name], parts)
    for row in hosts:
        at = (kind, row["force_id"])
        there: list[Cell] = [("attended", "at", *at), ("no_show", "at", *at)]
        counts.rest(("unmarked", "at", *at), ("booked", "at", *at), there)
    # Of everybody, too: who was booked and is in no register yet.
    of_all = [(name, kind, ALL) for name in ("attended", "no_show")]
    counts.rest(("unmarked", kind, ALL), ("booked", kind, ALL), of_all)
    register: dict[Cell, int] = {(name, kind, ALL): total[name] for name in ("full", "part")}
    counts.counts |= register
    counts.sums.append(Sum(("attended", kind, ALL), tuple(register)))
