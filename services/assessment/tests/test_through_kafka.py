"""The service with relay and consumers on a real broker, everything delivered twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer

from assessment.app import SERVICE
from chassis.background import Background
from chassis.clock import new_id
from chassis.kafka import Publisher
from chassis.settings import Settings
from chassis.testing.issuer import ISSUER
from chassis.testing.waiting import eventually
from npp_contracts.assessment import AttemptStarted
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.ids import LearnerId
from npp_contracts.testing import read
from npp_contracts.topics import ATTEMPTS, LEARNERS
from npp_ops.testing import KafkaForTests

from .desk import Desk


@pytest.fixture
async def enrolment(desk: Desk, kafka: KafkaForTests) -> AsyncIterator[Publisher]:
    """What stands for enrolment's relay; the service's own relay and consumers run."""
    kafka.fresh({LEARNERS.name: 6, ATTEMPTS.name: 6})
    settings = Settings(
        database_url=desk.url,
        kafka_bootstrap_servers=kafka.bootstrap_servers,
        oidc_issuer=ISSUER,
        oidc_jwks_url=f"{ISSUER}/jwks",
    )
    background = Background(SERVICE, settings, desk.system)
    publisher = Publisher(kafka.bootstrap_servers, "enrolment")
    await publisher.start()
    background.start(consume=True, relay=True)
    yield publisher
    await background.stop()
    await publisher.stop()


def envelope(event: Event, sequence: int) -> Envelope:
    return Envelope(
        id=new_id(),
        type=event.type,
        source="/npp/enrolment",
        subject=event.key,
        time=datetime.now(UTC),
        dataschema=f"urn:npp:schema:{event.type}",
        correlationid="test",
        causationid=None,
        sequence=sequence,
        forceid=event.force_id,
        traceparent=None,
        data=event.model_dump_json().encode(),
    )


def registered(learner_id: UUID) -> Envelope:
    event = LearnerRegistered(
        force_id="derbyshire",
        learner_id=LearnerId(learner_id),
        worker_type=WorkerType.PCSO,
        rank=Rank.NONE,
        neighbourhood=True,
        joined_on=date(2025, 1, 6),
    )
    return envelope(event, 1)


def transferred(learner_id: UUID) -> Envelope:
    event = LearnerTransferred(
        force_id="norfolk",
        learner_id=LearnerId(learner_id),
        from_force_id="derbyshire",
        effective_on=date(2026, 6, 1),
    )
    return envelope(event, 2)


async def publish(enrolment: Publisher, *envelopes: Envelope) -> None:
    assert await enrolment.publish([(LEARNERS.name, each) for each in envelopes]) == {}


@asynccontextmanager
async def attempts_topic(servers: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(
        ATTEMPTS.name, bootstrap_servers=servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def test_people_arrive_from_enrolment_and_move(desk: Desk, enrolment: Publisher) -> None:
    await desk.publish()
    people = [new_id() for _ in range(20)]
    moved, stayed = people[:5], people[5:]
    arrivals = [registered(each) for each in people]
    moves = [transferred(each) for each in moved]
    # A relay that was killed sends again what it had sent: same ids, same sequences.
    await publish(enrolment, *arrivals, *arrivals, *moves, *moves, *arrivals)

    async def arrived() -> bool:
        rows = await desk.rows("SELECT 1 FROM learners WHERE force_id = 'norfolk'")
        return len(rows) == 5 and len(await desk.rows("SELECT 1 FROM learners")) == 20

    await eventually(arrived)
    assert (await desk.start(moved[0])).status_code == 404
    assert (await desk.start(moved[0], force="norfolk")).json()["force_id"] == "norfolk"
    assert (await desk.start(stayed[0])).json()["force_id"] == "derbyshire"


async def test_a_started_attempt_reaches_the_topic_also_when_sent_again(
    desk: Desk, enrolment: Publisher, kafka: KafkaForTests
) -> None:
    await desk.publish()
    learner = await desk.learner()
    attempt_id = await desk.sit(learner)

    async def relayed() -> bool:
        return await desk.rows("SELECT 1 FROM outbox") == []

    await eventually(relayed)
    await desk.run(
        "INSERT INTO outbox (position, recorded_at, shard)"
        " SELECT position, recorded_at, 0 FROM event_log ORDER BY position"
    )
    async with attempts_topic(kafka.bootstrap_servers) as consumer:
        records = [await consumer.getone() for _ in range(4)]
    seen = [(each.key, each.headers, each.value) for each in records]
    ids = [Envelope.from_record(*each).id for each in seen]
    assert ids[:2] == ids[2:]
    started = read(seen[0])
    assert isinstance(started, AttemptStarted)
    assert (str(started.attempt_id), started.learner_id) == (attempt_id, learner)
