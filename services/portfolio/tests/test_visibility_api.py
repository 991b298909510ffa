"""Who sees which portfolio: a force its own, a candidate only theirs, and lists by page."""

from typing import Any
from uuid import UUID

import pytest

from chassis.clock import new_id

from . import given
from .people import EVIDENCE, Case, judged
from .world import Person, World


async def items(person: Person, **query: Any) -> list[Any]:
    answer = await person.get("/portfolios", **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_another_forces_portfolio_is_not_there(world: World) -> None:
    case = await Case.open(world)
    roles = ("line-manager", "assessor", "iqa", "force-signoff", "force-admin")
    stranger = world.person("kent-1", *roles, force_id="kent")
    answers = [await stranger.get(case.path(what)) for what in ("", "log", "check")]
    answers.append(await stranger.post(case.path("evidence"), EVIDENCE))
    answers.append(await stranger.post(case.path("assess"), judged()))
    answers.append(await stranger.post(case.path("return"), {"reason": "other"}))
    answers.append(await stranger.post(case.path("quality-assure"), {"outcome": "upheld"}))
    answers.append(await stranger.post(case.path("sign"), {}))
    assert [answer.status_code for answer in answers] == [404] * 8
    nowhere = await stranger.get(f"/portfolios/{new_id()}")
    assert answers[0].json()["detail"] == nowhere.json()["detail"]
    for query in ({}, {"learner_id": case.row.learner_id}, {"force_id": "derbyshire"}):
        assert await items(stranger, **query) == []


async def test_a_portfolio_follows_its_learner_out_of_sight(world: World) -> None:
    case = await Case.open(world)
    await case.put_in()
    await world.deliver((given.transferred(case.row.learner_id, "kent"), 2))
    assert (await case.assessor.get(case.path())).status_code == 404
    kent = world.person("assessor-9", "assessor", force_id="kent")
    found = await kent.get(case.path())
    assert (found.json()["force_id"], len(found.json()["evidence"])) == ("kent", 1)
    assert (await kent.get(case.path("check"))).json()["log_intact"] is True


async def test_row_security_hides_what_is_in_a_portfolio_too(world: World) -> None:
    case = await Case.open(world)
    await case.put_in()
    for table in ("portfolios", "evidence", "decision_log", "enrolled_parts"):
        for scope, expected in (("essex", 0), ("derbyshire", 1), ("*", 1)):
            async with world.database.connection(scope) as connection:
                sql = f"SELECT count(*) > 0 FROM {table}"
                found = await connection.exec_driver_sql(sql)
                assert found.scalar() == bool(expected), (table, scope)


async def test_a_candidate_sees_only_their_own(world: World) -> None:
    case, other = await Case.open(world), await Case.open(world)
    assert [one["portfolio_id"] for one in await items(case.candidate)] == [
        str(case.row.portfolio_id)
    ]
    assert await items(case.candidate, learner_id=other.row.learner_id) == []
    assert (await case.candidate.get(other.path())).status_code == 404
    assert (await case.candidate.get(other.path("log"))).status_code == 404
    answer = await case.candidate.post(other.path("evidence"), EVIDENCE)
    assert answer.status_code == 404
    assert (await case.candidate.post(other.path("submit"), {})).status_code == 404
    assert (await case.candidate.get(case.path())).status_code == 200


async def test_roles_without_business_here_see_nothing(world: World) -> None:
    case = await Case.open(world)
    platform = world.person("lp-1", "learning-platform", force_id="national")
    assert (await platform.get("/portfolios")).status_code == 403
    analyst = world.person("analyst-1", "force-analyst")
    assert await items(analyst, learner_id=case.row.learner_id)
    assert (await analyst.get(case.path())).status_code == 403
    moderator = world.person("moderator-1", "moderator", force_id="national")
    assert (await moderator.get(case.path())).status_code == 200
    assert (await moderator.post(case.path("sign"), {})).status_code == 403


async def test_a_list_is_filtered_and_paged(world: World) -> None:
    made = [await Case.open(world, force_id="gwent") for _ in range(5)]
    await made[0].put_in()
    await made[0].submit()
    officer = made[0].assessor
    assert [one["state"] for one in await items(officer, state="submitted")] == ["submitted"]
    assert len(await items(officer, state="draft", part="NPP1", sampled=False)) == 4
    assert await items(officer, sampled=True) == []
    seen, cursor = list[str](), None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await officer.get("/portfolios", **query)).json()
        seen += [one["portfolio_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [str(one.row.portfolio_id) for one in made]
    since = (await items(officer, state="submitted"))[0]["updated_at"]
    assert len(await items(officer, updated_since=since)) == 1
    nation = world.person("admin-1", "national-admin", force_id="national")
    assert len(await items(nation, force_id="gwent")) == 5


@pytest.mark.parametrize(
    "query", [{"state": "lost"}, {"cursor": "?"}, {"cursor": "WyJ4Il0"}, {"learner_id": "seven"}]
)
async def test_a_query_that_can_not_be_read_is_refused(world: World, query: dict[str, str]) -> None:
    answer = await world.person("a-1", "assessor").get("/portfolios", **query)
    assert answer.status_code in (400, 422)
    assert answer.json()["field"] == next(iter(query))


async def test_the_log_shows_what_happened_and_its_check_recomputes_it(world: World) -> None:
    case = await Case.open(world)
    assert (await case.assessor.get(case.path("check"))).json()["signature_intact"] is None
    await case.reach_assessed()
    await case.assure()
    assert (await case.sign()).status_code == 200
    log = (await case.assessor.get(case.path("log"))).json()
    actors = {one["action"]: one["actor"] for one in log["items"]}
    assert (actors["portfolio-opened"], actors["portfolio-signed"]) == ("system", "signer-1")
    assert log["head"] == log["items"][-1]["sha256"]
    facts = {one["action"]: one["facts"] for one in log["items"]}
    assert facts["portfolio-assessed"]["decisions"] == dict.fromkeys(given.CODES, "met")
    assert set(facts["portfolio-assessed"]["sampling"]) == {"seed", "percent"}
    assert facts["portfolio-signed"]["force_id"] == "derbyshire"
    check = (await case.assessor.get(case.path("check"))).json()
    assert (check["log_intact"], check["signature_intact"]) == (True, True)
    assert check["entries"] == len(log["items"])


TAMPERING = {
    "evidence": "UPDATE evidence SET title = 'Another' WHERE portfolio_id = $1",
    "decisions": "UPDATE decisions SET valid = 'not seen' WHERE portfolio_id = $1",
    "decision_log": "UPDATE decision_log SET actor = 'x' WHERE position = 2 AND portfolio_id = $1",
}


@pytest.mark.parametrize("table", TAMPERING)
async def test_what_was_signed_can_not_be_tampered_with_unseen(world: World, table: str) -> None:
    case = await Case.open(world)
    await case.reach_assessed()
    await case.assure()
    await case.sign()
    with pytest.raises(Exception, match="append-only"):
        await tamper(world, TAMPERING[table], case.row.portfolio_id)
    async with world.system.connection() as connection:  # an owner can go further, and is seen
        await connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    await tamper(world, TAMPERING[table], case.row.portfolio_id)
    check = (await case.assessor.get(case.path("check"))).json()
    logged = table == "decision_log"
    assert (check["log_intact"], check["signature_intact"]) == (not logged, logged)
    assert check["first_broken"] == (2 if logged else None)


async def tamper(world: World, sql: str, portfolio_id: UUID) -> None:
    async with world.system.connection() as connection:
        await connection.exec_driver_sql(sql, (portfolio_id,))
