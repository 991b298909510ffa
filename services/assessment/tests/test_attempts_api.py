"""Starting, answering and submitting over HTTP, by candidates and invigilators."""

import pytest

from chassis.clock import new_id

from .desk import Desk

pytestmark = pytest.mark.usefixtures("published")


@pytest.fixture
async def published(desk: Desk) -> None:
    assert (await desk.publish()).status_code == 201


async def test_a_sitting_from_start_to_official_result(desk: Desk) -> None:
    learner = await desk.learner()
    started = await desk.start(learner)
    assert started.status_code == 201
    attempt = started.json()
    assert started.headers["ETag"] == '"1"'
    assert attempt["form"] in ("A", "B")
    assert attempt["items"][0] == {"item": f"{attempt['form']}1", "options": ["a", "b", "c"]}
    assert "key" not in started.text
    path = f"/attempts/{attempt['attempt_id']}"
    first = attempt["items"][0]["item"]

    saved = await desk.call("PUT", f"{path}/answers", {"answers": {first: "b"}})
    assert saved.json()["answers"] == {first: "b"}
    submitted = await desk.call("POST", f"{path}/submit", {})
    assert submitted.json() | {"state": "submitted", "answered": 1} == submitted.json()
    assert submitted.json()["score_percent"] is None
    assert (await desk.call("GET", path)).json()["score_percent"] is None
    assert await desk.release() == 1

    result = (await desk.call("GET", path)).json()
    assert (result["score_percent"], result["outcome"]) == (25.0, "failed")
    assert (result["valid"], result["first_valid"], result["version"]) == (True, True, 3)
    kinds = [event["type"] for event in await desk.events(attempt["attempt_id"])]
    assert kinds == ["attempt-started", "attempt-submitted", "result-released"]


async def test_an_event_carries_no_answers_and_no_early_score(desk: Desk) -> None:
    attempt_id = await desk.sit(await desk.learner(), right=4)
    await desk.release()
    started, submitted, released = await desk.events(attempt_id)
    assert set(submitted) == {
        "type",
        "force_id",
        "attempt_id",
        "learner_id",
        "blueprint",
        "occasion",
        "submitted_at",
        "answered",
        "items",
    }
    assert (submitted["answered"], submitted["items"]) == (4, 4)
    assert released["form"] == started["form"]
    assert released["score_percent"] == 100


async def test_the_final_is_the_other_form(desk: Desk) -> None:
    for _ in range(8):
        learner = await desk.learner()
        baseline = (await desk.start(learner)).json()["form"]
        final = (await desk.start(learner, "final")).json()["form"]
        assert {baseline, final} == {"A", "B"}


async def test_a_candidate_sits_alone_and_sees_nobody_else(desk: Desk) -> None:
    learner, other = await desk.learner(), await desk.learner()
    attempt_id = await desk.sit(learner, role="candidate", who=learner)
    foreign = await desk.sit(other)

    refused = await desk.start(other, role="candidate", who=learner)
    assert (refused.status_code, refused.json()["code"]) == (404, "learner-unknown")
    seen = await desk.call("GET", f"/attempts/{attempt_id}", role="candidate", who=learner)
    assert seen.status_code == 200
    for method, path in (("GET", ""), ("POST", "/submit")):
        headers = {"If-Match": '"77"'}
        answer = await desk.call(
            method, f"/attempts/{foreign}{path}", role="candidate", who=learner, headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_an_unknown_learner_is_unknown(desk: Desk) -> None:
    answer = await desk.start(new_id())
    assert (answer.status_code, answer.json()["code"]) == (404, "learner-unknown")


async def test_another_forces_learner_is_as_unknown_as_none(desk: Desk) -> None:
    learner = await desk.learner("norfolk")
    attempt_id = await desk.sit(learner, force="norfolk")
    for answer in (
        await desk.start(learner),
        await desk.call("GET", f"/attempts/{attempt_id}"),
        await desk.call("POST", f"/attempts/{attempt_id}/submit"),
        await desk.call("POST", f"/attempts/{attempt_id}/void", {"reason": "other"}),
        await desk.call("GET", f"/attempts/{attempt_id}/audit"),
        await desk.call(
            "POST",
            "/absences",
            {"learner_id": str(learner), "blueprint": "NPP1-KNOWLEDGE", "occasion": "final"},
        ),
    ):
        assert answer.status_code == 404
        assert answer.json()["code"] in ("learner-unknown", "not-found")


async def test_one_open_attempt_at_a_time(desk: Desk) -> None:
    learner = await desk.learner()
    attempt_id = (await desk.start(learner)).json()["attempt_id"]
    again = await desk.start(learner)
    assert (again.status_code, again.json()["code"]) == (409, "attempt-already-open")
    assert again.json()["facts"] == {"attempt_id": attempt_id}
    resumed = (await desk.call("GET", f"/attempts/{attempt_id}")).json()
    assert len(resumed["items"]) == 4


async def test_the_database_has_the_last_word_on_two_starts_at_once(desk: Desk) -> None:
    learner = await desk.learner()
    attempt_id = (await desk.start(learner)).json()["attempt_id"]
    with pytest.raises(Exception, match="attempts_open"):
        await desk.run(
            "INSERT INTO attempts SELECT (json_populate_record(a, :new)).* FROM attempts a"
            " WHERE attempt_id = :id",
            id=attempt_id,
            new=f'{{"attempt_id": "{new_id()}"}}',
        )


@pytest.mark.parametrize(
    ("answers", "code", "named"),
    [
        ({"Z9": "a"}, "item-unknown", "Z9"),
        ({"1": "z"}, "option-unknown", "1"),
        ({"1": "c", "Z9": None}, "item-unknown", "Z9"),
    ],
)
async def test_answers_that_are_not_on_the_form_change_nothing(
    desk: Desk, answers: dict[str, str | None], code: str, named: str
) -> None:
    attempt = (await desk.start(await desk.learner())).json()
    form, path = attempt["form"], f"/attempts/{attempt['attempt_id']}"
    given = {form + item if item.isdigit() else item: o for item, o in answers.items()}
    named = form + named if named.isdigit() else named
    for method, route in (("PUT", "answers"), ("POST", "submit")):
        refused = await desk.call(method, f"{path}/{route}", {"answers": given})
        problem = refused.json()
        assert (refused.status_code, problem["code"]) == (422, code)
        assert (problem["field"], problem["facts"]) == (f"answers.{named}", {"item": named})
    left = (await desk.call("GET", path)).json()
    assert (left["state"], left["answers"], left["version"]) == ("started", {}, 1)


async def test_answers_merge_and_are_taken_back(desk: Desk) -> None:
    attempt = (await desk.start(await desk.learner())).json()
    one, two, three = (each["item"] for each in attempt["items"][:3])
    path = f"/attempts/{attempt['attempt_id']}/answers"
    await desk.call("PUT", path, {"answers": {one: "a", two: "a"}})
    answer = await desk.call("PUT", path, {"answers": {one: "b", two: None, three: "c"}})
    assert answer.json()["answers"] == {one: "b", three: "c"}


async def test_a_submitted_attempt_stays_as_it_is(desk: Desk) -> None:
    attempt_id = await desk.sit(await desk.learner())
    for method, route in (("PUT", "answers"), ("POST", "submit")):
        refused = await desk.call(method, f"/attempts/{attempt_id}/{route}", {"answers": {}})
        assert (refused.status_code, refused.json()["code"]) == (409, "attempt-not-open")


async def test_a_stale_version_is_refused(desk: Desk) -> None:
    attempt_id = (await desk.start(await desk.learner())).json()["attempt_id"]
    path = f"/attempts/{attempt_id}/submit"
    stale = await desk.call("POST", path, {}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await desk.call("POST", path, {}, headers={"If-Match": '"1"'})).status_code == 200


async def test_the_same_request_twice_starts_one_attempt(desk: Desk) -> None:
    learner = await desk.learner()
    headers = {"Idempotency-Key": "start-1"}
    first, second = [await desk.start(learner, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    other = await desk.start(learner, "final", headers=headers)
    assert other.status_code == 422


async def test_late_answers_are_refused_and_what_was_saved_counts(desk: Desk) -> None:
    attempt = (await desk.start(await desk.learner())).json()
    item, path = attempt["items"][0]["item"], f"/attempts/{attempt['attempt_id']}"
    await desk.call("PUT", f"{path}/answers", {"answers": {item: "b"}})
    await desk.run("UPDATE attempts SET started_at = started_at - interval '32 minutes'")
    late = await desk.call("POST", f"{path}/submit", {"answers": {item: "a"}})
    assert (late.status_code, late.json()["code"]) == (409, "time-is-up")
    submitted = (await desk.call("POST", f"{path}/submit")).json()
    assert (submitted["late"], submitted["answered"]) == (True, 1)


async def test_extra_time_is_a_force_admins_and_audited(desk: Desk) -> None:
    learner = await desk.learner()
    body = {
        "learner_id": str(learner),
        "blueprint": "NPP1-KNOWLEDGE",
        "occasion": "baseline",
        "extra_minutes": 8,
    }
    for role, who, code in (
        ("candidate", learner, "forbidden"),
        ("assessor", "person-1", "forbidden"),
        ("force-admin", learner, "actor-is-candidate"),
    ):
        refused = await desk.call("POST", "/attempts", body, role=role, who=who)
        assert (refused.status_code, refused.json()["code"]) == (403, code)
    attempt = (await desk.call("POST", "/attempts", body, who="person-9")).json()
    assert attempt["extra_minutes"] == 8
    path = f"/attempts/{attempt['attempt_id']}"
    await desk.run("UPDATE attempts SET started_at = started_at - interval '37 minutes'")
    assert (await desk.call("POST", f"{path}/submit", {})).json()["late"] is False
    (entry,) = (await desk.call("GET", f"{path}/audit")).json()
    assert (entry["action"], entry["person"]) == ("extra-time", "person-9")
    assert entry["detail"] == {"minutes": 8}
    with pytest.raises(Exception, match="append-only"):
        await desk.run("UPDATE audit SET person = 'somebody-else'")


async def test_no_baseline_after_a_final(desk: Desk) -> None:
    learner = await desk.learner()
    await desk.sit(learner, "final")
    refused = await desk.start(learner)
    assert (refused.status_code, refused.json()["code"]) == (409, "baseline-after-final")
