"""Small numbers: which cells of a table must be hidden so that nobody can be worked out of it."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

SMALLEST_SHOWN = 5

Cell: TypeAlias = tuple[int, int]
Table: TypeAlias = Sequence[Sequence[int]]


def is_small(count: int) -> bool:
    """One to four people. Nobody at all gives nobody away."""
    return 0 < count < SMALLEST_SHOWN


def hidden_cells(table: Table, *, adds_up_across: bool = False) -> set[Cell]:
    """The cells to hide of a table whose last row holds the totals of its columns.

    adds_up_across: its last column holds the totals of its rows, too. A small cell is hidden; and
    where a hidden cell would be all that is missing from a sum, the smallest other one with it.
    """
    hidden = {
        (r, c) for r, row in enumerate(table) for c, count in enumerate(row) if is_small(count)
    }
    sums = list(_sums(table, adds_up_across))
    while more := {cell for line in sums for cell in _partner(table, line, hidden)}:
        hidden |= more
    return hidden


def _sums(table: Table, adds_up_across: bool) -> Iterable[list[Cell]]:
    width = len(table[0]) if table else 0
    yield from ([(r, c) for r in range(len(table))] for c in range(width))
    if adds_up_across:
        yield from ([(r, c) for c in range(width)] for r in range(len(table)))


def _partner(table: Table, line: list[Cell], hidden: set[Cell]) -> list[Cell]:
    if sum(cell in hidden for cell in line) != 1:
        return []
    shown = [cell for cell in line if cell not in hidden and table[cell[0]][cell[1]] > 0]
    return [min(shown, key=lambda cell: (table[cell[0]][cell[1]], cell))] if shown else []


def may_compare(national: int, own: int) -> bool:
    """Whether a force may see a national count beside its own: not if the rest is small."""
    return national >= SMALLEST_SHOWN and not is_small(national - own)
