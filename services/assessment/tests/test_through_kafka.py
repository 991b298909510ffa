"""The service with relay and consumers on a real broker, everything delivered twice."""

from datetime import date
from uuid import UUID

from chassis.clock import new_id
from chassis.testing.bus import envelope
from chassis.testing.waiting import eventually
from npp_contracts.assessment import AttemptStarted
from npp_contracts.codes import Rank, WorkerType
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred
from npp_contracts.envelope import Envelope
from npp_contracts.ids import LearnerId
from npp_contracts.topics import ATTEMPTS
from npp_ops.testing import KafkaForTests

from .desk import Desk


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


async def test_people_arrive_from_enrolment_and_move(desk: Desk, kafka: KafkaForTests) -> None:
    await desk.publish()
    people = [new_id() for _ in range(20)]
    moved, stayed = people[:5], people[5:]
    arrivals = [registered(each) for each in people]
    moves = [transferred(each) for each in moved]

    async def arrived() -> bool:
        rows = await desk.rows("SELECT 1 FROM learners WHERE force_id = 'norfolk'")
        return len(rows) == 5 and len(await desk.rows("SELECT 1 FROM learners")) == 20

    async with desk.running(kafka) as bus:
        # A relay that was killed sends again what it had sent: same ids, same sequences.
        await bus.send(*arrivals, *arrivals, *moves, *moves, *arrivals)
        await eventually(arrived)
    assert (await desk.start(moved[0])).status_code == 404
    assert (await desk.start(moved[0], force="norfolk")).json()["force_id"] == "norfolk"
    assert (await desk.start(stayed[0])).json()["force_id"] == "derbyshire"


async def test_a_started_attempt_reaches_the_topic_also_when_sent_again(
    desk: Desk, kafka: KafkaForTests
) -> None:
    await desk.publish()
    learner = await desk.learner()

    async def relayed() -> bool:
        return await desk.rows("SELECT 1 FROM outbox") == []

    async with desk.running(kafka) as bus:
        attempt_id = await desk.sit(learner)
        await eventually(relayed)
        await desk.run(
            "INSERT INTO outbox (position, recorded_at, shard)"
            " SELECT position, recorded_at, 0 FROM event_log ORDER BY position"
        )
        published = await bus.published(ATTEMPTS, 4)
    ids = [said.id for said, _ in published]
    assert ids[:2] == ids[2:]
    _, started = published[0]
    assert isinstance(started, AttemptStarted)
    assert (str(started.attempt_id), started.learner_id) == (attempt_id, learner)
