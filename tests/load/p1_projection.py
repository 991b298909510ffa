"""P1 and P2: Kafka to read model, effectively once, against COPY of raw rows; CPU per record."""

from dataclasses import dataclass
from typing import Any, Final

import asyncpg

from npp_contracts.topics import PORTFOLIOS

from . import records
from .measure import HIGHER, LOWER, About, Findings, Goal, Sample, Side, take_turns
from .stage import Stage, session
from .team import Outcome, Team

EVENTS: Final = 60_000
_PARTITIONS: Final = 6
_FORGET: Final = "TRUNCATE checkpoints, sequences, folder_view, raw_rows, raw_offsets"
_DONE: Final = "SELECT coalesce(sum(next_offset), 0) FROM checkpoints"
_COPY: Final = "getmany, msgspec, COPY of raw rows, offset row"
_READ: Final = "getmany, msgspec"


@dataclass(frozen=True, slots=True)
class Consumption:
    """One topic, read to its end by turns, each time as if for the first time."""

    stage: Stage
    url: str
    count: int
    partitions: int

    def floor(self, name: str) -> Side:
        """A consumer by hand; it stops by itself."""
        given = self._given() | {
            "topic": PORTFOLIOS.name,
            "partitions": self.partitions,
            "count": self.count,
        }

        async def side() -> Sample:
            await self._forget()
            team = Team(self.stage, name, given, count=self.count, alone=True)
            return (await team.work()).sample

        return side

    def ours(self, name: str) -> Side:
        """A consumer group of one process."""

        async def side() -> Sample:
            return (await self.group(name, 1)).sample

        return side

    async def group(self, name: str, processes: int) -> Outcome:
        """A consumer group, until its checkpoints are at the end."""
        await self._forget()
        async with session(self.url) as connection:
            team = Team(
                self.stage,
                name,
                self._given(),
                count=self.count,
                processes=processes,
                shares=self.partitions,
                done=lambda: self._at_end(connection),
            )
            return await team.work()

    async def _at_end(self, connection: "asyncpg.Connection[asyncpg.Record]") -> bool:
        return bool(await connection.fetchval(_DONE) >= self.count)

    def _given(self) -> dict[str, Any]:
        return {"kafka": self.stage.kafka, "url": self.url}

    async def _forget(self) -> None:
        async with session(self.url) as connection:
            await connection.execute(_FORGET)


async def consumption(stage: Stage, url: str, count: int, partitions: int) -> Consumption:
    """A fresh topic with so many events on it."""
    await stage.topic(PORTFOLIOS.name, partitions)
    await records.publish(stage.kafka, records.envelopes(count))
    return Consumption(stage, url, count, partitions)


async def measure(stage: Stage) -> Findings:
    """Events per second into the read model, and processor time per record of the runtime."""
    url = await stage.database("projection")
    on = await consumption(stage, url, stage.count(EVENTS), _PARTITIONS)
    projected = await take_turns(stage.rounds, floor=on.floor("copy"), ours=on.ours("project"))
    consumed = await take_turns(stage.rounds, floor=on.floor("read"), ours=on.ours("nothing"))
    runtime = About("P2", "consumer runtime, CPU per record", "µs", _READ, Goal(LOWER, 1.3))
    return Findings(
        [
            projected.row(
                About("P1", "projection, events", "/s", _COPY, Goal(HIGHER, 0.5)), "rate"
            ),
            projected.row(About("P1", "projection, CPU per event", "µs", _COPY), "cpu"),
            consumed.row(runtime, "cpu"),
        ],
        [
            projected.cost("P1", "floor", "floor"),
            projected.cost("P1", "ours", "ours"),
            consumed.cost("P2", "floor", "floor"),
            consumed.cost("P2", "ours", "ours"),
        ],
    )
