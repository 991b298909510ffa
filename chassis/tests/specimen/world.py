"""The specimen running on a real PostgreSQL and a real Kafka."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import text

from chassis.auth import SYSTEM
from chassis.background import Background
from chassis.database import EVERY_FORCE, Database
from chassis.outbox import Cause
from chassis.testing.service import settings_of
from chassis.work import UnitOfWork
from npp_ops.testing import KafkaForTests

from . import service as specimen

CAUSE = Cause("test")


class World:
    def __init__(self, url: str, kafka: KafkaForTests) -> None:
        self.kafka = kafka
        self.settings = settings_of(url, kafka.bootstrap_servers)
        self.database = Database(url, scope=EVERY_FORCE)
        self.work = UnitOfWork("portfolio", self.database, lambda: None)

    def background(self) -> Background:
        return Background(specimen.SERVICE, self.settings, self.database)

    @asynccontextmanager
    async def running(
        self, *, consume: bool = True, relay: bool = True
    ) -> AsyncIterator[Background]:
        background = self.background()
        background.start(consume=consume, relay=relay)
        try:
            yield background
        finally:
            await background.stop()

    async def submit(self, folders: int, times: int) -> list[UUID]:
        async with self.work.begin(SYSTEM, CAUSE) as work:
            opened = [await specimen.open_folder(work) for _ in range(folders)]
        for _ in range(times - 1):
            for folder in opened:
                async with self.work.begin(SYSTEM, CAUSE) as work:
                    await specimen.submit(work, folder.portfolio_id)
        return [folder.portfolio_id for folder in opened]

    async def value(self, sql: str) -> Any:
        async with self.database.connection() as connection:
            return (await connection.execute(text(sql))).scalar()

    async def holds(self, sql: str) -> bool:
        return bool(await self.value(sql))

    async def kill_sessions(self) -> None:
        """End every other session of this database, as a failover would."""
        async with self.database.connection() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        await self.database.engine.dispose()
