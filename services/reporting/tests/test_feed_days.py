"""What each day held, closed when it is over; and what is let go of when it is old."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from chassis.pseudonyms import pseudonyms
from chassis.testing.waiting import eventually
from reporting.feeds.purge import purge, purge_expired
from reporting.feeds.routing import routed
from reporting.feeds.writer import place
from reporting.settings import FeedSettings, feed_settings

from .feeding import Chained, FeedWorld, code, sequences
from .given import Person

START = sha256(b"kent").hexdigest()


def today() -> date:
    return datetime.now(UTC).date()


async def grow_older(world: FeedWorld, days: int) -> None:
    """As if all that has been placed had been placed so many days before."""
    for table, column in (("feeds", "placed_at"), ("feed_events", "placed_at")):
        await world.run(f"UPDATE {table} SET {column} = {column} - make_interval(days => {days})")
    await world.run(f"UPDATE feed_days SET day = day - {days}")


async def three_days(world: FeedWorld) -> list[date]:
    """Two people on one day, three two days later, one another day later: today."""
    for people, later in ((2, 2), (3, 1), (1, 0)):
        await world.given(*(Person("kent").registered() for _ in range(people)))
        await grow_older(world, later)
    return [today() - timedelta(days=n) for n in (3, 1, 0)]


async def manifest(world: FeedWorld, day: date | str) -> dict[str, Any]:
    answer = await world.read(f"/feeds/kent/manifests/{day}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_days_manifest_is_what_was_placed_on_it(feeds: FeedWorld) -> None:
    first, second, third = await three_days(feeds)
    events, chained = await feeds.events(), Chained("kent")
    ends = [START] + [chained.after(events[a:b]) for a, b in ((0, 2), (2, 5), (5, 6))]
    spans = [(first, 1, 2, True), (second, 3, 5, True), (third, 6, 6, False)]
    wanted = [
        {
            "feed": "kent",
            "day": str(day),
            "count": b - a + 1,
            "first_position": a,
            "last_position": b,
            "chain_start": ends[n],
            "chain_end": ends[n + 1],
            "complete": complete,
        }
        for n, (day, a, b, complete) in enumerate(spans)
    ]
    listed = (await feeds.read("/feeds/kent/manifests")).json()
    assert listed == {"feed": "kent", "days": wanted[::-1]}
    assert [await manifest(feeds, day) for day in (first, second, third)] == wanted
    assert len((await feeds.read("/feeds/kent/manifests?limit=1")).json()["days"]) == 1


async def test_a_day_without_events_says_so_and_the_chain_stands_still(feeds: FeedWorld) -> None:
    first, second, _ = await three_days(feeds)
    quiet = await manifest(feeds, first + timedelta(days=1))
    assert (quiet["count"], quiet["first_position"], quiet["complete"]) == (0, None, True)
    assert quiet["chain_start"] == quiet["chain_end"]
    assert quiet["chain_end"] == (await manifest(feeds, first))["chain_end"]
    assert quiet["chain_end"] == (await manifest(feeds, second))["chain_start"]
    before = await manifest(feeds, "2020-02-29")
    assert (before["count"], before["chain_end"]) == (0, START)


async def test_a_manifest_that_is_known_is_not_sent_again(feeds: FeedWorld) -> None:
    await three_days(feeds)
    for path in ("/feeds/kent/manifests", f"/feeds/kent/manifests/{today()}"):
        tag = (await feeds.read(path)).headers["etag"]
        assert (await feeds.read(path, headers={"If-None-Match": tag})).status_code == 304
        await feeds.given(Person("kent").registered())
        assert (await feeds.read(path, headers={"If-None-Match": tag})).status_code == 200


async def test_a_day_is_closed_only_when_nobody_can_still_place_on_it(feeds: FeedWorld) -> None:
    """A writer who has read the clock yesterday, and has not committed today."""
    await feeds.given(Person("kent").registered())
    await grow_older(feeds, 1)
    yesterday = today() - timedelta(days=1)
    ((_, said),) = feeds.recorded.envelopes([Person("kent").registered()])
    async with feeds.system.transaction() as within:
        connection = await within.open()
        await place(connection, routed(said, pseudonyms()))
        await connection.execute("UPDATE feed_days SET last_position = 2 WHERE day = $1", yesterday)
        await connection.execute("DELETE FROM feed_days WHERE day <> $1", yesterday)
        asked = asyncio.create_task(manifest(feeds, yesterday))

        async def waits() -> bool:
            sql = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            return asked.done() or bool(await feeds.value(sql))

        await eventually(waits)
        assert not asked.done()
    told = await asked
    assert (told["complete"], told["count"]) == (True, 2)


async def test_what_is_old_is_let_go_of_and_its_manifest_stays(feeds: FeedWorld) -> None:
    first, second, third = await three_days(feeds)
    before = [await manifest(feeds, day) for day in (first, second, third)]
    events = await feeds.events()
    async with feeds.system.connection() as connection:
        assert await purge(connection, second) == 2
    assert [await manifest(feeds, day) for day in (first, second, third)] == before
    assert sequences(await feeds.events()) == [3, 4, 5, 6]
    gone = await feeds.rows("SELECT position FROM feed_events WHERE document IS NULL ORDER BY 1")
    assert [row.position for row in gone] == [1, 2]
    assert sequences(await feeds.events(query=f"?lastEventId={events[1]['id']}")) == [3, 4, 5, 6]
    types = events[0]["type"]
    answer = await feeds.read(
        f"/feeds/kent/events?lastEventId={events[0]['id']}&limit=2&types={types}&timeout=9000"
    )
    assert code(answer) == (410, "position-expired")
    restart = answer.json()["facts"]["restart"]
    assert restart == f"/feeds/kent/events?types={types}&limit=2&timeout=9000"
    assert sequences((await feeds.read(restart)).json()) == [3, 4]


async def test_purging_again_or_while_events_are_placed_changes_nothing_else(
    feeds: FeedWorld,
) -> None:
    *_, third = await three_days(feeds)
    ((_, said),) = feeds.recorded.envelopes([Person("kent").registered()])
    async with feeds.system.transaction() as within:
        await place(await within.open(), routed(said, pseudonyms()))
        async with feeds.system.connection() as connection:
            assert await purge(connection, third, at_once=1) == 5
        async with feeds.system.connection() as connection:
            assert await purge(connection, third) == 0
    assert sequences(await feeds.events()) == [6, 7]


@pytest.fixture
def keep(monkeypatch: pytest.MonkeyPatch) -> Any:
    def keep(days: int | None) -> None:
        monkeypatch.delenv("FEED_KEEP_DAYS", raising=False)
        if days is not None:
            monkeypatch.setenv("FEED_KEEP_DAYS", str(days))
        feed_settings.cache_clear()

    yield keep
    feed_settings.cache_clear()


@pytest.mark.parametrize(("days", "left"), [(None, 6), (3, 6), (2, 4), (1, 4), (30, 6)])
async def test_the_setting_says_how_many_whole_days_are_kept(
    feeds: FeedWorld, keep: Any, days: int | None, left: int
) -> None:
    await three_days(feeds)
    keep(days)
    async with feeds.system.connection() as connection:
        await purge_expired(connection)
    assert len(await feeds.events()) == left


def test_no_day_at_all_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_KEEP_DAYS", "0")
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        FeedSettings()
