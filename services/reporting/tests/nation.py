"""A nation's worth of events, made fast: 17,175 people and more than 100,000 completions."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from uuid import UUID

from npp_contracts.event import Event
from reporting.domain.forces import forces

from .given import Person, workforce

PEOPLE = 17_175
MODULES = tuple(
    f"{subject}-{n}" for subject in ("engagement", "problems", "behaviour") for n in (1, 2)
)
FIRST_DAY = date(2025, 6, 2)


def nation(people: int = PEOPLE, seed: int = 1) -> Iterator[Event]:
    """Workforces, then each person's way as far as they have come."""
    chance = Random(seed)
    ids = list(forces())
    weights = [8 if each == "metropolitan" else 1 + n % 4 for n, each in enumerate(ids)]
    whole = sum(weights)
    for each, weight in zip(ids, weights, strict=True):
        yield workforce(each, round(people * weight / whole) + 1, date(2026, 3, 31))
    for _ in range(people):
        (force_id,) = chance.choices(ids, weights)
        yield from journey(
            Person(force_id, learner_id=_id(chance), enrolment_id=_id(chance)), chance
        )


def journey(person: Person, chance: Random) -> Iterator[Event]:
    yield person.registered()
    yield person.enrolled("NPP1")
    yield person.enrolled("NPP2")
    baseline = 5 * chance.randint(6, 14)
    yield person.result("baseline", baseline)
    for module in MODULES:
        day = FIRST_DAY + timedelta(days=int(chance.triangular(0, 420, 300)))
        yield person.completed(module, day, chance.choice(("csv", "xapi")))
    if chance.random() < 0.5:
        yield from person.attended(chance.choices(("full", "part", "no-show"), (9, 1, 1))[0])
    yield person.opened()
    if chance.random() < 0.4:
        yield person.result("final", min(100, baseline + 5 * chance.randint(0, 8)))
        yield person.submitted()
        if chance.random() < len(person.force_id) / 20:
            yield person.signed()


def _id(chance: Random) -> UUID:
    return UUID(int=chance.getrandbits(128), version=4)
