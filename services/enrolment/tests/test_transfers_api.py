"""Transfers: the record goes along, the old force sees nothing, files still find the right one."""

from typing import Any
from uuid import UUID

from .given import csv_of, roster_row
from .world import Answer, World


async def move(world: World, learner_id: UUID, headers: dict[str, str], **said: Any) -> Answer:
    body = {
        "to_force_id": "Kent Police",
        "collar_number": "k1",
        "effective_on": "2025-09-01",
    } | said
    return await world.client.post(f"/learners/{learner_id}/transfer", json=body, headers=headers)


async def test_the_record_goes_along_and_the_old_force_sees_nothing(world: World) -> None:
    learner_id = await world.register("500")
    await world.complete("derbyshire", "500", "asb-1", "2025-07-02")
    enrolment = (await world.person("500"))["enrolments"][0]
    answer = await move(
        world,
        learner_id,
        world.admin() | {"If-Match": '"1"'},
        collar_number="k500",
        email="sian@kent.police.example",
    )
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    assert (answer.json()["force_id"], answer.json()["collar_number"]) == ("kent", "K500")
    moved = await world.person("K500", "kent")
    assert (moved["learner_id"], moved["email"]) == (str(learner_id), "sian@kent.police.example")
    (along,) = moved["enrolments"]
    assert (along["enrolment_id"], along["force_id"]) == (enrolment["enrolment_id"], "kent")
    event = (await world.events(learner_id))[-1]
    assert (event["type"], event["sequence"], event["forceid"]) == (
        "learner-transferred",
        2,
        "kent",
    )
    assert event["payload"]["from_force_id"] == "derbyshire"
    for path in (
        f"/learners/{learner_id}",
        f"/learners/{learner_id}/timeline",
        f"/enrolments/{enrolment['enrolment_id']}",
    ):
        assert (await world.client.get(path, headers=world.admin())).status_code == 404
        assert (await world.client.get(path, headers=world.admin("kent"))).status_code == 200
    again = await move(world, learner_id, world.admin(), to_force_id="essex")
    assert (again.status_code, again.json()["code"]) == (404, "learner-unknown")


async def test_facts_after_a_transfer_belong_to_the_new_force(world: World) -> None:
    learner_id = await world.register("501")
    enrolment = (await world.person("501"))["enrolments"][0]["enrolment_id"]
    await world.complete("derbyshire", "501", "asb-1", "2025-07-02")
    await move(world, learner_id, world.admin(), collar_number="k501")
    await world.complete("kent", "k501", "problem-solving-1", "2025-10-02")
    completed = [e for e in await world.events(enrolment) if e["type"] == "module-completed"]
    assert [each["forceid"] for each in completed] == ["derbyshire", "kent"]


async def test_the_old_number_still_means_them_for_days_before(world: World) -> None:
    learner_id = await world.register("502")
    await move(world, learner_id, world.admin(), collar_number="k502")
    before = await world.complete("derbyshire", "502", "asb-1", "2025-08-31")
    since = await world.complete("derbyshire", "502", "asb-1", "2025-09-01")
    assert (before.json()["accepted"], since.json()["accepted"]) == (1, 0)
    rows = [
        {
            "force": "derbyshire",
            "collar_number": "502",
            "module": "problem-solving-1",
            "completed_on": "2025-08-31",
        }
    ]
    by_force = await world.upload("/completions", csv_of(rows), world.admin())
    assert by_force.json()["rejected"] == 1
    assert len((await world.person("K502", "kent"))["enrolments"][0]["parts"][1]["modules"]) == 1


async def test_a_number_given_anew_means_the_new_holder(world: World) -> None:
    first = await world.register("503")
    await move(world, first, world.admin(), collar_number="k503")
    stray = csv_of([roster_row(collar_number="503", rank="sergeant")])
    answer = await world.upload("/rosters", stray, world.admin())
    returned = await world.client.get(answer.json()["rejected_csv"], headers=world.admin())
    assert "holder-transferred" in returned.text
    second = await world.register("503", joined_on="2025-12-01")
    assert second != first
    await world.complete("derbyshire", "503", "asb-1", "2025-08-31")
    await world.complete("derbyshire", "503", "asb-1", "2025-12-02")
    for collar, force, day in (("K503", "kent", "2025-08-31"), ("503", "derbyshire", "2025-12-02")):
        learner = await world.person(collar, force)
        (completed,) = learner["enrolments"][0]["parts"][1]["modules"]
        assert completed["completed_on"] == day


async def test_a_number_that_somebody_has_is_refused(world: World) -> None:
    learner_id = await world.register("504")
    await world.register("505", "kent")
    answer = await move(world, learner_id, world.admin(), collar_number="505")
    assert (answer.status_code, answer.json()["code"]) == (409, "collar-number-taken")
    assert (await world.person("504"))["version"] == 1


async def test_who_may_transfer_and_where_to(world: World) -> None:
    learner_id = await world.register("506")
    receiving = await move(world, learner_id, world.admin("kent"))
    assert (receiving.status_code, receiving.json()["code"]) == (404, "learner-unknown")
    assessor = await move(world, learner_id, world.token("assessor", "derbyshire"))
    assert assessor.status_code == 403
    for said, code in (
        ({"to_force_id": "Borsetshire"}, "force-unknown"),
        ({"to_force_id": "derbyshire"}, "transfer-to-same-force"),
        ({"effective_on": "2999-01-01"}, "transfer-in-future"),
        ({"effective_on": "2020-03-01"}, "transfer-before-posting"),
        ({"collar_number": "no number"}, "collar-number-invalid"),
        ({"email": "nobody"}, "email-invalid"),
    ):
        answer = await move(world, learner_id, world.admin(), **said)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    stale = await move(world, learner_id, world.admin() | {"If-Match": '"9"'})
    assert stale.status_code == 412
    national = await move(world, learner_id, world.token("national-admin"), collar_number="k506")
    assert national.status_code == 200


async def test_a_statement_that_waited_in_the_new_force_counts(world: World) -> None:
    learner_id = await world.register("507")
    said = {
        "actor": {"account": {"homePage": "https://kent.police.example", "name": "k507"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/passed"},
        "object": {"id": "https://learn.npp.example/modules/asb-1"},
        "timestamp": "2025-10-02T09:00:00Z",
    }
    headers = world.token("learning-platform") | {"X-Experience-API-Version": "1.0.3"}
    await world.client.post("/xapi/statements", json=said, headers=headers)
    await move(world, learner_id, world.admin(), collar_number="k507")
    learner = await world.person("K507", "kent")
    assert learner["enrolments"][0]["parts"][1]["modules"][0]["completed_on"] == "2025-10-02"
