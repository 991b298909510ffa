"""Making files: equal to the feed event by event, once, whole or not at all, and kept as made."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from chassis.pseudonyms import pseudonyms
from chassis.testing.waiting import eventually
from reporting.app import SERVICE
from reporting.domain.forces import forces
from reporting.feeds.purge import purge, purge_expired
from reporting.feeds.routing import TYPES, routed
from reporting.feeds.writer import place
from reporting.files.making import FeedIncomplete, make_day
from reporting.files.stored import forget_files
from reporting.files.worker import Resting, make_due, make_files
from reporting.telemetry import FILES_WAITING

from .feeding import Chained, FeedWorld
from .filing import (
    cells,
    everything_of,
    fetched,
    files,
    made,
    manifest,
    older,
    opened,
    package,
    plain,
    said,
    typed,
    yesterday,
)
from .given import Person

ENVELOPE = ("event_id", "event_type", "event_time", "subject")


async def packages(world: FeedWorld) -> list[tuple[str, date]]:
    rows = await world.rows("SELECT force_id, day FROM feed_packages ORDER BY day, force_id")
    return [tuple(row) for row in rows]


async def rows_of(
    world: FeedWorld, found: dict[str, Any], form: str, path: Path
) -> dict[int, tuple[dict[str, Any], dict[str, Any]]]:
    """By position each row of a format's files, and the resource it is of."""
    rows: dict[int, Any] = {}
    for each in files(found, form):
        content = await fetched(world, found, each["name"])
        assert each["bytes"] == len(content)
        assert each["hash"] == f"sha256:{sha256(content).hexdigest()}"
        of_file = cells(content) if form == "csv" else typed(path / "a.parquet", content)
        positions = [int(row["position"]) for row in of_file]
        assert positions == sorted(positions)
        assert len(of_file) == each["rows"]
        assert not rows.keys() & set(positions)
        rows |= {int(row["position"]): (row, each) for row in of_file}
    return rows


async def test_files_hold_the_feed_event_by_event(feeds: FeedWorld, tmp_path: Path) -> None:
    await feeds.given(*everything_of())
    events = await feeds.events(query="?limit=1000")
    await older(feeds)
    await made(feeds)
    found = await package(feeds)
    assert {each["name"].rpartition(".")[0] for each in files(found)} == TYPES
    for form in ("csv", "parquet"):
        rows = await rows_of(feeds, found, form, tmp_path)
        assert sorted(rows) == [int(each["sequence"]) for each in events]
        for event in events:
            row, resource = rows[int(event["sequence"])]
            about = (event["id"], event["type"], event["time"], event["subject"])
            values = dict(zip(ENVELOPE, about, strict=True)) | event["data"]
            for field in resource["schema"]["fields"][1:]:
                name, kind = field["name"], field["type"]
                assert plain(row[name], kind) == said(values[name], kind), (event["type"], name)
    told = manifest(found)
    assert told["chain_end"] == Chained("kent").after(events)
    for form in ("csv", "parquet"):
        assert sum(each["rows"] for each in files(found, form)) == told["count"] == len(events)


async def test_each_day_is_made_of_what_was_placed_on_it(feeds: FeedWorld) -> None:
    for people, later in ((2, 2), (3, 1), (1, 0)):
        await feeds.given(*(Person("kent").registered() for _ in range(people)))
        await older(feeds, later)
    await made(feeds)
    first, second = yesterday() - timedelta(days=2), yesterday()
    # Three days are late and made up for; today is not over.
    assert await packages(feeds) == [("kent", first), ("kent", second)]
    spans = [manifest(await package(feeds, each)) for each in (first, second)]
    assert [(s["first_position"], s["last_position"]) for s in spans] == [(1, 2), (3, 5)]
    wanted = [
        (await feeds.read(f"/feeds/kent/manifests/{each}")).json() for each in (first, second)
    ]
    assert [{k: v for k, v in each.items() if k != "complete"} for each in wanted] == spans


async def test_who_began_yesterday_is_waited_for(feeds: FeedWorld) -> None:
    """A writer who has read the clock before midnight, and commits after it."""
    await feeds.given(Person("kent").registered())
    await older(feeds)
    ((_, late),) = feeds.recorded.envelopes([Person("kent").registered()])
    async with feeds.system.transaction() as within:
        connection = await within.open()
        await place(connection, routed(late, pseudonyms()))
        chain = await connection.fetchval("SELECT chain FROM feeds")
        await connection.execute(
            "UPDATE feed_days SET last_position = 2, chain_after = $2 WHERE day = $1",
            yesterday(),
            chain,
        )
        await connection.execute("DELETE FROM feed_days WHERE day <> $1", yesterday())
        making = asyncio.create_task(made(feeds))

        async def waits() -> bool:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return making.done() or bool(await feeds.value(asked))

        await eventually(waits)
        assert not making.done()
    await making
    assert manifest(await package(feeds))["count"] == 2


async def test_made_once_however_many_are_at_it(feeds: FeedWorld) -> None:
    for force_id in ("kent", "essex", "surrey"):
        await feeds.given(*(Person(force_id).registered() for _ in range(20)))
    await older(feeds)
    await asyncio.gather(*(made(feeds) for _ in range(4)))
    assert [force_id for force_id, _ in await packages(feeds)] == ["essex", "kent", "surrey"]
    before = await feeds.rows("SELECT * FROM feed_file_parts ORDER BY force_id, name, part")
    await made(feeds)
    assert not await make_day(feeds.system, "kent", yesterday())
    assert before == await feeds.rows("SELECT * FROM feed_file_parts ORDER BY force_id, name, part")


MAKE = """
import asyncio, sys
from chassis.database import Database
from reporting.files.worker import make_files
asyncio.run(make_files(Database(sys.argv[1], scope="*")))
"""


@asynccontextmanager
async def held_up(world: FeedWorld) -> AsyncIterator[None]:
    """Whoever makes files comes as far as the package, which is last, and waits there."""
    async with world.system.transaction() as within:
        await (await within.open()).execute("LOCK TABLE feed_packages IN SHARE MODE")
        yield


async def test_who_is_killed_while_making_leaves_nothing_behind(feeds: FeedWorld) -> None:
    await feeds.given(*(Person("kent").registered() for _ in range(5)))
    await older(feeds)

    async def waits() -> bool:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(await feeds.value(asked))

    async with held_up(feeds):
        making = await asyncio.create_subprocess_exec(
            sys.executable, "-c", MAKE, feeds.url, env=dict(os.environ)
        )
        await eventually(waits)
        making.send_signal(signal.SIGKILL)
        await making.wait()
    assert await packages(feeds) == []

    async def made_up_for() -> bool:
        await made(feeds)
        return bool(await packages(feeds))

    await eventually(made_up_for)
    found = await package(feeds)
    assert [each["rows"] for each in files(found)] == [manifest(found)["count"]] * 2 == [5, 5]


def test_whoever_consumes_makes_them_and_lets_go_of_them() -> None:
    assert make_files in SERVICE.workers
    assert SERVICE.chores.index(forget_files) > SERVICE.chores.index(purge_expired)


async def test_who_is_told_to_stop_while_making_stops(feeds: FeedWorld) -> None:
    await feeds.given(*everything_of())
    await older(feeds)

    async def under_way() -> bool:
        asked = "SELECT count(*) FROM pg_locks WHERE relation = 'feed_file_parts'::regclass"
        return bool(await feeds.value(asked + " AND mode = 'RowExclusiveLock'"))

    async with held_up(feeds):
        making = asyncio.create_task(made(feeds))
        await eventually(under_way)
        making.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(making, return_exceptions=True)
        assert making.cancelled()
    assert await packages(feeds) == []


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM feed_events WHERE force_id = 'kent' AND position = 1",
        "UPDATE feed_events SET document = NULL WHERE force_id = 'kent' AND position = 1",
    ],
)
async def test_a_feed_that_lacks_an_event_is_not_made_into_files(
    feeds: FeedWorld, damage: str
) -> None:
    await feeds.given(Person("kent").registered(), Person("essex").registered())
    await feeds.given(Person("kent").registered())
    await older(feeds)
    await feeds.run(damage)
    with pytest.raises(FeedIncomplete):
        await make_day(feeds.system, "kent", yesterday())
    resting: Resting = {}
    await make_due(feeds.system, resting)
    # It holds up no other, rests, is counted, and is made once it can be.
    assert await packages(feeds) == [("essex", yesterday())]
    assert list(resting) == [("kent", yesterday())]
    assert FILES_WAITING._value.get() == 1


async def test_what_was_made_cannot_be_changed(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    await older(feeds)
    await made(feeds)
    for table, column in (("feed_packages", "document"), ("feed_file_parts", "content")):
        with pytest.raises(Exception, match="is frozen"):
            await feeds.run(f"UPDATE {table} SET {column} = ''")


async def test_files_go_with_the_documents_that_they_were_made_of(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    await older(feeds)
    await feeds.given(Person("kent").registered())
    await older(feeds)
    await made(feeds)
    async with feeds.system.connection() as connection:
        await purge(connection, yesterday())
        await forget_files(connection)
    assert await packages(feeds) == [("kent", yesterday())]
    days = {row.day for row in await feeds.rows("SELECT DISTINCT day FROM feed_file_parts")}
    assert days == {yesterday()}
    gone = await opened(feeds, yesterday() - timedelta(days=1))
    assert (gone.status_code, gone.json()["code"]) == (410, "files-expired")
    listed = (await feeds.read("/files/kent")).json()["days"]
    assert [(each["count"], each["state"]) for each in listed] == [(1, "ready"), (1, "expired")]
    # What is let go of before it was made is not made any more.
    await made(feeds)
    assert len(await packages(feeds)) == 1


async def test_the_database_keeps_the_forces_files_apart_by_itself(feeds: FeedWorld) -> None:
    await feeds.given(*(Person(each).registered() for each in forces()))
    await older(feeds)
    await made(feeds)
    assert len(await packages(feeds)) == len(forces())
    for table in ("feed_packages", "feed_file_parts"):
        for scope, seen in (("kent", {"kent"}), ("national", set())):
            async with feeds.database.connection(scope, read_only=True) as connection:
                rows = await connection.execute(text(f"SELECT DISTINCT force_id FROM {table}"))
            assert {row.force_id for row in rows} == seen
    for scope in ("kent", "surrey"):
        for each in files(await package(feeds, feed=scope)):
            other = await fetched(feeds, await package(feeds, feed=scope), each["name"])
            wanted = scope.encode()
            assert wanted in other
            strangers = [f for f in forces() if f != scope and f",{f},".encode() in other]
            assert strangers == []
