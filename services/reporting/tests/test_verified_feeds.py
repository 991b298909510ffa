"""`npp verify` against a feed's other doors: its topic and its days' files, event by event."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops.simulate.verify import doors
from npp_ops.simulate.verify import feeds as verify_feeds
from npp_ops.simulate.verify.comparison import Comparison
from npp_ops.testing import KafkaForTests

from .feeding import FeedWorld
from .filing import made, older
from .given import Person, workforce
from .streaming import filled, filling
from .verifying import ACTORS, asking


@pytest.fixture
async def topic(feeds: FeedWorld, kafka: KafkaForTests) -> AsyncIterator[KafkaForTests]:
    kafka.fresh({stream_of("kent"): FORCE_STREAMS.partitions})
    yield kafka
    kafka.delete(stream_of("kent"))


def wrong(*pairs: tuple[Any, Any]) -> set[str]:
    found = Comparison(0, [])
    for wanted, told in pairs:
        found.take(wanted, told)
    assert found.compared
    return {each.where for each in found.differences}


async def test_days_topic_and_files_are_the_feed_and_an_altered_event_is_not(
    feeds: FeedWorld, topic: KafkaForTests
) -> None:
    mover = Person("kent")
    async with filling(feeds, topic):
        await feeds.given(workforce("kent", 100), *mover.certified(), mover.transferred("essex"))
        await filled(feeds, "kent")
    await older(feeds)
    await made(feeds)
    await feeds.given(*Person("kent").certified())
    async with filling(feeds, topic):
        await filled(feeds, "kent")

    async def differences() -> set[str]:
        walk = await verify_feeds.walked(asking(feeds), ACTORS, "kent")
        return wrong(
            verify_feeds.manifests(walk),
            await doors.topics(topic.bootstrap_servers, {"kent": walk}),
            await doors.files(asking(feeds), ACTORS, walk),
        )

    assert await differences() == set()
    await feeds.run(
        "UPDATE feed_events SET document = replace(document, 'kent', 'gwent') WHERE position = 3"
    )
    assert await differences() == {"topic kent wrong"}
    await feeds.run("UPDATE feed_days SET chain_after = repeat('0', 64) WHERE day < current_date")
    assert {each.rpartition(" ")[2] for each in await differences()} == {"wrong", "proven"}
