"""What an operator does to a running service, on a real PostgreSQL and a real Kafka."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.exc import DBAPIError

from chassis.auth import SYSTEM
from chassis.kafka import Reader, reading
from chassis.operating.audit import Operation, Operator, ReasonMissing, operations
from chassis.operating.controls import CONSUMER, OUTBOX, pause, resume
from chassis.operating.lagging import lag
from chassis.operating.queueing import status
from chassis.operating.seeking import GapAhead, NoSuchPlace, OffTopic, destinations, seek
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS

from .specimen import service as specimen
from .specimen.world import CAUSE, World

ANNA = Operator("anna", "a test")
GROUP = "specimen.notes"


@pytest.fixture
async def reader(world: World) -> AsyncIterator[Reader]:
    async with reading(world.settings.kafka_bootstrap_servers, [PORTFOLIOS.name]) as found:
        yield found


async def audited(world: World) -> list[Operation]:
    async with world.database.transaction() as within:
        return list(await operations(within.connection))


def notes(world: World, number: int) -> Any:
    return lambda: world.holds(f"SELECT count(*) = {number} FROM notes")


PARKED = "SELECT count(*) = {} FROM parked_events WHERE consumer_group = 'specimen.notes'"
CAUGHT_UP = """
SELECT sum(next_offset) = (SELECT count(*) FROM event_log)
FROM checkpoints WHERE consumer_group = 'specimen.notes'
"""


def value(metric: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(metric, labels) or 0.0


async def until(condition: Callable[[], bool]) -> None:
    async def met() -> bool:
        return condition()

    await eventually(met)


async def told(metric: str, expected: float, **labels: str) -> None:
    await until(lambda: value(metric, **labels) == expected)


async def again(world: World, folder: UUID) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        await specimen.submit(work, folder)


async def on_topic(reader: Reader) -> int:
    return sum((await reader.ends()).values())


async def test_a_paused_relay_keeps_its_events_and_a_resumed_one_sends_them(
    world: World, reader: Reader
) -> None:
    async with world.running(consume=False) as background:
        await world.submit(1, 1)
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
        assert (await status(world.database)).relays == 1
        assert await pause(world.database, OUTBOX, OUTBOX, ANNA)
        assert not await pause(world.database, OUTBOX, OUTBOX, Operator("ben", "too"))
        await until(lambda: background.relay.paused)
        await world.submit(3, 2)
        found = await status(world.database)
        assert [(one.topic, one.events) for one in found.waiting] == [(PORTFOLIOS.name, 6)]
        assert found.paused
        assert found.paused.by == "anna"
        await told("npp_outbox_paused", 1)
        assert await on_topic(reader) == 1
        assert await resume(world.database, OUTBOX, OUTBOX, ANNA)
        assert not await resume(world.database, OUTBOX, OUTBOX, ANNA)
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
        await told("npp_outbox_paused", 0)
    assert await on_topic(reader) == 7
    done = [(one.command, one.target, one.actor, one.because) for one in await audited(world)]
    assert done == [
        ("outbox resume", "outbox", "anna", "a test"),
        ("outbox pause", "outbox", "anna", "a test"),
    ]


async def test_a_paused_relay_stops_at_once(world: World) -> None:
    await pause(world.database, OUTBOX, OUTBOX, ANNA)
    await world.submit(3, 2)
    async with world.running(consume=False) as background:
        await until(lambda: background.relay.paused)
    assert await world.value("SELECT count(*) FROM outbox") == 6


async def test_a_paused_group_keeps_its_partitions_and_applies_nothing(world: World) -> None:
    await world.submit(10, 2)
    async with world.running() as background:
        runner = next(one for one in background.runners if one.consumer.group == GROUP)
        await eventually(notes(world, 20))
        await pause(world.database, CONSUMER, GROUP, ANNA)
        await until(lambda: runner.paused)
        await told("npp_consumer_paused", 1, group=GROUP)
        await world.submit(10, 1)
        await eventually(lambda: world.holds("SELECT sum(submitted) = 30 FROM tally_view"))
        assert runner.ready
        await told("npp_consumer_lag_records", 10, group=GROUP)
        assert await world.value("SELECT count(*) FROM notes") == 20
        await resume(world.database, CONSUMER, GROUP, ANNA)
        await eventually(notes(world, 30))
        await told("npp_consumer_paused", 0, group=GROUP)


async def test_a_member_that_starts_while_its_group_is_paused_applies_nothing(
    world: World,
) -> None:
    await world.submit(5, 2)
    await pause(world.database, CONSUMER, GROUP, ANNA)
    async with world.running() as background:
        runner = next(one for one in background.runners if one.consumer.group == GROUP)
        await eventually(lambda: world.holds("SELECT sum(submitted) = 10 FROM tally_view"))
        await until(lambda: runner.paused and runner.ready)
        assert await world.value("SELECT count(*) FROM notes") == 0
        await resume(world.database, CONSUMER, GROUP, ANNA)
        await eventually(notes(world, 10))


async def test_an_idle_member_goes_on_from_a_moved_checkpoint(world: World, reader: Reader) -> None:
    await world.submit(10, 3)
    duplicates = value("npp_consumer_records_total", group=GROUP, outcome="duplicate")
    async with world.running():
        await eventually(notes(world, 30))
        places = set(reader.places)
        back = await destinations(reader, places, "earliest")
        moves = await seek(world.database, GROUP, back, ANNA)
        assert sum(move.before for move in moves) == 30
        assert {move.after for move in moves} == {0}
        await eventually(lambda: world.holds(CAUGHT_UP))
        await told("npp_consumer_records_total", duplicates + 30, group=GROUP, outcome="duplicate")
    assert await world.value("SELECT count(*) FROM notes") == 30
    (done,) = await audited(world)
    assert (done.command, done.target, len(done.facts["moves"])) == (
        "consumer seek",
        GROUP,
        len(moves),
    )


async def test_a_busy_member_goes_on_from_a_moved_checkpoint(world: World, reader: Reader) -> None:
    async with world.running():
        for _ in range(10):
            await world.submit(20, 3)
            back = await destinations(reader, set(reader.places), "earliest")
            await seek(world.database, GROUP, back, ANNA)
        await eventually(notes(world, 600))
        await eventually(lambda: world.holds(CAUGHT_UP))
    assert await world.value("SELECT count(*) FROM notes") == 600
    assert await world.value("SELECT count(*) FROM dead_letters") == 0
    assert await world.value(PARKED.format(0))


async def test_going_forward_needs_force_and_parks_what_follows(
    world: World, reader: Reader
) -> None:
    folders = await world.submit(10, 1)
    async with world.running(consume=False):
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
        ends = await destinations(reader, set(reader.places), "latest")
        with pytest.raises(GapAhead) as refused:
            await seek(world.database, GROUP, ends, ANNA)
        assert refused.value.facts == {"records": 10}
        assert await audited(world) == []
        assert await world.value("SELECT coalesce(sum(next_offset), 0) FROM checkpoints") == 0
        await seek(world.database, GROUP, ends, ANNA, force_gap=True)
    async with world.running():
        await again(world, folders[0])
        await eventually(lambda: world.holds(PARKED.format(1)))
        assert await world.value("SELECT count(*) FROM notes") == 0
        back = await destinations(reader, set(reader.places), "earliest")
        await seek(world.database, GROUP, back, ANNA)
        await eventually(notes(world, 11))
        await eventually(lambda: world.holds(PARKED.format(0)))


async def test_a_target_is_checked_against_the_topic(world: World, reader: Reader) -> None:
    await world.submit(4, 1)
    async with world.running(consume=False):
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
    with pytest.raises(OffTopic):
        await destinations(reader, set(reader.places), 5)
    with pytest.raises(NoSuchPlace):
        await destinations(reader, {("npp.no.such", 0)}, "earliest")
    begun = await world.value("SELECT min(time) FROM event_log")
    assert await destinations(reader, set(reader.places), begun) == await reader.begins()
    later = begun + timedelta(hours=1)
    assert await destinations(reader, set(reader.places), later) == await reader.ends()


async def test_lag_is_told_for_each_partition(world: World, reader: Reader) -> None:
    await world.submit(10, 2)
    async with world.running(consume=False):
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
    before = await lag(world.database, GROUP, {PORTFOLIOS.name}, reader)
    assert (len(before), sum(one.records for one in before)) == (6, 20)
    assert {one.next_offset for one in before} == {None}
    assert max(one.seconds for one in before) > 0
    async with world.running():
        await eventually(lambda: world.holds(CAUGHT_UP))
    after = await lag(world.database, GROUP, {PORTFOLIOS.name}, reader)
    assert {(one.records, one.seconds, one.ahead) for one in after} == {(0, 0.0, False)}


async def test_operations_can_be_added_to_and_never_altered(world: World) -> None:
    await pause(world.database, OUTBOX, OUTBOX, ANNA)
    for change in ("DELETE FROM operations", "UPDATE operations SET actor = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"):
            await world.value(change)
    with pytest.raises(ReasonMissing):
        Operator("anna", " ")
