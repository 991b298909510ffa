"""Which counts must be withheld so that no sum, filter or earlier version gives one away."""

# Cell suppression as statistical offices do it: Fischetti and Salazar on what an attacker can
# compute; the network heuristics of Castro and of τ-ARGUS for what to withhold besides;
# GaussSuppression on small counts beside nobody. The attacker knows every sum, every count that
# is or was shown, and which have not changed since. A small count is safe when there is another
# world, alike in all that is shown, in which it is 1, and one in which it is 4: then nothing is
# learnt beyond the rule. Each such world moves withheld counts so that every sum still holds; the
# cheapest is searched for, and what it moves is withheld with the small count. So no withheld
# count is fixed by the rest, and what proves it is found, not assumed.

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from heapq import heappop, heappush
from itertools import count as counter
from typing import Any, Final, TypeAlias

from reporting.domain.disclosed import Cell, Equation, Known, Value, touched

SMALLEST_SHOWN: Final = 5
FEWEST_OTHERS: Final = 5
"""So many other forces stand in a number about the nation that a force is told."""
MOST_WORLDS: Final = 3_000
"""Worlds after which one search gives up, and with it the whole table."""
MOST_STEPS: Final = 500_000
"""Moves looked at for one table, after which it is withheld as a whole: about a second."""
_TRIED_AGAIN: Final = 16

State: TypeAlias = tuple[tuple[int, int], ...]
"""The sums that do not hold yet, by their number, and by how much."""
Path: TypeAlias = "tuple[Value, int, Path] | None"
"""What has been moved, the last first, and which way."""


@dataclass(frozen=True, slots=True)
class Sum:
    """`total` is what `parts` come to."""

    total: Cell
    parts: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Counts and all the sums among them. unseen: counts that only a difference would show."""

    counts: Mapping[Cell, int]
    sums: Sequence[Sum]
    unseen: frozenset[Cell] = frozenset()


@dataclass(slots=True)
class Effort:
    """What one table may cost: the moves that may still be looked at."""

    left: int = MOST_STEPS


def is_small(count: int) -> bool:
    """One to four people. Nobody at all gives nobody away."""
    return 0 < count < SMALLEST_SHOWN


def protect(
    table: Table,
    known: Known | None = None,
    *,
    for_good: bool = False,
    effort: Effort | None = None,
) -> tuple[frozenset[Cell], Known]:
    """The cells to withhold, and what is known once the others are published.

    for_good: they stand beside whatever is published later, and are no newer than the last.
    effort: what it may cost; all cells are withheld when that is used up.
    """
    known = known or Known()
    values = {cell: (cell, number) for cell, number in table.counts.items()}
    near, far = touched(known.equations, set(values.values()))
    equations = _distinct([*near, *_equations(table, known, values)])
    hidden = {values[cell] for cell in table.unseen}
    # What was withheld and is not asked for, or has changed since, is not shown now.
    hidden |= {v for v in _named(near) if values.get(v[0]) != v}
    small = {v for v in (*values.values(), *_named(equations)) if is_small(v[1])}
    small -= {v for v in small if known.shows(v)}
    hidden |= small
    worlds = _Worlds(equations, hidden, effort or Effort())
    for value in sorted(small):
        for step in (SMALLEST_SHOWN - 1 - value[1], 1 - value[1]):
            if step and not worlds.find(value, step):
                # What is known already may be said again: the same question has one answer.
                everything = frozenset(c for c, each in values.items() if not known.shows(each))
                known = known.publishing(table.counts, everything, for_good=for_good)
                return everything, known.knowing((*equations, *far))
    withheld = frozenset(cell for cell, value in values.items() if value in hidden)
    left: list[Equation] = [
        {v: sign for v, sign in each.items() if v in hidden} for each in equations
    ]
    settled = _settle(left)
    known = known.publishing(table.counts, withheld, for_good=for_good).showing(settled)
    return withheld, known.knowing(_distinct((*left, *far)))


def _settle(equations: list[Equation]) -> set[Value]:
    """Take out what follows by itself: differences that nobody shows and that are not small."""
    settled = set[Value]()
    while alone := {v for each in equations if len(each) == 1 for v in each}:
        settled |= alone
        equations[:] = [{v: s for v, s in each.items() if v not in alone} for each in equations]
    return settled


def _equations(table: Table, known: Known, values: Mapping[Cell, Value]) -> Iterator[Equation]:
    for each in table.sums:
        signs = {each.total: -1} | dict.fromkeys(each.parts, 1)
        named = {values[cell]: sign for cell, sign in signs.items()}
        yield {v: sign for v, sign in named.items() if not known.shows(v)}


def _distinct(equations: Iterable[Equation]) -> list[Equation]:
    found: dict[frozenset[tuple[Value, int]], Equation] = {}
    for each in equations:
        if each:
            turned = {value: -sign for value, sign in each.items()}
            if frozenset(turned.items()) not in found:
                found[frozenset(each.items())] = each
    return list(found.values())


def _named(equations: Iterable[Equation]) -> Iterator[Value]:
    return (value for each in equations for value in each)


class _Search(Enum):
    """FREE: nothing that is shown may move. CHEAPEST: the least of it. ANY: whatever is found."""

    FREE = auto()
    CHEAPEST = auto()
    ANY = auto()


@dataclass(slots=True)
class _Worlds:
    """The search for other worlds; what one of them moves joins the hidden."""

    equations: Sequence[Equation]
    hidden: set[Value]
    effort: Effort
    _turns: dict[Value, list[Equation]] = field(default_factory=lambda: defaultdict(list))
    _places: dict[Value, list[tuple[int, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self._places = defaultdict(list)
        for number, each in enumerate(self.equations):
            for value, sign in each.items():
                self._places[value].append((number, sign))

    def find(self, value: Value, step: int) -> bool:
        """Whether there is one in which the value is `step` more: found one by one, as a flow."""
        way, moved = (1 if step > 0 else -1), defaultdict[Value, int](int)
        for _ in range(abs(step)):
            found = self._again(value, way, moved)
            for how in _Search if found is None else ():
                if (found := self._search(value, way, moved, how)) is not None:
                    break
            if found is None:
                return False
            self.hidden.update(found)
            for each, turn in found.items():
                moved[each] += turn
        return True

    def _again(self, value: Value, way: int, moved: Mapping[Value, int]) -> Equation | None:
        """A turn that was found for another count, or the other way round, if it can be made."""
        # Where most counts are small, the same few turns serve nearly all of them.
        for turn in self._turns[value][: -_TRIED_AGAIN - 1 : -1]:
            self.effort.left -= len(turn)
            same = turn[value] == way
            found = turn if same else {each: -sign for each, sign in turn.items()}
            if all(s > 0 or each[1] + moved.get(each, 0) >= 1 for each, s in found.items()):
                return found
        return None

    def _search(
        self, value: Value, way: int, moved: Mapping[Value, int], how: "_Search"
    ) -> Equation | None:
        """A turn over what is out of balance; a count shown so far costs what it is."""
        ties = counter()
        start = self._balance((), value, way)
        queue: list[Any] = [((0, 0), next(ties), 0, start, (value, way, None))]
        seen: set[State] = set()
        while queue and len(seen) < MOST_WORLDS and self.effort.left > 0:
            _, _, cost, state, path = heappop(queue)
            if not state:
                found = dict(_walked(path))
                for each in found:
                    self._turns[each].append(found)
                return found
            if state in seen:
                continue
            seen.add(state)
            # Whichever sum is looked at, something must set it right: the fewer can, the better.
            number, off = min(state, key=self._width)
            used = {each for each, _ in _walked(path)}
            self.effort.left -= len(self.equations[number])
            for other, sign in self.equations[number].items():
                turn = -sign if off > 0 else sign
                price = 0 if other in self.hidden else max(other[1], SMALLEST_SHOWN)
                if other in used or (price and how is _Search.FREE):
                    continue
                if turn < 0 and other[1] + moved.get(other, 0) < 1:
                    continue
                then = self._balance(state, other, turn)
                if then not in seen:
                    spent = cost + price
                    rank = (spent, len(then)) if how is _Search.CHEAPEST else (len(then), spent)
                    heappush(queue, (rank, next(ties), spent, then, (other, turn, path)))
        return None

    def _width(self, off: tuple[int, int]) -> int:
        return len(self.equations[off[0]])

    def _balance(self, state: State, value: Value, turn: int) -> State:
        off = dict(state)
        for number, sign in self._places[value]:
            off[number] = off.get(number, 0) + sign * turn
        return tuple(sorted((number, each) for number, each in off.items() if each))


def _walked(path: Path) -> Iterator[tuple[Value, int]]:
    while path is not None:
        value, turn, path = path
        yield value, turn


def may_compare(others: Iterable[int]) -> bool:
    """Whether a force may be told of the nation, from which it can subtract its own count.

    others: the counts of the other forces. With five that count anybody, and five people for each
    of them, every one of them may be 1 as well as 4, whatever the force knows of itself.
    """
    there = [each for each in others if each]
    return len(there) >= FEWEST_OTHERS and sum(there) >= FEWEST_OTHERS * SMALLEST_SHOWN


def roughly(number: int) -> int:
    """Two digits of a number, tens at the least: what it was before tells nobody's news."""
    step: int = max(10, 10 ** (len(str(number)) - 2))
    return (number + step // 2) // step * step
