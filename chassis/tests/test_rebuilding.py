"""A projection built anew beside the live one: equal in the end, exchanged without a gap."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial

import pytest

from chassis import faults
from chassis.clock import new_id
from chassis.rebuilding import (
    Apart,
    Different,
    NotPromoted,
    ReadersInTheWay,
    State,
    compare,
    holding,
    moving,
    promote,
    rollback,
    standings,
)
from chassis.rebuilding.holding import held
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import PostgresForTests

from .rebuilt import FORCES, GROUP, OPERATOR, PARTITIONS, Member, Scene, scene
from .specimen.service import SERVICE, TALLY

PARKED = "SELECT consumer_group, count(*) FROM parked_events GROUP BY 1"


@pytest.fixture
async def here(postgres: PostgresForTests, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    monkeypatch.setattr(holding, "PATIENCE_SECONDS", 0.3)
    async with scene(postgres.database("rebuilding")) as made:
        yield made


async def test_a_generation_comes_to_what_is_live(here: Scene) -> None:
    here.log.grow(400)
    await here.live.catch_up()
    aside = await here.aside()
    assert await here.tables("build_1") == ([], [])
    await aside.catch_up()
    assert await here.tables() == await here.tables("build_1") == here.expected()
    comparison = await compare(here.database, TALLY)
    assert comparison.differences == []
    assert comparison.rows["tally_view"] == len(FORCES)
    assert comparison.rows["sequences"] == comparison.rows["latest_view"] > 50
    (standing,) = await standings(here.database, SERVICE.projections)
    assert (standing.behind, standing.parked, standing.dead_letters) == (0, 0, 0)


async def test_promoting_moves_the_tables_and_everybody_goes_on(here: Scene) -> None:
    here.log.grow(100)
    await here.live.catch_up()
    aside = await here.aside()
    await aside.catch_up()
    await here.run("CREATE TABLE former AS SELECT 'public.tally_view'::regclass::oid AS id")
    await promote(here.database, TALLY, OPERATOR)
    assert await here.rows("SELECT id::regclass::text FROM former") == [("build_1.tally_view",)]
    here.log.grow(100)
    await here.live.catch_up()
    await aside.catch_up()
    assert await here.tables() == await here.tables("build_1") == here.expected()
    assert (await compare(here.database, TALLY)).differences == []


async def test_a_rollback_is_the_same_exchange_again(here: Scene) -> None:
    here.log.grow(50)
    await here.live.catch_up()
    aside = await here.aside()
    await aside.catch_up()
    with pytest.raises(NotPromoted):
        await rollback(here.database, TALLY, OPERATOR)
    await here.run("UPDATE build_1.tally_view SET submitted = submitted + 1000")
    await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
    with pytest.raises(moving.PromotedAlready):
        await promote(here.database, TALLY, OPERATOR)
    here.log.grow(50)
    await here.live.catch_up()
    with pytest.raises(Apart) as apart:
        await rollback(here.database, TALLY, OPERATOR)
    assert (apart.value.facts["behind"], apart.value.facts["ahead"]) == (50, 0)
    await aside.catch_up()
    generation = await rollback(here.database, TALLY, OPERATOR)
    assert generation.n == 1
    assert await here.tables() == here.expected()
    (standing,) = await standings(here.database, [TALLY])
    assert standing.generation is not None
    assert standing.generation.state is State.BUILDING
    done = [row[0] for row in await here.rows("SELECT command FROM operations ORDER BY id")]
    assert done == ["projection rebuild", "projection promote", "projection rollback"]


async def test_readers_see_the_old_or_the_new_and_never_wait_long(here: Scene) -> None:
    """Under batches of both groups: none is lost and none is applied twice."""
    here.log.grow(600)
    await here.live.catch_up()
    aside = await here.aside()
    await aside.catch_up()
    # What a reader can tell the generations by, in each table.
    await here.run("UPDATE build_1.latest_view SET revision = revision + 1000000")
    await here.run("UPDATE build_1.tally_view SET submitted = submitted + 1000000")
    slowest = [0.0]
    stop = asyncio.Event()
    reading = [asyncio.create_task(read(here, stop, slowest)) for _ in range(4)]
    applying = [asyncio.create_task(keep_on(member, stop)) for member in (here.live, aside)]
    for number in range(6):
        here.log.grow(60)
        exchange = rollback if number % 2 else partial(promote, differences_accepted=True)
        await exchange(here.database, TALLY, OPERATOR)
        await asyncio.sleep(0.05)
    stop.set()
    seen = [await each for each in reading]
    await asyncio.gather(*applying)
    assert all(each == {True, False} for each in seen)
    assert slowest[0] < 0.25
    await here.live.catch_up()
    await aside.catch_up()
    assert (await here.tables())[0] == here.expected()[0]
    tally, _ = await here.tables("build_1")
    assert [(force, n - 1000000) for force, n in tally] == here.expected()[0]


async def read(here: Scene, stop: asyncio.Event, slowest: list[float]) -> set[bool]:
    """Whether each reading transaction saw the new ones; both of its statements the same."""
    seen = set()
    while not stop.is_set():
        started = time.perf_counter()
        async with here.database.transaction() as within:
            tally = await within.connection.fetchval("SELECT max(submitted) FROM tally_view")
            latest = await within.connection.fetchval("SELECT max(revision) FROM latest_view")
            assert (tally > 1000000) == (latest > 1000000)
            seen.add(tally > 1000000)
        slowest[0] = max(slowest[0], time.perf_counter() - started)
        await asyncio.sleep(0.002)
    return seen


async def keep_on(member: Member, stop: asyncio.Event) -> None:
    while not stop.is_set():
        await member.step()
        await asyncio.sleep(0)


async def test_a_long_reader_is_waited_for_and_keeps_nobody_waiting(
    here: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.log.grow(50)
    await here.live.catch_up()
    await (await here.aside()).catch_up()
    monkeypatch.setattr(moving, "_TRIES", 3)
    async with here.database.transaction() as long:
        await long.connection.fetch("SELECT FROM latest_view")
        exchange = asyncio.create_task(promote(here.database, TALLY, OPERATOR))
        slowest = 0.0
        while not exchange.done():
            started = time.perf_counter()
            await here.rows("SELECT count(*) FROM latest_view")
            slowest = max(slowest, time.perf_counter() - started)
        with pytest.raises(ReadersInTheWay):
            await exchange
    assert slowest < 0.25
    await promote(here.database, TALLY, OPERATOR)


async def test_a_transaction_that_began_before_sees_the_new_tables(here: Scene) -> None:
    """REPEATABLE READ keeps rows, not names: unread tables are the new ones, at its moment."""
    here.log.grow(50)
    await here.live.catch_up()
    await (await here.aside()).catch_up()
    await here.run("UPDATE build_1.tally_view SET submitted = submitted + 1000000")
    async with here.database.transaction() as within:
        await within.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        await within.connection.fetch("SELECT FROM folders")
        await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
        new = await within.connection.fetchval("SELECT min(submitted) FROM tally_view")
        assert new > 1000000


async def test_a_prepared_statement_finds_the_tables_that_are_there_then(here: Scene) -> None:
    await here.aside()
    await here.run("INSERT INTO tally_view VALUES ('live', 1)")
    await here.run("INSERT INTO build_1.tally_view VALUES ('aside', 1)")
    async with here.database.outside() as connection:
        statement = await connection.prepare("SELECT force_id FROM tally_view")

        async def found(path: str) -> str:
            await connection.execute(f"SET search_path = {path}")
            return str(await statement.fetchval())

        for _ in range(8):  # with a plan of its own each time, and then with one for all
            assert [await found("public"), await found("build_1, public")] == ["live", "aside"]
        await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
        assert [await found("build_1, public"), await found("public")] == ["live", "aside"]
        await connection.execute("RESET search_path")


@pytest.mark.parametrize("isolation", ["READ COMMITTED", "REPEATABLE READ"])
async def test_who_has_read_one_table_keeps_all_of_them(
    here: Scene, isolation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.log.grow(50)
    await here.live.catch_up()
    await (await here.aside()).catch_up()
    await here.run("UPDATE build_1.latest_view SET revision = revision + 1000000")
    monkeypatch.setattr(moving, "_TRIES", 1)
    async with here.database.transaction() as within:
        await within.connection.execute(f"SET TRANSACTION ISOLATION LEVEL {isolation}")
        await within.connection.fetch("SELECT FROM tally_view")
        with pytest.raises(ReadersInTheWay):
            await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
        assert await within.connection.fetchval("SELECT max(revision) FROM latest_view") < 1000000


async def test_both_go_on_while_they_are_compared(here: Scene) -> None:
    here.log.grow(50)
    await here.live.catch_up()
    aside = await here.aside()
    await aside.catch_up()

    async def looking() -> bool:
        locks = "SELECT 1 FROM pg_locks WHERE relation = 'build_1.latest_view'::regclass"
        return bool(await here.rows(locks))

    faults.arm("generation.comparing:delay=2", testing=True)
    try:
        comparing = asyncio.create_task(compare(here.database, TALLY))
        await eventually(looking)
        here.log.grow(50)
        await here.live.catch_up()
        assert not comparing.done()
        found = await comparing
    finally:
        faults.disarm()
    assert found.differences == []
    assert found.rows["sequences"] < len((await here.tables())[1])


async def test_what_differs_is_named_and_refused(here: Scene) -> None:
    here.log.grow(80)
    await here.live.catch_up()
    await (await here.aside()).catch_up()
    await here.run("UPDATE build_1.tally_view SET submitted = 0 WHERE force_id = 'kent'")
    await here.run("DELETE FROM build_1.latest_view WHERE ctid = '(0,1)'")
    with pytest.raises(Different) as refused:
        await promote(here.database, TALLY, OPERATOR)
    live = len((await here.tables())[1])
    assert [(d.table, d.part, d.live, d.aside) for d in refused.value.comparison.differences] == [
        ("tally_view", "kent", 1, 1),
        ("latest_view", "", live, live - 1),
    ]
    assert await here.tables() == here.expected()


async def test_a_key_that_waits_is_a_difference(here: Scene) -> None:
    key = new_id()
    here.log.add(key, "kent")
    await here.live.catch_up()
    here.log.add(key, "kent", skip=1)
    aside = await here.aside()
    await here.live.catch_up()
    await aside.catch_up()
    assert (await compare(here.database, TALLY)).differences == []
    # Somebody has let the live one go on without the missing event.
    live = f"(SELECT id FROM streams WHERE consumer_group = '{GROUP}')"
    await here.run(f"UPDATE sequences SET blocked = NULL, sequence = 3 WHERE stream = {live}")
    await here.run(f"DELETE FROM parked_events WHERE consumer_group = '{GROUP}'")
    tables = {each.table for each in (await compare(here.database, TALLY)).differences}
    assert tables == {"sequences", "parked events"}
    # What a group remembers goes with its tables: the live one waits now, the other goes on.
    await promote(here.database, TALLY, OPERATOR, differences_accepted=True)
    here.log.add(key, "kent")
    await here.live.catch_up()
    await aside.catch_up()
    assert await here.tables() == ([("kent", 1)], [(key, 1, 1)])
    assert await here.tables("build_1") == ([("kent", 2)], [(key, 4, 4)])
    assert await here.rows(PARKED) == [(GROUP, 2)]


async def test_no_partition_is_opened_while_both_are_held(here: Scene) -> None:
    here.log.grow(20)
    await here.live.catch_up()
    await (await here.aside()).catch_up()
    new = (PORTFOLIOS.name, PARTITIONS)

    async def waits() -> bool:
        return bool(await here.rows("SELECT 1 FROM pg_locks WHERE NOT granted"))

    async with held(here.database, GROUP):
        opening = asyncio.create_task(here.live.attempt.open(new))
        await eventually(waits, 5)
        assert new not in await here.offsets(GROUP)
    assert await opening == (0, True)
