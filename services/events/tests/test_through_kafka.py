"""The whole service on a real Kafka: events come in twice, events go out, once in effect."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from chassis.testing.bus import Bus, envelope
from chassis.testing.waiting import eventually
from npp_contracts.events import AttendanceRecorded
from npp_contracts.topics import PLACES
from npp_ops.testing import KafkaForTests, PostgresForTests

from .world import NATION, World, registered, transferred


@pytest.fixture
async def live(
    postgres: PostgresForTests, kafka: KafkaForTests
) -> AsyncIterator[tuple[World, Bus]]:
    async with (
        World(postgres.database("events_live")) as world,
        world.running(kafka) as bus,
    ):
        yield world, bus


async def test_learners_arrive_and_their_attendance_leaves(live: tuple[World, Bus]) -> None:
    world, bus = live
    first, second = uuid4(), uuid4()
    arrivals = [envelope(registered(each, "derbyshire")) for each in (first, second)]
    await bus.send(*arrivals, *arrivals)

    async def known() -> bool:
        return bool(await world.value("SELECT count(*) FROM learners") == 2)

    await eventually(known)
    session_id = await world.session(hours=-8)
    places = await world.book(session_id, [first, second])
    lines = [{"learner_id": str(each), "attendance": "full"} for each in (first, second)]
    for _ in range(2):
        assert (await world.mark(session_id, *lines)).status_code == 200
    found = await bus.published(PLACES, 4)
    for place in places:
        mine = [each for each in found if each[0].subject == place["place_id"]]
        assert [said.sequence for said, _ in mine] == [1, 2]
        said, recorded = mine[1]
        assert isinstance(recorded, AttendanceRecorded)
        assert (said.source, said.forceid) == ("/npp/events", "derbyshire")
        assert (recorded.attendance, recorded.minutes) == ("full", 360)

    async def all_sent() -> bool:
        return bool(await world.value("SELECT count(*) FROM outbox") == 0)

    await eventually(all_sent)
    assert await world.value("SELECT count(*) FROM event_log") == 5


async def test_a_transfer_frees_a_place_once(live: tuple[World, Bus]) -> None:
    world, bus = live
    moves, waits = uuid4(), uuid4()
    arrivals = [envelope(registered(each, "derbyshire")) for each in (moves, waits)]
    await bus.send(*arrivals, *arrivals)

    async def known() -> bool:
        return bool(await world.value("SELECT count(*) FROM learners") == 2)

    await eventually(known)
    own, national = await world.session(capacity=1), await world.session(NATION)
    left, gained = await world.book(own, [moves, waits])
    (kept,) = await world.book(national, [moves])
    move = envelope(transferred(moves, "derbyshire", "kent"), 2)
    await bus.send(move, move)

    async def moved() -> bool:
        return await world.state(gained["place_id"]) == "booked"

    await eventually(moved)
    assert await world.state(left["place_id"]) == "cancelled"
    force = "SELECT force_id FROM places WHERE place_id = :id"
    assert await world.value(force, id=UUID(kept["place_id"])) == "kent"
    found = await bus.published(PLACES, 5)
    assert [said.sequence for said, _ in found if said.subject == gained["place_id"]] == [1, 2]
    assert await world.value("SELECT count(*) FROM dead_letters") == 0
