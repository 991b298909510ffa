"""What a learner's transfer does to their places, whenever and however often it arrives."""

from .world import DERBYSHIRE, KENT, NATION, World, registered, transferred


async def test_places_at_national_sessions_go_along(world: World) -> None:
    session_id = await world.session(NATION)
    learner = await world.learner()
    (place,) = await world.book(session_id, [learner])
    await world.given(transferred(learner, "derbyshire", "kent"), 2)
    assert (await world.get(f"/places/{place['place_id']}")).status_code == 404
    shown = (await world.get(f"/places/{place['place_id']}", KENT)).json()
    assert (shown["force_id"], shown["state"]) == ("kent", "booked")
    await world.post(f"/places/{place['place_id']}/cancel", {}, KENT)
    assert (await world.events(place["place_id"]))[-1] == ("place-cancelled", 2, "kent")


async def test_places_at_the_old_forces_sessions_are_freed_for_who_waits(world: World) -> None:
    session_id = await world.session(capacity=1)
    learner, waiting = await world.learners(2)
    place, next_place = await world.book(session_id, [learner, waiting])
    for _ in range(2):
        await world.given(transferred(learner, "derbyshire", "kent"), 2)
    shown = (await world.get(f"/places/{place['place_id']}")).json()
    assert (shown["state"], shown["cancelled_by"]) == ("cancelled", "organiser")
    assert await world.state(next_place["place_id"]) == "booked"
    assert len(await world.events(place["place_id"])) == 2
    assert (await world.get(f"/sessions/{session_id}")).json()["booked"] == 1


async def test_what_was_held_stays_with_the_force_that_held_it(world: World) -> None:
    session_id = await world.session(hours=-8)
    learner = await world.learner()
    (place,) = await world.book(session_id, [learner])
    await world.given(transferred(learner, "derbyshire", "kent"), 2)
    line = {"learner_id": str(learner), "attendance": "full"}
    assert (await world.mark(session_id, line)).json()["recorded"] == 1
    assert (await world.events(place["place_id"]))[-1] == ("attendance-recorded", 2, "derbyshire")


async def test_a_transferred_learner_is_the_new_forces_to_book(world: World) -> None:
    learner = await world.learner()
    await world.given(transferred(learner, "derbyshire", "kent"), 2)
    await world.given(registered(learner, "derbyshire"), 1)
    session_id = await world.session(NATION)
    body = {"learner_ids": [str(learner)]}
    refused = await world.post(f"/sessions/{session_id}/places", body, DERBYSHIRE)
    assert refused.status_code == 404
    (place,) = await world.book(session_id, [learner], KENT)
    assert place["force_id"] == "kent"
