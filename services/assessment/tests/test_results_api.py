"""Release, absence, void and the list of results; who counts as first, whatever happens."""

from typing import Any
from uuid import UUID

import pytest

from assessment.commands import results

from .desk import CODE, Desk

pytestmark = pytest.mark.usefixtures("published")


@pytest.fixture
async def published(desk: Desk) -> None:
    assert (await desk.publish()).status_code == 201


async def absent(desk: Desk, learner: UUID, **options: Any) -> Any:
    body = {"learner_id": str(learner), "blueprint": CODE, "occasion": "baseline"}
    return await desk.call("POST", "/absences", body, **options)


async def firsts(desk: Desk) -> list[str]:
    rows = await desk.rows("SELECT attempt_id FROM attempts WHERE first_valid ORDER BY 1")
    return [str(row.attempt_id) for row in rows]


async def test_a_force_releases_its_own_and_a_national_author_the_rest(desk: Desk) -> None:
    for force in ("derbyshire", "derbyshire", "norfolk"):
        await desk.sit(await desk.learner(force), force=force)
    assert await desk.release() == 2
    assert await desk.release() == 0
    assert await desk.release(role="assessment-author", force="national") == 1
    assert await desk.release("final") == 0


async def test_a_release_goes_in_chunks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "CHUNK", 2)
    sat = [await desk.sit(await desk.learner()) for _ in range(5)]
    assert await desk.release(headers={"Idempotency-Key": "once"}) == 5
    assert await desk.release(headers={"Idempotency-Key": "once"}) == 5
    assert [len(await desk.events(each)) for each in sat] == [3] * 5


async def test_the_first_of_several_attempts_counts(desk: Desk) -> None:
    learner = await desk.learner()
    first = await desk.sit(learner, right=1)
    await desk.sit(learner, right=4)
    assert await desk.release() == 2
    await desk.sit(learner, right=4)
    await desk.release()
    assert await firsts(desk) == [first]


async def test_the_next_attempt_counts_when_the_first_is_void_before_release(desk: Desk) -> None:
    learner = await desk.learner()
    first, second = await desk.sit(learner), await desk.sit(learner)
    answer = await desk.call("POST", f"/attempts/{first}/void", {"reason": "technical-failure"})
    assert answer.json()["outcome"] == "void"
    assert answer.json()["score_percent"] is None
    assert await desk.release() == 1
    assert await firsts(desk) == [second]


async def test_the_next_attempt_counts_when_the_first_is_void_after_release(desk: Desk) -> None:
    learner = await desk.learner()
    first, second = await desk.sit(learner), await desk.sit(learner)
    await desk.release()
    await desk.call("POST", f"/attempts/{first}/void", {"reason": "malpractice"})
    assert await firsts(desk) == [second]
    *_, before, after = await desk.events(second)
    assert (before["first_valid"], after["first_valid"]) == (False, True)
    assert after | {"first_valid": False} == before
    *_, last = await desk.events(first)
    assert (last["outcome"], last["valid"], last["first_valid"]) == ("void", False, False)
    assert last["score_percent"] is None


async def test_first_means_first_across_forces(desk: Desk) -> None:
    learner = await desk.learner("derbyshire")
    old = await desk.sit(learner)
    await desk.learner("norfolk", learner)
    new = await desk.sit(learner, force="norfolk")
    assert await desk.release(force="norfolk") == 1
    assert await firsts(desk) == []
    assert await desk.release() == 1
    assert await firsts(desk) == [old]
    answer = await desk.call("POST", f"/attempts/{old}/void", {"reason": "other"})
    assert new not in answer.text
    assert await firsts(desk) == [new]
    forces = [event["force_id"] for event in await desk.events(new)]
    assert forces == ["norfolk"] * 4


async def test_after_a_transfer_the_attempt_stays_and_the_next_belongs_to_the_new_force(
    desk: Desk,
) -> None:
    learner = await desk.learner("derbyshire")
    opened = (await desk.start(learner)).json()["attempt_id"]
    await desk.learner("norfolk", learner)
    assert (await desk.start(learner)).status_code == 404
    assert (await desk.start(learner, force="norfolk")).json()["force_id"] == "norfolk"
    assert (await desk.call("POST", f"/attempts/{opened}/submit", {})).status_code == 200


async def test_an_absence_is_official_at_once_and_has_no_score(desk: Desk) -> None:
    learner = await desk.learner()
    recorded = await absent(desk, learner)
    assert recorded.status_code == 201
    assert (recorded.json()["outcome"], recorded.json()["score_percent"]) == ("absent", None)
    (event,) = await desk.events(recorded.json()["attempt_id"])
    assert (event["type"], event["outcome"], event["valid"]) == ("result-released", "absent", False)
    again = await absent(desk, learner)
    assert (again.status_code, again.json()["code"]) == (409, "absence-already-recorded")
    assert await desk.release() == 0


async def test_who_was_absent_can_sit_later_and_that_counts(desk: Desk) -> None:
    learner = await desk.learner()
    await absent(desk, learner)
    attempt_id = await desk.sit(learner, right=0)
    await desk.release()
    assert await firsts(desk) == [attempt_id]
    *_, result = await desk.events(attempt_id)
    assert (result["score_percent"], result["outcome"], result["valid"]) == (0, "failed", True)


async def test_who_has_sat_was_not_absent(desk: Desk) -> None:
    learner = await desk.learner()
    await desk.sit(learner)
    refused = await absent(desk, learner)
    assert (refused.status_code, refused.json()["code"]) == (409, "learner-has-attempted")
    other = await desk.learner()
    await desk.start(other)
    assert (await absent(desk, other)).json()["code"] == "learner-has-attempted"


async def test_a_void_is_final_and_audited(desk: Desk) -> None:
    attempt_id = await desk.sit(await desk.learner())
    path = f"/attempts/{attempt_id}/void"
    wrong = await desk.call("POST", path, {"reason": "felt unwell"})
    assert (wrong.status_code, wrong.json()["field"]) == (422, "reason")
    assert (await desk.call("POST", path, {"reason": "other"}, role="assessor")).status_code == 403
    assert (await desk.call("POST", path, {"reason": "other"})).status_code == 200
    again = await desk.call("POST", path, {"reason": "other"})
    assert (again.status_code, again.json()["code"]) == (409, "attempt-is-void")
    assert await desk.release() == 0
    (entry,) = (await desk.call("GET", f"/attempts/{attempt_id}/audit")).json()
    assert (entry["action"], entry["detail"]) == ("void", {"reason": "other"})


async def test_nobody_voids_their_own(desk: Desk) -> None:
    learner = await desk.learner()
    attempt_id = await desk.sit(learner)
    body = {"reason": "other"}
    refused = await desk.call("POST", f"/attempts/{attempt_id}/void", body, who=learner)
    assert (refused.status_code, refused.json()["code"]) == (403, "actor-is-candidate")


async def test_results_are_listed_by_page_force_and_person(desk: Desk) -> None:
    learners = [await desk.learner() for _ in range(3)]
    sat = [await desk.sit(each) for each in learners]
    foreign = await desk.learner("norfolk")
    await desk.sit(foreign, force="norfolk")
    assert (await desk.call("GET", "/results")).json() == {"items": [], "next": None}
    await desk.release(role="assessment-author", force="national")

    first = (await desk.call("GET", "/results?limit=2")).json()
    second = (await desk.call("GET", f"/results?limit=2&cursor={first['next']}")).json()
    assert [each["attempt_id"] for each in first["items"] + second["items"]] == sat
    assert second["next"] is None

    async def found(path: str, **options: Any) -> int:
        return len((await desk.call("GET", f"/results?{path}", **options)).json()["items"])

    assert await found(f"learner_id={learners[0]}&blueprint={CODE}&occasion=baseline") == 1
    assert await found("occasion=final") == 0
    assert await found("updated_since=2999-01-01T00:00:00Z") == 0
    assert await found(f"learner_id={foreign}") == 0
    assert await found("", role="national-analyst", force="national") == 4
    assert await found("", role="candidate", who=learners[1]) == 1
    assert await found(f"learner_id={learners[0]}", role="candidate", who=learners[1]) == 0
    assert await found("", role="candidate", who="no-uuid") == 0
