"""A topic that was lost comes back from its feed: the same bytes at the same positions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from aiokafka import AIOKafkaConsumer

from chassis.operating.audit import Operator
from chassis.testing.waiting import eventually
from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops.tenants.errors import TopicHoldsRecords
from npp_ops.tenants.refilling import emptied
from npp_ops.testing import KafkaForTests
from reporting.feeds.purge import purge
from reporting.feeds.refill import Refilled, refill
from reporting.feeds.stream import ROUND

from .feeding import FeedWorld
from .given import Person
from .streaming import filled, filling, held, positions

KENT, ESSEX = stream_of("kent"), stream_of("essex")
OPERATOR = Operator("anna", "a test")


@pytest.fixture
async def streams(feeds: FeedWorld, kafka: KafkaForTests) -> AsyncIterator[KafkaForTests]:
    kafka.fresh({KENT: FORCE_STREAMS.partitions, ESSEX: FORCE_STREAMS.partitions})
    await feeds.given(*(Person(each).registered() for each in ("kent", "essex") * 20))
    yield kafka
    kafka.delete(KENT, ESSEX)


async def refilled(
    feeds: FeedWorld,
    kafka: KafkaForTests,
    *force_ids: str,
    anew: bool = False,
    then: Callable[[], Awaitable[None]] | None = None,
) -> list[Refilled]:
    servers = kafka.bootstrap_servers
    empty = partial(emptied, servers, force_ids, anew=anew)

    async def made_empty() -> None:
        await empty()
        if then is not None:
            await then()

    return await refill(feeds.system, servers, force_ids, OPERATOR, made_empty)


async def test_a_lost_topic_holds_its_feed_again_and_others_hold_theirs_once(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    async with filling(feeds, streams):
        await filled(feeds, "kent", "essex")
        before = await held(streams, "kent")
        streams.delete(KENT)
        assert await refilled(feeds, streams, "kent") == [Refilled("kent", 1, 20)]
        await feeds.given(Person("kent").registered(), Person("essex").registered())
        await filled(feeds, "kent", "essex")
    after = await held(streams, "kent")
    assert positions(after) == list(range(1, 22))
    assert after[:20] == before
    assert positions(await held(streams, "essex")) == list(range(1, 22))
    (last, *_) = await feeds.rows("SELECT command, target, actor FROM operations ORDER BY id DESC")
    assert tuple(last) == ("stream refill", "kent", "anna")


async def test_after_the_loss_of_a_cluster_all_that_are_named_come_back(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    async with filling(feeds, streams):
        await filled(feeds, "kent", "essex")
    streams.delete(KENT, ESSEX)
    # The first days are no longer kept: a topic can only have what the feed has.
    await feeds.run("UPDATE feed_days SET day = day - 10 WHERE force_id = 'kent'")
    async with feeds.system.connection() as connection:
        await purge(connection, datetime.now(UTC).date())
    await feeds.given(Person("kent").registered(), Person("kent").registered())
    found = await refilled(feeds, streams, "essex", "kent")
    assert found == [Refilled("essex", 1, 20), Refilled("kent", 21, 22)]
    async with filling(feeds, streams):
        await filled(feeds, "kent", "essex")
    assert positions(await held(streams, "kent")) == [21, 22]
    assert positions(await held(streams, "essex")) == list(range(1, 21))


async def test_what_comes_meanwhile_waits_for_what_was_before(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    waiting = (
        "SELECT count(*) FROM pg_locks"
        f" WHERE locktype = 'advisory' AND objid = {ROUND} AND NOT granted"
    )

    async def filler_waits() -> bool:
        return bool(await feeds.value(waiting))

    async def another() -> None:
        await feeds.given(Person("kent").registered())
        await eventually(filler_waits)

    async with filling(feeds, streams):
        await filled(feeds, "kent")
        streams.delete(KENT)
        await refilled(feeds, streams, "kent", then=another)
        await filled(feeds, "kent")
    assert positions(await held(streams, "kent")) == list(range(1, 22))


async def test_a_topic_with_records_is_left_as_it_is_unless_it_is_to_begin_anew(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    group = {"group_id": streams.unique("force.kent"), "auto_offset_reset": "earliest"}
    reads = {"bootstrap_servers": streams.bootstrap_servers, **group}
    async with filling(feeds, streams):
        await filled(feeds, "kent")
        async with AIOKafkaConsumer(KENT, **reads, enable_auto_commit=False) as reader:
            for _ in range(10):
                await reader.getone()
            await reader.commit()
        noted = await feeds.value("SELECT count(*) FROM operations")
        with pytest.raises(TopicHoldsRecords) as refused:
            await refilled(feeds, streams, "kent", "essex")
        assert refused.value.facts["records"] == {KENT: 20, ESSEX: 20}
        assert positions(await held(streams, "kent")) == list(range(1, 21))
        assert await feeds.value("SELECT count(*) FROM operations") == noted
        await refilled(feeds, streams, "kent", anew=True)
        await filled(feeds, "kent")
    assert positions(await held(streams, "kent")) == list(range(1, 21))
    # The brokers have forgotten with the topic how far its readers were.
    async with AIOKafkaConsumer(KENT, **reads, enable_auto_commit=False) as reader:
        assert (await reader.getone()).offset == 0
