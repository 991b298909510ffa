"""An operator at work in a row: the library behind the commands of `npp` that change something."""

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final

import asyncpg

from chassis import rebuilding
from chassis.database import EVERY_FORCE, Database
from chassis.deadletters import DeadLetter, DeadLetters
from chassis.kafka import Place, reading
from chassis.operating import controls, lagging, queueing, redriving, republishing, seeking
from chassis.operating.audit import Operation, Operator, operations
from chassis.operating.lagging import PartitionLag
from chassis.operating.queueing import OutboxStatus
from chassis.operating.reconciling import TopicReport, reconcile
from chassis.operating.redriving import Verdict
from chassis.operating.seeking import Move, Target
from chassis.pseudonyms import pseudonyms
from chassis.rebuilding import Comparison, Generation
from chassis.rebuilding.generation import projection_of

from .arena import Arena

_RATE: Final = 200.0
"""Dead letters closed in a second."""


class Operators:
    """What somebody on duty can do to one service of the arena; every change is audited."""

    def __init__(self, arena: Arena, service: str, because: str) -> None:
        self._arena = arena
        self._service = arena.services[service]
        self._operator = Operator("chaos", because)

    async def pause_outbox(self) -> None:
        async with self._database() as database:
            await controls.pause(database, controls.OUTBOX, controls.OUTBOX, self._operator)

    async def resume_outbox(self) -> None:
        async with self._database() as database:
            await controls.resume(database, controls.OUTBOX, controls.OUTBOX, self._operator)

    async def outbox(self) -> OutboxStatus:
        async with self._database() as database:
            return await queueing.status(database)

    async def pause(self, group: str) -> None:
        async with self._database() as database:
            await controls.pause(database, controls.CONSUMER, group, self._operator)

    async def resume(self, group: str) -> None:
        async with self._database() as database:
            await controls.resume(database, controls.CONSUMER, group, self._operator)

    async def seek(
        self, group: str, to: Target, places: set[Place] | None = None, *, force_gap: bool = False
    ) -> list[Move]:
        """Move the group's checkpoints: of all its partitions, or of these."""
        topics = self._topics(group)
        async with self._database() as database, reading(self._kafka, topics) as reader:
            due = await seeking.destinations(reader, places or set(reader.places), to)
            return await seeking.seek(database, group, due, self._operator, force_gap=force_gap)

    async def lag(self, group: str) -> list[PartitionLag]:
        topics = self._topics(group)
        async with self._database() as database, reading(self._kafka, topics) as reader:
            return await lagging.lag(database, group, topics, reader)

    async def letters(self, group: str | None = None) -> list[DeadLetter]:
        """The open dead letters, oldest first."""
        async with self._database() as database:
            return await self._letters(database).open(group, limit=None)

    async def show(self, letter: int) -> DeadLetter:
        async with self._database() as database:
            return await self._letters(database).show(letter)

    async def close(self, letters: list[DeadLetter], verdict: Verdict) -> list[redriving.Closed]:
        """Redrive or discard."""
        chosen = [letter.id for letter in letters]
        with self._own_settings():
            async with self._database() as database:
                closing = redriving.close_all(
                    self._letters(database), chosen, verdict, self._operator, _RATE
                )
                return [one async for one in closing]

    async def reconcile(self, *, republish: bool = False) -> tuple[list[TopicReport], int]:
        """Compare the log with the topics; then publish what is missing, and say how many."""
        owned = {row["topic"] for row in await self._logged()}
        connection = await asyncpg.connect(self._arena.url(self._service.name))
        try:
            async with reading(self._kafka, owned) as reader:
                found = await reconcile(connection, reader)
            queued = 0
            if republish:
                queued = await republishing.republish(
                    connection, republishing.MISSING, self._operator
                )
            return found, queued
        finally:
            await connection.close()

    async def audited(self) -> list[Operation]:
        """The newest changes first."""
        async with self._database() as database, database.transaction() as within:
            return list(await operations(within.connection))

    async def rebuild(self, group: str) -> Generation:
        projection = projection_of(self._service, group)
        async with self._database() as database:
            return await rebuilding.make(database, projection, self._operator)

    async def promote(self, group: str) -> Comparison:
        projection = projection_of(self._service, group)
        async with self._database() as database:
            return await rebuilding.promote(database, projection, self._operator)

    async def rollback(self, group: str) -> Generation:
        projection = projection_of(self._service, group)
        async with self._database() as database:
            return await rebuilding.rollback(database, projection, self._operator)

    async def retire(self, group: str) -> None:
        async with self._database() as database:
            await rebuilding.retire(database, group, self._operator)

    @contextmanager
    def _own_settings(self) -> Iterator[None]:
        """The service's handlers run here as in its own processes: under its secret."""
        before = dict(os.environ)
        os.environ.update(self._arena.stack.own_settings(self._service.name))
        pseudonyms.cache_clear()
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
            pseudonyms.cache_clear()

    async def _logged(self) -> list[asyncpg.Record]:
        return await self._arena.sql(
            self._service.name, "SELECT DISTINCT aggregatetype AS topic FROM event_log"
        )

    @property
    def _kafka(self) -> str:
        return self._arena.servers.direct_kafka

    def _topics(self, group: str) -> set[str]:
        groups: Mapping[str, list[str]] = self._arena.consumed[self._service.name]
        return set(groups[group])

    def _letters(self, database: Database) -> DeadLetters:
        return DeadLetters(self._service.name, self._service.consumers, database)

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        url = self._arena.stack.database_url(self._service.name)
        database = Database(url, scope=EVERY_FORCE, size=2)
        try:
            yield database
        finally:
            await database.close()
