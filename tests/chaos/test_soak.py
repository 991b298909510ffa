"""The soak draws the same faults from the same seed, and never two where one wants quiet."""

import random

from .arena import PLAIN
from .row import every_row
from .soak import draw

REPERTOIRE = [(row, case) for row in every_row() if row.setup == PLAIN for case in row.cases]


def drawn(seed: int) -> list[list[str]]:
    chance = random.Random(seed)
    return [[f"{row.id} {case.name}" for row, case in draw(chance, REPERTOIRE)] for _ in range(200)]


def test_a_seed_names_the_faults() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)


def test_every_fault_is_drawn_and_quiet_ones_are_alone() -> None:
    quiet = {f"{row.id} {case.name}" for row, case in REPERTOIRE if not case.load}
    rounds = drawn(1)
    assert {name for names in rounds for name in names} >= quiet
    assert len({name for names in rounds for name in names}) == len(REPERTOIRE)
    assert all(len(names) == 1 for names in rounds if quiet & set(names))
    assert all(len(set(names)) == len(names) for names in rounds)
