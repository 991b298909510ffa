"""A force finds its own people behind the pseudonyms of its feed, and nobody else's."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.pseudonyms import pseudonyms

from .world import World


async def translated(
    world: World, force_id: str, *wanted: UUID, role: str = "force-analyst"
) -> Any:
    answer = await world.client.post(
        "/pseudonyms/translate",
        json={"pseudonyms": [str(each) for each in wanted]},
        headers=world.token(role, force_id),
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_force_finds_its_own_people(world: World) -> None:
    one, two = await world.register("p1"), await world.register("p2")
    names = [pseudonyms().of("derbyshire", each) for each in (two, one)]
    stranger = uuid4()
    for role in ("force-admin", "force-analyst"):
        found = await translated(world, "derbyshire", *names, stranger, names[0], role=role)
        assert found == {
            "items": [
                {"pseudonym": str(name), "collar_number": number}
                for name, number in zip(names, ("P2", "P1"), strict=True)
            ],
            "unknown": [str(stranger)],
        }


async def test_a_force_finds_nobody_by_another_forces_pseudonym_or_by_the_id(world: World) -> None:
    learner_id = await world.register("p3")
    theirs = pseudonyms().of("derbyshire", learner_id)
    as_kents = pseudonyms().of("kent", learner_id)
    for force_id, wanted in (("kent", theirs), ("kent", as_kents), ("derbyshire", as_kents)):
        assert (await translated(world, force_id, wanted))["items"] == []
    assert (await translated(world, "derbyshire", learner_id))["items"] == []


async def test_who_has_left_is_found_by_the_force_that_has_them_alone(world: World) -> None:
    learner_id = await world.register("p4")
    moved = await world.client.post(
        f"/learners/{learner_id}/transfer",
        json={"to_force_id": "kent", "collar_number": "k4", "effective_on": "2025-09-01"},
        headers=world.admin(),
    )
    assert moved.status_code == 200
    left, joined = (pseudonyms().of(each, learner_id) for each in ("derbyshire", "kent"))
    assert await translated(world, "derbyshire", left) == {"items": [], "unknown": [str(left)]}
    (item,) = (await translated(world, "kent", joined))["items"]
    assert item == {"pseudonym": str(joined), "collar_number": "K4"}


async def test_who_comes_back_is_found_by_the_number_they_have_now(world: World) -> None:
    learner_id = await world.register("p5")
    moves = (("derbyshire", "kent", "k5"), ("kent", "derbyshire", "p55"))
    for at, (held_by, to, number) in enumerate(moves, 1):
        moved = await world.client.post(
            f"/learners/{learner_id}/transfer",
            json={"to_force_id": to, "collar_number": number, "effective_on": f"2025-09-0{at}"},
            headers=world.admin(held_by),
        )
        assert moved.status_code == 200
    name = pseudonyms().of("derbyshire", learner_id)
    (item,) = (await translated(world, "derbyshire", name))["items"]
    assert item["collar_number"] == "P55"


@pytest.mark.parametrize(
    ("role", "force_id"),
    [
        ("force-admin", "national"),
        ("national-admin", "national"),
        ("national-analyst", "national"),
        ("force-system", "derbyshire"),
        ("candidate", "derbyshire"),
    ],
)
async def test_others_are_refused(world: World, role: str, force_id: str) -> None:
    answer = await world.client.post(
        "/pseudonyms/translate",
        json={"pseudonyms": [str(uuid4())]},
        headers=world.token(role, force_id),
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pseudonyms": []},
        {"pseudonyms": ["nobody"]},
        {"pseudonyms": [str(uuid4())] * 1_001},
        {"pseudonyms": [str(uuid4())], "force_id": "kent"},
    ],
)
async def test_a_wrong_question_is_named(world: World, body: dict[str, Any]) -> None:
    answer = await world.client.post(
        "/pseudonyms/translate", json=body, headers=world.token("force-admin", "derbyshire")
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
