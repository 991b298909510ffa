"""The specimen's projection, live and aside: both apply one log, batch by batch, as runners do."""

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.clock import new_id, now
from chassis.consumer import PostgresStore
from chassis.consumer.attempt import Attempt, Overtaken
from chassis.consumer.received import understand
from chassis.consumer.sheet import sheet
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Place, Record
from chassis.migrate import migrate
from chassis.operating.audit import Operator
from chassis.projection import Projection
from chassis.rebuilding import Generation, make
from chassis.rebuilding.holding import offsets
from chassis.rebuilding.store import GenerationStore
from npp_contracts.envelope import Envelope
from npp_contracts.ids import LearnerId, PortfolioId
from npp_contracts.portfolio import PortfolioSubmitted
from npp_contracts.topics import PORTFOLIOS

from .specimen import service as specimen

OPERATOR = Operator("anna", "a test")
GROUP = specimen.TALLY.group
PARTITIONS = 3
FORCES = ("derbyshire", "essex", "kent")


class Log:
    """A topic: folders that are submitted again and again, by partition and offset."""

    def __init__(self) -> None:
        self.records: dict[Place, list[Record]] = {
            (PORTFOLIOS.name, number): [] for number in range(PARTITIONS)
        }
        self._keys: list[tuple[UUID, str]] = []
        self._revisions: dict[UUID, int] = {}
        self._chance = random.Random(5)

    def grow(self, events: int) -> None:
        for _ in range(events):
            if self._chance.random() < 0.3 or not self._keys:
                self._keys.append((new_id(), self._chance.choice(FORCES)))
            self.add(*self._chance.choice(self._keys))

    def add(self, key: UUID, force: str, *, skip: int = 0) -> None:
        revision = self._revisions.get(key, 0) + 1 + skip
        self._revisions[key] = revision
        event = PortfolioSubmitted(
            portfolio_id=PortfolioId(key),
            learner_id=LearnerId(key),
            force_id=force,
            revision=revision,
        )
        said = Envelope.of(event, id=new_id(), time=now(), sequence=revision, correlationid="t")
        place = (PORTFOLIOS.name, key.int % PARTITIONS)
        records = self.records[place]
        records.append(Record(*place, len(records), 0.0, said.key, said.headers(), said.data))

    def end(self) -> int:
        return sum(map(len, self.records.values()))


class Member:
    """A consumer of the log. follows: the group that it does not pass, as a generation's does."""

    def __init__(self, scene: "Scene", consumer: Projection, generation: Generation | None) -> None:
        self.scene = scene
        self.consumer = consumer
        database = scene.database
        store = GenerationStore(database, generation) if generation else PostgresStore(database)
        self.attempt = Attempt("portfolio", consumer, store)
        self.follows = generation.group if generation else None

    async def step(self, at_most: int = 7) -> int:
        """A batch of each partition; how many records were applied."""
        return sum([await self._step(place, at_most) for place in self.scene.log.records])

    async def _step(self, place: Place, at_most: int) -> int:
        at, _ = await self.attempt.open(place)
        records = self.scene.log.records[place][at : at + random.randint(1, at_most)]
        if self.follows is not None:
            passed = (await self.scene.offsets(self.follows)).get(place, 0)
            records = [each for each in records if each.offset < passed]
        if not records:
            return 0
        received = sheet(self.consumer, records) or [understand(self.consumer, r) for r in records]
        try:
            plan = await self.attempt.batch(place, at, at + len(records), received)
        except Overtaken:
            return 0
        for key in sorted(plan.released):
            await self.attempt.drain(place, key)
        return len(records)

    async def catch_up(self) -> None:
        while await self.step(500):
            pass


class Scene:
    """A database with the specimen's tables, and the log that both generations read."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.log = Log()
        self.live = Member(self, specimen.TALLY, None)

    async def aside(self) -> Member:
        generation = await make(self.database, specimen.TALLY, OPERATOR)
        return Member(self, generation.of(specimen.TALLY), generation)

    async def offsets(self, group: str) -> dict[Place, int]:
        async with self.database.transaction() as within:
            return await offsets(within.connection, group)

    async def rows(self, sql: str) -> Sequence[Any]:
        async with self.database.connection() as connection:
            return (await connection.execute(text(sql))).all()

    async def run(self, sql: str) -> None:
        async with self.database.connection() as connection:
            await connection.execute(text(sql))

    async def tables(self, schema: str = "public") -> tuple[list[Any], list[Any]]:
        """The read models as they lie there."""
        return (
            [tuple(r) for r in await self.rows(f"SELECT * FROM {schema}.tally_view ORDER BY 1")],
            [tuple(r) for r in await self.rows(f"SELECT * FROM {schema}.latest_view ORDER BY 1")],
        )

    def expected(self) -> tuple[list[Any], list[Any]]:
        """What the whole log comes to, by hand."""
        tally: dict[str, int] = {}
        latest: dict[UUID, int] = {}
        for records in self.log.records.values():
            for record in records:
                event = PortfolioSubmitted.model_validate_json(record.value or b"")
                tally[event.force_id] = tally.get(event.force_id, 0) + 1
                latest[event.portfolio_id] = event.revision
        return sorted(tally.items()), sorted((k, r, r) for k, r in latest.items())


@asynccontextmanager
async def scene(url: str) -> AsyncIterator[Scene]:
    database = Database(url, scope=EVERY_FORCE, size=12)
    await migrate(database.engine, specimen.MIGRATIONS)
    try:
        yield Scene(database)
    finally:
        await database.close()
