"""A transaction on the driver's connection, begun by the first statement that needs it."""

from contextlib import suppress
from typing import Any, Final, Protocol, TypeAlias, cast

import asyncpg
from sqlalchemy import Connection, PoolProxiedConnection
from sqlalchemy.exc import MissingGreenlet
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool
from sqlalchemy.util import await_, greenlet_spawn

_Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_JOINED: Final = "npp.transaction"


class Opening(Protocol):
    """What is sent with a transaction's begin, in the same round trip, and then looked at."""

    @property
    def sql(self) -> str:
        """Statements without parameters."""
        ...

    async def check(self, tag: str, connection: _Driver) -> None:
        """Raise if the last statement's command tag says that the transaction must not go on."""
        ...


class Transaction:
    """A transaction that we begin ourselves, which SQLAlchemy only joins when it is asked for.

    begin: the SQL that begins it.
    """

    def __init__(self, engine: AsyncEngine, begin: str, opening: Opening | None = None) -> None:
        self.begun = False
        self._engine = engine
        self._begin = begin
        self._opening = opening
        self._pooled: PoolProxiedConnection | None = None
        self._session: AsyncSession | None = None

    async def connect(self) -> _Driver:
        """Its connection, whether begun or not: a statement before the begin commits by itself."""
        while self._pooled is None:
            pooled = await self._checked_out()
            if _under(pooled).is_closed():
                pooled.invalidate()
            else:
                self._pooled = pooled
        return _under(self._pooled)

    async def open(self) -> _Driver:
        """Its connection, the transaction begun. Raises what the opening's check raises."""
        connection = await self.connect()
        if not self.begun:
            self.begun = True
            if self._opening is None:
                await connection.execute(self._begin)
            else:
                tag = await connection.execute(self._begin + self._opening.sql)
                await self._opening.check(tag, connection)
        return connection

    @property
    def connection(self) -> _Driver:
        """The same once begun, without waiting."""
        assert self._pooled is not None and self.begun  # noqa: S101, PT018
        return _under(self._pooled)

    @property
    def session(self) -> AsyncSession:
        """An ORM session in this transaction. Flush it; the transaction's owner commits."""
        if self._session is None:
            self._session = AsyncSession(sync_session_class=_Joining, expire_on_commit=False)
            self._session.info[_JOINED] = self
        return self._session

    async def join(self) -> Connection:
        """SQLAlchemy's view of the connection, the transaction begun."""
        await self.open()
        # To SQLAlchemy it is a connection without transactions: it sends no begin and no end.
        engine = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        return Connection(engine.sync_engine, connection=self._pooled)

    async def commit(self) -> None:
        """End it; nothing to do where nothing was begun."""
        if self._session is not None:
            await self._session.flush()
            await self._session.close()
        if self.begun:
            tag = await (await self.connect()).execute("COMMIT")
            if tag != "COMMIT":  # a statement failed and somebody went on as if it had not
                raise RuntimeError(f"the transaction ended with {tag}")
        await self._release()

    async def roll_back(self) -> None:
        """Undo it and give the connection back; whatever goes wrong with that is kept quiet."""
        try:
            if self._pooled is not None:
                await _undo(_under(self._pooled))
        finally:
            await self._release()

    async def _checked_out(self) -> PoolProxiedConnection:
        pool = self._engine.pool
        if isinstance(pool, QueuePool) and pool.checkedin():
            # Nothing has to be waited for in a greenlet, unless it has to be connected anew.
            with suppress(MissingGreenlet):
                return self._engine.sync_engine.raw_connection()
        return await self._engine.raw_connection()

    async def _release(self) -> None:
        pooled, self._pooled, self.begun = self._pooled, None, False
        session, self._session = self._session, None
        if session is not None:
            # Session and transaction know each other. Left so, they and every aggregate of a large
            # upload outlive it until the garbage collector comes, which is seldom: see process.
            session.sync_session.expunge_all()
            session.info.clear()
        if pooled is not None and _under(pooled).is_closed():
            pooled.invalidate()  # or the next to take it from the pool finds it closed
        elif pooled is not None and session is None:
            pooled.close()
        elif pooled is not None:
            await greenlet_spawn(pooled.close)


class _Joining(Session):
    """A session that begins its transaction when it first needs the connection."""

    def get_bind(self, *_: Any, **__: Any) -> Connection:
        joined: Connection | None = self.info.get(Connection)
        if joined is None:
            transaction: Transaction = self.info[_JOINED]
            joined = self.info[Connection] = await_(transaction.join())
        return joined


def joined_by(session: AsyncSession) -> Transaction | None:
    """The transaction that a session has joined; None for one that has its own."""
    return session.info.get(_JOINED)


def _under(pooled: PoolProxiedConnection) -> _Driver:
    return cast(_Driver, pooled.driver_connection)


async def _undo(under: _Driver) -> None:
    try:
        if under.is_in_transaction():
            await under.execute("ROLLBACK")
    except Exception:  # noqa: BLE001 - what went wrong before is what the caller must hear
        under.terminate()
