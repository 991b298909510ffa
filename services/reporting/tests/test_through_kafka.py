"""The service as it runs: each event delivered twice over a real Kafka, counted once."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from chassis.testing.waiting import eventually
from npp_contracts.catalogue import EVENTS
from npp_contracts.testing import all_examples
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.api.figures import FIGURES
from reporting.projections import PROJECTIONS

from .given import Person, workforce
from .world import World, row


@pytest.fixture
async def live(postgres: PostgresForTests) -> AsyncIterator[World]:
    async with World(postgres.database("reporting_live")) as world:
        yield world


async def test_events_that_come_twice_count_once(live: World, kafka: KafkaForTests) -> None:
    person, mover = Person("kent"), Person("kent")
    story = [
        workforce("kent", 100),
        *person.certified(),
        *person.attended(),
        person.completed("a"),
        person.completed("b"),
        *mover.certified(),
        mover.transferred("essex"),
    ]
    said = [each for _, each in live.recorded.envelopes(story)]
    topics = Counter(event.topic.name for event in story * 3)
    wanted = {each.group: sum(topics[name] for name in each.topics) for each in PROJECTIONS}

    async def everything_read() -> bool:
        sql = "SELECT consumer_group, sum(next_offset) FROM checkpoints GROUP BY 1"
        read = {group: int(offset) for group, offset in await live.rows(sql)}
        return wanted.items() <= read.items()

    async with live.running(kafka) as bus:
        await bus.send(*said, *said)
        await bus.send(*said)
        await eventually(everything_read)

    await live.count()
    headline = await live.figure("headline")
    assert (headline["numerator"], headline["percent"]) == (2, 2.0)
    kent = row(await live.figure("forces"), force_id="kent")
    assert [kent[name] for name in ("registered", "module_completions", "signed")] == [1, 2, 2]
    applied = {each["group"]: 0 for each in (await live.figure("freshness"))["rows"]}
    for each in (await live.figure("freshness"))["rows"]:
        applied[each["group"]] += each["events"]
    assert applied["reporting.module-completions"] == 2
    assert applied["reporting.portfolios"] == 6


async def test_every_example_of_the_contracts_is_applied(world: World) -> None:
    handled = {name for projection in PROJECTIONS for name in projection.types}
    assert handled <= EVENTS.keys()
    for example in all_examples():
        await world.project(example.envelope)
    await world.count()
    for name in FIGURES:
        assert (await world.get(f"/figures/{name}.csv")).status_code == 200
    assert (await world.get("/")).status_code == 200
