"""One service's PostgreSQL: engines, transactions, force scope, and which errors mean an outage."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias, cast

import asyncpg
from alembic.operations import Operations
from sqlalchemy import MetaData, text
from sqlalchemy.engine import make_url
from sqlalchemy.event import listen
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.orm import registry

from chassis.silence import THEIRS, limit_silence
from chassis.transaction import Opening, Transaction, joined_by

Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
EVERY_FORCE: Final = "*"
FORCE_SETTING: Final = "npp.force"

# SQLSTATE classes and codes after which the same work can succeed later without a change:
# connection, transaction rollback, resources, operator intervention, system error, lock timeout.
_PASSING: Final = ("08", "40", "53", "57", "58", "55P03")


class Database:
    """A pool of connections to one database.

    scope: the force whose rows a new transaction sees; None sees no force's rows until the
    transaction names one, so a forgotten scope shows nothing rather than everything.
    """

    def __init__(self, url: str, *, scope: str | None = None, size: int = 10) -> None:
        settings = {"application_name": "npp", "jit": "off", "timezone": "UTC", **THEIRS}
        if scope is not None:
            settings[FORCE_SETTING] = scope
        self.engine = create_async_engine(
            make_url(url).set(drivername="postgresql+asyncpg"),
            pool_size=size,
            max_overflow=0,
            pool_timeout=10,
            pool_use_lifo=True,
            # An error is logged with its statement, never with somebody's name in it.
            hide_parameters=True,
            connect_args={"server_settings": settings, "timeout": 10, "command_timeout": 120},
        )
        listen(self.engine.sync_engine, "connect", _limit_silence)

    @asynccontextmanager
    async def session(self, scope: str | None = None) -> AsyncIterator[AsyncSession]:
        """A transaction as an ORM session: commits at the end, rolls back on any error."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            if scope is not None:
                await session.execute(_SET_SCOPE, {"scope": scope})
            yield session

    @asynccontextmanager
    async def connection(
        self, scope: str | None = None, *, read_only: bool = False
    ) -> AsyncIterator[AsyncConnection]:
        """A transaction as a plain connection."""
        async with self.engine.begin() as connection:
            if read_only:
                await connection.execute(_READ_ONLY)
            if scope is not None:
                await connection.execute(_SET_SCOPE, {"scope": scope})
            yield connection

    @asynccontextmanager
    async def transaction(
        self, scope: str | None = None, opening: Opening | None = None
    ) -> AsyncIterator[Transaction]:
        """A transaction on the driver's connection: commits at the end, rolls back on any error."""
        transaction = self.begin(scope, opening)
        try:
            await transaction.open()
            yield transaction
            await transaction.commit()
        except BaseException:
            await transaction.roll_back()
            raise

    def begin(self, scope: str | None = None, opening: Opening | None = None) -> Transaction:
        """The same to be ended by the caller, and begun by the first statement that needs it."""
        begin = "BEGIN;" if scope is None else f"BEGIN; {_scoped(scope)};"
        return Transaction(self.engine, begin, opening)

    async def fetch(self, statement: str) -> list[asyncpg.Record]:
        """The rows of one statement, in a single round trip; it commits by itself."""
        never_begun = self.begin()
        try:
            return await (await never_begun.connect()).fetch(statement)
        finally:
            await never_begun.roll_back()

    @asynccontextmanager
    async def outside(self) -> AsyncIterator[Driver]:
        """The driver's connection outside of any transaction; temporary tables go at the end."""
        never_begun = self.begin()
        connection = await never_begun.connect()
        try:
            yield connection
            await connection.execute("DISCARD TEMP")
        except BaseException:
            connection.terminate()
            raise
        finally:
            await never_begun.roll_back()

    async def close(self) -> None:
        await self.engine.dispose()


def literal(value: str | bytes) -> str:
    """A value inside SQL that is sent without parameters, whatever the value is."""
    if isinstance(value, bytes):
        return f"decode('{value.hex()}', 'hex')"
    if "\0" in value:  # would end the SQL; so the server may refuse it as it refuses a parameter
        return f"convert_from({literal(value.encode())}, 'UTF8')"
    quoted = value.replace("\\", "\\\\").replace("'", "''")
    return f"E'{quoted}'"


def _limit_silence(connection: Any, _record: object) -> None:
    limit_silence(connection.driver_connection)


def _scoped(scope: str) -> str:
    return f"SELECT set_config('{FORCE_SETTING}', {literal(scope)}, true)"


_SET_SCOPE = text(f"SELECT set_config('{FORCE_SETTING}', :scope, true)")
_OPEN = text("SELECT 1")
_READ_ONLY = text("SET TRANSACTION READ ONLY")


def scope_of(force_id: str, *, national: bool) -> str:
    """The rows that somebody of this force may see: all of them for national roles."""
    return EVERY_FORCE if national else force_id


async def driver(session: AsyncSession) -> Driver:
    """The asyncpg connection under a session, in the session's transaction."""
    if (joined := joined_by(session)) is not None:
        return await joined.open()
    connection = await session.connection()
    under = cast(Driver, (await connection.get_raw_connection()).driver_connection)
    if not under.is_in_transaction():
        # SQLAlchemy opens its transaction at its own first statement; until then the driver
        # would commit each of ours by itself.
        await connection.execute(_OPEN)
    return under


async def driver_of(connection: AsyncConnection) -> Driver:
    """The asyncpg connection under a connection, in its transaction."""
    await connection.execute(_OPEN)
    return cast(Driver, (await connection.get_raw_connection()).driver_connection)


def is_passing(error: BaseException) -> bool:
    """Whether an error says that the database or the network is away, not that the work is bad."""
    if isinstance(error, ValueError):
        return False  # asyncpg's refusal of an argument is an InterfaceError too
    if isinstance(error, PoolTimeout | OSError | asyncpg.InterfaceError | TimeoutError):
        return True
    if isinstance(error, DBAPIError):
        cause = error.orig.__cause__ if error.orig is not None else None
        return error.connection_invalidated or (cause is not None and is_passing(cause))
    state = getattr(error, "sqlstate", None)
    return isinstance(state, str) and state.startswith(_PASSING)


def mapper(metadata: MetaData) -> registry:
    """What maps a service's plain dataclasses to its tables, imperatively."""
    return registry(metadata=metadata)


def row_level_security(op: Operations | Any, table: str) -> None:
    """Let a transaction read only its own force's rows and those that no force owns.

    Holds for the table's owner too. Writing is not limited: a transfer hands a row over.
    """
    # As a query of its own it is asked once, not for every row.
    scope = f"(SELECT current_setting('{FORCE_SETTING}', true))"
    visible = f"{scope} = '{EVERY_FORCE}' OR force_id = {scope} OR force_id = 'national'"
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY force_scope ON {table} USING ({visible}) WITH CHECK (true)")
