"""Data quality: what is missing or does not fit together, in words for who has to mend it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final

from reporting.api.figures.guard import ALL, Counted, mask
from reporting.api.figures.people import protected
from reporting.api.figures.reader import Document, Reader
from reporting.api.figures.tables import NAMED, force_ids, named
from reporting.domain.disclosed import Cell
from reporting.projections.files import lately, waiting
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
OF_FILES: Final = {
    "rows-refused": "Rows of files that were sent back in the last 30 days",
    "rows-unmatched": "Of these, rows about a collar number that nobody had",
    "statements-waiting": "Completions that wait for people whom no roster has named",
    "roster-late": "Forces of which no roster has come for more than 35 days",
}
OF_NATION: Final = {
    "unknown-people": "People with results, places or portfolios whom no roster has named",
    "unknown-sessions": "Sessions with places that are not on the calendar",
    "not-applied": "Events that could not be applied and wait to be looked at",
}
COLUMNS = (*NAMED, "check", "about", "found")


Found = Mapping[tuple[str | None, str], int]
"""By force, None for all of them, and check."""


async def data_quality(reader: Reader) -> Document:
    return await _document(reader, {}, {})


async def data_quality_with_files(reader: Reader) -> Document:
    return await _document(reader, OF_FILES, await _files(reader))


async def _files(reader: Reader) -> Found:
    rule = {name: timedelta(days=number) for name, number in reader.meaning.rule.items()}
    since = reader.at - rule["rows_days"], reader.at - rule["roster_days"]
    came = await lately(reader.connection, reader.force, *since)
    found = Counter[tuple[str | None, str]]()
    for row in came:
        for of in (row["force_id"], None):
            found[of, "rows-refused"] += row["refused"]
            found[of, "rows-unmatched"] += row["unmatched"]
    for force_id, number in (await waiting(reader.connection, reader.force)).items():
        for of in (force_id, None):
            found[of, "statements-waiting"] += number
    on_time = {row["force_id"] for row in came if row["roster"]}
    for each in force_ids(reader.force):
        for of in (each, None):
            found[of, "roster-late"] += each not in on_time
    return found


async def _document(reader: Reader, more: Mapping[str, str], beside: Found) -> Document:
    people = await people_checks(reader.connection, reader.force)
    found: dict[tuple[str | None, str], int] = {
        (row["force_id"], row["check"]): row["people"] for row in people
    }
    reported = await denominators(reader.connection, reader.force)
    ids = force_ids(reader.force, {force_id for force_id, _ in found if force_id}, reported)
    hidden = await reader.guard.withheld(_counted(found, ids, await protected(reader)))
    found |= beside
    for row in await session_checks(reader.connection, reader.force, reader.at):
        found[row["force_id"], row["check"]] = row["sessions"]
    for each in ids:
        found[each, "workforce-missing"] = int(each not in reported)
    found[None, "workforce-missing"] = len(ids) - len(reported)
    titles, beyond = {**OF_PEOPLE, **OF_THINGS, **more}, dict[str, int]()
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


def _counted(found: Found, ids: Iterable[str], theirs: Counted) -> Counted:
    counts, forces = Counted(), list(ids)
    for check in OF_PEOPLE:
        parts = {_name(check, each): found.get((each, check), 0) for each in forces}
        counts.total(_name(check, ALL), found.get((None, check), 0), parts)
    for each in (*forces, ALL):
        mine, whole = _name("not-enrolled", each), ("unenrolled", each)
        if counts.beside(theirs, [whole]):
            counts.unseen.add(whole)
            counts.compare(("withdrawn of", each), whole, [mine])
    return counts


_EVERYBODY: Final[Row] = {"force_id": ALL, "force": "All forces", "welsh_name": "", "region": ""}


def _name(check: str, force_id: str) -> Cell:
    if (check, force_id) == ("final-without-baseline", ALL):
        return ("n_final_only",)  # as improvement calls them
    return (check, force_id)


def _row(of: Row, check: str, about: str, number: int, hidden: frozenset[Cell]) -> Row:
    row = of | {"check": check, "about": about, "found": number}
    return mask(row, ["found"], ["found"] if _name(check, of["force_id"]) in hidden else [])
