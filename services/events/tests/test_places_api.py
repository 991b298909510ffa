"""Places over HTTP: booked, waiting, given up, seen by the right force."""

from uuid import uuid4

from .world import DERBYSHIRE, KENT, NATION, World, candidate


async def test_places_are_booked_until_full_then_waitlisted(world: World) -> None:
    session_id = await world.session(capacity=2)
    learners = await world.learners(3)
    places = await world.book(session_id, learners)
    assert [each["state"] for each in places] == ["booked", "booked", "waitlisted"]
    assert [each["learner_id"] for each in places] == [str(each) for each in learners]
    shown = (await world.get(f"/sessions/{session_id}")).json()
    assert (shown["booked"], shown["waiting"], shown["available"]) == (2, 1, 0)
    assert await world.events(places[0]["place_id"]) == [("place-booked", 1, "derbyshire")]
    assert await world.events(places[2]["place_id"]) == [("place-waitlisted", 1, "derbyshire")]


async def test_booking_again_keeps_the_place_and_says_nothing(world: World) -> None:
    session_id = await world.session(capacity=1)
    learners = await world.learners(2)
    once = await world.book(session_id, [*learners, learners[0]])
    twice = await world.book(session_id, learners)
    assert twice == once
    assert [len(await world.events(each["place_id"])) for each in once] == [1, 1]


async def test_an_unknown_learner_refuses_the_whole_request(world: World) -> None:
    session_id = await world.session()
    known, unknown, elsewhere = await world.learner(), uuid4(), await world.learner("kent")
    body = {"learner_ids": [str(known), str(unknown), str(elsewhere)]}
    answer = await world.post(f"/sessions/{session_id}/places", body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (404, "learner-unknown")
    assert problem["field"] == "learner_ids"
    assert problem["facts"]["unknown"] == [str(unknown), str(elsewhere)]
    assert (await world.get(f"/sessions/{session_id}/places")).json()["items"] == []


async def test_a_freed_place_reaches_the_first_who_waits(world: World) -> None:
    session_id = await world.session(capacity=1)
    booked, first, second = await world.book(session_id, await world.learners(3))
    cancelled = await world.post(f"/places/{booked['place_id']}/cancel")
    assert cancelled.status_code == 200
    assert (cancelled.json()["state"], cancelled.json()["cancelled_by"]) == (
        "cancelled",
        "organiser",
    )
    assert await world.state(first["place_id"]) == "booked"
    assert await world.state(second["place_id"]) == "waitlisted"
    assert [each[:2] for each in await world.events(first["place_id"])] == [
        ("place-waitlisted", 1),
        ("place-booked", 2),
    ]


async def test_who_cancels_and_books_again_joins_the_tail(world: World) -> None:
    session_id = await world.session(capacity=1)
    learners = await world.learners(3)
    booked, first, second = await world.book(session_id, learners)
    await world.post(f"/places/{first['place_id']}/cancel", {})
    (again,) = await world.book(session_id, [learners[1]])
    assert again["place_id"] != first["place_id"]
    await world.post(f"/places/{booked['place_id']}/cancel", {})
    assert await world.state(second["place_id"]) == "booked"
    assert await world.state(again["place_id"]) == "waitlisted"


async def test_a_higher_capacity_moves_the_line_up(world: World) -> None:
    session_id = await world.session(capacity=1)
    places = await world.book(session_id, await world.learners(4))
    raised = await world.call("PATCH", f"/sessions/{session_id}", DERBYSHIRE, {"capacity": 3})
    assert (raised.json()["booked"], raised.json()["waiting"]) == (3, 1)
    states = [await world.state(each["place_id"]) for each in places]
    assert states == ["booked", "booked", "booked", "waitlisted"]
    lowered = await world.call("PATCH", f"/sessions/{session_id}", DERBYSHIRE, {"capacity": 2})
    assert (lowered.status_code, lowered.json()["code"]) == (409, "capacity-below-booked")


async def test_nobody_books_or_cancels_once_it_has_started(world: World) -> None:
    session_id = await world.session(capacity=1)
    booked, waiting = await world.book(session_id, await world.learners(2))
    await world.start(session_id)
    body = {"learner_ids": [str(await world.learner())]}
    refused = await world.post(f"/sessions/{session_id}/places", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "session-started")
    refused = await world.post(f"/places/{booked['place_id']}/cancel", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "session-started")
    assert await world.state(waiting["place_id"]) == "waitlisted"


async def test_a_late_cancellation_says_so(world: World) -> None:
    for hours, late in ((23, True), (25, False)):
        session_id = await world.session(hours=hours)
        (place,) = await world.book(session_id, await world.learners(1))
        answer = await world.post(f"/places/{place['place_id']}/cancel", {"by": "person"})
        assert (answer.json()["late"], answer.json()["cancelled_by"]) == (late, "person")


async def test_overlapping_bookings_are_made_with_a_warning(world: World) -> None:
    one, other, later = [await world.session(hours=hours) for hours in (72, 75, 78)]
    busy, free = await world.learners(2)
    for session_id in (one, later):
        await world.book(session_id, [busy])
    places = await world.book(other, [busy, free])
    assert [each["overlaps"] for each in places] == [[one, later], []]
    assert [each["state"] for each in places] == ["booked", "booked"]


async def test_a_national_session_counts_all_and_shows_each_force_its_own(world: World) -> None:
    session_id = await world.session(NATION, capacity=2)
    (ours,) = await world.book(session_id, await world.learners(1))
    (theirs,) = await world.book(session_id, await world.learners(1, "kent"), KENT)
    (waits,) = await world.book(session_id, await world.learners(1, "kent"), KENT)
    assert waits["state"] == "waitlisted"
    assert (ours["force_id"], theirs["force_id"]) == ("derbyshire", "kent")
    for claims, expected in ((DERBYSHIRE, [ours]), (KENT, [theirs, waits]), (NATION, None)):
        shown = (await world.get(f"/sessions/{session_id}", claims)).json()
        assert (shown["booked"], shown["waiting"]) == (2, 1)
        listed = (await world.get(f"/sessions/{session_id}/places", claims)).json()["items"]
        ids = {each["place_id"] for each in listed}
        assert ids == {each["place_id"] for each in expected or [ours, theirs, waits]}
    for answer in (
        await world.get(f"/places/{theirs['place_id']}"),
        await world.post(f"/places/{theirs['place_id']}/cancel", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_place_freed_by_one_force_reaches_another_unseen(world: World) -> None:
    session_id = await world.session(NATION, capacity=1)
    (ours,) = await world.book(session_id, await world.learners(1))
    (theirs,) = await world.book(session_id, await world.learners(1, "kent"), KENT)
    answer = await world.post(f"/places/{ours['place_id']}/cancel", {})
    assert theirs["place_id"] not in answer.text
    assert answer.json()["cancelled_by"] == "person"
    assert (await world.events(theirs["place_id"]))[-1] == ("place-booked", 2, "kent")
    assert (await world.get(f"/places/{theirs['place_id']}")).status_code == 404


async def test_a_candidate_books_sees_and_cancels_for_themselves_only(world: World) -> None:
    session_id = await world.session()
    me, colleague = await world.learners(2)
    (theirs,) = await world.book(session_id, [colleague])
    (mine,) = await world.book(session_id, [me], candidate(me))
    body = {"learner_ids": [str(colleague)]}
    refused = await world.post(f"/sessions/{session_id}/places", body, candidate(me))
    assert (refused.status_code, refused.json()["code"]) == (404, "learner-unknown")
    listed = (await world.get(f"/sessions/{session_id}/places", candidate(me))).json()["items"]
    assert [each["place_id"] for each in listed] == [mine["place_id"]]
    path = f"/places/{theirs['place_id']}"
    assert (await world.get(path, candidate(me))).status_code == 404
    assert (await world.post(f"{path}/cancel", {}, candidate(me))).status_code == 404
    gone = await world.post(f"/places/{mine['place_id']}/cancel", {}, candidate(me))
    assert gone.json()["cancelled_by"] == "person"


async def test_history_is_entered_by_organisers_only(world: World) -> None:
    session_id = await world.session(hours=-48, capacity=1)
    me, other = await world.learners(2)
    body = {"learner_ids": [str(me)]}
    refused = await world.post(f"/sessions/{session_id}/places", body, candidate(me))
    assert (refused.status_code, refused.json()["code"]) == (409, "session-started")
    first, second = await world.book(session_id, [me, other])
    assert (first["state"], second["state"]) == ("booked", "waitlisted")
    await world.post(f"/places/{first['place_id']}/cancel", {})
    assert await world.state(second["place_id"]) == "booked"


async def test_a_forces_own_session_is_for_its_own_people(world: World) -> None:
    session_id = await world.session()
    body = {"learner_ids": [str(await world.learner("kent"))]}
    refused = await world.post(f"/sessions/{session_id}/places", body, NATION)
    assert (refused.status_code, refused.json()["code"]) == (409, "learner-of-another-force")


async def test_places_of_a_learner_are_listed_and_a_stale_cancellation_refused(
    world: World,
) -> None:
    learner = await world.learner()
    session_id = await world.session()
    (place,) = await world.book(session_id, [learner])
    listed = (await world.get(f"/places?learner_id={learner}&state=booked")).json()
    assert [each["place_id"] for each in listed["items"]] == [place["place_id"]]
    path = f"/places/{place['place_id']}"
    assert (await world.get(path)).headers["ETag"] == '"1"'
    stale = await world.post(f"{path}/cancel", {}, If_Match='"2"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
