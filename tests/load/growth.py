"""How cost grows with events, partitions and processes: projection and relay, once each."""

from typing import Final

from npp_contracts.topics import PORTFOLIOS

from .measure import Findings, Grown
from .p1_projection import consumption
from .p4_relay import Relaying
from .stage import Stage
from .team import Outcome

_SIZES: Final = (10_000, 100_000)
_LARGEST: Final = 1_000_000
_PARTITIONS: Final = (1, 6, 24)
_PROCESSES: Final = (1, 2)
_USUAL: Final = 6


async def measure(stage: Stage) -> Findings:
    """Every partition count at the smaller sizes; the largest with the usual partitions only."""
    found = Findings()
    projection, relay = await stage.database("growth"), await stage.database("growth_relay")
    for events, partitions in _sizes(stage):
        reading = await consumption(stage, projection, events, partitions)
        for processes in _PROCESSES:
            outcome = await reading.group("project", processes)
            found.growth.append(_grown("projection", events, partitions, processes, outcome))
    for events, partitions in _sizes(stage):
        await stage.topic(PORTFOLIOS.name, partitions)
        for processes in _PROCESSES:
            outcome = await Relaying(stage, relay).ours(events, processes)
            found.growth.append(_grown("relay", events, partitions, processes, outcome))
    return found


def _sizes(stage: Stage) -> list[tuple[int, int]]:
    if stage.scale < 1:
        return [(stage.count(_SIZES[0]), _USUAL)]
    smaller = [(events, partitions) for events in _SIZES for partitions in _PARTITIONS]
    return [*smaller, (_LARGEST, _USUAL)]


def _grown(path: str, events: int, partitions: int, processes: int, outcome: Outcome) -> Grown:
    sample = outcome.sample
    figures = (sample[name] for name in ("rate", "cpu", "wal", "memory"))
    return Grown(path, events, partitions, processes, *figures)
