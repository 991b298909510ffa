"""A generation's runner gets what the live group is past, at the pace that it was told."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from chassis.consumer.ledger import Ledger
from chassis.database import Database
from chassis.kafka import Batch, Place, Record, Source, Subscription
from chassis.rebuilding import following
from chassis.rebuilding.following import Following
from chassis.testing.hand import Hand
from npp_ops.testing import PostgresForTests

from .rebuilt import GROUP, scene

ONE: Place = ("topic", 0)
OTHER: Place = ("topic", 1)


class Behind:
    """What a runner behind the live group is given."""

    def __init__(self, database: Database, rate: float) -> None:
        self.database = database
        self.hand = Hand(ONE, OTHER)
        self.given: list[dict[Place, list[int]]] = []
        whole = Subscription("g@1", ["topic"], self._take, self._no, self._no, 500)
        self.subscription = Following(database, GROUP, rate).behind(whole)

    async def take(self, **offsets: range) -> None:
        batch: Batch = {
            place: [Record(*place, offset, 0.0, b"", [], b"") for offset in offsets[name]]
            for name, place in (("one", ONE), ("other", OTHER))
            if name in offsets
        }
        await self.subscription.on_batch(self.hand, batch)

    async def live_is(self, one: int, other: int) -> None:
        async with self.database.transaction() as within:
            ledger = Ledger(GROUP, within.connection)
            for place, offset in ((ONE, one), (OTHER, other)):
                await ledger.advance(place, await ledger.open(place), offset)

    async def _take(self, _: Source, batch: Batch) -> None:
        self.given.append({place: [r.offset for r in records] for place, records in batch.items()})

    async def _no(self, _: Source, __: set[Place]) -> None: ...


@pytest.fixture
async def database(postgres: PostgresForTests) -> AsyncIterator[Database]:
    async with scene(postgres.database("following")) as made:
        yield made.database


async def test_what_the_live_group_is_past_is_taken_and_the_rest_read_again(
    database: Database,
) -> None:
    behind = Behind(database, float("inf"))
    await behind.live_is(3, 10)
    await behind.take(one=range(5), other=range(5))
    assert behind.given == [{ONE: [0, 1, 2], OTHER: [0, 1, 2, 3, 4]}]
    assert behind.hand.sought == [(ONE, 3)]


async def test_it_waits_for_a_live_group_that_is_about_to_come(database: Database) -> None:
    behind = Behind(database, float("inf"))
    taking = asyncio.create_task(behind.take(one=range(5)))
    await asyncio.sleep(0)
    await behind.live_is(5, 0)
    await taking
    assert (behind.given, behind.hand.sought) == ([{ONE: [0, 1, 2, 3, 4]}], [])


async def test_it_does_not_wait_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "_PATIENCE_SECONDS", 0.1)
    behind = Behind(database, float("inf"))
    await behind.take(one=range(7, 9))
    assert (behind.given, behind.hand.sought) == ([{}], [(ONE, 7)])


async def test_it_is_as_fast_as_told_and_takes_no_more_at_once(database: Database) -> None:
    behind = Behind(database, 100)
    assert behind.subscription.records == 100
    assert Behind(database, float("inf")).subscription.records == 500
    await behind.live_is(60, 60)
    started = time.monotonic()
    await behind.take(one=range(20))
    await behind.take(one=range(20, 40), other=range(20))
    assert time.monotonic() - started >= 0.6
