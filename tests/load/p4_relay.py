"""P4: the relay against producing from memory, and how its cost grows while a snapshot is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Any, Final

from chassis.outbox import SHARDS
from npp_contracts.topics import PORTFOLIOS

from . import records
from .measure import HIGHER, LOWER, About, Findings, Goal, Row, Sample, take_turns
from .peers import faststream_relay, txoutbox_relay
from .stage import Stage, session
from .team import Outcome, Team

ROWS: Final = 40_000
GROWTH: Final = (20_000, 300_000)
COMPARED: Final = 6_000
# As many as make no difference any more, here; each has a connection.
WORKERS: Final = 16
_FLOOR: Final = "send_batch per partition, no database"
_SNAPSHOT: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM outbox"
_FORGET: Final = "TRUNCATE outbox, event_log, bare_folders"


@dataclass(frozen=True, slots=True)
class Relaying:
    """A queue that is filled before the watch starts."""

    stage: Stage
    url: str

    async def floor(self, count: int) -> Sample:
        """From memory."""
        given = {"kafka": self.stage.kafka, "topic": PORTFOLIOS.name, "count": count}
        team = Team(self.stage, "produce", given, count=count, alone=True)
        return (await team.work()).sample

    async def ours(self, count: int, processes: int = 1) -> Outcome:
        """From the first read to the removal of the last row."""
        await self.forget()
        await records.queue(self.url, count)
        return await self.relayed(count, processes)

    async def relayed(self, count: int, processes: int = 1) -> Outcome:
        """What is in the queue already."""
        return await Team(
            self.stage, "relay", self._given(), count=count, processes=processes, shares=SHARDS
        ).work()

    async def faststream(self, count: int, workers: int) -> Sample:
        """By faststream-outbox, from its first claim to the removal of the last row."""
        await faststream_relay.fill(self.url, count)
        given = self._given() | {"workers": workers}
        return (await Team(self.stage, "faststream_relay", given, count=count).work()).sample

    async def txoutbox(self, count: int) -> Sample:
        """The same by txoutbox."""
        await txoutbox_relay.fill(self.url, count)
        team = Team(self.stage, "txoutbox_relay", self._given(), count=count)
        return (await team.work()).sample

    async def forget(self) -> None:
        """Nothing is queued and nothing was."""
        async with session(self.url) as connection:
            await connection.execute(_FORGET)

    def _given(self) -> dict[str, Any]:
        return {"kafka": self.stage.kafka, "url": self.url}


async def measure(stage: Stage) -> Findings:
    """Rows per second; milliseconds per 1,000 rows at the start and at the end; others' relays."""
    await stage.topic(PORTFOLIOS.name)
    on = Relaying(stage, await stage.database("relay"))
    count = stage.count(ROWS)

    async def ours() -> Sample:
        return (await on.ours(count)).sample

    turns = await take_turns(stage.rounds, floor=lambda: on.floor(count), ours=ours)
    early, late = await _grown(stage, on)
    found = Findings(
        [
            turns.row(About("P4", "relay, rows", "/s", _FLOOR, Goal(HIGHER, 0.5)), "rate"),
            turns.row(About("P4", "relay, CPU per row", "µs", _FLOOR), "cpu"),
            Row(_growth(stage), [early], [late]),
        ],
        [turns.cost("P4", "floor", "floor"), turns.cost("P4", "ours", "ours")],
    )
    found.add(await _compared(stage, on))
    return found


async def _compared(stage: Stage, on: Relaying) -> Findings:
    count = stage.count(COMPARED)

    async def ours() -> Sample:
        return (await on.ours(count)).sample

    turns = await take_turns(
        stage.rounds,
        ours=ours,
        faststream=lambda: on.faststream(count, WORKERS),
        ordered=lambda: on.faststream(count, 1),
        txoutbox=lambda: on.txoutbox(count),
    )
    others = {
        "faststream": ("C1", f"faststream-outbox relay, {WORKERS} workers", "no order"),
        "ordered": ("C1", "faststream-outbox relay, 1 worker", "in order"),
        "txoutbox": ("C2", "txoutbox relay", "in order per key"),
    }
    found = Findings(costs=[turns.cost("C", f"ours, {count:,} rows", "ours")])
    for name, (number, who, promise) in others.items():
        for what, unit, key in (("rows", "/s", "rate"), ("CPU per row", "µs", "cpu")):
            about = About(number, f"{who}, {what}", unit, f"{who}, {promise}")
            found.rows.append(turns.row(about, key, name))
        found.costs.append(turns.cost(number, who, name))
    return found


def _growth(stage: Stage) -> About:
    few, many = _grows(stage)
    floor = f"itself, up to {few:,} rows; a session holds a snapshot"
    return About("P4", f"relay, 1,000 rows, up to {many:,}", "ms", floor, Goal(LOWER, 1.5))


async def _grown(stage: Stage, on: Relaying) -> tuple[float, float]:
    few, many = _grows(stage)
    await on.forget()
    await records.queue(on.url, many)
    async with session(on.url) as holder:
        await holder.execute(_SNAPSHOT)
        trace = (await on.relayed(many)).trace
        await holder.execute("ROLLBACK")
    return _per_thousand(trace, few, few), _per_thousand(trace, many, few)


def _grows(stage: Stage) -> tuple[int, int]:
    # At least two rounds of the relay in each window.
    return max(4_000, stage.count(GROWTH[0])), max(12_000, stage.count(GROWTH[1]))


def _per_thousand(trace: Sequence[tuple[float, int]], up_to: int, window: int) -> float:
    """The median round of the last rows up to there; the rest is somebody else's noise."""
    rounds = list(pairwise(trace))
    inside = [(b, a) for b, a in rounds if up_to - window < a[1] <= up_to]
    # A slow broker may acknowledge a whole window at once; then the nearest round stands for it.
    nearest = sorted(rounds, key=lambda each: abs(each[1][1] - up_to))[:1]
    return median((a[0] - b[0]) / (a[1] - b[1]) * 1e6 for b, a in inside or nearest)
