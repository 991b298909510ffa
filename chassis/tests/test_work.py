"""A unit of work moves aggregates by the driver, and by a session as soon as one is asked for."""

import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from asyncpg import PostgresError, UniqueViolationError
from sqlalchemy import Column, Float, Integer, MetaData, Numeric, Table, Text, Uuid, select, text
from sqlalchemy.exc import DBAPIError

from chassis.auth import SYSTEM
from chassis.clock import new_id
from chassis.database import EVERY_FORCE, Database, literal, mapper
from chassis.errors import NotFound, Stale
from chassis.migrate import migrate
from chassis.rows import RowGone, shape_of
from chassis.work import UnitOfWork
from npp_ops.testing import PostgresForTests

from .specimen import service as specimen
from .specimen.service import Folder, submitted
from .specimen.world import CAUSE


@pytest.fixture(scope="module")
async def database(postgres: PostgresForTests) -> AsyncIterator[Database]:
    made = Database(postgres.database("work"), scope=EVERY_FORCE, size=2)
    await migrate(made.engine, specimen.MIGRATIONS)
    yield made
    await made.close()


@pytest.fixture
def work(database: Database) -> UnitOfWork:
    return UnitOfWork("portfolio", database, lambda: None)


async def value(database: Database, sql: str) -> Any:
    async with database.connection() as connection:
        return (await connection.execute(text(sql))).scalar()


async def opened(work: UnitOfWork, times: int = 1) -> Folder:
    async with work.begin(SYSTEM, CAUSE) as unit:
        folder = await specimen.open_folder(unit)
        return unit.record_all(folder, (submitted(folder) for _ in range(times - 1)))


async def row(database: Database, folder: Folder) -> tuple[int, int, int]:
    found = f"WHERE portfolio_id = '{folder.portfolio_id}'"
    events = f"SELECT count(*) FROM event_log WHERE aggregateid = '{folder.portfolio_id}'"
    revision, version = [
        await value(database, f"SELECT {name} FROM folders {found}")
        for name in ("revision", "version")
    ]
    return revision, version, await value(database, events)


async def test_state_and_events_commit_together(database: Database, work: UnitOfWork) -> None:
    folder = await opened(work, times=3)
    assert await row(database, folder) == (3, 3, 3)
    async with work.begin(SYSTEM, CAUSE) as unit:
        await specimen.submit(unit, folder.portfolio_id)
    assert await row(database, folder) == (4, 4, 4)


async def test_nothing_stays_of_a_body_that_raises(database: Database, work: UnitOfWork) -> None:
    folder = await opened(work)

    async def failing() -> None:
        async with work.begin(SYSTEM, CAUSE) as unit:
            await specimen.submit(unit, folder.portfolio_id)
            await unit.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await failing()
    assert await row(database, folder) == (1, 1, 1)


async def test_an_aggregate_is_one_object_however_often_it_is_asked_for(work: UnitOfWork) -> None:
    key = (await opened(work)).portfolio_id
    async with work.begin(SYSTEM, CAUSE) as unit:
        first = await unit.get(Folder, key)
        assert await unit.get(Folder, key) is first
        assert (await unit.get_many(Folder, [key, uuid4()])) == {key: first}
        await unit.session.connection()
        assert await unit.get(Folder, key) is first
        assert (await unit.find(Folder, specimen.folders.c.portfolio_id == key))[0] is first


async def test_absent_and_stale_are_refused(work: UnitOfWork) -> None:
    folder = await opened(work)
    async with work.begin(SYSTEM, CAUSE) as unit:
        with pytest.raises(NotFound):
            await unit.get(Folder, uuid4())
        with pytest.raises(Stale):
            await unit.get(Folder, folder.portfolio_id, version=2)


async def test_a_session_goes_on_with_what_was_changed_and_added_before(
    database: Database, work: UnitOfWork
) -> None:
    before = await opened(work)
    async with work.begin(SYSTEM, CAUSE) as unit:
        changed = await specimen.submit(unit, before.portfolio_id)
        added = await specimen.open_folder(unit)
        known = (changed.portfolio_id, added.portfolio_id)
        wanted = select(Folder).where(specimen.folders.c.portfolio_id.in_(known))
        assert {id(one) for one in await unit.session.scalars(wanted)} == {id(changed), id(added)}
        unit.record(changed, submitted(changed))
    assert await row(database, changed) == (3, 3, 3)
    assert await row(database, added) == (1, 1, 1)


async def test_a_session_after_a_flush_writes_nothing_twice(
    database: Database, work: UnitOfWork
) -> None:
    before = await opened(work)
    async with work.begin(SYSTEM, CAUSE) as unit:
        added = await specimen.open_folder(unit)
        changed = await specimen.submit(unit, before.portfolio_id)
        await unit.flush()
        await unit.session.flush()
        unit.record(added, submitted(added))
    assert await row(database, added) == (2, 2, 2)
    assert await row(database, changed) == (2, 2, 2)


async def test_many_at_once(database: Database, work: UnitOfWork) -> None:
    async with work.begin(SYSTEM, CAUSE) as unit:
        folders = [await specimen.open_folder(unit) for _ in range(20)]
    async with work.begin(SYSTEM, CAUSE) as unit:
        found = await unit.get_many(Folder, [folder.portfolio_id for folder in folders])
        assert list(found) == sorted(found)
        for folder in found.values():
            unit.record(folder, submitted(folder))
    assert [await row(database, folder) for folder in folders] == [(2, 2, 2)] * 20


async def test_a_row_that_was_changed_behind_its_aggregate_is_not_written(
    database: Database, work: UnitOfWork
) -> None:
    folder = await opened(work)

    started = work.start(SYSTEM, CAUSE)
    await specimen.submit(started.work, folder.portfolio_id)
    await started.transaction.connection.execute("UPDATE folders SET version = 9")
    with pytest.raises(RowGone):
        await started.commit()
    await started.roll_back()
    assert await row(database, folder) == (1, 1, 1)


async def test_a_failed_statement_cannot_be_committed_over(
    work: UnitOfWork,
) -> None:
    async def going_on() -> None:
        async with work.begin(SYSTEM, CAUSE) as unit:
            with pytest.raises(DBAPIError):
                await unit.session.execute(text("SELECT 1 / 0"))

    with pytest.raises(RuntimeError, match="ROLLBACK"):
        await going_on()


async def test_a_work_that_only_adds_commits_as_one_statement(
    database: Database, work: UnitOfWork
) -> None:
    started = work.start(SYSTEM, CAUSE)
    folder = await specimen.open_folder(started.work)
    sent: list[str] = []
    connection = await started.transaction.connect()
    with connection.query_logger(lambda asked: sent.append(asked.query)):
        await started.commit()
    assert await row(database, folder) == (1, 1, 1)
    assert len(sent) == 1
    assert sent[0].lstrip().startswith("WITH change0 AS (INSERT INTO folders")


async def test_a_statement_that_fails_leaves_nothing(database: Database, work: UnitOfWork) -> None:
    folder = await opened(work)
    again = work.start(SYSTEM, CAUSE)
    same = Folder(folder.portfolio_id, folder.learner_id, folder.force_id)
    again.work.record(again.work.add(same), submitted(same))
    with pytest.raises(UniqueViolationError):
        await again.commit()
    await again.roll_back()
    assert await row(database, folder) == (1, 1, 1)


async def test_dead_connections_are_replaced(work: UnitOfWork) -> None:
    started = work.start(SYSTEM, CAUSE)
    connection = await started.transaction.open()
    with pytest.raises(PostgresError):
        await connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    await started.roll_back()
    assert [(await opened(work)).version for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize("given", ["it's", "a\\'b", "ü\n;--", "", b"\x00'\xff"])
async def test_any_value_stands_in_sql_as_it_is(database: Database, given: str | bytes) -> None:
    async with database.transaction() as transaction:
        found = await transaction.connection.fetchval(f"SELECT {literal(given)}")
    assert found == given


def test_numbers_are_read_as_sqlalchemy_reads_them() -> None:
    @dataclass
    class Thing:
        version: int = 0

    metadata = MetaData()
    columns = [Column("amount", Numeric(5, 2)), Column("share", Float), Column("name", Text)]
    key = Column("thing_id", Uuid, primary_key=True)
    table = Table("things", metadata, key, Column("version", Integer), *columns)
    mapper(metadata).map_imperatively(Thing, table)
    shape = shape_of(Thing)
    assert shape is not None
    made = shape.made([new_id(), 1, Decimal("1.50"), 0.5, None])  # type: ignore[arg-type]
    assert (made.amount, made.share, made.name) == (Decimal("1.50"), 0.5, None)


@pytest.mark.parametrize(
    "column",
    [Column("made_at", Integer, default=lambda: 1), Column("number", Integer, server_default="1")],
)
def test_a_class_that_needs_more_than_its_columns_stays_with_the_session(
    column: "Column[Any]",
) -> None:
    @dataclass
    class Thing:
        version: int = 0

    metadata = MetaData()
    key = Column("thing_id", Uuid, primary_key=True)
    mapper(metadata).map_imperatively(
        Thing, Table("things", metadata, key, Column("version", Integer), column)
    )
    assert shape_of(Thing) is None


@pytest.mark.parametrize("fails", [False, True])
async def test_an_ended_work_leaves_nothing_to_the_garbage_collector(
    work: UnitOfWork, *, fails: bool
) -> None:
    folder = await opened(work)
    gc.disable()
    try:
        left = await _seen_by_a_session(work, folder.portfolio_id, fails=fails)
        assert [seen for one in left if (seen := one()) is not None] == []
    finally:
        gc.enable()


async def _seen_by_a_session(
    work: UnitOfWork, portfolio_id: UUID, *, fails: bool
) -> list["weakref.ref[object]"]:
    left: list[weakref.ref[object]] = []
    with suppress(NotFound):
        async with work.begin(SYSTEM, CAUSE) as unit:
            folder = await unit.get(Folder, portfolio_id)
            await unit.session.execute(select(Folder))
            left = [weakref.ref(one) for one in (unit, unit.session, folder)]
            del folder
            if fails:
                raise NotFound
        del unit
    return left
