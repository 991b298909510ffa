"""The timeline: our own events and others', oldest first, for who may see the learner."""

from uuid import uuid4

from enrolment.projections.timeline import TIMELINE
from npp_contracts.catalogue import EVENTS
from npp_contracts.testing import examples

from .test_flows import attended, portfolio, released
from .world import World


async def test_everything_about_a_learner_oldest_first(world: World) -> None:
    learner_id = await world.register("700")
    await world.complete("derbyshire", "700", "problem-solving-1", "2025-07-02")
    others = [attended(learner_id), *portfolio(learner_id), released(learner_id)]
    await world.projected(TIMELINE, *others)
    path = f"/learners/{learner_id}/timeline"
    items = (await world.client.get(path, headers=world.admin())).json()["items"]
    happened = [each["type"].split(".")[2] for each in items]
    assert happened[:3] == ["module-completed", "attendance-recorded", "portfolio-signed"]
    assert sorted(happened[3:]) == [
        "learner-enrolled",
        "learner-enrolled",
        "learner-registered",
        "portfolio-opened",
        "result-released",
    ]
    assert [each["at"] for each in items] == sorted(each["at"] for each in items)
    assert items[1]["facts"]["minutes"] == 420
    assert items[0]["at"].startswith("2025-07-02")


async def test_every_event_about_a_learner_has_its_line(world: World) -> None:
    # Ours are there without a consumer; reporting's are for the forces, under pseudonyms.
    apart = {"enrolment", "reporting"}
    wanted = {
        kind
        for kind in EVENTS.values()
        if "learner_id" in kind.model_fields and kind.topic.owner not in apart
    }
    left_out = {kind.__name__ for kind in wanted - set(TIMELINE.on)}
    assert left_out == {"EvidenceRecorded"}
    for kind in TIMELINE.on:
        await world.projected(TIMELINE, *(each.event for each in examples(kind)))
    lines = await world.value("SELECT count(DISTINCT type) FROM timeline_view")
    assert lines == len(TIMELINE.on)


async def test_a_timeline_is_seen_by_the_learner_s_force_only(world: World) -> None:
    learner_id = await world.register("701")
    await world.projected(TIMELINE, attended(learner_id), attended(uuid4()))
    sql = "SELECT count(*) FROM timeline_view"
    seen = {force: await world.seen_by(force, sql) for force in ("derbyshire", "kent", "")}
    assert seen["derbyshire"] >= 1
    assert (seen["kent"], seen[""]) == (0, 0)
