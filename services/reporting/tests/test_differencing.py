"""Everything that an analyst is shown, figure by figure and again later, and a solver over it."""

from collections.abc import Iterator
from random import Random

import pytest

from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.api.figures import guard as guard_module
from reporting.domain.disclosed import Cell, Known
from reporting.domain.suppression import Table, is_small, protect

from .attacker import intervals, unmasked
from .given import Person, workforce
from .test_suppression import Protect
from .world import ANALYST, World

FORCES = ("kent", "essex", "surrey")
CHOICES = {
    "module-completions": ("by=module", "by=force", "by=via"),
    "funnel": ("per=force", "per=role", "per=cohort"),
}


def journey(person: Person, chance: Random) -> Iterator[Event]:
    """As far as they get."""
    steps = [
        [person.registered()],
        [person.enrolled()],
        [person.completed("a"), person.opened()],
        [person.result("baseline", 40)],
        person.attended(chance.choice(("full", "part", "no-show"))),
        [person.result("final", chance.choice((40, 80))), person.submitted()],
        [person.assessed(), person.signed()],
    ]
    for events in steps[: chance.choices(range(1, 8), (1, 1, 2, 2, 3, 3, 3))[0]]:
        yield from events


def newcomers(chance: Random) -> Iterator[Event]:
    for force_id in FORCES:
        for _ in range(chance.choice((0, 1, 3, 12))):
            yield from journey(Person(force_id, chance.random() < 0.8), chance)


Shown = list[tuple[Table, frozenset[Cell]]]


def only_small(
    table: Table, known: Known, *, for_good: bool = False
) -> tuple[frozenset[Cell], Known]:
    """Primary suppression alone."""
    small = {cell for cell, number in table.counts.items() if is_small(number)}
    return frozenset(small | table.unseen), known


async def everything_shown(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch, how: Protect
) -> Shown:
    """Every figure as an analyst reads it, in any order, three times while people come."""
    shown: Shown = []

    def recorded(
        table: Table, known: Known, *, for_good: bool = False
    ) -> tuple[frozenset[Cell], Known]:
        hidden, then = how(table, known)
        shown.append((table, hidden))
        return hidden, then

    monkeypatch.setattr(guard_module, "protect", recorded)
    chance = Random(seed)
    await world.given(workforce("kent", 50), workforce("essex", 77))
    for _ in range(3):
        await world.given(*newcomers(chance))
        for name in chance.sample(list(FIGURES), len(FIGURES)):
            for query in CHOICES.get(name, ("",)):
                answer = await world.get(f"/figures/{name}.json?{query}", **ANALYST)
                assert answer.status_code == 200
    return shown


def given_away(shown: Shown) -> dict[tuple[Cell, int], tuple[int, int]]:
    unseen = {cell for table, _ in shown for cell in table.unseen}
    return {
        (cell, number): interval
        for (cell, number), interval in unmasked(intervals(shown)).items()
        # Nobody shows these: only a small one among them is a secret.
        if cell[:-1] not in unseen or 0 < number < 5
    }


@pytest.mark.parametrize("seed", [1, 2])
async def test_all_that_an_analyst_was_ever_shown_gives_nobody_away(
    world: World, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = await everything_shown(world, seed, monkeypatch, protect)
    assert given_away(shown) == {}
    assert sum(len(hidden - table.unseen) for table, hidden in shown) > 20


async def test_the_same_attack_succeeds_where_only_small_numbers_are_withheld(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert given_away(await everything_shown(world, 1, monkeypatch, only_small))
