"""Force topics hold what the feeds say, in its order, through crashes and refusals."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator

import pytest

from chassis.testing.waiting import eventually
from npp_contracts.enrolment import ProgrammePublished
from npp_contracts.testing import examples
from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops.testing import KafkaForTests
from reporting.domain.forces import forces
from reporting.feeds.stream import LOCK, fill

from .feeding import FeedWorld
from .given import Person, workforce
from .streaming import filled, filling, held, positions

KENT, ESSEX = stream_of("kent"), stream_of("essex")


@pytest.fixture
async def streams(feeds: FeedWorld, kafka: KafkaForTests) -> AsyncIterator[KafkaForTests]:
    """The topics of two forces, empty; the others have none."""
    kafka.fresh({KENT: FORCE_STREAMS.partitions, ESSEX: FORCE_STREAMS.partitions})
    yield kafka
    kafka.delete(KENT, ESSEX)


async def test_a_topic_holds_what_the_feed_says_and_nothing_of_another_force(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    mover = Person("kent")
    async with filling(feeds, streams):
        await feeds.given(workforce("kent", 100), *mover.certified(), mover.transferred("essex"))
        await feeds.given(mover.updated(neighbourhood=False), examples(ProgrammePublished)[0].event)
        await filled(feeds, "kent", "essex")
    for force_id in ("kent", "essex"):
        body = (await feeds.read(f"/feeds/{force_id}/events?limit=1000", force_id)).text
        events = await feeds.events(force_id, "?limit=1000")
        records = await held(streams, force_id)
        # To the byte: what the HTTP feed answers is these with commas between.
        assert f"[{','.join(each.value for each in records)}]" == body
        assert len(events) == len(records) > 1
        for event, record in zip(events, records, strict=True):
            assert record.key == event["subject"]
            attributes = event.keys() - {"data", "datacontenttype"}
            assert record.headers == {f"ce_{name}": event[name] for name in attributes} | {
                "content-type": "application/cloudevents+json"
            }
            assert record.headers["ce_forceid"] == force_id


async def test_a_record_tells_its_time_to_the_hour_only(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    await feeds.given(Person("kent").registered())
    async with filling(feeds, streams):
        await filled(feeds, "kent")
    placed = await feeds.value(
        "SELECT extract(epoch FROM date_trunc('hour', placed_at)) FROM feeds"
    )
    assert [each.timestamp for each in await held(streams, "kent")] == [int(placed) * 1000]


async def test_of_several_processes_one_fills_and_another_goes_on(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    people = [Person("kent") for _ in range(30)]
    async with filling(feeds, streams, workers=3):
        for number, part in enumerate(("a", "b", "c"), 1):
            await feeds.given(*(each.completed(part) for each in people))
            await filled(feeds, "kent")
            assert positions(await held(streams, "kent")) == list(range(1, 30 * number + 1))
    await feeds.given(*(each.completed("d") for each in people))
    async with filling(feeds, streams):
        await filled(feeds, "kent")
    assert positions(await held(streams, "kent")) == list(range(1, 121))


FILL = """
import asyncio, sys
from chassis import faults
from chassis.database import Database
from reporting.feeds import stream
faults.arm(sys.argv[3], testing=True)
stream.OF_ONE_FEED = 20
asyncio.run(stream.fill(Database(sys.argv[1], scope="*"), sys.argv[2]))
"""


async def test_killed_anywhere_it_loses_nothing_and_keeps_the_order(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    people = [Person(force) for force in ("kent", "essex") for _ in range(25)]
    for part in ("a", "b", "c", "d"):
        await feeds.given(*(each.completed(part) for each in people))
    places = ("stream.after-read", "relay.mid-send", "stream.after-send", "stream.after-commit")
    for place in places:
        command = (FILL, feeds.url, streams.bootstrap_servers, f"{place}:kill")
        killed = await asyncio.create_subprocess_exec(
            sys.executable, "-c", *command, env=dict(os.environ)
        )
        assert await asyncio.wait_for(killed.wait(), 30) == -signal.SIGKILL
    async with filling(feeds, streams):
        await filled(feeds, "kent", "essex")
    for force_id in ("kent", "essex"):
        found = positions(await held(streams, force_id))
        assert list(dict.fromkeys(found)) == list(range(1, 101))
        # What was sent and not noted comes again, as a whole and in order: a round of each kill.
        assert len(found) <= 100 + 20 * len(places)


async def test_who_has_lost_the_lock_stops(feeds: FeedWorld, streams: KafkaForTests) -> None:
    working = asyncio.create_task(fill(feeds.system, streams.bootstrap_servers))
    await feeds.given(Person("kent").registered())
    await filled(feeds, "kent")
    await feeds.run(
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        f" WHERE locktype = 'advisory' AND objid = {LOCK}"
    )
    with pytest.raises(Exception, match=r"clos|terminat"):
        await asyncio.wait_for(working, 10)


async def test_a_refused_event_holds_back_its_force_and_no_other(
    feeds: FeedWorld, streams: KafkaForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.feeds.stream._REST_SECONDS", 0.2)
    first, second = Person("kent"), Person("kent")
    first_of_kent = "force_id = 'kent' AND position = 1"
    await feeds.given(first.registered(), second.registered(), Person("essex").registered())
    kept = await feeds.value(f"SELECT document FROM feed_events WHERE {first_of_kent}")
    # Larger than any broker takes, which no event of ours can be.
    change = f"UPDATE feed_events SET document = :said WHERE {first_of_kent}"
    await feeds.run(change, said=kept.replace("{", '{"more":"' + "x" * 2_000_000 + '",', 1))
    async with filling(feeds, streams):
        await filled(feeds, "essex")
        await feeds.given(Person("essex").registered(), second.completed("a"))
        await filled(feeds, "essex")
        assert positions(await held(streams, "kent")) == []
        await feeds.run(change, said=kept)
        await filled(feeds, "kent")
    assert positions(await held(streams, "kent")) == [1, 2, 3]
    assert positions(await held(streams, "essex")) == [1, 2]


async def test_what_kafka_would_not_keep_is_not_sent(
    feeds: FeedWorld, streams: KafkaForTests
) -> None:
    await feeds.given(Person("kent").registered(), Person("kent").registered())
    await feeds.run("UPDATE feed_days SET day = day - 31 WHERE force_id = 'kent'")
    await feeds.given(Person("kent").registered())
    async with filling(feeds, streams):
        await filled(feeds, "kent")
    assert positions(await held(streams, "kent")) == [3]


async def test_a_force_without_a_topic_waits_for_it_and_is_counted(
    feeds: FeedWorld, streams: KafkaForTests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.feeds.stream._MEASURE_SECONDS", 0.2)
    wanted = (
        'npp_stream_refused_total{force="surrey",outcome="TopicMissing"}',
        'npp_stream_waiting{force="surrey"} 1.0',
        'npp_stream_waiting{force="kent"} 0.0',
    )
    # Whatever another test of this process has left behind.
    streams.delete(stream_of("surrey"))
    await feeds.given(Person("surrey").registered(), Person("kent").registered())
    async with filling(feeds, streams):
        await filled(feeds, "kent")

        async def told() -> bool:
            said = (await feeds.management.get("/metrics")).text
            return all(line in said for line in wanted)

        await eventually(told)
        streams.create({stream_of("surrey"): 1})
        await filled(feeds, "surrey")
    assert positions(await held(streams, "surrey")) == [1]
    streams.delete(stream_of("surrey"))


async def test_with_43_topics_each_holds_its_own(feeds: FeedWorld, kafka: KafkaForTests) -> None:
    names = [stream_of(each) for each in forces()]
    kafka.fresh(dict.fromkeys(names, 1))
    try:
        async with filling(feeds, kafka):
            for _ in range(3):
                await feeds.given(*(Person(each).registered() for each in forces()))
            await filled(feeds, *forces())
        for each in forces():
            records = await held(kafka, each)
            assert positions(records) == [1, 2, 3]
            assert {one.headers["ce_forceid"] for one in records} == {each}
    finally:
        kafka.delete(*names)
