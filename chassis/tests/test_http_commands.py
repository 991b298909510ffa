"""Commands and queries over HTTP on a real PostgreSQL: scope, versions, idempotency."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.clock import now
from chassis.database import EVERY_FORCE
from chassis.http.idempotency import Claim, forget_before

from .web import Web

KENT = {"force_id": "kent"}
NATIONAL = {"force_id": "national"}


async def opened(web: Web, **headers: str) -> Any:
    answer = await web.post("/folders", {"learner_id": str(uuid4())}, None, **headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def events(web: Web, portfolio_id: str) -> int:
    sql = f"SELECT count(*) FROM event_log WHERE aggregateid = '{UUID(portfolio_id)}'"
    return int(await web.value(sql))


async def test_command_commits_state_and_event_with_the_requests_correlation(web: Web) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    folder = await opened(web, X_Correlation_Id="corr-7", traceparent=trace)
    row = f"FROM event_log WHERE aggregateid = '{folder['portfolio_id']}'"
    assert await web.value(f"SELECT correlationid {row}") == "corr-7"
    assert await web.value(f"SELECT traceparent {row}") == trace


async def test_role_missing_is_403_and_changes_nothing(web: Web) -> None:
    learner = str(uuid4())
    answer = await web.post("/folders", {"learner_id": learner}, {"roles": ["candidate"]})
    assert (answer.status_code, answer.json()["facts"]) == (403, {"needs": ["force-admin"]})
    assert await events(web, learner) == 0


async def test_another_forces_row_answers_exactly_as_one_that_is_absent(web: Web) -> None:
    there = (await opened(web))["portfolio_id"]
    answers = [
        await web.post(f"/folders/{one}/submit", None, KENT, X_Correlation_Id="same")
        for one in (there, str(uuid4()))
    ]
    bodies = [answer.json() | {"instance": ""} for answer in answers]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert bodies[0] == bodies[1]
    assert await events(web, there) == 1
    assert (await web.post(f"/folders/{there}/submit", None, NATIONAL)).status_code == 200


async def test_stale_version_is_412_and_changes_nothing(web: Web) -> None:
    path = f"/folders/{(folder := await opened(web))['portfolio_id']}/submit"
    assert (await web.post(path, None, If_Match='"1"')).json()["version"] == 2
    answer = await web.post(path, None, If_Match='"1"')
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (await web.post(path, None, If_Match="*")).json()["version"] == 3
    assert await events(web, folder["portfolio_id"]) == 3


async def test_refusal_rolls_back_what_the_command_did(web: Web) -> None:
    folder = await opened(web)
    answer = await web.post(f"/folders/{folder['portfolio_id']}/submit?close=true")
    assert (answer.status_code, answer.json()["code"]) == (409, "folder-closed")
    assert await events(web, folder["portfolio_id"]) == 1


async def test_creating_the_same_twice_is_409(web: Web) -> None:
    body = {"learner_id": str(uuid4())}
    assert (await web.post("/folders", body)).status_code == 201
    answer = await web.post("/folders", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


async def test_same_key_and_body_gets_the_same_answer_and_no_second_effect(web: Web) -> None:
    body = {"learner_id": str(uuid4())}
    first, again = [await web.post("/folders", body, Idempotency_Key="key-1") for _ in "ab"]
    assert (again.status_code, again.content) == (201, first.content)
    assert (again.headers["ETag"], again.headers["Content-Type"]) == ('"1"', "application/json")
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert await events(web, body["learner_id"]) == 1


async def test_same_key_with_another_body_or_route_is_422(web: Web) -> None:
    body = {"learner_id": str(uuid4())}
    await web.post("/folders", body, Idempotency_Key="key-2")
    for path, other in (
        ("/folders", {"learner_id": str(uuid4())}),
        ("/folders?x=1", body),
        (f"/folders/{body['learner_id']}/submit", body),
    ):
        answer = await web.post(path, other, Idempotency_Key="key-2")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert await events(web, body["learner_id"]) == 1


async def test_key_belongs_to_one_subject(web: Web) -> None:
    for subject in ("person-1", "person-2"):
        body = {"learner_id": str(uuid4())}
        answer = await web.post("/folders", body, {"sub": subject}, Idempotency_Key="key-3")
        assert (answer.status_code, "Idempotency-Replayed" in answer.headers) == (201, False)


async def test_requests_of_one_key_at_once_have_one_effect(web: Web) -> None:
    body = {"learner_id": str(uuid4())}
    answers = await asyncio.gather(
        *(web.post("/folders", body, Idempotency_Key="key-4") for _ in range(8))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 7
    assert await events(web, body["learner_id"]) == 1


@pytest.mark.parametrize("path", ["submit?close=true", "late"])
async def test_refused_request_leaves_its_key_free(web: Web, path: str) -> None:
    folder = await opened(web)
    url = f"/folders/{folder['portfolio_id']}/{path}"
    for _ in range(2):
        answer = await web.post(url, None, Idempotency_Key=f"key-5-{path[:4]}")
        assert (answer.status_code, answer.json()["code"]) == (409, "folder-closed")
    assert await web.value("SELECT count(*) FROM idempotency_keys WHERE key LIKE 'key-5%'") == 0


async def test_refusal_without_a_key_keeps_what_was_committed_before_it(web: Web) -> None:
    folder = await opened(web)
    assert (await web.post(f"/folders/{folder['portfolio_id']}/late")).status_code == 409
    assert await events(web, folder["portfolio_id"]) == 2


async def test_malformed_key_is_400(web: Web) -> None:
    for key in ("with space", "x" * 256):
        body = {"learner_id": str(uuid4())}
        answer = await web.post("/folders", body, Idempotency_Key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency-key-malformed")


async def test_old_keys_are_forgotten(web: Web) -> None:
    await opened(web, Idempotency_Key="key-6")
    async with web.database.connection() as connection:
        assert await forget_before(connection, now()) > 0
    assert await web.value("SELECT count(*) FROM idempotency_keys") == 0


async def test_pages_show_every_row_once_and_only_the_callers(web: Web) -> None:
    mine = [(await opened(web))["portfolio_id"] for _ in range(5)]
    await web.post("/folders", {"learner_id": str(uuid4())}, KENT)
    seen: list[str] = []
    path = "/folders?limit=2"
    while path:
        content = (await web.get(path)).json()
        seen += [item["portfolio_id"] for item in content["items"]]
        assert {item["force_id"] for item in content["items"]} == {"derbyshire"}
        path = f"/folders?limit=2&cursor={content['next']}" if content["next"] else ""
    assert sorted(seen) == seen
    assert len(set(seen)) == len(seen)
    assert set(mine) <= set(seen)
    everything = (await web.client.get("/folders", headers=web.issuer.bearer(**NATIONAL))).json()
    assert {item["force_id"] for item in everything["items"]} == {"derbyshire", "kent"}


async def test_query_cannot_write(web: Web) -> None:
    before = await web.value("SELECT count(*) FROM folders")
    assert (await web.post("/write-in-query")).status_code == 500
    assert await web.value("SELECT count(*) FROM folders") == before


async def test_text_that_postgresql_cannot_store_is_422(web: Web) -> None:
    body = {"learner_id": str(uuid4())}
    answer = await web.post("/folders", body, {"sub": "a\x00b"}, Idempotency_Key="key-7")
    assert (answer.status_code, answer.json()["code"]) == (422, "value-not-storable")


async def test_a_key_is_found_by_its_index(web: Web) -> None:
    _, _, find = Claim("person-1", "it's", b"").sql.partition("; ")
    async with web.database.transaction(EVERY_FORCE) as opened:
        await opened.connection.execute("SET LOCAL enable_seqscan = off")
        (plan, *_) = await opened.connection.fetch(f"EXPLAIN {find}")
    assert "Index Only Scan using idempotency_keys_pkey" in plan[0]
