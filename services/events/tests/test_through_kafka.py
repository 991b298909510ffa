"""The whole service on a real Kafka: events come in twice, events go out, once in effect."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from chassis.background import Background
from chassis.database import EVERY_FORCE, Database
from chassis.kafka import Publisher
from chassis.migrate import migrate
from chassis.settings import Settings
from chassis.testing.issuer import ISSUER
from chassis.testing.waiting import eventually
from events.app import SERVICE
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.events import AttendanceRecorded
from npp_contracts.topics import LEARNERS, PLACES, PROGRAMMES, SESSIONS
from npp_ops.testing import KafkaForTests, PostgresForTests

from .world import NATION, World, envelope, registered, transferred


@pytest.fixture
async def live(
    postgres: PostgresForTests, kafka: KafkaForTests
) -> AsyncIterator[tuple[World, str]]:
    topics = (LEARNERS, PROGRAMMES, SESSIONS, PLACES)
    kafka.fresh({topic.name: topic.partitions for topic in topics})
    world = World(postgres.database("events_live"))
    await migrate(world.database.engine, SERVICE.migrations)
    async with running(world.url, kafka.bootstrap_servers):
        yield world, kafka.bootstrap_servers
    await world.client.aclose()
    await world.database.close()


@asynccontextmanager
async def running(url: str, servers: str) -> AsyncIterator[None]:
    settings = Settings(
        database_url=url,
        kafka_bootstrap_servers=servers,
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks",
    )
    database = Database(url, scope=EVERY_FORCE)
    background = Background(SERVICE, settings, database)
    background.start(consume=True, relay=True)
    try:
        yield
    finally:
        await background.stop()
        await database.close()


async def publish_twice(servers: str, *events: tuple[Event, int]) -> None:
    publisher = Publisher(servers, "test")
    await publisher.start()
    records = [(event.topic.name, envelope(event, sequence)) for event, sequence in events]
    assert await publisher.publish(records + records) == {}
    await publisher.stop()


async def published(servers: str, topic: str, count: int) -> list[Envelope]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=servers, auto_offset_reset="earliest", group_id=None
    )
    await consumer.start()
    found: list[Envelope] = []
    try:
        async with asyncio.timeout(30):
            while len(found) < count:
                record = await consumer.getone()
                found.append(Envelope.from_record(record.key, record.headers, record.value))
    finally:
        await consumer.stop()
    return found


async def test_learners_arrive_and_their_attendance_leaves(live: tuple[World, str]) -> None:
    world, servers = live
    first, second = uuid4(), uuid4()
    await publish_twice(
        servers, (registered(first, "derbyshire"), 1), (registered(second, "derbyshire"), 1)
    )

    async def known() -> bool:
        return bool(await world.value("SELECT count(*) FROM learners") == 2)

    await eventually(known)
    session_id = await world.session(hours=-8)
    places = await world.book(session_id, [first, second])
    lines = [{"learner_id": str(each), "attendance": "full"} for each in (first, second)]
    for _ in range(2):
        assert (await world.mark(session_id, *lines)).status_code == 200
    found = await published(servers, PLACES.name, 4)
    for place in places:
        mine = [each for each in found if each.subject == place["place_id"]]
        assert [each.sequence for each in mine] == [1, 2]
        assert mine[1].type == AttendanceRecorded.type
        assert (mine[1].source, mine[1].forceid) == ("/npp/events", "derbyshire")
        recorded = json.loads(mine[1].data)
        assert (recorded["attendance"], recorded["minutes"]) == ("full", 360)

    async def all_sent() -> bool:
        return bool(await world.value("SELECT count(*) FROM outbox") == 0)

    await eventually(all_sent)
    assert await world.value("SELECT count(*) FROM event_log") == 5


async def test_a_transfer_frees_a_place_once(live: tuple[World, str]) -> None:
    world, servers = live
    moves, waits = uuid4(), uuid4()
    arrivals = [(registered(each, "derbyshire"), 1) for each in (moves, waits)]
    await publish_twice(servers, *arrivals)

    async def known() -> bool:
        return bool(await world.value("SELECT count(*) FROM learners") == 2)

    await eventually(known)
    own, national = await world.session(capacity=1), await world.session(NATION)
    left, gained = await world.book(own, [moves, waits])
    (kept,) = await world.book(national, [moves])
    await publish_twice(servers, (transferred(moves, "derbyshire", "kent"), 2))

    async def moved() -> bool:
        return await world.state(gained["place_id"]) == "booked"

    await eventually(moved)
    assert await world.state(left["place_id"]) == "cancelled"
    force = "SELECT force_id FROM places WHERE place_id = $1"
    assert await world.value(force, kept["place_id"]) == "kent"
    found = await published(servers, PLACES.name, 5)
    assert [each.sequence for each in found if each.subject == gained["place_id"]] == [1, 2]
    assert await world.value("SELECT count(*) FROM dead_letters") == 0
