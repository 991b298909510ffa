"""Where consumers keep what they remember and what they change: one transaction for both."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.ledger import Ledger
from chassis.database import Database


class Store(Protocol):
    """Opens transactions: commits at the end, nothing stays after an error."""

    def begin(self, group: str) -> AbstractAsyncContextManager[tuple[AsyncSession, Ledger]]:
        """A transaction for state, and the group's memory inside it."""
        ...


class PostgresStore:
    """The service's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, group: str) -> AsyncIterator[tuple[AsyncSession, Ledger]]:
        async with self._database.transaction() as within:
            yield within.session, Ledger(group, within.connection)
