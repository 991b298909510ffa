"""Tables with a row per force: every force is there, and small numbers are not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reporting.domain.disclosure import hidden_cells, is_small
from reporting.domain.forces import force, forces
from reporting.projections.rows import Row

ALL = "all"
NAMED = ("force_id", "force", "region")
_EVERY_FORCE = {"force_id": ALL, "force": "All forces", "welsh_name": "", "region": ""}


def named(force_id: str) -> Row:
    """The beginning of a force's row."""
    found = force(force_id)
    return {
        "force_id": found.force_id,
        "force": found.name,
        "welsh_name": found.welsh_name,
        "region": found.region,
    }


def force_ids(own: str | None, *seen: Iterable[str | None]) -> list[str]:
    """The forces to list: one's own; or all that are known or have been seen, by name."""
    if own is not None:
        return [own]
    found = {force_id for each in seen for force_id in each if force_id}
    return sorted(found | set(forces()), key=lambda force_id: force(force_id).name)


def counted(
    ids: Sequence[str], columns: Sequence[str], *sources: Mapping[str | None, Row]
) -> tuple[list[Row], Row]:
    """A row per force and the row of all of them, with 0 where nothing has been counted."""

    def numbers(force_id: str | None) -> Row:
        found: Row = dict.fromkeys(columns, 0)
        for source in sources:
            found |= source.get(force_id, {})
        return found

    return [named(each) | numbers(each) for each in ids], _EVERY_FORCE | numbers(None)


def withhold(
    rows: Sequence[Row], totals: Row, columns: Sequence[str], *, exact: bool
) -> tuple[list[Row], Row]:
    """The rows without the cells that must not be shown; `suppressed` names a row's hidden ones."""
    table = [*rows, totals]
    hidden = set() if exact else hidden_cells([[row[c] for c in columns] for row in table])
    shown = []
    for r, row in enumerate(table):
        names = [name for c, name in enumerate(columns) if (r, c) in hidden]
        shown.append(row | dict.fromkeys(names) | {"suppressed": names})
    return shown[:-1], shown[-1]


def shown_count(count: int, *, exact: bool) -> int | None:
    """A count that stands alone, or None where it is too small to be shown."""
    return None if is_small(count) and not exact else count


def percent(numerator: int | None, denominator: int | None) -> float | None:
    """None where a part is hidden or missing, and of nothing: that is not 0."""
    if numerator is None or not denominator:
        return None
    return round(100 * numerator / denominator, 2)


def grouped(
    found: Iterable[Row], keys: Sequence[str], columns: Sequence[str], *, exact: bool
) -> tuple[list[Row], list[Row]]:
    """Rows by force and further keys, and the rows of all forces; small numbers withheld.

    found: rows with `force_id`, None in those that count all forces.
    """
    groups: dict[Any, list[Row]] = {}
    totals: dict[Any, Row] = {}
    for row in found:
        key = tuple(row[name] for name in keys)
        if row["force_id"] is None:
            totals[key] = _EVERY_FORCE | {k: v for k, v in row.items() if k != "force_id"}
        else:
            groups.setdefault(key, []).append(row | named(row["force_id"]))
    rows, sums = [], []
    for key, total in totals.items():
        shown, all_of_them = withhold(groups.get(key, []), total, columns, exact=exact)
        rows += shown
        sums.append(all_of_them)
    return sorted(rows, key=lambda row: (row["force"], *(row[name] for name in keys))), sums
