"""Outages that rows make: when they began and ended, and what the members did meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from .arena import Arena
from .watch import Outage

_LOOK_SECONDS: Final = 0.25
MEGABYTE: Final = 2**20


@dataclass(slots=True)
class Seen:
    """What was seen during an outage. grown: most bytes that a member has grown by, by name."""

    lost: float = field(default_factory=time.monotonic)
    outages: list[Outage] = field(default_factory=list)
    grown: dict[str, int] = field(default_factory=dict)

    def left(self, seconds: float) -> float:
        """How much is left of an outage that lasts so long."""
        return max(0.0, self.lost + seconds - time.monotonic())

    @property
    def lasted(self) -> float:
        """Seconds, once it is over."""
        return sum(one.back - one.lost for one in self.outages)

    @property
    def figures(self) -> dict[str, str | float]:
        """For the table."""
        most = max(self.grown.values(), default=0) / MEGABYTE
        return {"outage s": round(self.lasted, 1), "memory grown MB": round(most, 1)}

    def beyond(self, megabytes: int) -> list[str]:
        """Violations: members that have grown by more."""
        return [
            f"{name} grew by {size / MEGABYTE:.0f} MB"
            for name, size in self.grown.items()
            if size > megabytes * MEGABYTE
        ]


@asynccontextmanager
async def outage(arena: Arena, names: Iterable[str] | None = None) -> AsyncIterator[Seen]:
    """Note that these members, or all, have lost something they need; until the block ends."""
    members = frozenset(arena.crew.members if names is None else names)
    before = {name: arena.crew[name].process.resident_bytes() for name in members}
    seen = Seen(grown=dict.fromkeys(members, 0))
    looking = asyncio.create_task(_look(arena, before, seen))
    try:
        yield seen
    finally:
        seen.outages.append(Outage(members, seen.lost, time.monotonic()))
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _look(arena: Arena, before: dict[str, int], seen: Seen) -> None:
    while True:
        for name, size in before.items():
            grown = arena.crew[name].process.resident_bytes() - size
            seen.grown[name] = max(seen.grown[name], grown)
        await asyncio.sleep(_LOOK_SECONDS)
