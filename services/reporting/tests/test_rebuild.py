"""Every read model of reporting, built anew beside the live one from the same events."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from chassis.consumer.attempt import Attempt
from chassis.consumer.received import understand
from chassis.consumer.store import PostgresStore, Store
from chassis.kafka import Record
from chassis.operating.audit import Operator
from chassis.projection import Projection
from chassis.rebuilding import Apart, compare, make, promote, retire
from chassis.rebuilding.store import GenerationStore
from chassis.testing.service import settings_of
from chassis.testing.waiting import eventually
from npp_contracts.catalogue import EVENTS
from npp_contracts.envelope import Envelope
from npp_contracts.event import Event
from npp_contracts.events import SessionScheduled
from npp_contracts.testing import examples
from npp_ops.testing import KafkaForTests, PostgresForTests
from reporting.api.figures import FIGURES
from reporting.projections import PROJECTIONS
from reporting.projections.completions import MODULE_COMPLETIONS
from reporting.projections.learners import LEARNERS

from .given import Person, file_taken, still_waiting, workforce
from .world import World, force

OPERATOR = Operator("anna", "a test")
APPLIED = "SELECT topic, max(applied_at) FROM freshness_view"


@pytest.fixture
async def alone(postgres: PostgresForTests) -> AsyncIterator[World]:
    """A database that no other test has: schemas come and go."""
    async with World(postgres.database("reporting_rebuilt")) as world:
        yield world


def story(force_id: str) -> list[Event]:
    person, mover, waiting = (Person(force_id) for _ in range(3))
    (_, full) = examples(SessionScheduled)
    scheduled = SessionScheduled.model_validate(full.payload)
    return [
        scheduled.model_copy(update={"session_id": uuid4(), "force_id": force_id}),
        person.result("baseline", 40.0),
        person.result("final", 80.0),
        workforce(force_id, 100),
        file_taken(force_id, refused=2, unmatched=1),
        still_waiting(force_id, 3),
        *person.certified(),
        *person.attended(),
        person.completed("a"),
        *mover.certified(),
        mover.transferred("essex"),
        waiting.opened(),
    ]


def topics(envelopes: Sequence[Envelope]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for each in envelopes:
        topic = EVENTS[each.type].topic.name
        log = found.setdefault(topic, [])
        log.append(Record(topic, 0, len(log), 0.0, each.key, each.headers(), each.data))
    return found


async def read(store: Store, projection: Projection, log: dict[str, list[Record]]) -> None:
    """As its runner would, from where it is."""
    attempt = Attempt("reporting", projection, store)
    for topic in projection.topics:
        at, _ = await attempt.open((topic, 0))
        records = log.get(topic, [])[at:]
        for record in records:
            one = [understand(projection, record)]
            await attempt.batch((topic, 0), record.offset, record.offset + 1, one)


async def figures(world: World) -> dict[str, object]:
    """What the nation and a force are told, without what says how it came to be."""
    await world.count()
    return {
        f"{name} {who}": {
            key: value
            for key, value in (await world.figure(name, **claims)).items()
            if key not in ("as_of", "freshness")
        }
        for name in FIGURES
        if name != "freshness"
        for who, claims in (("nation", {}), ("kent", force("kent")))
    }


async def exchanged(world: World, projection: Projection, log: dict[str, list[Record]]) -> None:
    """Rebuilt, found to be the same, and promoted; what it says of itself stays true."""
    of_it = f"FROM freshness_view WHERE consumer_group = '{projection.group}'"
    versions = f"SELECT topic, sum(batches)::int {of_it} GROUP BY 1 ORDER BY 1"
    told = await world.rows(versions)
    late = f"{APPLIED} WHERE consumer_group = '{projection.group}' GROUP BY 1 ORDER BY 1"
    first = await world.rows(late)
    generation = await make(world.system, projection, OPERATOR)
    await read(GenerationStore(world.system, generation), generation.of(projection), log)
    comparison = await compare(world.system, projection)
    assert comparison.differences == []
    assert {*comparison.left_out} == {"freshness_view"}
    assert all(comparison.rows[each.name] for each in projection.tables)
    await promote(world.system, projection, OPERATOR)
    assert await world.rows(versions) == [(topic, version + 1) for topic, version in told]
    assert await world.rows(late) == first
    others = "SELECT count(DISTINCT consumer_group) FROM freshness_view"
    assert await world.value(others) == len(PROJECTIONS)


async def test_every_rebuilt_read_model_is_the_live_one(alone: World) -> None:
    said = [each for _, each in alone.recorded.envelopes([*story("kent"), *story("surrey")])]
    live = PostgresStore(alone.system)
    for each in PROJECTIONS:
        await read(live, each, topics(said))
    before = await figures(alone)
    for each in PROJECTIONS:
        await exchanged(alone, each, topics(said))
    assert await figures(alone) == before
    more = topics([*said, *(each for _, each in alone.recorded.envelopes(story("kent")))])
    for each in PROJECTIONS:
        await read(live, each, more)
    after = await figures(alone)
    unmoved = {name for name in before if before[name] == after[name]}
    assert unmoved == set()
    for each in PROJECTIONS:
        await retire(alone.system, each.group, OPERATOR)


async def test_two_are_rebuilt_side_by_side(alone: World) -> None:
    log = topics([each for _, each in alone.recorded.envelopes(story("kent"))])
    both = (LEARNERS, MODULE_COMPLETIONS)
    for each in both:
        await read(PostgresStore(alone.system), each, log)
    made = [await make(alone.system, each, OPERATOR) for each in both]
    for projection, generation in zip(both, made, strict=True):
        await read(GenerationStore(alone.system, generation), generation.of(projection), log)
    done = [promote(alone.system, each, OPERATOR) for each in both]
    assert [each.differences for each in await asyncio.gather(*done)] == [[], []]
    for schema in ("public", *(generation.schema for generation in made)):
        sql = f"SELECT DISTINCT consumer_group FROM {schema}.freshness_view ORDER BY 1"
        found = [group for (group,) in await alone.rows(sql)]
        mine = [each.group for each, its in zip(both, made, strict=True) if its.schema == schema]
        assert found == (mine or [each.group for each in both])


@asynccontextmanager
async def rebuilding(
    world: World, kafka: KafkaForTests, *, fault: str = ""
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The role as an operator starts it; it must have ended at the end."""
    told = settings_of(world.url, kafka.bootstrap_servers)
    environment = {
        "ENVIRONMENT": "test",
        "DATABASE_URL": told.database_url,
        "KAFKA_BOOTSTRAP_SERVERS": told.kafka_bootstrap_servers,
        "HTTP_PORT": "0",
        "OIDC_ISSUER": told.oidc_issuer,
        "OIDC_JWKS_URL": told.oidc_jwks_url,
        **({"NPP_FAULT": fault} if fault else {}),
    }
    command = [sys.executable, "-m", "reporting", "rebuild", LEARNERS.group, "--rate", "2000/s"]
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_rebuild_that_is_killed_goes_on_beside_the_live_one(
    alone: World, kafka: KafkaForTests
) -> None:
    def more(people: int) -> list[Envelope]:
        events = [event for _ in range(people) for event in Person("kent").certified()]
        return [said for _, said in alone.recorded.envelopes(events)]

    async def both_have(people: int) -> bool:
        if await alone.value("SELECT count(*) FROM learners_view") != people:
            return False
        try:
            return not (await compare(alone.system, LEARNERS)).differences
        except Apart:
            return False

    async with alone.running(kafka) as bus:
        await bus.send(*more(100))
        await make(alone.system, LEARNERS, OPERATOR)
        async with rebuilding(alone, kafka, fault="consumer.mid-transaction:kill@3") as process:
            assert await asyncio.wait_for(process.wait(), 60) == -signal.SIGKILL
        async with rebuilding(alone, kafka) as process:
            await bus.send(*more(100))
            await eventually(lambda: both_have(200), 60)
            sending = asyncio.create_task(bus.send(*more(100)))
            await promote(alone.system, LEARNERS, OPERATOR)
            await sending
            await eventually(lambda: both_have(300), 60)
            await retire(alone.system, LEARNERS.group, OPERATOR)
            assert await asyncio.wait_for(process.wait(), 60) == 0
