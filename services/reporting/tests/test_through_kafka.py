"""The service as it runs: each event delivered twice over a real Kafka, counted once."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from chassis.background import Background
from chassis.kafka import Publisher
from chassis.migrate import migrate
from chassis.settings import Settings
from chassis.testing.issuer import ISSUER
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import EVENTS, TOPICS
from npp_contracts.testing import all_examples
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.api.figures import FIGURES
from reporting.app import SERVICE
from reporting.projections import PROJECTIONS

from .given import Person, workforce
from .world import World, row


@pytest.fixture
async def live(postgres: PostgresForTests, kafka: KafkaForTests) -> AsyncIterator[World]:
    kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
    world = World(postgres.database("reporting_live"))
    await migrate(world.system.engine, SERVICE.migrations)
    yield world
    await world.close()


@asynccontextmanager
async def running(world: World, kafka: KafkaForTests) -> AsyncIterator[Publisher]:
    settings = Settings(
        database_url=world.url,
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks",
    )
    background = Background(SERVICE, settings, world.system)
    publisher = Publisher(kafka.bootstrap_servers, "test")
    background.start(consume=True, relay=False)
    await publisher.start()
    try:
        yield publisher
    finally:
        await publisher.stop()
        await background.stop()


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
    records = [(event.topic.name, said) for event, said in live.recorded.envelopes(story)]
    topics = Counter(name for name, _ in records * 3)
    wanted = {each.group: sum(topics[name] for name in each.topics) for each in PROJECTIONS}

    async def everything_read() -> bool:
        sql = text("SELECT consumer_group, sum(next_offset) FROM checkpoints GROUP BY 1")
        async with live.system.connection() as connection:
            read = {group: int(offset) for group, offset in await connection.execute(sql)}
        return read == wanted

    async with running(live, kafka) as publisher:
        assert await publisher.publish(records + records) == {}
        assert await publisher.publish(records) == {}
        await eventually(everything_read)

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
        await world.apply([example.envelope])
    for name in FIGURES:
        assert (await world.get(f"/figures/{name}.csv")).status_code == 200
    assert (await world.get("/")).status_code == 200
