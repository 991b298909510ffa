"""Many clients at once on a real PostgreSQL: no place is given twice, none is lost."""

import asyncio
from uuid import UUID

from sqlalchemy import text

from .world import DERBYSHIRE, KENT, NATION, World, candidate


async def counts(world: World, session_id: str) -> tuple[int, int]:
    shown = (await world.get(f"/sessions/{session_id}", NATION)).json()
    return shown["booked"], shown["waiting"]


async def true_counts(world: World, session_id: str) -> tuple[int, int]:
    sql = "SELECT count(*) FROM places WHERE session_id = :id AND state = :state"
    of = UUID(session_id)
    booked = await world.value(sql, id=of, state="booked")
    return booked, await world.value(sql, id=of, state="waitlisted")


async def test_the_last_place_goes_to_exactly_one_of_two(world: World) -> None:
    for _ in range(5):
        session_id = await world.session(capacity=1)
        both = await world.learners(2)
        answers = await asyncio.gather(
            *(world.book(session_id, [each], candidate(each)) for each in both)
        )
        assert sorted(each[0]["state"] for each in answers) == ["booked", "waitlisted"]
        assert await counts(world, session_id) == (1, 1)


async def test_one_learner_booked_twice_at_once_has_one_place(world: World) -> None:
    session_id = await world.session()
    learner = await world.learner()
    answers = await asyncio.gather(*(world.book(session_id, [learner]) for _ in range(6)))
    assert len({each[0]["place_id"] for each in answers}) == 1
    assert await true_counts(world, session_id) == (1, 0)


async def test_bookings_and_cancellations_of_two_forces_leave_no_seat_empty(world: World) -> None:
    session_id = await world.session(NATION, capacity=5)
    learners = {"derbyshire": await world.learners(10), "kent": await world.learners(10, "kent")}
    claims = {"derbyshire": DERBYSHIRE, "kent": KENT}

    async def come_and_go(force: str, learner: UUID) -> None:
        (place,) = await world.book(session_id, [learner], claims[force])
        if learner.int % 2:
            path = f"/places/{place['place_id']}/cancel"
            assert (await world.post(path, {}, claims[force])).status_code == 200

    await asyncio.gather(
        *(come_and_go(force, each) for force, some in learners.items() for each in some)
    )
    remaining = sum(1 - each.int % 2 for some in learners.values() for each in some)
    expected = (min(5, remaining), max(0, remaining - 5))
    assert await true_counts(world, session_id) == expected
    assert await counts(world, session_id) == expected


async def test_the_line_has_no_gaps_and_no_ties(world: World) -> None:
    session_id = await world.session(capacity=1)
    learners = await world.learners(9)
    await asyncio.gather(*(world.book(session_id, [each]) for each in learners))
    line = "SELECT array_agg(position ORDER BY position) FROM places WHERE session_id = :id"
    assert await world.value(line, id=UUID(session_id)) == [0, 1, 2, 3, 4, 5, 6, 7, 8]


async def test_row_security_alone_hides_another_forces_places(world: World) -> None:
    session_id = await world.session(NATION)
    await world.book(session_id, await world.learners(2))
    await world.book(session_id, await world.learners(3, "kent"), KENT)
    sql = text("SELECT count(*) FROM places WHERE session_id = :id")
    for scope, seen in (("derbyshire", 2), ("kent", 3), ("*", 5), ("norfolk", 0)):
        async with world.database.connection(scope) as connection:
            found = await connection.execute(sql, {"id": UUID(session_id)})
            assert found.scalar() == seen


async def test_a_booking_of_many_costs_as_many_statements_as_one_of_few(world: World) -> None:
    few = await statements(world, 2)
    many = await statements(world, 200)
    assert many == few
    assert sum(many) < 40


async def statements(world: World, number: int) -> list[int]:
    """Statements of booking, registering and correcting so many learners, by SQLAlchemy's count."""
    from sqlalchemy import event

    engine, counted = world.database.engine.sync_engine, [0]

    def count(*_: object) -> None:
        counted[-1] += 1

    session_id = await world.session(hours=-8, capacity=number - 1)
    learners = await world.learners(number)
    event.listen(engine, "before_cursor_execute", count)
    try:
        counted[:] = [0]
        await world.book(session_id, learners)
        counted.append(0)
        lines = [{"learner_id": str(each), "attendance": "full"} for each in learners[:-1]]
        answer = await world.mark(session_id, *lines)
        assert answer.json()["recorded"] == number - 1
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return counted
