"""Returns of earlier days: what is shown of them, beside all that was ever shown, tells nothing."""

from collections.abc import Sequence
from random import Random

import pytest

from reporting.api.figures import FIGURES
from reporting.api.figures import guard as guard_module
from reporting.domain.disclosed import Cell, Known, superseded, with_past, without_past
from reporting.domain.suppression import Table, protect
from reporting.store.disclosures import read_known, written_known

from .attacker import intervals, unmasked
from .given import workforce
from .returning import ReturnWorld
from .test_differencing import newcomers
from .test_suppression import changed, one_way, random_rows, two_way
from .world import ANALYST

Published = list[tuple[Table, frozenset[Cell]]]
Step = tuple[Table, bool]
"""A table, and whether it is frozen."""


class Ledger:
    """What the store keeps, between one publication and the next. remembers: the past, too."""

    def __init__(self, *, remembers: bool = True) -> None:
        self.known = Known()
        self.past: list[Known] = []
        self.remembers = remembers

    def publish(self, table: Table, *, for_good: bool) -> frozenset[Cell]:
        before = self.known
        if for_good:
            known = with_past(before, self.past if self.remembers else [])
            hidden, after = protect(table, known, for_good=True)
            after = without_past(after, before.frozen.keys() | set(table.counts.items()))
        else:
            hidden, after = protect(table, before)
        if (gone := superseded(before, after)) is not None:
            self.past.append(gone)
        self.known = read_known(written_known(after))
        return hidden


def story(chance: Random) -> list[Step]:
    """Live, changed, and then a return of the earlier day by something else; and on it goes."""
    rows = random_rows(chance)
    moved = changed(rows, chance)
    width = chance.randint(2, 3)
    other = [_split(sum(row), width, chance) for row in rows]
    return [
        (two_way(rows), False),
        (two_way(moved), False),
        (two_way(other, "d"), True),
        (two_way(moved), False),
        (two_way([_corrected(row, chance) for row in other], "d"), True),
    ]


def _split(whole: int, parts: int, chance: Random) -> list[int]:
    found = [0] * parts
    for _ in range(whole):
        found[chance.randrange(parts)] += 1
    return found


def _corrected(row: Sequence[int], chance: Random) -> list[int]:
    return [max(0, n + chance.choice((-1, 0, 0, 1))) for n in row]


def given_away(steps: Sequence[Step], ledger: Ledger) -> bool:
    published = [(table, ledger.publish(table, for_good=good)) for table, good in steps]
    return bool(unmasked(intervals(published, ever=True)))


def test_differencing_with_returns_of_earlier_days_finds_nothing() -> None:
    chance = Random("returns 20261122")
    assert sum(given_away(story(chance), Ledger()) for _ in range(150)) == 0


def test_the_attack_succeeds_where_the_past_is_forgotten() -> None:
    chance = Random("returns 20261122")
    assert sum(given_away(story(chance), Ledger(remembers=False)) for _ in range(60)) > 0


def test_what_is_frozen_stays_known_when_the_live_count_moves_on() -> None:
    ledger = Ledger()
    assert ledger.publish(one_way([3, 9, 20]), for_good=True) == {("r0",), ("r1",)}
    assert ledger.publish(one_way([30, 90, 200]), for_good=False) == set()
    # The frozen 9 is live again beside another r0: shown now, it would say that r0 was 3.
    assert ("r1",) in ledger.publish(one_way([30, 9, 200]), for_good=False)


async def shown_with_returns(
    world: ReturnWorld, monkeypatch: pytest.MonkeyPatch, seed: int
) -> Published:
    shown: Published = []

    def recorded(
        table: Table, known: Known, *, for_good: bool = False
    ) -> tuple[frozenset[Cell], Known]:
        hidden, then = protect(table, known, for_good=for_good)
        shown.append((table, hidden))
        return hidden, then

    monkeypatch.setattr(guard_module, "protect", recorded)
    chance = Random(seed)
    await world.happens(workforce("kent", 50), workforce("essex", 77))
    found = ""
    for number in range(3):
        await world.happens(*newcomers(chance))
        for name in chance.sample(list(FIGURES), len(FIGURES)):
            assert (await world.get(f"/figures/{name}.json", **ANALYST)).status_code == 200
        if number == 1:
            found = await world.opened("2026-06-10")
    await world.corrected(found)
    await world.figure("forces", **ANALYST)
    return shown


async def test_all_that_an_analyst_was_shown_beside_returns_gives_nobody_away(
    returns: ReturnWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await shown_with_returns(returns, monkeypatch, 1)
    unseen = {cell for table, _ in shown for cell in table.unseen}
    found = unmasked(intervals(shown, ever=True))
    assert {
        value: interval
        for value, interval in found.items()
        if value[0] not in unseen or 0 < value[1] < 5
    } == {}
    assert sum(len(hidden - table.unseen) for table, hidden in shown) > 20
