"""What is really sent to who reads suppressed figures gives nobody away: JSON, CSV and pages."""

from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import pytest

from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.domain.suppression import is_small

from .attacker import intervals, unmasked
from .given import Person, session, workforce
from .sent import WAYS, Document, against, read
from .world import ANALYST, World

FORCES = ("kent", "essex", "surrey")


def asked() -> list[str]:
    return [f"{name}?{way}" for name in FIGURES for way in WAYS.get(name, ("",))]


def journey(person: Person, chance: Random, held: UUID) -> Iterator[Event]:
    """As far as they get, each step after the one before."""
    steps = [
        [person.registered()],
        [person.enrolled()],
        [person.completed(chance.choice("ab")), person.opened()],
        [person.result("baseline", 5 * chance.randint(4, 12))],
        [person.booked(held)] if chance.random() < 0.3 else _attended(person, chance, held),
        [person.result("final", 5 * chance.randint(8, 20)), person.submitted()],
        [person.assessed(), person.signed()],
    ]
    for events in steps[: chance.choices(range(1, 8), (1, 1, 2, 2, 3, 3, 3))[0]]:
        yield from events


def _attended(person: Person, chance: Random, held: UUID) -> list[Event]:
    return person.attended(chance.choice(("full", "full", "part", "no-show")), session_id=held)


def newcomers(chance: Random) -> Iterator[Event]:
    for n, force_id in enumerate(FORCES):
        held = UUID(int=n + 1, version=4)
        for _ in range(chance.choice((0, 1, 3, 12))):
            yield from journey(Person(force_id, chance.random() < 0.8), chance, held)


async def sent(world: World, chance: Random, **claims: Any) -> dict[str, Document]:
    """Every figure in every choice, in any order."""
    found = {}
    for each in chance.sample(asked(), len(asked())):
        name, _, query = each.partition("?")
        answer = await world.get(f"/figures/{name}.json?{query}", **claims)
        assert answer.status_code == 200, answer.text
        found[each] = answer.json()
    return {each: found[each] for each in asked()}


@pytest.mark.parametrize("seed", range(1, 21))
async def test_what_is_sent_on_two_dates_gives_nobody_away(world: World, seed: int) -> None:
    chance, shown = Random(seed), []
    sessions = [session(UUID(int=n + 1, version=4), each) for n, each in enumerate(FORCES)]
    await world.given(workforce("kent", 50), workforce("essex", 77), *sessions)
    for _ in range(2):
        await world.given(*newcomers(chance))
        told = read(await sent(world, chance, **ANALYST))
        truth = read(await sent(world, chance))
        shown.append(against(told, truth))
    found = unmasked(intervals(shown, only=lambda value: is_small(value[1])))
    for k, v in found.items(): print(seed, *k, v)
    assert found == {}
