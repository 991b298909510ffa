"""The guard of one answer: which of its counts are withheld, given all that was shown before."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from reporting.domain.disclosed import Cell, Known, Value
from reporting.domain.suppression import Sum, Table, is_small, protect
from reporting.projections.rows import Row

ALL = "all"


@dataclass(slots=True)
class Guard:
    """exact: nothing is withheld. known: what its reader and all others have been shown.

    for_good: what is published stays as it is. published: what has been, while this guard stood.
    people: the counts that several figures share, and which of them are hidden; None is not yet.
    """

    exact: bool
    known: Known = field(default_factory=Known)
    for_good: bool = False
    published: set[Value] = field(default_factory=set)
    people: "Counted | None" = None
    hidden: frozenset[Cell] = frozenset()

    async def withheld(self, tables: "Counted") -> frozenset[Cell]:
        if self.exact:
            return frozenset()
        table = tables.table()
        # The search may take seconds, and who shares this process has to go on meanwhile.
        cells, self.known = await asyncio.to_thread(
            protect, table, self.known, for_good=self.for_good
        )
        self.published.update(table.counts.items())
        return cells

    def count(self, number: int) -> int | None:
        """A count that is in no sum, or None where it is too small to be shown."""
        return None if not self.exact and is_small(number) else number


@dataclass(slots=True)
class Counted:
    """Counts by what they are of, and their sums, as they are gathered for the guard.

    Two figures that show one and the same count must call it by the same name.
    """

    counts: dict[Cell, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    unseen: set[Cell] = field(default_factory=set)

    def by_force(self, rows: Iterable[Row], total: Row, names: Mapping[str, Cell]) -> None:
        """Columns of a table with a row per force. names: by column what its counts are of."""
        listed = list(rows)
        for column, of in names.items():
            parts = {(*of, row["force_id"]): row[column] for row in listed}
            self.total((*of, ALL), total[column], parts)

    def total(self, name: Cell, number: int, parts: Mapping[Cell, int]) -> None:
        """Name a count that is the sum of others.

        Who counts in two forces counts nationally once: an attacker who takes the number for the
        sum all the same must learn nothing either.
        """
        self.counts[name] = number
        self.counts |= parts
        self.sums.append(Sum(name, tuple(parts)))

    def rest(self, name: Cell, whole: Cell, parts: Sequence[Cell]) -> None:
        """What is left of the whole: in no figure, and yet a subtraction away."""
        number = self.counts[whole] - sum(self.counts[each] for each in parts)
        if number >= 0:
            self.counts[name] = number
            self.unseen.add(name)
            self.sums.append(Sum(whole, (*parts, name)))

    def compare(self, name: Cell, whole: Cell, parts: Sequence[Cell]) -> None:
        """State that the whole is what its parts come to, or what is left of it, or over."""
        left = self.counts[whole] - sum(self.counts[each] for each in parts)
        if not left:
            self.sums.append(Sum(whole, tuple(parts)))
        elif left > 0:
            self.rest(name, whole, parts)
        elif len(parts) == 1:
            self.rest(name, parts[0], [whole])

    def beside(self, others: "Counted", names: Iterable[Cell]) -> bool:
        """Take in counts of a table that is protected already; False if it lacks one."""
        found = {name: others.counts[name] for name in names if name in others.counts}
        self.counts |= found
        return len(found) == len(list(names))

    def table(self) -> Table:
        return Table(self.counts, self.sums, frozenset(self.unseen))


def mask(row: Row, columns: Collection[str], hidden: Collection[str]) -> Row:
    """The row without what is withheld; `suppressed` names it."""
    names = [name for name in columns if name in hidden]
    return row | dict.fromkeys(names) | {"suppressed": names}


def masked(rows: Iterable[Row], names: Mapping[str, Cell], hidden: Collection[Cell]) -> list[Row]:
    """Rows of forces, and of all of them, without the cells that are withheld."""
    return [
        mask(row, names, {c for c, of in names.items() if (*of, row["force_id"]) in hidden})
        for row in rows
    ]
