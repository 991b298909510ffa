"""How many people each force has, at the nation's size or scaled down."""

from dataclasses import dataclass
from typing import Final

from npp_ops.forces import forces
from npp_ops.simulate.plan.chance import shares

EVERYBODY: Final = 17_175
"""Neighbourhood officers and PCSOs of England and Wales, as published for March 2025."""

INVENTED_PCSO_SHARES: Final = {"greater-manchester": 0.3}
"""Greater Manchester published no number of PCSOs in the source: this share is invented."""

MOST_PCSOS: Final = 0.8


@dataclass(frozen=True, slots=True)
class Strength:
    """A force's neighbourhood staff in this nation."""

    force_id: str
    name: str
    headcount: int
    pcsos: int


def nation(people: int = EVERYBODY) -> tuple[Strength, ...]:
    """The 43 forces in the proportions of the reference data; somebody in each."""
    known = forces()
    counts = shares(people, [force.headcount for force in known])
    while 0 in counts:
        counts[counts.index(0)] = 1
        counts[counts.index(max(counts))] -= 1
    return tuple(
        Strength(force.id, force.name, count, round(count * _pcso_share(force.id)))
        for force, count in zip(known, counts, strict=True)
    )


def _pcso_share(force_id: str) -> float:
    force = next(each for each in forces() if each.id == force_id)
    if force.pcsos is None:
        return INVENTED_PCSO_SHARES[force_id]
    return min(force.pcsos / force.headcount, MOST_PCSOS)
