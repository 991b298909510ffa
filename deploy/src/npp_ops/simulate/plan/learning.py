"""Who completes which online module when, and through which door we hear of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Final

from npp_contracts.codes import CompletedVia
from npp_ops.simulate.plan.chance import growing, stream
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.programme import (
    BEGAN,
    LEADERSHIP_BEGAN,
    LEADERSHIP_MODULES,
    ONLINE_MODULES,
)

# How many of the six online modules somebody has done; invented so that 80,000 come about.
HOW_MANY: Final = (0.03, 0.03, 0.05, 0.06, 0.08, 0.09, 0.66)
LEADERS_DONE: Final = 0.55


@dataclass(frozen=True, slots=True)
class Completion:
    """A module that a person (by place in the nation) completes."""

    person: int
    module: str
    on: date
    via: CompletedVia


def completions_of(people: Sequence[Person], seed: int, day: date) -> tuple[Completion, ...]:
    """Every online completion up to the day, each once."""
    chance = stream(seed, "learning")
    found: list[Completion] = []
    for person in people:
        for module, on in _done(person, chance, day):
            door = (CompletedVia.CSV, CompletedVia.XAPI)[len(found) % 2]
            # Who is not on the books yet can't be in a file that is checked against them.
            via = CompletedVia.XAPI if person.late else door
            found.append(Completion(person.at, module, on, via))
    return tuple(found)


def _done(person: Person, chance: Random, day: date) -> Iterator[tuple[str, date]]:
    first = max(BEGAN, person.joined_on)
    count = chance.choices(range(len(HOW_MANY)), HOW_MANY)[0]
    yield from _in_order(ONLINE_MODULES[:count], chance, first, day)
    began = max(first, LEADERSHIP_BEGAN)
    if person.leads and began <= day and chance.random() < LEADERS_DONE:
        yield from _in_order(LEADERSHIP_MODULES, chance, began, day)


def _in_order(
    modules: Sequence[str], chance: Random, first: date, last: date
) -> Iterator[tuple[str, date]]:
    days = sorted(growing(chance, first, last) for _ in modules)
    return zip(modules, days, strict=True)
