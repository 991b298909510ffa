"""Rounds in which floor and ours take turns, and what they come to: median, spread, ratio."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

Sample = dict[str, float]
Side = Callable[[], Awaitable[Sample]]

HIGHER: Final = "at least"
LOWER: Final = "at most"


@dataclass(frozen=True, slots=True)
class Goal:
    """What a row's ratio (ours / floor) must be."""

    sense: Literal["at least", "at most"]
    ratio: float

    def met(self, ratio: float) -> bool:
        """Whether this ratio reaches the goal."""
        return ratio >= self.ratio if self.sense == HIGHER else ratio <= self.ratio

    def __str__(self) -> str:
        """As the page says it."""
        return f"{'≥' if self.sense == HIGHER else '≤'} {self.ratio:g}×"


@dataclass(frozen=True, slots=True)
class About:
    """What a row is about; a row without a goal is there to explain one that has one."""

    id: str
    what: str
    unit: str
    floor: str
    goal: Goal | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One measured thing: a figure per round of the floor and of ours."""

    about: About
    floor: Sequence[float]
    ours: Sequence[float]

    @property
    def ratios(self) -> list[float]:
        """Ours divided by the floor, round by round: what disturbs a round disturbs both."""
        return [ours / floor for ours, floor in zip(self.ours, self.floor, strict=True)]

    @property
    def ratio(self) -> float:
        """The median round's ratio."""
        return median(self.ratios)

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        goal = self.about.goal
        return None if goal is None else goal.met(self.ratio)


@dataclass(slots=True)
class Turns:
    """The samples of two sides, taken in turns."""

    floor: list[Sample] = field(default_factory=list)
    ours: list[Sample] = field(default_factory=list)

    def row(self, about: About, key: str) -> Row:
        """One figure of the samples as a row."""
        floor, ours = ([one[key] for one in side] for side in (self.floor, self.ours))
        return Row(about, floor, ours)


async def take_turns(rounds: int, floor: Side, ours: Side) -> Turns:
    """Run both sides `rounds` times after one round that warms them up; each starts every other."""
    await floor()
    await ours()
    turns = Turns()
    for number in range(rounds):
        if number % 2:
            turns.ours.append(await ours())
            turns.floor.append(await floor())
        else:
            turns.floor.append(await floor())
            turns.ours.append(await ours())
    return turns
