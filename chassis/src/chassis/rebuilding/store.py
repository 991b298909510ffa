"""Where a generation's consumers keep things: the same memory, and tables in their own schema."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.ledger import Ledger
from chassis.consumer.store import PostgresStore
from chassis.database import Database, Driver
from chassis.rebuilding.copying import path
from chassis.rebuilding.generation import Generation


class Retired(Exception):
    """The generation is gone, and nothing may be written for it."""


@dataclass(frozen=True, slots=True)
class _Inside:
    """Begins a transaction in the generation, which stays for as long as that lasts.

    Without the look at it, statements would find the live tables where its own have gone.
    """

    generation: Generation

    @property
    def sql(self) -> str:
        mine = f"n = {self.generation.n} AND state <> 'retired'"
        return f"{path(self.generation.schema)} SELECT FROM generations WHERE {mine} FOR KEY SHARE"

    async def check(self, tag: str, connection: Driver) -> None:
        if tag != "SELECT 1":
            raise Retired(self.generation.aside)


class GenerationStore(PostgresStore):
    """The service's own database, with the generation's tables in front."""

    def __init__(self, database: Database, generation: Generation) -> None:
        super().__init__(database)
        self._inside = _Inside(generation)

    @asynccontextmanager
    async def begin(self, group: str) -> AsyncIterator[tuple[AsyncSession, Ledger]]:
        async with self._database.transaction(opening=self._inside) as within:
            yield within.session, Ledger(group, within.connection)
