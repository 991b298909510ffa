"""xAPI 1.0.3 over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from .given import csv_of, roster_row
from .world import Answer, World

VERSION = {"X-Experience-API-Version": "1.0.3"}


def statement(collar: str, module: str = "asb-1", **said: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "actor": {"account": {"homePage": "https://derbyshire.police.example", "name": collar}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {"id": f"https://learn.npp.example/modules/{module}"},
        "timestamp": "2025-07-09T10:15:00+01:00",
    } | said


async def post(world: World, said: object, headers: dict[str, str] | None = None) -> Answer:
    token = world.token("learning-platform")
    sent = VERSION if headers is None else headers
    return await world.client.post("/xapi/statements", json=said, headers=token | sent)


async def outcome(world: World, said: dict[str, Any]) -> Any:
    sql = "SELECT outcome FROM statements WHERE statement_id = :id"
    return await world.value(sql, id=said["id"])


def modules(learner: dict[str, Any]) -> list[dict[str, str]]:
    return [m for e in learner["enrolments"] for p in e["parts"] for m in p["modules"]]


async def test_a_batch_counts_and_answers_with_its_ids(world: World) -> None:
    for collar in ("300", "301"):
        await world.register(collar)
    said = [statement("300"), statement("301"), statement("301", "problem-solving-1")]
    answer = await post(world, said)
    assert (answer.status_code, answer.json()) == (200, [each["id"] for each in said])
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    assert modules(await world.person("300")) == [
        {"module": "asb-1", "completed_on": "2025-07-09", "via": "xapi"}
    ]
    assert len(modules(await world.person("301"))) == 2


async def test_one_statement_without_an_id_gets_one(world: World) -> None:
    said = statement("302")
    del said["id"]
    (given,) = (await post(world, said)).json()
    found = await world.client.get(
        "/xapi/statements",
        params={"statementId": given},
        headers=world.token("learning-platform") | VERSION,
    )
    assert found.json()["id"] == given
    assert found.json()["actor"] == said["actor"]
    assert found.json()["stored"]


async def test_the_same_statement_again_is_fine_and_another_with_its_id_is_not(
    world: World,
) -> None:
    await world.register("303")
    said = statement("303")
    assert (await post(world, [said])).status_code == 200
    assert (await post(world, [said])).status_code == 200
    new = statement("303", "problem-solving-1")
    answer = await post(world, [new, said | {"timestamp": "2025-08-09T10:15:00Z"}])
    assert (answer.status_code, answer.json()["code"]) == (409, "statement-conflict")
    assert await outcome(world, new) is None
    assert len(modules(await world.person("303"))) == 1


async def test_put_names_the_id_in_the_query(world: World) -> None:
    await world.register("304")
    said = statement("304")
    headers = world.token("learning-platform") | VERSION

    async def put(statement_id: str, body: dict[str, Any]) -> int:
        path = f"/xapi/statements?statementId={statement_id}"
        return (await world.client.put(path, json=body, headers=headers)).status_code

    without = {name: value for name, value in said.items() if name != "id"}
    assert await put(said["id"], without) == 204
    assert await put(said["id"], said) == 204
    assert await put(said["id"], statement("304")) == 400
    assert len(modules(await world.person("304"))) == 1


async def test_what_is_not_a_completion_is_kept_and_ignored(world: World) -> None:
    await world.register("305")
    said = [
        statement("305", verb={"id": "http://adlnet.gov/expapi/verbs/experienced"}),
        statement("305", "time-travel-1"),
        statement("305", result={"completion": False}),
    ]
    assert (await post(world, said)).status_code == 200
    assert [await outcome(world, each) for each in said] == ["ignored"] * 3
    assert modules(await world.person("305")) == []


async def test_a_statement_about_nobody_waits_and_counts_when_they_appear(world: World) -> None:
    waiting = statement("310")
    mailbox = statement(
        "", "problem-solving-1", actor={"mbox": "mailto:New@derbyshire.police.example"}
    )
    await post(world, [waiting, mailbox])
    assert [await outcome(world, each) for each in (waiting, mailbox)] == ["queued"] * 2
    await world.register("311")
    assert await outcome(world, waiting) == "queued"
    await world.register("310", email="new@derbyshire.police.example")
    assert [await outcome(world, each) for each in (waiting, mailbox)] == ["counted"] * 2
    learner = await world.person("310")
    assert {each["module"] for each in modules(learner)} == {"asb-1", "problem-solving-1"}
    events = await world.events(learner["enrolments"][0]["enrolment_id"])
    assert [each["sequence"] for each in events] == [1, 2, 3, 4]


async def test_an_address_of_two_people_means_neither(world: World) -> None:
    rows = [roster_row(collar_number=each, email="both@kent.police.example") for each in "ab"]
    await world.upload("/rosters", csv_of(rows), world.admin("kent"))
    said = statement("", actor={"mbox": "mailto:both@kent.police.example"})
    await post(world, said)
    assert await outcome(world, said) == "queued"


@pytest.mark.parametrize("version", [None, "0.95", "2.0.0", "1.1", "nonsense"])
async def test_other_versions_are_refused(world: World, version: str | None) -> None:
    headers = {} if version is None else {"X-Experience-API-Version": version}
    answer = await post(world, statement("300"), headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "xapi-version-unsupported")
    assert answer.json()["field"] == "X-Experience-API-Version"


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.9"])
async def test_every_1_0_is_read(world: World, version: str) -> None:
    answer = await post(world, [], {"X-Experience-API-Version": version})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"actor": {}}, "actor"),
        ({"actor": {"mbox": "nobody@kent.police.example"}}, "actor.mbox"),
        ({"actor": {"account": {"homePage": "x", "name": "1"}}}, "actor.account.homePage"),
        ({"verb": {"id": "completed"}}, "verb.id"),
        ({"verb": None}, "verb"),
        ({"object": {"id": "no iri"}}, "object"),
        ({"object": {}}, "object"),
        ({"timestamp": "2025-07-09"}, "timestamp"),
        ({"timestamp": "2025-07-09T10:00:00"}, "timestamp"),
        ({"id": "1"}, "id"),
    ],
)
async def test_a_statement_of_another_shape_is_refused_by_field(
    world: World, said: dict[str, Any], field: str
) -> None:
    good = statement("300")
    answer = await post(world, [good, statement("300", **said)])
    assert (answer.status_code, answer.json()["code"]) == (400, "statement-invalid")
    assert answer.json()["field"] == field
    assert answer.json()["facts"]["statement"] == 1
    assert await outcome(world, good) is None


async def test_an_id_twice_in_a_batch_is_refused(world: World) -> None:
    said = statement("300")
    answer = await post(world, [said, said])
    assert (answer.status_code, answer.json()["code"]) == (400, "statement-id-repeated")


async def test_only_the_platform_reports_and_about_says_the_version(world: World) -> None:
    answer = await world.client.post(
        "/xapi/statements", json=statement("300"), headers=world.admin() | VERSION
    )
    assert answer.status_code == 403
    about = await world.client.get("/xapi/about", headers=world.token("learning-platform"))
    assert about.json() == {"version": ["1.0.3"]}
