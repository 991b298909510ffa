"""Data quality: what is missing or does not fit together, in words for who has to mend it."""

from typing import Final

from reporting.api.figures.guard import ALL, Counted, mask
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, force_ids, named
from reporting.domain.disclosed import Cell
from reporting.projections.quality import national_checks, people_checks, session_checks
from reporting.projections.rows import Row
from reporting.projections.workforces import denominators

OF_PEOPLE: Final = {
    "not-enrolled": "People who are registered and not enrolled",
    "role-unknown": "People whose role has not arrived",
    "final-without-baseline": "People with a valid final and no valid baseline",
    "signed-without-final": "People with a signed portfolio and no passed final",
}
OF_THINGS: Final = {
    "register-missing": "Sessions that are over and have no register",
    "workforce-missing": "Forces that have not reported their neighbourhood staff",
}
OF_NATION: Final = {
    "unknown-people": "People with results, places or portfolios whom no roster has named",
    "unknown-sessions": "Sessions with places that are not on the calendar",
    "not-applied": "Events that could not be applied and wait to be looked at",
}
COLUMNS = (*NAMED, "check", "about", "found")


async def data_quality(reader: Reader) -> Document:
    people = await people_checks(reader.connection, reader.force)
    found = {(row["force_id"], row["check"]): row["people"] for row in people}
    reported = await denominators(reader.connection, reader.force)
    ids = force_ids(reader.force, {force_id for force_id, _ in found if force_id}, reported)
    counts = Counted()
    for check in OF_PEOPLE:
        parts = {_name(check, each): found.get((each, check), 0) for each in ids}
        counts.total(_name(check, ALL), found.get((None, check), 0), parts)
    theirs = await protected(reader)
    for each in (*ids, ALL):
        mine, whole = _name("not-enrolled", each), ("unenrolled", each)
        if counts.beside(theirs, [whole]):
            counts.unseen.add(whole)
            counts.compare(("withdrawn of", each), whole, [mine])
    hidden = await reader.guard.withheld(counts)
    for row in await session_checks(reader.connection, reader.force, reader.at):
        found[row["force_id"], row["check"]] = row["sessions"]
    for each in ids:
        found[each, "workforce-missing"] = int(each not in reported)
    found[None, "workforce-missing"] = len(ids) - len(reported)
    titles, beyond = {**OF_PEOPLE, **OF_THINGS}, dict[str, int]()
    if reader.force is None:
        beyond = await national_checks(reader.connection)
    rows = [
        _row(named(each), check, about, found.get((each, check), 0), hidden)
        for each in ids
        for check, about in titles.items()
    ]
    totals = [
        _row(_EVERYBODY, check, about, found.get((None, check), 0), hidden)
        for check, about in titles.items()
    ]
    for check, number in beyond.items():
        shown = reader.guard.count(number) if check == "unknown-people" else number
        row = _EVERYBODY | {"check": check, "about": OF_NATION[check], "found": number}
        totals.append(mask(row, ["found"], ["found"] if shown is None else []))
    return {"n": None, "columns": COLUMNS, "rows": rows, "totals": totals}


_EVERYBODY: Final[Row] = {"force_id": ALL, "force": "All forces", "welsh_name": "", "region": ""}


def _name(check: str, force_id: str) -> Cell:
    if (check, force_id) == ("final-without-baseline", ALL):
        return ("n_final_only",)  # as improvement calls them
    return (check, force_id)


def _row(of: Row, check: str, about: str, number: int, hidden: frozenset[Cell]) -> Row:
    row = of | {"check": check, "about": about, "found": number}
    return mask(row, ["found"], ["found"] if _name(check, of["force_id"]) in hidden else [])
