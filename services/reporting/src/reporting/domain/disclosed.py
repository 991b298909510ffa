"""What has been published: the last of each count, what stands for good, and what has changed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

Cell: TypeAlias = tuple[str, ...]
"""What a count is of: equal for one and the same count in two tables."""
Value: TypeAlias = tuple[Cell, int]
"""A cell at one time; unchanged since, it is still the same unknown."""
Equation: TypeAlias = Mapping[Value, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What has been published so far.

    last: of each cell the count and whether it was shown. equations: what the sums say about
    counts that were withheld and may be met again. frozen: counts that stand in what is published
    for good, and whether they were shown there or since.
    """

    last: Mapping[Cell, tuple[int, bool]] = field(default_factory=dict)
    equations: tuple[Equation, ...] = ()
    frozen: Mapping[Value, bool] = field(default_factory=dict)

    def shows(self, value: Value) -> bool:
        """Whether the cell was shown with this very count, lately or for good."""
        return self.last.get(value[0]) == (value[1], True) or self.frozen.get(value, False)

    def holds(self, value: Value) -> bool:
        """Whether the count is the last of its cell, or stands for good."""
        return value in self.frozen or self.last.get(value[0], (None,))[0] == value[1]

    def knowing(self, equations: Iterable[Equation]) -> "Known":
        """The same with these equations, but for what is at rest.

        Counts that have all changed since can't be met again, unless another equation ties them
        to one that can.
        """
        found = list(equations)
        met = {value for each in found for value in each if self.holds(value)}
        return Known(self.last, tuple(touched(found, met)[0]), self.frozen)

    def publishing(
        self, counts: Mapping[Cell, int], withheld: Collection[Cell], *, for_good: bool
    ) -> "Known":
        """The same with these counts published."""
        # What has been shown and is as it was stays known, whoever withholds it now.
        shown = {
            (cell, number): cell not in withheld or self.shows((cell, number))
            for cell, number in counts.items()
        }
        again = {value: seen for value, seen in shown.items() if for_good or value in self.frozen}
        last = {} if for_good else {cell: (n, seen) for (cell, n), seen in shown.items()}
        return Known({**self.last, **last}, self.equations, {**self.frozen, **again})

    def showing(self, found: Collection[Value]) -> "Known":
        """The same with these counts known, since they follow from what is shown."""
        last = {c: (n, seen or (c, n) in found) for c, (n, seen) in self.last.items()}
        frozen = {value: seen or value in found for value, seen in self.frozen.items()}
        return Known(last, self.equations, frozen)


def touched(
    equations: Iterable[Equation], asked: set[Value]
) -> tuple[list[Equation], list[Equation]]:
    """The equations that share a count with these, or with one that does; and the others."""
    near, far, known = list[Equation](), list(equations), set(asked)
    while more := [each for each in far if not known.isdisjoint(each)]:
        near += more
        far = [each for each in far if known.isdisjoint(each)]
        known.update(value for each in more for value in each)
    return near, far


# Who is shown figures as they are never meets a count again that has changed, so what is known of
# it is laid aside. A return tells of an earlier day: then all that was ever shown is needed.


def superseded(before: Known, after: Known) -> Known | None:
    """What is no longer the last of its cell, with what was known of it; None if nothing is."""
    gone = {
        (cell, number): shown
        for cell, (number, shown) in before.last.items()
        if after.last[cell][0] != number
    }
    if not gone:
        return None
    about = tuple(each for each in before.equations if not gone.keys().isdisjoint(each))
    return Known({}, about, gone)


def with_past(known: Known, past: Iterable[Known]) -> Known:
    """Everything that was ever shown: the past stands beside what is published now."""
    frozen, equations = dict(known.frozen), list(known.equations)
    for each in past:
        equations += each.equations
        for value, shown in each.frozen.items():
            frozen[value] = shown or frozen.get(value, False)
    told = Known(known.last, (), frozen)
    # A count that was withheld then and shown since is no unknown any more.
    left = [{v: sign for v, sign in each.items() if not told.shows(v)} for each in equations]
    return Known(known.last, tuple(each for each in left if each), frozen)


def without_past(known: Known, standing: Collection[Value]) -> Known:
    """What has to be known from now on; standing: the counts that are published for good."""
    frozen = {value: known.frozen[value] for value in standing}
    return Known(known.last, (), frozen).knowing(known.equations)
