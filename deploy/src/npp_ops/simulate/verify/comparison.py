"""Two sets of addressed numbers, and where they differ."""

from collections.abc import Iterator
from dataclasses import dataclass
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
    """How many numbers were compared so far, and those that differ."""

    compared: int
    differences: list[Difference]

    def take(self, expected: Flat, found: Flat) -> None:
        """A number on one side only is a difference, too."""
        self.compared += len(expected.keys() | found.keys())
        self.differences += _differences(expected, found)


def _differences(expected: Flat, found: Flat) -> Iterator[Difference]:
    for where in sorted(expected.keys() | found.keys()):
        wanted, got = expected.get(where, ABSENT), found.get(where, ABSENT)
        if wanted != got:
            yield Difference(where, wanted, got)
