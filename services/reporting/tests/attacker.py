"""Somebody who knows every sum and every number shown, and works out what is withheld."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import block_diag, csr_array

from reporting.domain.disclosed import Cell, Value
from reporting.domain.suppression import Table

Interval = tuple[int, int]
Row = tuple[dict[Value, int], int]
"""The signs of a sum's unknowns, and what the rest of it comes to."""
MANY = 10**6


def intervals(
    published: Sequence[tuple[Table, frozenset[Cell]]],
    *,
    unchanged: bool = True,
    ever: bool = False,
    only: Callable[[Value], bool] = bool,
) -> dict[Value, Interval]:
    """Of every withheld count the least and the most that it can be, by integer programming.

    published: each version's table and what it withheld. unchanged: the attacker knows which
    counts have not changed between versions, so one version's number stands for the other's.
    ever: and which are again what they once were. only: which are worked out.
    """
    told = [each for each in published if each[1] != each[0].counts.keys()]
    names, rows = _system(told, unchanged=unchanged, ever=ever)
    found: dict[Value, Interval] = {}
    for some, among in _apart(names, rows):
        if wanted := [name for name in some if only(name)]:
            found |= _ends(some, among, wanted)
    return found


def _apart(names: Sequence[Value], rows: Sequence[Row]) -> Iterator[tuple[list[Value], list[Row]]]:
    """What shares no sum has nothing to do with each other."""
    of = {name: {name} for name in names}
    for signs, _ in rows:
        together = set[Value]().union(*(of[name] for name in signs))
        of |= dict.fromkeys(together, together)
    left = dict.fromkeys(names)
    while left:
        some = of[next(iter(left))]
        yield [n for n in left if n in some], [row for row in rows if not some.isdisjoint(row[0])]
        left = {name: None for name in left if name not in some}


def _ends(
    names: Sequence[Value], rows: Sequence[Row], wanted: Sequence[Value]
) -> dict[Value, Interval]:
    place = {name: n for n, name in enumerate(names)}
    left = np.zeros((max(len(rows), 1), len(names)))
    right = np.zeros(max(len(rows), 1))
    for n, (signs, constant) in enumerate(rows):
        right[n] = -constant
        for name, sign in signs.items():
            left[n, place[name]] += sign
    # One copy of the system for each end of each interval, solved at once.
    copies = 2 * len(wanted)
    aim = np.zeros((copies, len(names)))
    for n, name in enumerate(wanted):
        aim[2 * n, place[name]], aim[2 * n + 1, place[name]] = 1, -1
    whole = block_diag([csr_array(left)] * copies, format="csr")
    both = np.tile(right, copies)
    found = milp(
        aim.ravel(),
        integrality=np.ones(copies * len(names)),
        bounds=Bounds(0, MANY),
        constraints=LinearConstraint(whole, both, both),
        # The gap is one of the sum of all copies: each has to be at its own end.
        options={"mip_rel_gap": 0},
    )
    assert found.success, found.message
    at = found.x.reshape(copies, len(names))
    return {
        name: (round(at[2 * n, place[name]]), round(at[2 * n + 1, place[name]]))
        for n, name in enumerate(wanted)
    }


def _system(
    published: Sequence[tuple[Table, frozenset[Cell]]], *, unchanged: bool, ever: bool
) -> tuple[list[Value], list[Row]]:
    """The unknowns, and of each sum the signs of its unknowns and what the rest comes to."""
    tables = [table for table, _ in published]
    named = _names(tables, unchanged=unchanged)
    if ever:
        named = [{cell: (cell, count) for cell, count in each.counts.items()} for each in tables]
    versions = [(table, hidden, of) for (table, hidden), of in zip(published, named, strict=True)]
    shown = {of[c] for table, hidden, of in versions for c in table.counts if c not in hidden}
    unknowns = {of[c]: None for table, hidden, of in versions for c in sorted(hidden)}
    names = [name for name in unknowns if name not in shown]
    rows = []
    for table, _, of in versions:
        for each in table.sums:
            unknown: dict[Value, int] = {}
            rest = 0
            for cell, sign in ({each.total: -1} | dict.fromkeys(each.parts, 1)).items():
                if of[cell] in unknowns and of[cell] not in shown:
                    unknown[of[cell]] = unknown.get(of[cell], 0) + sign
                else:
                    rest += sign * table.counts[cell]
            if unknown:
                rows.append((unknown, rest))
    return names, rows


def _names(tables: Sequence[Table], *, unchanged: bool) -> list[dict[Cell, Value]]:
    """A name for each count of each version: the same one while the count stays what it was."""
    found: list[dict[Cell, Value]] = []
    last: dict[Cell, Value] = {}
    for n, table in enumerate(tables):
        names = {cell: ((*cell, f"version {n}"), count) for cell, count in table.counts.items()}
        if unchanged:
            names |= {
                c: last[c] for c, name in names.items() if c in last and last[c][1] == name[1]
            }
        last |= names
        found.append(names)
    return found


def unmasked(found: Mapping[Value, Interval]) -> dict[Value, Interval]:
    """What is given away: a small count narrowed to less than 1 to 4, another one worked out."""
    return {
        (cell, number): (low, high)
        for (cell, number), (low, high) in found.items()
        if ((low > 1 or high < 4) if 0 < number < 5 else low == high)
    }
