"""The real thing: a command's event on Kafka, and consumed events that change state."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.background import Background
from chassis.http import service_app
from chassis.settings import Settings
from chassis.testing.waiting import eventually
from enrolment.app import SERVICE
from npp_contracts.catalogue import TOPICS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.testing import read
from npp_contracts.topics import ENROLMENTS, LEARNERS
from npp_ops.testing import KafkaForTests

from .test_flows import attended, portfolio, released
from .world import World, envelope

Send = Callable[..., Awaitable[None]]


@asynccontextmanager
async def running(world: World, kafka: KafkaForTests) -> AsyncIterator[Send]:
    """The service's relay and consumers, and a way to say everything twice."""
    kafka.fresh({topic.name: topic.partitions for topic in TOPICS.values()})
    settings = Settings(
        database_url=world.database.engine.url.render_as_string(hide_password=False),
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        oidc_issuer="https://issuer.test",
        oidc_jwks_url="https://issuer.test/jwks",
    )
    background = Background(SERVICE, settings, world.system)
    background.start(consume=True, relay=True)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    await producer.start()

    async def send(*events: Event) -> None:
        # The first of a key is its number 1; a portfolio is opened before it is signed.
        numbers: dict[str, int] = {}
        for event in events:
            numbers[event.key] = numbers.get(event.key, 0) + 1
            said = envelope(event, numbers[event.key])
            for _ in range(2):
                await producer.send_and_wait(
                    event.topic.name, said.data, key=event.key.encode(), headers=said.headers()
                )

    try:
        yield send
    finally:
        await producer.stop()
        await background.stop()


async def published(kafka: KafkaForTests, topic: str, count: int) -> list[tuple[Envelope, Event]]:
    """What a topic holds once it holds that many records, strictly read."""
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(30):
            records = [await consumer.getone() for _ in range(count)]
        assert not await consumer.getmany(timeout_ms=200)
    finally:
        await consumer.stop()
    raw = [(one.key, list(one.headers), one.value) for one in records]
    return [(Envelope.from_record(*one), read(one)) for one in raw]


async def test_commands_reach_kafka_and_others_events_complete_a_part(
    world: World, kafka: KafkaForTests
) -> None:
    async with running(world, kafka) as send:
        learner_id = await world.register("800")
        await send(released(learner_id), *portfolio(learner_id), attended(learner_id))

        async def complete() -> bool:
            return (await world.person("800"))["enrolments"][0]["parts"][1]["percent"] == 100

        async def told() -> bool:
            path = f"/learners/{learner_id}/timeline"
            items = (await world.client.get(path, headers=world.admin())).json()["items"]
            return len(items) == 9

        await eventually(complete)
        await eventually(told)
        learners = await published(kafka, LEARNERS.name, 1)
        enrolments = await published(kafka, ENROLMENTS.name, 4)
    assert [(said.subject, said.sequence) for said, _ in learners] == [(str(learner_id), 1)]
    assert [(said.sequence, said.type.split(".")[2]) for said, _ in enrolments] == [
        (1, "learner-enrolled"),
        (2, "learner-enrolled"),
        (3, "module-completed"),
        (4, "part-completed"),
    ]
    assert enrolments[3][0].causationid is not None
    assert await world.value("SELECT count(*) FROM dead_letters") == 0
    assert await world.value("SELECT count(*) FROM outbox") == 0


def test_the_consumers_say_what_they_listen_to() -> None:
    assert {consumer.group: consumer.topics for consumer in SERVICE.consumers} == {
        "enrolment.progress": [
            "npp.assessment.attempts",
            "npp.events.places",
            "npp.portfolio.portfolios",
        ],
        "enrolment.timeline": [
            "npp.assessment.attempts",
            "npp.events.places",
            "npp.portfolio.portfolios",
        ],
    }


def test_the_api_is_described() -> None:
    paths = service_app(SERVICE).openapi()["paths"]
    assert {path for path in paths if "xapi" not in path} == {
        "/programmes",
        "/programmes/{programme_id}/versions/{version}",
        "/workforce",
        "/rosters",
        "/completions",
        "/uploads/{upload_id}",
        "/uploads/{upload_id}/rejected.csv",
        "/learners",
        "/learners/{learner_id}",
        "/learners/{learner_id}/timeline",
        "/learners/{learner_id}/transfer",
        "/enrolments",
        "/enrolments/{enrolment_id}",
        "/enrolments/{enrolment_id}/defer",
        "/enrolments/{enrolment_id}/resume",
        "/enrolments/{enrolment_id}/withdraw",
    }
