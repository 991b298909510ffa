"""Tables with a row per force: every force is there, and small numbers are not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reporting.api.figures.guard import ALL
from reporting.domain.disclosed import Cell
from reporting.domain.forces import force, forces
from reporting.projections.rows import Row

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


def called(columns: Iterable[str]) -> dict[str, Cell]:
    """Columns whose counts are called as they are."""
    return {name: (name,) for name in columns}


def percent(numerator: int | None, denominator: int | None) -> float | None:
    """None where a part is hidden or missing, and of nothing: that is not 0."""
    if numerator is None or not denominator:
        return None
    return round(100 * numerator / denominator, 2)


def grouped(
    found: Iterable[Row], keys: Sequence[str]
) -> tuple[dict[tuple[str, ...], list[Row]], dict[tuple[str, ...], Row]]:
    """Rows of forces and rows of all forces, by further keys.

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
    return groups, totals


def in_order(rows: Iterable[Row], keys: Sequence[str]) -> list[Row]:
    """By force and key."""
    return sorted(rows, key=lambda row: (row["force"], *(row[name] for name in keys)))
