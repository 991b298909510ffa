"""P6: a dashboard's query, fresh and kept; and the pages, read by many while events arrive."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, islice
from random import Random
from typing import Any, Final

from services.reporting.tests.nation import PEOPLE

from chassis.kafka import Publisher
from chassis.testing.issuer import Issuer
from npp_contracts.envelope import Envelope
from npp_ops import topics
from reporting.app import SERVICE
from reporting.domain.forces import forces

from . import nation
from .measure import HIGHER, LOWER, About, Findings, Goal, Row, Sample, Side, take_turns
from .records import publish
from .stage import Server, Stage, session, trusted
from .traffic import connected, get

READERS: Final = 50
EACH_SECONDS: Final = 5.0
"""A reader opens the next page this long after the one before."""
PER_SECOND: Final = 1_000
SECONDS: Final = 20.0
ALLOWED_MS: Final = 100.0
FRESH_MS: Final = 250.0
COUNTED_MS: Final = 1_000.0
PAGES: Final = (
    "/",
    "/programme",
    "/portfolio-pipeline",
    "/assessment",
    "/sessions",
    "/data-quality",
)
_FIGURE: Final = "/figures/module-completions.json"
_FLOOR: Final = "FastAPI, ORM entities, pydantic models"
_CHANGE: Final = """
UPDATE tally_versions SET version = version + 1 WHERE source = 'reporting.module-completions'
"""
_PASSED: Final = """
SELECT coalesce(min(passed), 0)::bigint FROM (
    SELECT sum(next_offset) AS passed FROM checkpoints
    WHERE topic = $1 AND consumer_group LIKE 'reporting.%' GROUP BY consumer_group) AS groups
"""
_APPLIED: Final = """
SELECT consumer_group, topic, max(last_event_at) AS last_event_at,
    extract(epoch FROM max(applied_at) - max(last_event_at))::float8 AS age
FROM freshness_view GROUP BY 1, 2
"""
_COUNTED: Final = """
SELECT consumer_group, topic, last_event_at,
    extract(epoch FROM clock_timestamp() - last_event_at)::float8 AS age
FROM tallied_view
"""
_LOOK_SECONDS: Final = 0.02
_SECRETS: Final = {"PSEUDONYM_SECRET": "p" * 32, "WEBHOOK_SECRET": "w" * 32}
_NATION: Final[dict[str, Any]] = {"roles": ["national-admin"], "force_id": "national"}
_NATIONAL: Final = 0.1
_SLICES: Final = 20
_LIMIT_SECONDS: Final = 1800.0

Before = Callable[[], Awaitable[object]]


async def measure(stage: Stage) -> Findings:
    """One figure against its floor; then every page under readers and a stream of events."""
    people = stage.count(PEOPLE, least=250)
    url = await stage.database("query", SERVICE.migrations)
    for name, topic in topics.wanted().items():
        await stage.topic(name, topic.partitions)
    async with trusted(stage, url) as (issuer, environment):
        # Two processes, as in a cluster: what consumes doesn't make readers wait.
        ours = await stage.serve("reporting", environment | _SECRETS, "serve")
        await stage.serve("reporting", environment | _SECRETS, "consume")
        scene = _Scene(stage, url, ours, issuer)
        behind = await scene.given(nation.envelopes(people))
        query = await scene.against_the_floor()
        if stage.events:
            await nation.multiply(url, max(1, stage.events // behind))
        return Findings([*query, *await scene.under_readers(people)])


@dataclass(slots=True)
class _Scene:
    """reporting as it runs, with a nation behind it."""

    stage: Stage
    url: str
    server: Server
    issuer: Issuer

    async def given(self, events: Iterator[tuple[str, Envelope]]) -> int:
        """Publish these and wait until every group has passed them; returns how many they were."""
        counted = Counter[str]()

        def told() -> Iterator[tuple[str, Envelope]]:
            for topic, envelope in events:
                counted[topic] += 1
                yield topic, envelope

        await publish(self.stage.kafka, told())
        async with session(self.url) as connection, asyncio.timeout(_LIMIT_SECONDS):
            for topic, number in counted.items():
                while await connection.fetchval(_PASSED, topic) < number:  # noqa: ASYNC110  it counts
                    await asyncio.sleep(0.05)
        return counted.total()

    async def against_the_floor(self) -> list[Row]:
        """Requests per second, one after the other, of the same figure."""
        floor = await self.stage.serve("tests.load.floors.orm", {"DATABASE_URL": self.url})
        ours = get(_FIGURE, self.issuer.bearer(**_NATION))
        async with session(self.url) as connection:
            changing = partial(connection.execute, _CHANGE)
            turns = await take_turns(
                self.stage.rounds,
                floor=self._asking(floor, get(_FIGURE, {}), changing),
                fresh=self._asking(self.server, ours, changing),
                kept=self._asking(self.server, ours),
            )
        await asyncio.to_thread(floor.process.stop)
        goals = {"fresh": 5, "kept": 12}
        return [
            turns.row(
                About("P6", f"figure, {side}", "/s", _FLOOR, Goal(HIGHER, goal)), "rate", ours=side
            )
            for side, goal in goals.items()
        ]

    def _asking(self, server: Server, request: bytes, before: Before | None = None) -> Side:
        seconds = max(0.5, SECONDS / 8 * self.stage.scale)

        async def side() -> Sample:
            until, taken = time.perf_counter() + seconds, list[float]()
            async with connected(server.port) as asking:
                while time.perf_counter() < until:
                    if before is not None:
                        await before()
                    taken.append(await asking(request))
            return {"rate": len(taken) / sum(taken)}

        return side

    async def under_readers(self, people: int) -> list[Row]:
        """Milliseconds that 99 % of the pages, and of the ages of what is seen, stayed below."""
        taken: list[list[float]] = [[], [], []]
        seconds = max(1.0, SECONDS * self.stage.scale)
        arriving = asyncio.create_task(self._arrive(people))
        try:
            await self._read(seconds)  # the first reading of each page is not measured
            for _ in range(self.stage.rounds):
                read, *aged = await asyncio.gather(
                    self._read(seconds),
                    self._ages(_APPLIED, seconds),
                    self._ages(_COUNTED, seconds),
                )
                for row, one in zip(taken, (read, *aged), strict=True):
                    row.append(_p99(one))
        finally:
            arriving.cancel()
        wanted = {
            "pages": ALLOWED_MS,
            "events applied": FRESH_MS,
            "figures count": COUNTED_MS,
        }
        beside = f"p99, {READERS} readers, {PER_SECOND} events/s"
        return [
            Row(
                About("P6", f"{name}, {beside}", "ms", f"{most:g} ms", Goal(LOWER, 1)),
                [most] * self.stage.rounds,
                each,
            )
            for (name, most), each in zip(wanted.items(), taken, strict=True)
        ]

    async def _arrive(self, people: int) -> None:
        """Another nation's events, as they would be recorded now."""
        publisher = Publisher(self.stage.kafka, "load")
        await publisher.start()
        endless = (each for seed in count(2) for each in nation.envelopes(people, seed))
        started = time.perf_counter()
        try:
            for number in count(1):
                await publisher.publish(list(islice(endless, PER_SECOND // _SLICES)))
                due = started + number / _SLICES
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
        finally:
            await publisher.stop()

    async def _read(self, seconds: float) -> list[float]:
        chance = Random(0)
        readers = (self._reader(chance, seconds) for _ in range(READERS))
        return [each for taken in await asyncio.gather(*readers) for each in taken]

    async def _reader(self, chance: Random, seconds: float) -> list[float]:
        """Pages of one's own force, one reader in ten of the nation."""
        whose = _NATION if chance.random() < _NATIONAL else _force(chance.choice(list(forces())))
        bearer = self.issuer.bearer(**whose)
        await asyncio.sleep(chance.random() * EACH_SECONDS)
        until, taken = time.perf_counter() + seconds, list[float]()
        while time.perf_counter() < until:
            begun = time.perf_counter()
            # The server closes a connection that has been idle for as long as readers read.
            async with connected(self.server.port) as asking:
                taken.append(await asking(get(chance.choice(PAGES), bearer)))
            await asyncio.sleep(max(0.0, begun + EACH_SECONDS - time.perf_counter()))
        return taken

    async def _ages(self, sql: str, seconds: float) -> list[float]:
        """How old the newest event of a group and topic was each time that it was another."""
        until, seen = time.perf_counter() + seconds, dict[tuple[str, str, Any], float]()
        async with session(self.url) as connection, asyncio.timeout(seconds + _LIMIT_SECONDS):
            before = {tuple(newest) for *newest, _ in await connection.fetch(sql)}
            # A look may be over before anything has been: then it lasts until something is.
            while time.perf_counter() < until or not seen:
                for *newest, age in await connection.fetch(sql):
                    if tuple(newest) not in before:
                        seen.setdefault(tuple(newest), age)
                await asyncio.sleep(_LOOK_SECONDS)
        return list(seen.values())


def _p99(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.99)] * 1000


def _force(force_id: str) -> dict[str, Any]:
    return {"roles": ["force-analyst"], "force_id": force_id}
