"""Two sets of addressed numbers, and where they differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from npp_ops.simulate.ledger.shapes import Flat, Number

ABSENT: Final = "absent"


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that is not what it must be."""

    where: str
    expected: Number | str
    found: Number | str


@dataclass(slots=True)
class Comparison:
    """How many numbers were compared so far, in all and by what they are; those that differ."""

    compared: int
    differences: list[Difference]
    families: dict[str, int] = field(default_factory=dict)

    def take(self, expected: Flat, found: Flat) -> None:
        """A number on one side only is a difference, too."""
        self.compared += len(expected.keys() | found.keys())
        self.differences += _differences(expected, found)

    def take_shown(self, expected: Flat, found: Flat) -> None:
        """What is shown must be right; what is withheld may be anything."""
        shown: Flat = {where: number for where, number in found.items() if number is not None}
        self.take({where: n for where, n in expected.items() if where in shown}, shown)

    @contextmanager
    def family(self, name: str) -> Iterator[None]:
        """What is compared meanwhile is of one kind."""
        before = self.compared
        yield
        self.families[name] = self.compared - before


def _differences(expected: Flat, found: Flat) -> Iterator[Difference]:
    for where in sorted(expected.keys() | found.keys()):
        wanted, got = expected.get(where, ABSENT), found.get(where, ABSENT)
        if wanted != got:
            yield Difference(where, wanted, got)
