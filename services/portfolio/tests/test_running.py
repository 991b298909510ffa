"""The service as it runs: events in from Kafka, events out to Kafka, each delivered twice."""

import asyncio

from sqlalchemy import text

from chassis.clock import new_id
from chassis.http import service_app
from chassis.testing.bus import envelope
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import KafkaForTests
from portfolio import store
from portfolio.app import SERVICE
from portfolio.commands import settle
from portfolio.consumers import FLOWS

from . import given
from .people import Case
from .world import ADMIN, CAUSE, World


async def test_what_comes_from_kafka_opens_and_what_is_done_goes_to_kafka(
    world: World, kafka: KafkaForTests
) -> None:
    learner_id, enrolment_id = new_id(), new_id()

    async def opened() -> bool:
        return await world.portfolio_of(learner_id) is not None

    async def rested() -> bool:
        return bool((await world.portfolio_of(learner_id)).state == "withdrawn")

    async with world.running(kafka) as bus:
        await world.publish_framework()
        enrolled = envelope(given.enrolled(enrolment_id, learner_id))
        programme = envelope(given.programme())
        await bus.send(enrolled, enrolled, programme, programme)
        await eventually(opened)
        row = await world.portfolio_of(learner_id)
        candidate = world.person(learner_id, "candidate")
        case = Case(world, row, *[candidate] * 5)
        assert (await case.put_in()).status_code == 201
        assert (await case.submit()).status_code == 200
        moved = envelope(given.transferred(learner_id, "kent"))
        left = envelope(given.withdrawn(enrolment_id, learner_id), 2)
        await bus.send(moved, moved, left, left)
        await eventually(rested)
        published = await bus.published(PORTFOLIOS, 3)
    assert [(said.sequence, said.type.split(".")[-2]) for said, _ in published] == [
        (1, "portfolio-opened"),
        (2, "evidence-recorded"),
        (3, "portfolio-submitted"),
    ]
    assert {said.subject for said, _ in published} == {str(row.portfolio_id)}
    # Caused by whichever of the two arrived last, in a chain that can be followed.
    assert published[0][0].causationid is not None
    (counts,) = await world.rows("SELECT count(*), max(log_length) FROM portfolios")
    assert (counts[0], counts[1] >= 4) == (1, True)


async def test_two_halves_at_the_same_moment_still_open(world: World) -> None:
    """Each transaction brings one half and ends only when the other has begun."""
    for turn in range(5):
        name, learner_id = f"race-{turn}", new_id()
        await world.publish_framework("NPP1", name)
        enrolled = given.enrolled(new_id(), learner_id, "NPP1", name)
        await asyncio.gather(
            world.deliver((enrolled, 1)), world.deliver((given.programme(1, name), 1))
        )
        assert await world.portfolio_of(learner_id) is not None


async def test_a_framework_waits_for_an_enrolment_that_is_not_yet_committed(world: World) -> None:
    await world.deliver((given.programme(1, "slow"), 1))
    learner_id = new_id()
    enrolled = given.enrolled(new_id(), learner_id, "NPP1", "slow")
    async with world.system.session() as session:
        await store.side_by_side(session)
        await store.keep_enrolled(session, [(enrolled, envelope(enrolled, 1))])
        publishing = asyncio.create_task(world.publish_framework("NPP1", "slow"))
        waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")

        async def blocked() -> bool:
            async with world.system.connection() as connection:
                return bool((await connection.execute(waiting)).scalar())

        await eventually(blocked)
    assert (await publishing).status_code == 201
    assert await world.portfolio_of(learner_id) is not None


async def test_settling_again_does_nothing(world: World) -> None:
    opened = await world.opened()
    before = await world.rows("SELECT count(*) FROM event_log")
    async with world.work.begin(ADMIN, CAUSE) as work:
        await settle(work, [opened.enrolment_id] if opened else [])
    assert await world.rows("SELECT count(*) FROM event_log") == before


def test_the_flows_say_what_they_listen_to() -> None:
    assert {flow.group: flow.topics for flow in FLOWS} == {
        "portfolio.open-on-enrolment": ["npp.enrolment.enrolments", "npp.enrolment.programmes"],
        "portfolio.follow-transfers": ["npp.enrolment.learners"],
        "portfolio.privacy": ["npp.enrolment.learners"],
    }


def test_the_api_is_described() -> None:
    paths = service_app(SERVICE).openapi()["paths"]
    assert len(paths) == 16
    for path, methods in paths.items():
        for method, operation in methods.items():
            answers = set(operation["responses"]) - {"default"}
            assert len(answers) == 1, (method, path)
