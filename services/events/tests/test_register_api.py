"""The register over HTTP: many lines at once, walk-ins, corrections."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from .world import DERBYSHIRE, KENT, NATION, World, candidate


def line(learner_id: UUID, attendance: str | None = None, **given: Any) -> dict[str, Any]:
    return {"learner_id": str(learner_id), "attendance": attendance} | given


async def test_the_register_records_each_place(world: World) -> None:
    session_id = await world.session(hours=-8)
    learners = await world.learners(3)
    places = await world.book(session_id, learners)
    lines = [
        line(learners[0], "full"),
        line(learners[1], minutes=100),
        line(learners[2], "no-show"),
    ]
    answer = await world.mark(session_id, *lines)
    assert (answer.status_code, answer.json()) == (200, {"recorded": 3, "unchanged": 0})
    shown = (await world.get(f"/sessions/{session_id}/places")).json()["items"]
    assert {(each["learner_id"], each["attendance"], each["minutes"]) for each in shown} == {
        (str(learners[0]), "full", 360),
        (str(learners[1]), "part", 100),
        (str(learners[2]), "no-show", 0),
    }
    recorded = await world.events(places[2]["place_id"])
    assert recorded[-1] == ("attendance-recorded", 2, "derbyshire")
    again = await world.mark(session_id, *lines)
    assert again.json() == {"recorded": 0, "unchanged": 3}
    assert len(await world.events(places[0]["place_id"])) == 2


async def test_the_register_is_closed_before_the_start(world: World) -> None:
    session_id = await world.session()
    learner = await world.learner()
    await world.book(session_id, [learner])
    refused = await world.mark(session_id, line(learner, "full"))
    assert (refused.status_code, refused.json()["code"]) == (409, "session-not-started")


async def test_a_correction_needs_a_reason_that_stays_here(world: World) -> None:
    session_id = await world.session(hours=-8)
    learner = await world.learner()
    (place,) = await world.book(session_id, [learner])
    await world.mark(session_id, line(learner, "full"))
    refused = await world.mark(session_id, line(learner, "no-show"))
    assert (refused.status_code, refused.json()["code"]) == (422, "correction-needs-reason")
    assert refused.json()["field"] == "entries.0.reason"
    reason = "signed in for a colleague"
    corrected = await world.mark(session_id, line(learner, "no-show", reason=reason))
    assert corrected.json()["recorded"] == 1
    assert (await world.events(place["place_id"]))[-1][:2] == ("attendance-recorded", 3)
    kept = "SELECT reason FROM attendance_reasons WHERE place_id = :id AND version = 3"
    assert await world.value(kept, id=UUID(place["place_id"])) == reason
    told = "SELECT count(*) FROM event_log WHERE position(convert_to(:said, 'UTF8') IN payload) > 0"
    assert await world.value(told, said=reason) == 0


async def test_one_bad_line_refuses_the_register_by_its_number(world: World) -> None:
    session_id = await world.session(hours=-8)
    learners = await world.learners(3)
    await world.book(session_id, learners[:2])
    for bad, status, code, field in (
        (line(learners[1], "part"), 422, "minutes-needed", "entries.1.minutes"),
        (line(learners[0], "full"), 422, "learner-named-twice", "entries.1.learner_id"),
        (line(learners[2], "no-show"), 409, "learner-has-no-place", "entries.1.attendance"),
        (line(uuid4(), "full"), 404, "learner-unknown", "entries.1.learner_id"),
        (line(learners[1], "late"), 422, "invalid", "entries.1.attendance"),
        (line(learners[1], "full", minutes=10_081), 422, "invalid", "entries.1.minutes"),
    ):
        refused = await world.mark(session_id, line(learners[0], "full"), bad)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["field"]) == (status, code, field)
    shown = (await world.get(f"/sessions/{session_id}/places")).json()["items"]
    assert {each["attendance"] for each in shown} == {None}


async def test_a_walk_in_takes_the_seat_of_a_no_show(world: World) -> None:
    session_id = await world.session(hours=-8, capacity=1)
    absent, walked_in, too_many = await world.learners(3)
    await world.book(session_id, [absent])
    refused = await world.mark(session_id, line(walked_in, "full"))
    assert (refused.status_code, refused.json()["code"]) == (409, "no-room-for-walk-in")
    answer = await world.mark(session_id, line(walked_in, "full"), line(absent, "no-show"))
    assert answer.json()["recorded"] == 2
    places = (await world.get(f"/places?learner_id={walked_in}")).json()["items"]
    assert [each["attendance"] for each in places] == ["full"]
    assert [each[:2] for each in await world.events(places[0]["place_id"])] == [
        ("place-booked", 1),
        ("attendance-recorded", 2),
    ]
    refused = await world.mark(session_id, line(too_many, "full"))
    assert refused.json()["code"] == "no-room-for-walk-in"


async def test_who_waited_and_came_is_seated(world: World) -> None:
    session_id = await world.session(hours=-8, capacity=1)
    absent, waited = await world.learners(2)
    _, place = await world.book(session_id, [absent, waited])
    await world.mark(session_id, line(absent, "no-show"), line(waited, "full"))
    assert [each[:2] for each in await world.events(place["place_id"])] == [
        ("place-waitlisted", 1),
        ("place-booked", 2),
        ("attendance-recorded", 3),
    ]
    shown = (await world.get(f"/sessions/{session_id}")).json()
    assert (shown["booked"], shown["waiting"]) == (2, 0)


async def test_each_force_marks_its_own_people_at_a_national_session(world: World) -> None:
    session_id = await world.session(NATION, hours=-8, kind="week-of-action")
    ours, theirs = await world.learner(), await world.learner("kent")
    await world.book(session_id, [ours])
    (place,) = await world.book(session_id, [theirs], KENT)
    refused = await world.mark(session_id, line(theirs, "full"))
    assert (refused.status_code, refused.json()["code"]) == (404, "learner-unknown")
    assert (await world.mark(session_id, line(theirs, "full"), claims=KENT)).status_code == 200
    assert (await world.events(place["place_id"]))[-1] == ("attendance-recorded", 2, "kent")


async def test_attendance_cannot_be_undone_by_cancelling(world: World) -> None:
    session_id = await world.session(hours=-8)
    learner = await world.learner()
    (place,) = await world.book(session_id, [learner])
    await world.mark(session_id, line(learner, "full"))
    for path, body in (
        (f"/places/{place['place_id']}/cancel", {}),
        (f"/sessions/{session_id}/cancel", {"reason": "other"}),
    ):
        refused = await world.post(path, body)
        assert refused.json()["code"] == "attendance-already-recorded"
    shown = (await world.get(f"/sessions/{session_id}")).json()
    assert (shown["state"], shown["booked"]) == ("scheduled", 1)


@pytest.mark.parametrize("roles", [["candidate"], ["force-analyst"], ["line-manager"]])
async def test_the_register_is_taken_by_organisers(world: World, roles: list[str]) -> None:
    session_id = await world.session(hours=-8)
    learner = await world.learner()
    await world.book(session_id, [learner])
    claims = candidate(learner) | {"roles": roles}
    refused = await world.mark(session_id, line(learner, "full"), claims=claims)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert DERBYSHIRE["roles"] != roles
