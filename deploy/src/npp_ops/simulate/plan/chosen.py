"""Who of a force gets to a stage: the keen first, with some luck."""

from collections.abc import Sequence
from random import Random
from typing import Final

from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.people import Person

LUCK: Final = 0.6


def by_force(people: Sequence[Person]) -> dict[str, list[Person]]:
    """Those on the first roster, by force."""
    found: dict[str, list[Person]] = {}
    for person in people:
        found.setdefault(person.force_id, [])
        if not person.late:
            found[person.force_id].append(person)
    return found


def in_line(people: Sequence[Person], seed: int, stage: str) -> list[Person]:
    """The order in which a force's people come to a stage."""
    chance: Random = stream(seed, "line", stage, people[0].force_id if people else "")
    luck = {person.at: chance.random() * LUCK for person in people}
    return sorted(people, key=lambda person: (-(person.zeal + luck[person.at]), person.at))


def part_of(count: int, share: float, least: int = 0) -> int:
    """A share of a force, and at least so many where there are any."""
    return min(count, max(least, round(count * share)))
