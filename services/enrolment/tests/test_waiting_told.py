"""Statements that wait for somebody are announced: how many, whenever that is another number."""

import asyncio

from .given import csv_of, roster_row
from .test_files_told import told
from .test_xapi_api import post, statement
from .world import World


async def waits(world: World, force_id: str) -> list[int]:
    return [each["waiting"] for each in await told(world, force_id, "statements-waiting")]


def about(force_id: str, collar: str, module: str = "asb-1") -> dict[str, object]:
    account = {"homePage": f"https://{force_id}.police.example", "name": collar}
    return statement(collar, module, actor={"account": account})


async def test_what_waits_is_told_and_counts_when_a_roster_names_them(world: World) -> None:
    said = [about("kent", "1"), about("kent", "1", "problem-solving-1"), about("essex", "1")]
    await post(world, said)
    await post(world, said)
    assert (await waits(world, "kent"), await waits(world, "essex")) == ([2], [1])
    await post(world, [about("kent", "2")])
    rows = [roster_row(collar_number="1"), roster_row(collar_number="3")]
    await world.upload("/rosters", csv_of(rows), world.admin("kent"))
    assert (await waits(world, "kent"), await waits(world, "essex")) == ([2, 3, 1], [1])


async def test_what_names_no_force_waits_nationally(world: World) -> None:
    mail = "waits@surrey.police.example"
    await post(world, [statement("", actor={"mbox": f"mailto:{mail}"})])
    (before,) = await waits(world, "national")
    await world.register("1", "surrey", email=mail)
    assert await waits(world, "national") == [before, before - 1]
    assert await waits(world, "surrey") == []


async def test_what_is_counted_or_ignored_at_once_is_not_told(world: World) -> None:
    await world.register("1", "dorset")
    viewed = {"id": "http://adlnet.gov/expapi/verbs/experienced"}
    await post(world, [about("dorset", "1"), about("dorset", "9") | {"verb": viewed}])
    assert await waits(world, "dorset") == []


async def test_a_transfer_takes_along_what_waited_for_it(world: World) -> None:
    learner_id = await world.register("1", "gwent")
    await post(world, [about("cumbria", "7")])
    body = {"to_force_id": "cumbria", "collar_number": "7", "effective_on": "2020-04-01"}
    path = f"/learners/{learner_id}/transfer"
    answer = await world.client.post(path, json=body, headers=world.admin("gwent"))
    assert answer.status_code == 200, answer.text
    assert await waits(world, "cumbria") == [1, 0]


async def test_statements_at_once_beside_rosters_end_with_the_right_number(world: World) -> None:
    requests = [
        post(world, [about(force, f"{n}"), about(other, f"{n}")])
        for n in range(1, 9)
        for force, other in (("sussex", "devon-and-cornwall"), ("devon-and-cornwall", "sussex"))
    ]
    rows = csv_of([roster_row(collar_number=f"{n}") for n in range(1, 4)])
    rosters = [
        world.upload("/rosters", rows, world.admin(each))
        for each in ("sussex", "devon-and-cornwall")
    ]
    answers = await asyncio.gather(*requests, *rosters)
    assert {each.status_code for each in answers} == {200}
    for force in ("sussex", "devon-and-cornwall"):
        waiting = "SELECT count(*) FROM statements WHERE outcome = 'queued' AND force_id = :force"
        assert (await waits(world, force))[-1] == await world.value(waiting, force=force) == 10
