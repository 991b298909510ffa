"""Places over HTTP: booked, waiting, given up, seen by the right force."""

from .world import World


async def test_places_are_booked_until_full_then_waitlisted(world: World) -> None:
    session_id = await world.session(capacity=2)
    learners = await world.learners(3)
    places = await world.book(session_id, learners)
    assert [each["state"] for each in places] == ["booked", "booked", "waitlisted"]
    assert [each["learner_id"] for each in places] == [str(each) for each in learners]
    shown = (await world.get(f"/sessions/{session_id}")).json()
    assert (shown["booked"], shown["waiting"], shown["available"]) == (2, 1, 0)
    assert await world.events(places[0]["place_id"]) == [("place-booked", 1, "derbyshire")]
