"""Where consumers keep what they remember and what they change: one transaction for both."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from chassis.consumer.ledger import Ledger
from chassis.consumer.orders import Orders
from chassis.database import Database
from chassis.kafka import Place

_ORDERS: Final = """
SELECT consumer_group, topic, partition, next_offset FROM checkpoints
UNION ALL SELECT name, NULL, NULL, NULL FROM controls WHERE kind = 'consumer'
"""


class Store(Protocol):
    """Opens transactions: commits at the end, nothing stays after an error."""

    def begin(self, group: str) -> AbstractAsyncContextManager[tuple[AsyncSession, Ledger]]:
        """A transaction for state, and the group's memory inside it."""
        ...

    async def orders(self) -> Mapping[str, Orders]:
        """What operators have decided, by group; nothing about a group that is not there."""
        ...


class PostgresStore:
    """The service's own database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def begin(self, group: str) -> AsyncIterator[tuple[AsyncSession, Ledger]]:
        async with self._database.transaction() as within:
            yield within.session, Ledger(group, within.connection)

    async def orders(self) -> Mapping[str, Orders]:
        paused: set[str] = set()
        checkpoints: defaultdict[str, dict[Place, int]] = defaultdict(dict)
        for group, topic, partition, following in await self._database.fetch(_ORDERS):
            if topic is None:
                paused.add(group)
            else:
                checkpoints[group][topic, partition] = following
        return {each: Orders(each in paused, checkpoints[each]) for each in paused | {*checkpoints}}
