"""Who sits the assessment, when it counts, and with how many right answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from npp_contracts.codes import Form, Occasion
from npp_ops.simulate.plan.chance import stream
from npp_ops.simulate.plan.chosen import by_force, in_line, part_of
from npp_ops.simulate.plan.people import Person
from npp_ops.simulate.plan.programme import ITEMS, PASS_PERCENT, keys

BASELINES: Final = 0.233
MATCHED: Final = 0.157
FINAL_ONLY: Final = 0.0175
VOID: Final = 0.006
RETAKE: Final = 0.5
OPEN: Final = 0.003
ABSENT: Final = 0.02
# Right answers of twenty: about 55 % before and 80 % after, an improvement of some 45 %.
BEFORE: Final = (11.0, 2.4)
GAIN: Final = (5.0, 2.1)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A person's way through one occasion.

    right: right answers of each attempt in order. void: the first of them is declared void.
    left_open: the attempt is started and not handed in. Without any of it: absent.
    """

    person: int
    occasion: Occasion
    right: tuple[int, ...] = ()
    void: bool = False
    left_open: bool = False

    @property
    def absent(self) -> bool:
        return not self.right and not self.left_open

    @property
    def counts(self) -> int | None:
        """Right answers of the first valid attempt, handed in."""
        valid = self.right[1:] if self.void else self.right
        return valid[0] if valid else None

    @property
    def passed(self) -> bool:
        """Whether any valid attempt reached the pass mark."""
        valid = self.right[1:] if self.void else self.right
        return any(100 * right >= PASS_PERCENT * ITEMS for right in valid)


def sittings_of(people: Sequence[Person], seed: int) -> tuple[Sitting, ...]:
    """Baselines before finals, so that nobody's order is ever wrong."""
    chance = stream(seed, "sittings")
    found = [
        sitting
        for staff in by_force(people).values()
        for sitting in _of_force(in_line(staff, seed, "sitting"), chance)
    ]
    return tuple(sorted(found, key=lambda each: each.occasion is Occasion.FINAL))


def _of_force(line: list[Person], chance: Random) -> Iterator[Sitting]:
    count = len(line)
    matched = part_of(count, MATCHED, 1)
    before = part_of(count, BASELINES, min(2, count))
    after = before + part_of(count - before, FINAL_ONLY)
    for person in line[:before]:
        right = _clamped(chance.gauss(*BEFORE))
        yield _sat(person, Occasion.BASELINE, right, chance)
        if person in line[:matched]:
            yield _final(person, right, chance)
    for person in line[before:after]:
        if chance.random() < 0.3:
            yield Sitting(person.at, Occasion.BASELINE)
        yield _final(person, round(BEFORE[0]), chance)
    for person in line[after:]:
        drawn = chance.random()
        if drawn < OPEN:
            yield Sitting(person.at, Occasion.BASELINE, left_open=True)
        elif drawn < OPEN + ABSENT:
            yield Sitting(person.at, chance.choice(list(Occasion)))


def _final(person: Person, before: int, chance: Random) -> Sitting:
    right = _clamped(before + chance.gauss(*GAIN))
    sitting = _sat(person, Occasion.FINAL, right, chance)
    if not sitting.passed and chance.random() < RETAKE:
        again = _clamped(right + abs(chance.gauss(*GAIN)))
        return Sitting(person.at, Occasion.FINAL, (*sitting.right, again), sitting.void)
    return sitting


def _sat(person: Person, occasion: Occasion, right: int, chance: Random) -> Sitting:
    void = chance.random() < VOID
    return Sitting(person.at, occasion, (right, right) if void else (right,), void)


def _clamped(right: float) -> int:
    return min(ITEMS, max(1, round(right)))


def answers(form: Form, right: int, chance: Random) -> dict[str, str]:
    """Answers to a form with exactly so many right ones; of the others, some are left blank."""
    known = keys(form)
    shuffled = chance.sample(list(known), len(known))
    given = {item: known[item] for item in shuffled[:right]}
    for item in shuffled[right:]:
        if chance.random() < 0.8:
            given[item] = chance.choice([option for option in "abcd" if option != known[item]])
    return given
