"""Golden events are what a force would really read, of every type that stands in a feed."""

import json

from npp_contracts.testing import golden
from reporting.feeds.golden import entries, main
from reporting.feeds.routing import TYPES
from reporting.feeds.writer import place

from .feeding import FeedWorld


async def test_the_feed_answers_exactly_these(feeds: FeedWorld) -> None:
    for feed, placed in entries().items():
        async with feeds.system.transaction() as within:
            await place(await within.open(), placed)
        assert await feeds.events(feed, "?limit=1000") == golden()[feed]


def test_they_are_of_every_type_that_a_force_can_read() -> None:
    assert {each["type"] for feed in golden().values() for each in feed} == TYPES


def test_they_are_what_is_generated_today() -> None:
    assert main(["--check"]) == 0


def test_nobody_is_followed_from_one_force_to_another() -> None:
    told = {feed: json.dumps(events) for feed, events in golden().items()}
    for feed, events in golden().items():
        for each in events:
            learner = each["data"].get("learner_id")
            assert learner is None or learner[14] == "8"
            assert not [f for f in told if learner and f != feed and learner in told[f]]
