"""P8: a read model rebuilt from its log: cost by the log's length, and what readers notice."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg
import psutil

from chassis.database import EVERY_FORCE, Database
from chassis.operating.audit import Operator
from chassis.operating.controls import CONSUMER, pause, resume
from chassis.rebuilding import Generation, compare, make, promote, retire, rollback
from npp_contracts.topics import PORTFOLIOS

from . import records
from .measure import LOWER, About, Findings, Goal, Grown, Row
from .specimen import VIEW
from .stage import Server, Stage, session, wal

EVENTS: Final = 200_000
"""`python -m tests.load rebuild --events 10000000` for another number."""
RATE: Final = 4_000
_PARTITIONS: Final = 6
_READERS: Final = 4
_SECONDS: Final = 6.0
_EVERY_SECONDS: Final = 0.01
_NOTICED_SECONDS: Final = 1.5
_ALLOWED_MS: Final = 250.0
_LIMIT_SECONDS: Final = 7200.0
_OPERATOR: Final = Operator("load", "the bench")
_AT: Final = """
SELECT coalesce(sum(next_offset), 0)::bigint FROM checkpoints WHERE consumer_group = $1
"""
_KEYS: Final = "SELECT portfolio_id FROM folder_view LIMIT 1000"
_PAGE: Final = "SELECT * FROM folder_view WHERE portfolio_id >= $1 ORDER BY portfolio_id LIMIT 50"


@dataclass(frozen=True, slots=True)
class Built:
    """What one rebuild has cost per event, and how long a comparison held both groups."""

    grown: Grown
    compared_ms: float


async def measure(stage: Stage) -> Findings:
    """A quarter of the log and all of it; then readers beside a rebuild and an exchange."""
    most = stage.events or stage.count(EVENTS)
    async with _live(stage, most // 4) as quarter:
        less = await quarter.built()
    async with _live(stage, most) as whole:
        more = await whole.built()
        idle, beside = await whole.beside_readers()
        slowest = await whole.exchanged()
    unit = f"{most // 4} events"
    what = f"rebuild of {most} events, CPU per event"
    throttled = f"readers while the rebuild is paused; it runs at {RATE} /s"
    per_event = About("P8", what, "µs", unit, Goal(LOWER, 1.2))
    hold = About("P8", "comparison, per million rows", "ms", unit)
    waiting = About("P8", "slowest reading in 6 exchanges", "ms", "250 ms", Goal(LOWER, 1))
    return Findings(
        [
            Row(per_event, [less.grown.cpu], [more.grown.cpu]),
            Row(About("P8", "reading, p99", "ms", throttled, Goal(LOWER, 1.2)), idle, beside),
            Row(waiting, [_ALLOWED_MS], [slowest]),
            Row(hold, [less.compared_ms], [more.compared_ms]),
        ],
        growth=[less.grown, more.grown],
    )


@dataclass(slots=True)
class _Scene:
    """A log that a live group has read, and goes on reading."""

    stage: Stage
    url: str
    database: Database
    count: int

    async def built(self) -> Built:
        """As fast as it goes."""
        generation = await make(self.database, VIEW, _OPERATOR)
        written = await wal(self.stage.postgres)
        server = await self._rebuild()
        # A tenth warms it, as everywhere.
        await self.until(generation.aside, self.count // 10)
        began, cpu, first = time.monotonic(), server.cpu(), await self._at(generation.aside)
        await self.until(generation.aside, self.count)
        seconds, cpu = time.monotonic() - began, server.cpu() - cpu
        memory = psutil.Process(server.process.pid).memory_info().rss / 2**20
        written = await wal(self.stage.postgres) - written
        begun = time.monotonic()
        compared = await compare(self.database, VIEW)
        held = (time.monotonic() - begun) * 1000 / sum(compared.rows.values()) * 1e6
        assert not compared.differences, compared.differences
        await self._end(server)
        events = self.count - first
        cost = events / seconds, cpu / events * 1e6, written / self.count, memory
        return Built(Grown("rebuild", self.count, _PARTITIONS, 1, *cost), held)

    async def beside_readers(self) -> tuple[list[float], list[float]]:
        """The readers' p99 in milliseconds, by turns: the rebuild paused, and running."""
        generation = await make(self.database, VIEW, _OPERATOR)
        idle, beside = [], []
        server = await self._rebuild("--rate", str(RATE))
        seconds = max(1.0, _SECONDS * self.stage.scale)
        for _ in range(self.stage.rounds):
            await pause(self.database, CONSUMER, generation.aside, _OPERATOR)
            await asyncio.sleep(_NOTICED_SECONDS)
            idle.append(_p99(await self._read_for(seconds)))
            await resume(self.database, CONSUMER, generation.aside, _OPERATOR)
            await asyncio.sleep(_NOTICED_SECONDS)
            beside.append(_p99(await self._read_for(seconds)))
        await self._end(server)
        return idle, beside

    async def exchanged(self, times: int = 3) -> float:
        """The slowest reading in milliseconds while the two change places again and again."""
        generation = await make(self.database, VIEW, _OPERATOR)
        server = await self._rebuild()
        await self.until(generation.aside, self.count)
        stop = asyncio.Event()
        reading = asyncio.create_task(self._read(stop))
        for _ in range(times):
            await promote(self.database, VIEW, _OPERATOR)
            await rollback(self.database, VIEW, _OPERATOR)
        stop.set()
        taken = await reading
        await self._end(server)
        return max(taken) * 1000

    async def _rebuild(self, *options: str) -> Server:
        told = _environment(self.url, self.stage)
        return await self.stage.serve("tests.load.specimen", told, "rebuild", VIEW.group, *options)

    async def _end(self, server: Server) -> Generation:
        await asyncio.to_thread(server.process.stop)
        return await retire(self.database, VIEW.group, _OPERATOR)

    async def _at(self, group: str) -> int:
        async with self.database.transaction() as within:
            return int(await within.connection.fetchval(_AT, group))

    async def until(self, group: str, events: int) -> None:
        """Wait until a group has passed so many."""
        async with asyncio.timeout(_LIMIT_SECONDS):
            while await self._at(group) < events:  # noqa: ASYNC110  another process counts
                await asyncio.sleep(0.01)

    async def _read_for(self, seconds: float) -> list[float]:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(seconds, stop.set)
        return await self._read(stop)

    async def _read(self, stop: asyncio.Event) -> list[float]:
        """Pages by key, each reader at its own pace; the seconds that each took."""
        async with session(self.url) as connection:
            keys = [row[0] for row in await connection.fetch(_KEYS)]

        async def one() -> list[float]:
            async with session(self.url) as connection:
                return await _pages(connection, keys, stop)

        taken = await asyncio.gather(*(one() for _ in range(_READERS)))
        return [each for some in taken for each in some]


async def _pages(
    connection: "asyncpg.Connection[asyncpg.Record]", keys: list[UUID], stop: asyncio.Event
) -> list[float]:
    taken = []
    while not stop.is_set():
        begun = time.perf_counter()
        await connection.fetch(_PAGE, random.choice(keys))
        taken.append(time.perf_counter() - begun)
        await asyncio.sleep(_EVERY_SECONDS)
    return taken


@asynccontextmanager
async def _live(stage: Stage, count: int) -> AsyncIterator[_Scene]:
    url = await stage.database(f"rebuild_{count}")
    await stage.topic(PORTFOLIOS.name, _PARTITIONS)
    await records.publish(stage.kafka, records.envelopes(count))
    live = await stage.serve("tests.load.specimen", _environment(url, stage), "consume")
    database = Database(url, scope=EVERY_FORCE, size=4)
    scene = _Scene(stage, url, database, count)
    try:
        await scene.until(VIEW.group, count)
        yield scene
    finally:
        await asyncio.to_thread(live.process.stop)
        await database.close()


def _environment(url: str, stage: Stage) -> dict[str, str]:
    return {
        "ENVIRONMENT": "test",
        "LOG_LEVEL": "WARNING",
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": stage.kafka,
        "OIDC_ISSUER": "https://issuer.test",
        "OIDC_JWKS_URL": "https://issuer.test/jwks",
    }


def _p99(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)] * 1000
