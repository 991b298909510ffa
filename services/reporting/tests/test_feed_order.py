"""No event appears behind a reader: many writers, late commits, and readers all the while."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any

import pytest
from asyncpg.exceptions import UniqueViolationError

from chassis.database import Driver
from chassis.pseudonyms import Pseudonyms, pseudonyms
from chassis.testing.waiting import eventually
from reporting.feeds import writer
from reporting.feeds.entry import Entry
from reporting.feeds.queries import events_after
from reporting.feeds.routing import routed
from reporting.feeds.writer import AnotherSecret, place

from .feeding import Chained, FeedWorld
from .given import Person
from .world import Recorded

Place = Callable[[Driver, Sequence[Entry]], Awaitable[None]]
FORCES = ("kent", "essex", "surrey")
WRITERS, ROUNDS = 6, 15

_WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def entries(recorded: Recorded, *force_ids: str) -> list[Entry]:
    made = recorded.envelopes([Person(each).registered() for each in force_ids])
    return [entry for _, said in made for entry in routed(said, pseudonyms())]


async def read(world: FeedWorld, feed: str, after: Any = None) -> list[tuple[int, Any, str]]:
    async with world.database.connection(feed, read_only=True) as connection:
        return list((await events_after(connection, feed, after, None, 1_000)).events)


async def came_behind_a_reader(world: FeedWorld, place: Place) -> list[int]:
    """Two writers to one feed, the second ready to commit while the first is not."""

    async def write() -> None:
        async with world.system.transaction() as within:
            await place(await within.open(), entries(world.recorded, "kent"))

    async with world.system.transaction() as first:
        await place(await first.open(), entries(world.recorded, "kent"))
        second = asyncio.create_task(write())

        async def second_is_done_or_waits() -> bool:
            return second.done() or bool(await world.value(_WAITING))

        await eventually(second_is_done_or_waits)
        seen = [position for position, _, _ in await read(world, "kent")]
    await second
    found = [position for position, _, _ in await read(world, "kent")]
    assert len(found) == 2
    return [each for each in found if each not in seen and each < max(seen, default=0)]


async def place_by_sequence(connection: Driver, entries: Sequence[Entry]) -> None:
    """How it is often done: the position is drawn when the row is written, not when it is seen."""
    for each in entries:
        await connection.execute(
            "INSERT INTO feed_events (force_id, position, event_id, type, subject, time, placed_at,"
            " document, chain) VALUES ($1, nextval('drawn'), $2, $3, '', now(), now(), '', '')",
            *(each.force_id, each.event_id, each.type),
        )


async def test_no_event_comes_behind_a_reader(feeds: FeedWorld) -> None:
    assert await came_behind_a_reader(feeds, place) == []


async def test_positions_from_a_sequence_would_come_behind_a_reader(feeds: FeedWorld) -> None:
    await feeds.run("INSERT INTO feeds VALUES ('kent', 0, '', 'epoch', '')")
    await feeds.run("CREATE SEQUENCE drawn")
    try:
        assert await came_behind_a_reader(feeds, place_by_sequence) == [1]
    finally:
        await feeds.run("DROP SEQUENCE drawn")


async def test_without_the_lock_two_writers_would_give_one_position_twice(
    feeds: FeedWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await feeds.given(Person("kent").registered())
    monkeypatch.setattr(writer, "_LOCK", writer._LOCK.replace("FOR UPDATE", ""))
    with pytest.raises(UniqueViolationError):
        await came_behind_a_reader(feeds, place)


class Reader:
    """Follows a feed from its start, and never goes back."""

    def __init__(self, world: FeedWorld, feed: str) -> None:
        self.world, self.feed = world, feed
        self.seen: list[tuple[int, Any, str]] = []

    async def on(self) -> None:
        last = self.seen[-1][1] if self.seen else None
        self.seen += await read(self.world, self.feed, last)

    async def until(self, over: asyncio.Event) -> None:
        while not over.is_set():
            await self.on()
            await asyncio.sleep(0)
        await self.on()


async def write_late(world: FeedWorld, chance: Random, recorded: Recorded) -> None:
    """Transactions that hold what they have placed for a while; one in five is undone."""
    for _ in range(ROUNDS):
        batch = entries(recorded, *chance.choices(FORCES, k=chance.randint(1, 6)))
        within = world.system.begin()
        connection = await within.open()
        await place(connection, batch)
        await connection.execute("SELECT pg_sleep($1)", chance.random() / 50)
        await (within.roll_back() if chance.random() < 0.2 else within.commit())


async def test_readers_see_every_event_once_and_in_order_whoever_commits_when(
    feeds: FeedWorld,
) -> None:
    readers = [Reader(feeds, feed) for feed in FORCES]
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for reader in readers:
            group.create_task(reader.until(over))
        recorded = Recorded()
        writers = [write_late(feeds, Random(seed), recorded) for seed in range(WRITERS)]
        await asyncio.gather(*writers)
        over.set()
    for reader in readers:
        positions = [position for position, _, _ in reader.seen]
        assert len(positions) > WRITERS
        assert positions == list(range(1, len(positions) + 1))
        rows = await feeds.rows(
            "SELECT position, event_id, type, placed_at, chain FROM feed_events"
            " WHERE force_id = :feed ORDER BY position",
            feed=reader.feed,
        )
        assert [(row.position, row.event_id) for row in rows] == [each[:2] for each in reader.seen]
        assert [row.placed_at for row in rows] == sorted(row.placed_at for row in rows)
        chained = Chained(reader.feed)
        for row in rows:
            said = {"sequence": row.position, "id": row.event_id, "type": row.type}
            assert chained.after([said]) == row.chain


async def test_feeds_that_are_new_to_several_writers_at_once_begin_once(feeds: FeedWorld) -> None:
    async def write(*force_ids: str) -> None:
        async with feeds.system.transaction() as within:
            await place(await within.open(), entries(feeds.recorded, *force_ids))

    pairs = [(a, b) for a in FORCES for b in FORCES for _ in range(2)]
    await asyncio.gather(*(write(*pair) for pair in pairs))
    ends = dict([tuple(row) for row in await feeds.rows("SELECT force_id, position FROM feeds")])
    assert ends == dict.fromkeys(FORCES, 2 * len(pairs) // len(FORCES))


async def test_a_batch_that_is_undone_leaves_no_gap_and_no_day(feeds: FeedWorld) -> None:
    within = feeds.system.begin()
    await place(await within.open(), entries(feeds.recorded, "kent"))
    await within.roll_back()
    assert await feeds.value("SELECT count(*) FROM feed_days") == 0
    await feeds.given(Person("kent").registered())
    assert [position for position, _, _ in await read(feeds, "kent")] == [1]


async def test_a_clock_that_goes_back_takes_no_event_to_an_earlier_day(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    await feeds.run("UPDATE feeds SET placed_at = now() + interval '2 days'")
    await feeds.run("UPDATE feed_days SET day = day + 2")
    await feeds.run("UPDATE feed_events SET placed_at = now() + interval '2 days'")
    await feeds.given(Person("kent").registered())
    (day,) = await feeds.rows("SELECT first_position, last_position FROM feed_days")
    assert tuple(day) == (1, 2)


async def test_another_secret_places_nothing_in_a_feed_that_has_begun(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    ((_, said),) = feeds.recorded.envelopes([Person("kent").registered()])
    others = routed(said, Pseudonyms(b"another secret of the same service"))
    with pytest.raises(AnotherSecret, match="kent"):
        async with feeds.system.transaction() as within:
            await place(await within.open(), others)
    assert len(await read(feeds, "kent")) == 1
