"""Frameworks over HTTP: published once by the nation, read by everybody."""

from typing import Any

import pytest

from . import given
from .world import World

BODY: dict[str, Any] = {
    "code": "npp2-portfolio",
    "version": 1,
    "programme_id": "npp",
    "part": "NPP2",
    "criteria": [{"code": "PS1", "title": "Scans for patterns"}],
}


async def test_a_framework_is_published_and_read(world: World) -> None:
    admin = world.person("admin-1", "national-admin", force_id="national")
    answer = await admin.post("/frameworks", BODY)
    assert answer.status_code == 201
    found = await world.person("x", "candidate").get("/frameworks/npp2-portfolio/versions/1")
    assert found.json() == answer.json()
    assert {name: answer.json()[name] for name in BODY} == BODY


async def test_a_published_framework_never_changes(world: World) -> None:
    admin = world.person("admin-1", "national-admin", force_id="national")
    first = await admin.post("/frameworks", BODY)
    again = await admin.post("/frameworks", BODY)
    assert (again.status_code, again.json()) == (201, first.json())
    other = BODY | {"criteria": [{"code": "PS1", "title": "Something else"}]}
    refused = await admin.post("/frameworks", other)
    assert (refused.status_code, refused.json()["code"]) == (409, "framework-is-published")
    with pytest.raises(Exception, match="append-only"):
        await world.rows("UPDATE frameworks SET part = 'NPP9' RETURNING 1")


@pytest.mark.parametrize(("roles", "force"), [("force-admin", "kent"), ("national-admin", "kent")])
async def test_only_the_nation_publishes(world: World, roles: str, force: str) -> None:
    answer = await world.person("a", roles, force_id=force).post("/frameworks", BODY)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"criteria": []}, "criteria"),
        ({"criteria": [{"code": "PS1", "title": "a"}] * 2}, "criteria"),
        ({"criteria": [{"code": "P S", "title": "a"}]}, "criteria.0.code"),
        ({"version": 0}, "version"),
        ({"version": 40_000}, "version"),
        ({"extra": 1}, "extra"),
    ],
)
async def test_a_framework_that_breaks_a_rule_is_refused(
    world: World, change: dict[str, Any], field: str
) -> None:
    admin = world.person("admin-1", "national-admin", force_id="national")
    answer = await admin.post("/frameworks", BODY | {"code": "other"} | change)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


async def test_a_framework_that_is_not_there_is_not_found(world: World) -> None:
    for path in ("nothing/versions/1", f"{given.framework().code}/versions/99"):
        answer = await world.person("x", "candidate").get(f"/frameworks/{path}")
        assert answer.status_code == 404
