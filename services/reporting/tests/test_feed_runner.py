"""A feed's consumer in the hands of the runner: what it is told, refuses, and lets wait."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client import REGISTRY

from chassis.consumer import PostgresStore, Runner
from chassis.consumer.received import Notified
from chassis.kafka import Record
from chassis.testing.hand import Hand
from chassis.testing.waiting import eventually
from npp_contracts.envelope import Envelope
from npp_contracts.topics import LEARNERS
from reporting.feeds import FEEDS
from reporting.feeds.bell import BELL

from .feeding import FeedWorld, sequences
from .given import Person

PLACE = (LEARNERS.name, 0)
REMEMBERED = "checkpoints, streams, sequences, parked_events, dead_letters"


class Consuming:
    """The feeds, given what a test gives it."""

    def __init__(self, world: FeedWorld) -> None:
        self.hand = Hand()
        self.runner = Runner("reporting", FEEDS, PostgresStore(world.system))
        self.offset = 0

    async def given(self, *envelopes: Envelope) -> None:
        records = [
            Record(*PLACE, self.offset + n, 0.0, each.key, each.headers(), each.data)
            for n, each in enumerate(envelopes)
        ]
        self.offset += len(records)
        await self.runner.subscription().on_batch(self.hand, {PLACE: records})


@pytest.fixture
async def consuming(feeds: FeedWorld) -> AsyncIterator[Consuming]:
    await feeds.run(f"TRUNCATE {REMEMBERED}")
    made = Consuming(feeds)
    await made.runner.subscription().on_assigned(made.hand, {PLACE})

    async def opened() -> bool:
        return made.hand.open == {PLACE}

    await eventually(opened)
    yield made
    await feeds.run(f"TRUNCATE {REMEMBERED}")


def said(world: FeedWorld, *events: Any) -> list[Envelope]:
    return [each for _, each in world.recorded.envelopes(events)]


def number(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_feed_wants_to_know_of_its_commits() -> None:
    assert isinstance(FEEDS, Notified)


async def test_events_out_of_order_stand_in_order_and_each_is_told_of(
    feeds: FeedWorld, consuming: Consuming
) -> None:
    person = Person("kent")
    first, second, third = said(
        feeds, person.registered(), person.updated(neighbourhood=False), person.transferred("essex")
    )
    before = number("npp_feed_placed_total", group=FEEDS.group)
    rung: list[dict[str, int]] = []
    with BELL.heard_by(lambda positions: rung.append(dict(positions))):
        await consuming.given(third, second, third)
        assert rung == []
        await consuming.given(first)
    assert rung == [{"kent": 1}, {"kent": 2}, {"kent": 3, "essex": 1}]
    types = [each["type"].split(".")[2] for each in await feeds.events()]
    assert types == ["learner-registered", "learner-updated", "learner-left"]
    assert number("npp_feed_placed_total", group=FEEDS.group) == before + 4
    assert number("npp_feed_position", force="kent") == 3


async def test_an_event_in_doubt_is_a_dead_letter_and_holds_up_nobody_else(
    feeds: FeedWorld, consuming: Consuming
) -> None:
    doubtful, other = Person("kent"), Person("kent")
    first, second, fine = said(
        feeds, doubtful.registered(), doubtful.updated(neighbourhood=False), other.registered()
    )
    before = number("npp_feed_refused_total", group=FEEDS.group)
    await consuming.given(replace(first, forceid="essex"), second, fine)
    assert [each["id"] for each in await feeds.events()] == [str(fine.id)]
    assert await feeds.events("essex") == []
    (letter,) = await feeds.rows("SELECT reason, detail, payload FROM dead_letters")
    assert (letter.reason, letter.detail) == (
        "invalid",
        "forceid is essex, and the payload's is kent",
    )
    assert await feeds.value("SELECT count(*) FROM parked_events") == 1
    assert number("npp_feed_refused_total", group=FEEDS.group) == before + 1


async def test_what_comes_again_gets_no_second_position(
    feeds: FeedWorld, consuming: Consuming
) -> None:
    made = said(feeds, *(Person("kent").registered() for _ in range(20)))
    for _ in range(3):
        await consuming.given(*made)
    assert sequences(await feeds.events()) == list(range(1, 21))
