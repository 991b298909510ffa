"""Enrolments over HTTP: by hand, put off, gone on with, ended, and who may see them."""

from typing import Any
from uuid import uuid4

import pytest

from .given import NPP, part
from .world import World

OTHER = {
    "programme_id": "leading",
    "version": 1,
    "title": "Leading",
    "parts": [part("L1", "leading-1"), part("L2", "leading-2")],
}


async def enrolment_of(world: World, collar: str) -> dict[str, Any]:
    await world.register(collar)
    return dict((await world.person(collar))["enrolments"][0])


async def act(
    world: World, enrolment: dict[str, Any], action: str, body: dict[str, Any], version: str = "*"
) -> Any:
    path = f"/enrolments/{enrolment['enrolment_id']}/{action}"
    headers = world.admin() | {"If-Match": version}
    return await world.client.post(path, json=body, headers=headers)


async def test_defer_resume_and_withdraw_each_make_an_event(world: World) -> None:
    enrolment = await enrolment_of(world, "400")
    deferred = await act(
        world, enrolment, "defer", {"reason": "secondment", "until": "2027-01-31"}, '"2"'
    )
    assert deferred.json()["state"] == "deferred"
    assert (deferred.json()["deferred_until"], deferred.headers["ETag"]) == ("2027-01-31", '"3"')
    resumed = await act(world, enrolment, "resume", {}, '"3"')
    assert (resumed.json()["state"], resumed.json()["reason"]) == ("active", None)
    ended = await act(world, enrolment, "withdraw", {"reason": "left-service"})
    assert (ended.json()["state"], ended.json()["version"]) == ("withdrawn", 5)
    events = await world.events(enrolment["enrolment_id"])
    assert [each["type"] for each in events[2:]] == [
        "enrolment-deferred",
        "enrolment-resumed",
        "enrolment-withdrawn",
    ]


async def test_a_stale_version_is_refused(world: World) -> None:
    enrolment = await enrolment_of(world, "401")
    answer = await act(world, enrolment, "defer", {"reason": "other"}, '"1"')
    assert (answer.status_code, answer.json()["facts"]["current"]) == (412, 2)


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("resume", {}, 409, "enrolment-not-deferred"),
        ("defer", {"reason": "did not feel like it"}, 422, "invalid"),
        ("withdraw", {}, 422, "invalid"),
        ("withdraw", {"reason": "other", "note": "free text"}, 422, "invalid"),
    ],
)
async def test_what_is_refused(
    world: World, action: str, body: dict[str, Any], status: int, code: str
) -> None:
    enrolment = await enrolment_of(world, "402")
    answer = await act(world, enrolment, action, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_completions_while_deferred_count_on_resumption(world: World) -> None:
    enrolment = await enrolment_of(world, "403")
    await act(world, enrolment, "defer", {"reason": "career-break"})
    for module in ("problem-solving-1", "community-engagement-1"):
        await world.complete("derbyshire", "403", module, "2025-07-02")
    learner = await world.person("403")
    first = learner["enrolments"][0]["parts"][0]
    assert (first["percent"], first["completed_on"]) == (100, None)
    resumed = await act(world, enrolment, "resume", {})
    assert resumed.json()["parts"][0]["completed_on"] == "2025-07-02"


async def test_who_was_withdrawn_can_begin_again_with_what_they_had(world: World) -> None:
    enrolment = await enrolment_of(world, "404")
    await world.complete("derbyshire", "404", "asb-1", "2025-07-02")
    await act(world, enrolment, "withdraw", {"reason": "enrolled-in-error"})
    await world.complete("derbyshire", "404", "leadership-1", "2025-07-03")
    await world.register("404", family_name="Again")
    assert len((await world.person("404"))["enrolments"]) == 1
    body = {"learner_id": enrolment["learner_id"], "programme_id": "npp", "part": "NPP2"}
    again = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert again.status_code == 201
    assert again.json()["enrolment_id"] != enrolment["enrolment_id"]
    assert [each["module"] for each in again.json()["parts"][0]["modules"]] == ["asb-1"]
    assert len((await world.person("404"))["enrolments"]) == 2


async def test_enrolment_by_hand_on_another_programme(world: World) -> None:
    assert (await world.publish(OTHER)).status_code == 201
    learner_id = await world.register("405")
    body = {"learner_id": str(learner_id), "programme_id": "leading", "part": "L2"}
    answer = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    shown = await world.client.get(
        f"/enrolments/{answer.json()['enrolment_id']}", headers=world.admin()
    )
    assert (shown.json(), shown.headers["ETag"]) == (answer.json(), '"1"')
    again = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert (again.status_code, again.json()["code"]) == (409, "already-enrolled-on-part")


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        ({"learner_id": str(uuid4())}, 404, "learner-unknown"),
        ({"programme_id": "unheard-of"}, 404, "programme-unknown"),
        ({"part": "NPP9"}, 422, "part-unknown"),
    ],
)
async def test_enrolments_that_cannot_be(
    world: World, said: dict[str, str], status: int, code: str
) -> None:
    learner_id = await world.register("406")
    body = {"learner_id": str(learner_id), "programme_id": "npp", "part": "NPP4"} | said
    answer = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_idempotency_key_enrols_once(world: World) -> None:
    learner_id = await world.register("407")
    body = {"learner_id": str(learner_id), "programme_id": "npp", "part": "NPP4"}
    headers = world.admin() | {"Idempotency-Key": "enrol-407"}
    answers = [await world.client.post("/enrolments", json=body, headers=headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    other = await world.client.post("/enrolments", json=body | {"part": "NPP1"}, headers=headers)
    assert other.status_code == 422


async def test_roles_and_forces_see_what_is_theirs(world: World) -> None:
    enrolment = await enrolment_of(world, "408")
    own, path = enrolment["learner_id"], f"/enrolments/{enrolment['enrolment_id']}"
    for headers, status in (
        (world.token("assessor", "derbyshire"), 200),
        (world.token("national-analyst"), 200),
        (world.token("candidate", "derbyshire", subject=own), 200),
        (world.token("candidate", "derbyshire", subject=str(uuid4())), 404),
        (world.admin("kent"), 404),
        (world.token("learning-platform"), 403),
    ):
        for each in (path, f"/learners/{own}", f"/learners/{own}/timeline"):
            answer = await world.client.get(each, headers=headers)
            assert answer.status_code == status, (each, headers, answer.text)
    denied = await world.client.post(
        f"{path}/defer", json={"reason": "other"}, headers=world.token("assessor", "derbyshire")
    )
    assert denied.status_code == 403
    foreign = await world.client.post(
        f"{path}/defer", json={"reason": "other"}, headers=world.admin("kent")
    )
    assert foreign.status_code == 404


async def test_learners_are_listed_by_page_and_by_change(world: World) -> None:
    for collar in ("410", "411", "412"):
        await world.register(collar, "norfolk")
    headers = world.admin("norfolk")
    first = (await world.client.get("/learners?limit=2", headers=headers)).json()
    params = {"limit": "2", "cursor": first["next"]}
    second = (await world.client.get("/learners", params=params, headers=headers)).json()
    shown = [each["collar_number"] for each in first["items"] + second["items"]]
    assert (shown, second["next"]) == (["410", "411", "412"], None)
    moment = await world.value("SELECT now()")
    await world.complete("norfolk", "411", "asb-1", "2025-07-02")
    changed = await world.client.get(
        "/learners", params={"updated_since": moment.isoformat()}, headers=headers
    )
    assert [each["collar_number"] for each in changed.json()["items"]] == ["411"]
    foreign = await world.client.get("/learners?force_id=kent", headers=headers)
    assert foreign.json() == {"items": [], "next": None}
    national = await world.client.get(
        "/learners?force_id=norfolk&collar_number=412", headers=world.token("national-admin")
    )
    assert len(national.json()["items"]) == 1


async def test_programmes_are_public_to_who_is_signed_in(world: World) -> None:
    shown = await world.client.get("/programmes/npp/versions/1", headers=world.admin())
    assert shown.json()["parts"][0]["for"][1]["worker_type"] == "pcso"
    again = await world.publish(NPP)
    assert (again.status_code, again.json()) == (201, shown.json())
    assert len(await world.events("npp")) == 1
    missing = await world.client.get("/programmes/npp/versions/9", headers=world.admin())
    assert (missing.status_code, missing.json()["code"]) == (404, "programme-unknown")
    denied = await world.client.post("/programmes", json=NPP, headers=world.admin())
    assert denied.status_code == 403


async def test_headcounts_are_reported_by_their_force(world: World) -> None:
    body = {
        "force_id": "Derbyshire",
        "as_of": "2026-03-31",
        "headcount": 283,
        "source": "annual-return",
    }
    for headcount, etag in ((283, '"1"'), (283, '"1"'), (280, '"2"')):
        answer = await world.client.post(
            "/workforce", json=body | {"headcount": headcount}, headers=world.admin()
        )
        assert (answer.status_code, answer.headers["ETag"]) == (201, etag)
    shown = await world.client.get("/workforce", headers=world.admin())
    assert [each["headcount"] for each in shown.json()["items"]] == [280]
    assert (await world.client.get("/workforce", headers=world.admin("kent"))).json()["items"] == []
    foreign = await world.client.post("/workforce", json=body, headers=world.admin("kent"))
    assert (foreign.status_code, foreign.json()["code"]) == (422, "another-force")


@pytest.mark.parametrize(
    ("change", "named", "field"),
    [
        ({"as_of": "2999-01-01"}, "workforce-in-future", "as_of"),
        ({"headcount": -1}, "invalid", "headcount"),
        ({"headcount": 10**9}, "invalid", "headcount"),
        ({"force_id": "sandbox"}, "force-unknown", "force_id"),
    ],
)
async def test_a_headcount_that_cannot_be_is_refused_by_its_field(
    world: World, change: dict[str, Any], named: str, field: str
) -> None:
    body = {"force_id": "kent", "as_of": "2026-03-31", "headcount": 283, "source": "annual-return"}
    headers = world.token("national-admin")
    answer = await world.client.post("/workforce", json=body | change, headers=headers)
    assert (answer.status_code // 100, answer.json()["code"]) == (4, named)
    assert answer.json()["field"] == field
