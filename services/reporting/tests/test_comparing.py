"""A force that takes its own count from what it is told of the nation, as often as it likes."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from random import Random
from typing import Any

import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from npp_contracts.event import Event
from reporting.domain.suppression import FEWEST_OTHERS, SMALLEST_SHOWN

from .given import people, workforce
from .world import World, force

OTHERS = ("essex", "surrey", "sussex", "norfolk", "suffolk", "cumbria", "cleveland")
MOST = 10**4
Value = tuple[str, str, int]
"""Numerator or denominator, of which force, as it was since which answer: so long it is one."""


@dataclass
class Attacker:
    """Kent, which knows which counts have not changed, by how much is rounded, and the rule."""

    exact: bool = False
    rows: list[tuple[dict[Value, float], float, float]] = field(default_factory=list)
    truth: dict[Value, int] = field(default_factory=dict)
    last: dict[tuple[str, str], Value] = field(default_factory=dict)
    version: int = 0

    def told(self, own: dict[str, Any], there: dict[str, dict[str, int]]) -> None:
        """One answer. there: what is true of each other force that has reported."""
        self.version += 1
        for kind, numbers in there.items():
            for other, number in numbers.items():
                name = self.last.get((kind, other))
                if name is None or self.truth[name] != number:
                    self.last[kind, other] = name = (kind, other, self.version)
                    self.truth[name] = number
        nation = own["national"]
        if nation["suppressed"]:
            return
        mine = own["numerator"], own["denominator"]["value"] or 0
        wholes = nation["numerator"], nation["denominator"]["value"]
        sums = []
        for kind, whole, known in zip(there, wholes, mine, strict=True):
            of = {self.last[kind, other]: 1.0 for other in there[kind]}
            step = 0 if self.exact else max(10, 10 ** (len(str(whole)) - 2))
            self.rows.append((of, whole - step / 2 - known, whole + step / 2 - known))
            sums.append((of, known))
        self._share(nation["percent"], *sums)
        # That it is told at all says that the others are so many.
        if not self.exact:
            self.rows.append((sums[0][0], FEWEST_OTHERS * SMALLEST_SHOWN, np.inf))

    def _share(self, told: float, some: Any, of: Any) -> None:
        for slack, low, high in ((-0.5, 0.0, np.inf), (0.5, -np.inf, 0.0)):
            if self.exact:
                return
            signs = dict.fromkeys(some[0], 100.0)
            signs |= dict.fromkeys(of[0], -(told + slack))
            known = 100 * some[1] - (told + slack) * of[1]
            self.rows.append((signs, low - known, high - known))

    def given_away(self) -> dict[Value, tuple[int, int]]:
        """A small count narrowed to less than 1 to 4, another number worked out."""
        names = list(dict.fromkeys(name for row in self.rows for name in row[0]))
        found = {}
        for name in names:
            low, high = (self._end(names, name, sign) for sign in (1, -1))
            number = self.truth[name]
            small = name[0] == "numerator" and 0 < number < SMALLEST_SHOWN
            if (low > 1 or high < SMALLEST_SHOWN - 1) if small else low == high:
                found[name] = (low, high)
        return found

    def _end(self, names: list[Value], name: Value, sign: int) -> int:
        matrix = np.array([[row[0].get(each, 0.0) for each in names] for row in self.rows])
        lows, highs = (np.array([row[n] for row in self.rows]) for n in (1, 2))
        aim = np.array([sign * (each == name) for each in names])
        bounds = Bounds(0, MOST)
        rows = LinearConstraint(matrix, lows, highs)
        best = milp(aim, integrality=np.ones(len(names)), bounds=bounds, constraints=rows)
        assert best.success, best.message
        return round(best.x[names.index(name)])


def newcomers(chance: Random, at: int) -> Iterator[tuple[str, int, int | None]]:
    """Of some forces how many more have been signed off, and a headcount where one is reported."""
    for other in (*OTHERS, "kent"):
        some = chance.choice((0, 0, 1, 2, 9))
        yield other, some, chance.randint(60, 400) if chance.random() < (0.8, 0.2)[at > 0] else None


async def watched(world: World, seed: int, attacker: Attacker) -> int:
    """Kent asks after each of some changes; how often it is told."""
    chance, counts, staff, told = Random(seed), dict.fromkeys(OTHERS, 0), dict[str, int](), 0
    for at in range(8):
        events: list[Event] = []
        for name, some, headcount in newcomers(chance, at):
            events += [event for each in people(some, name) for event in each.certified()]
            events += [] if headcount is None else [workforce(name, headcount)]
            if name in counts:
                counts[name] += some
                staff |= {} if headcount is None else {name: headcount}
        await world.given(*events)
        own = await world.figure("headline", **force("kent"))
        if own["denominator"]["value"] is None:
            own["numerator"] = 0  # in neither number
        there = {"numerator": {each: counts[each] for each in staff}, "denominator": dict(staff)}
        attacker.told(own, there)
        told += not own["national"]["suppressed"]
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_no_force_works_out_another_by_what_it_is_told_of_the_nation(
    world: World, seed: int
) -> None:
    kent = Attacker()
    assert await watched(world, seed, kent) > 2
    assert kent.given_away() == {}


async def test_exact_numbers_of_few_would_give_another_force_away(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("reporting.api.figures.headline")
    monkeypatch.setattr(module, "may_compare", lambda others: sum(others) > 0)
    monkeypatch.setattr(module, "roughly", lambda number: number)
    await world.given(
        workforce("essex", 77), *(e for p in people(3, "essex") for e in p.certified())
    )
    kent = Attacker(exact=True)
    own = await world.figure("headline", **force("kent"))
    kent.told(own, {"numerator": {"essex": 3}, "denominator": {"essex": 77}})
    assert set(kent.given_away()) == {("numerator", "essex", 1), ("denominator", "essex", 1)}
