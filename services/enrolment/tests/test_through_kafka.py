"""The real thing: a command's event on Kafka, and consumed events that change state."""

from collections import Counter

from chassis.http import service_app
from chassis.testing.bus import envelope
from chassis.testing.waiting import eventually
from enrolment.app import SERVICE
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.topics import ENROLMENTS, LEARNERS
from npp_ops.testing import KafkaForTests

from .test_flows import attended, portfolio, released
from .world import World


def numbered(*events: Event) -> list[Envelope]:
    """The first of a key is its number 1; a portfolio is opened before it is signed."""
    numbers = Counter[str]()
    said = []
    for event in events:
        numbers[event.key] += 1
        said.append(envelope(event, numbers[event.key]))
    return said


async def test_commands_reach_kafka_and_others_events_complete_a_part(
    world: World, kafka: KafkaForTests
) -> None:
    async with world.running(kafka) as bus:
        learner_id = await world.register("800")
        events = released(learner_id), *portfolio(learner_id), attended(learner_id)
        await bus.send(*(each for said in numbered(*events) for each in (said, said)))

        async def complete() -> bool:
            return (await world.person("800"))["enrolments"][0]["parts"][1]["percent"] == 100

        async def told() -> bool:
            path = f"/learners/{learner_id}/timeline"
            items = (await world.client.get(path, headers=world.admin())).json()["items"]
            return len(items) == 9

        await eventually(complete)
        await eventually(told)
        learners = await bus.published(LEARNERS, 1)
        enrolments = await bus.published(ENROLMENTS, 4)
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
        "/learners/{learner_id}/erasure",
        "/learners/{learner_id}/hold",
        "/learners/{learner_id}/hold/lift",
        "/erasures",
        "/privacy/erasures",
        "/privacy/erasures/{learner_id}",
        "/privacy/people/{learner_id}",
        "/privacy/people/{learner_id}/export",
        "/enrolments",
        "/enrolments/{enrolment_id}",
        "/enrolments/{enrolment_id}/defer",
        "/enrolments/{enrolment_id}/resume",
        "/enrolments/{enrolment_id}/withdraw",
        "/pseudonyms/translate",
    }
