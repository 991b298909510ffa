"""P4: the relay against producing from memory, and how its cost grows while a snapshot is held."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from chassis.kafka import KafkaError, Publisher
from chassis.queue import Outbox
from chassis.relay import Relay
from npp_contracts.envelope import Envelope
from npp_contracts.topics import PORTFOLIOS

from . import records
from .floors.producing import Raw, produce, producer
from .measure import HIGHER, LOWER, About, Goal, Row, Sample, take_turns
from .stage import Stage, session, until

ROWS: Final = 40_000
GROWTH: Final = (20_000, 300_000)
_FLOOR: Final = "send_batch per partition, no database"
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox"


class _Counting(Publisher):
    """Notes when how many were acknowledged."""

    def __init__(self, bootstrap_servers: str) -> None:
        super().__init__(bootstrap_servers, "load")
        self.acknowledged = [(time.perf_counter(), 0)]

    async def start(self) -> None:
        await super().start()
        self.acknowledged = [(time.perf_counter(), 0)]

    async def publish(self, events: Sequence[tuple[str, Envelope]]) -> dict[int, KafkaError]:
        failed = await super().publish(events)
        if events:
            total = self.acknowledged[-1][1] + len(events) - len(failed)
            self.acknowledged.append((time.perf_counter(), total))
        return failed


@dataclass(frozen=True, slots=True)
class Relaying:
    """A queue that is filled before the watch starts."""

    stage: Stage
    url: str
    memory: list[Raw]

    async def floor(self) -> Sample:
        """From memory."""
        sending = producer(self.stage.kafka)
        await sending.start()
        started = time.perf_counter()
        await produce(sending, PORTFOLIOS.name, self.memory)
        rate = len(self.memory) / (time.perf_counter() - started)
        await sending.stop()
        return {"rate": rate}

    async def ours(self) -> Sample:
        """From the queue, from being connected until the last acknowledgement."""
        await records.queue(self.url, len(self.memory))
        acknowledged = await self.relayed(len(self.memory))
        (connected, _), (last, total) = acknowledged[0], acknowledged[-1]
        return {"rate": total / (last - connected)}

    async def relayed(self, count: int) -> list[tuple[float, int]]:
        """Run a relay until so many are published."""
        publisher = _Counting(self.stage.kafka)
        relay = Relay("portfolio", Outbox("portfolio", self.url), publisher)
        running = asyncio.create_task(relay.run())
        await until(lambda: publisher.acknowledged[-1][1] >= count)
        relay.stop()
        await running
        return publisher.acknowledged


async def measure(stage: Stage) -> list[Row]:
    """Records per second, and milliseconds per 1,000 rows at the start and at the end."""
    url = await stage.database("relay")
    await stage.topic(PORTFOLIOS.name)
    memory: list[Raw] = [
        (one.key, one.data, one.headers(), int(one.time.timestamp() * 1000))
        for _, one in records.envelopes(stage.count(ROWS))
    ]
    on = Relaying(stage, url, memory)
    turns = await take_turns(stage.rounds, on.floor, on.ours)
    early, late = await _grown(stage, on)
    return [
        turns.row(About("P4", "relay, rows", "/s", _FLOOR, Goal(HIGHER, 0.5)), "rate"),
        Row(_growth(stage), [early], [late]),
    ]


def _growth(stage: Stage) -> About:
    few, many = _grows(stage)
    floor = f"itself, up to {few:,} rows; a session holds a snapshot"
    return About("P4", f"relay, 1,000 rows, up to {many:,}", "ms", floor, Goal(LOWER, 1.5))


async def _grown(stage: Stage, on: Relaying) -> tuple[float, float]:
    few, many = _grows(stage)
    await records.queue(on.url, many)
    async with session(on.url) as holder:
        await holder.execute(_SNAPSHOT)
        acknowledged = await on.relayed(many)
        await holder.execute("ROLLBACK")
    return _per_thousand(acknowledged, few, few), _per_thousand(acknowledged, many, few)


def _grows(stage: Stage) -> tuple[int, int]:
    # At least two rounds of the relay in each window.
    return max(4_000, stage.count(GROWTH[0])), max(12_000, stage.count(GROWTH[1]))


def _per_thousand(acknowledged: list[tuple[float, int]], up_to: int, window: int) -> float:
    """The median round of the last rows up to there; the rest is somebody else's noise."""
    rounds = list(pairwise(acknowledged))
    inside = [(b, a) for b, a in rounds if up_to - window < a[1] <= up_to]
    # A slow broker may acknowledge a whole window at once; then the nearest round stands for it.
    nearest = sorted(rounds, key=lambda each: abs(each[1][1] - up_to))[:1]
    return median((a[0] - b[0]) / (a[1] - b[1]) * 1e6 for b, a in inside or nearest)
