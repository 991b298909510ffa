"""Everybody in the nation: invented people in real proportions."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final

from npp_contracts.codes import Rank, WorkerType
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.names import address, name_in
from npp_ops.simulate.plan.nation import Strength

LATE_SHARE: Final = 0.015
INSPECTORS: Final = 0.025
SERGEANTS: Final = 0.115
LEADERS: Final = frozenset({Rank.SERGEANT, Rank.INSPECTOR})
_LAST_OLD_HAND: Final = date(2025, 5, 31)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented. `late`: known only from the second roster. `zeal`: 0 to 1."""

    at: int
    force_id: str
    collar: str
    given: str
    family: str
    email: str
    worker_type: WorkerType
    rank: Rank
    joined_on: date
    late: bool
    zeal: float = field(repr=False)

    @property
    def leads(self) -> bool:
        return self.rank in LEADERS


def people_of(strengths: tuple[Strength, ...], seed: int, day: date) -> tuple[Person, ...]:
    """All of them, force by force; `at` is their place in the result."""
    found: list[Person] = []
    for strength in strengths:
        found.extend(_staff(strength, stream(seed, "people", strength.force_id), day, len(found)))
    return tuple(found)


def _staff(strength: Strength, chance: Random, day: date, first: int) -> Iterator[Person]:
    count, force_id = strength.headcount, strength.force_id
    collars = chance.sample(range(1_000, 1_000 + max(8_000, 4 * count)), count)
    for nth, collar in enumerate(collars):
        pcso = nth < strength.pcsos
        given, family = name_in(force_id, chance)
        late = chance.random() < LATE_SHARE
        yield Person(
            first + nth,
            force_id,
            str(collar),
            given,
            family,
            address(given, family, str(collar), force_id),
            WorkerType.PCSO if pcso else WorkerType.POLICE_OFFICER,
            Rank.NONE if pcso else _rank(chance.random()),
            _joined(chance, day, late=late),
            late,
            chance.random(),
        )


def _rank(drawn: float) -> Rank:
    if drawn < INSPECTORS:
        return Rank.INSPECTOR
    return Rank.SERGEANT if drawn < SERGEANTS else Rank.CONSTABLE


def _joined(chance: Random, day: date, *, late: bool) -> date:
    if late:
        return day - timedelta(days=chance.randint(10, 60))
    return min(_LAST_OLD_HAND, day) - timedelta(days=chance.randint(0, 8_000))
