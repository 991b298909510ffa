"""Rounds in which the sides take turns, and what they come to: median, spread, ratio, cost."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, Literal

Sample = dict[str, float]
"""rate: per second. cpu: µs, wal: bytes, each per event. memory: MiB at the most."""

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
    """One measured thing: a figure per round of the floor, or of another's library, and of ours."""

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


@dataclass(frozen=True, slots=True)
class Cost:
    """What one event costs one side; None where it was not measured."""

    id: str
    side: str
    cpu: float | None
    wal: float | None
    memory: float | None


@dataclass(frozen=True, slots=True)
class Grown:
    """What a path costs at a size. processes: how many share the work."""

    path: str
    events: int
    partitions: int
    processes: int
    rate: float
    cpu: float
    wal: float
    memory: float


@dataclass(slots=True)
class Findings:
    """What benches have found."""

    rows: list[Row] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    growth: list[Grown] = field(default_factory=list)

    def add(self, other: "Findings") -> None:
        """Take in what another bench has found."""
        self.rows += other.rows
        self.costs += other.costs
        self.growth += other.growth


@dataclass(slots=True)
class Turns:
    """The samples of sides that took turns, by name."""

    samples: dict[str, list[Sample]]

    def row(self, about: About, key: str, against: str = "floor", ours: str = "ours") -> Row:
        """One figure of two sides as a row."""
        floor, mine = ([one[key] for one in self.samples[name]] for name in (against, ours))
        return Row(about, floor, mine)

    def cost(self, id: str, side: str, name: str) -> Cost:
        """What an event cost one side, in the median round."""
        samples = self.samples[name]

        def middle(key: str) -> float | None:
            return median(one[key] for one in samples) if key in samples[0] else None

        return Cost(id, side, middle("cpu"), middle("wal"), middle("memory"))


async def take_turns(rounds: int, **sides: Side) -> Turns:
    """Run every side `rounds` times; who begins changes from round to round.

    A round that is not counted warms the servers up, unless there is just one round: a look.
    """
    names = list(sides)
    turns = Turns({name: [] for name in names})
    if rounds > 1:
        for side in sides.values():
            await side()
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            turns.samples[name].append(await sides[name]())
    return turns
