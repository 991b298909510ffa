"""The role that reads the log into a generation: a process of its own, killed at any moment."""

import asyncio
import math
import signal
from typing import Final

import structlog

from chassis.background import Background
from chassis.database import EVERY_FORCE, Database, is_passing
from chassis.kafka import Subscription
from chassis.process import run
from chassis.rebuilding.following import Following
from chassis.rebuilding.generation import Generation, NoGeneration, open_of, projection_of
from chassis.rebuilding.store import GenerationStore
from chassis.service import Service
from chassis.settings import Settings

log = structlog.get_logger()

_AWAY_SECONDS: Final = 1.0


class Rebuilding(Background):
    """A generation's consumers; they end the process when the generation has been retired."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        database: Database,
        generation: Generation,
        rate: float = math.inf,
    ) -> None:
        projection = generation.of(projection_of(service, generation.group))
        alone = Service(service.name, service.migrations, projections=[projection])
        super().__init__(alone, settings, database, GenerationStore(database, generation))
        self._generation = generation
        self._following = Following(database, generation.group, rate)

    def start(self, *, consume: bool, relay: bool) -> None:
        super().start(consume=consume, relay=relay)
        self._keep_doing(self._end_with_it)

    def _subscriptions(self) -> list[Subscription]:
        return [self._following.behind(each) for each in super()._subscriptions()]

    async def _end_with_it(self) -> None:
        try:
            async with self._database.transaction() as within:
                current = await open_of(within.connection, self._generation.group)
                gone = current.n != self._generation.n
        except NoGeneration:
            gone = True
        if gone:
            log.info("the generation was retired", generation=self._generation.aside)
            signal.raise_signal(signal.SIGTERM)
            await asyncio.Event().wait()


async def rebuild(service: Service, settings: Settings, group: str, rate: float) -> None:
    """Run until told to stop; goes on where it was. Raises NoGeneration."""
    projection_of(service, group)
    generation = await _found(settings, group)

    def background(whole: Service, told: Settings, system: Database) -> Background:
        return Rebuilding(whole, told, system, generation, rate)

    await run(service, settings, "consume", background)


async def _found(settings: Settings, group: str) -> Generation:
    database = Database(settings.database_url, scope=EVERY_FORCE, size=1)
    try:
        while True:
            try:
                async with database.transaction() as within:
                    return await open_of(within.connection, group)
            except Exception as away:
                if not is_passing(away):
                    raise
                log.warning("database is away", why=repr(away))
                await asyncio.sleep(_AWAY_SECONDS)
    finally:
        await database.close()
