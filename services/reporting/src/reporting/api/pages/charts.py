"""The geometry of the page's charts; the templates draw it as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10
from typing import Any


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in a box of 100 by 100, and what it stands for."""

    x: float
    width: float
    height: float
    label: str
    value: int | None

    @property
    def y(self) -> float:
        return 100 - self.height


def columns(values: Sequence[tuple[str, int | None]], top: float) -> list[Bar]:
    """One upright bar per value, side by side; what is withheld leaves a gap."""
    step = 100 / max(len(values), 1)
    gap = step * 0.18
    return [
        Bar(index * step + gap / 2, step - gap, 100 * (value or 0) / top, label, value)
        for index, (label, value) in enumerate(values)
    ]


def round_up(value: float) -> float:
    """The end of an axis: the next of 1, 2 or 5 times a power of ten."""
    if value <= 0:
        return 1
    power: float = 10 ** (ceil(log10(value)) - 1)
    return next((power * n for n in (1, 2, 5, 10) if power * n >= value), power * 10)


def lines(rows: Sequence[dict[str, Any]], periods: Sequence[Any]) -> dict[str, str]:
    """By key the path of its numbers over the periods, each key on its own scale."""
    place = {period: index for index, period in enumerate(periods)}
    numbers: dict[str, list[int]] = {row["key"]: [0] * len(periods) for row in rows}
    for row in rows:
        numbers[row["key"]][place[row["period"]]] = row["completions"] or 0
    return {key: _path(each) for key, each in numbers.items()}


def _path(numbers: Sequence[int]) -> str:
    step, top = 100 / max(len(numbers) - 1, 1), max(numbers) or 1
    points = (
        f"{index * step:.2f} {98 - 96 * each / top:.2f}" for index, each in enumerate(numbers)
    )
    return "M" + "L".join(points)
