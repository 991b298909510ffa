"""Sessions over HTTP: scheduled, changed, cancelled, listed within the caller's force."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from npp_contracts.codes import Delivery
from npp_contracts.enrolment import Module, Part, ProgrammePublished

from .world import DERBYSHIRE, KENT, NATION, World, session_body


async def test_a_session_is_scheduled_and_announced(world: World) -> None:
    body = session_body(venue="Ripley", join_url="https://meet.example/1")
    answer = await world.post("/sessions", body)
    session = answer.json()
    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert answer.headers["Location"] == f"/sessions/{session['session_id']}"
    assert (session["force_id"], session["state"], session["available"]) == (
        "derbyshire",
        "scheduled",
        25,
    )
    shown = await world.get(f"/sessions/{session['session_id']}")
    assert shown.json() == session
    assert shown.headers["ETag"] == '"1"'
    announced = await world.events(session["session_id"])
    assert announced == [("session-scheduled", 1, "derbyshire")]


async def test_given_times_keep_their_instant(world: World) -> None:
    body = session_body() | {
        "starts_at": "2027-06-18T10:00:00+01:00",
        "ends_at": "2027-06-18T11:00:00+01:00",
    }
    session = (await world.post("/sessions", body)).json()
    assert session["starts_at"] == "2027-06-18T09:00:00Z"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"starts_at": "2027-06-18T10:00:00"}, "starts_at"),
        ({"ends_at": "2027-06-18"}, "ends_at"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"capacity": 0}, "capacity"),
        ({"capacity": 1.5}, "capacity"),
        ({"duty_minutes": -1}, "duty_minutes"),
        ({"title": "call a.b@kent.police.example"}, "title"),
        ({"title": ""}, "title"),
        ({"kind": "picnic"}, "kind"),
        ({"join_url": "javascript:alert(1)"}, "join_url"),
        ({"recording_url": "http://plain.example"}, "recording_url"),
        ({"module": "orphan"}, "programme_id"),
        ({"full_attendance_percent": 101}, "full_attendance_percent"),
        ({"capasity": 3}, "capasity"),
    ],
)
async def test_a_bad_value_is_refused_by_name_and_changes_nothing(
    world: World, given: dict[str, Any], field: str
) -> None:
    before = await world.value("SELECT count(*) FROM sessions")
    answer = await world.post("/sessions", session_body(**given))
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert answer.json()["rule"]
    assert await world.value("SELECT count(*) FROM sessions") == before


async def test_a_module_is_checked_once_its_programme_is_known(world: World) -> None:
    code = f"p{uuid4().hex[:12]}"
    of_programme: dict[str, Any] = {"programme_id": code, "module": "anything"}
    assert (await world.post("/sessions", session_body(**of_programme))).status_code == 201
    for version, module in ((1, "first"), (2, "second")):
        taught = Module(code=module, title="A module", delivery=Delivery.CLASSROOM)
        part = Part(
            code="NPP1", title="One", modules=[taught], needs_portfolio=False, needs_final=False
        )
        published = ProgrammePublished(
            force_id="national",
            programme_id=code,
            programme_version=version,
            title="A programme",
            parts=[part],
        )
        for _ in range(2):
            await world.given(published, version)
    for module in ("first", "second"):
        known = of_programme | {"module": module}
        assert (await world.post("/sessions", session_body(**known))).status_code == 201
    refused = await world.post("/sessions", session_body(**of_programme))
    assert (refused.status_code, refused.json()["code"], refused.json()["field"]) == (
        422,
        "module-unknown",
        "module",
    )


@pytest.mark.parametrize(
    ("claims", "given", "status"),
    [
        (DERBYSHIRE, {"force_id": "kent"}, 403),
        (DERBYSHIRE, {"force_id": "national"}, 403),
        (DERBYSHIRE | {"roles": ["force-analyst"]}, {}, 403),
        (NATION, {"force_id": "kent"}, 201),
        (NATION, {}, 201),
    ],
)
async def test_a_force_schedules_for_itself_and_the_nation_for_all(
    world: World, claims: dict[str, Any], given: dict[str, Any], status: int
) -> None:
    answer = await world.post("/sessions", session_body(**given), claims)
    assert answer.status_code == status
    if status == 201:
        assert answer.json()["force_id"] == given.get("force_id", "national")


async def test_another_forces_session_is_not_there(world: World) -> None:
    session_id = await world.session(KENT)
    path = f"/sessions/{session_id}"
    for answer in (
        await world.get(path),
        await world.get(f"{path}/places"),
        await world.get(f"{path}/invitation.ics"),
        await world.call("PATCH", path, DERBYSHIRE, {"capacity": 3}),
        await world.post(f"{path}/cancel", {"reason": "other"}),
        await world.post(f"{path}/places", {"learner_ids": [str(await world.learner())]}),
        await world.mark(session_id, {"learner_id": str(uuid4()), "attendance": "full"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found"), answer.url
    listed = (await world.get("/sessions?limit=500")).json()["items"]
    assert session_id not in {each["session_id"] for each in listed}


async def test_a_national_session_is_seen_by_all_and_changed_by_its_organiser(
    world: World,
) -> None:
    session_id = await world.session(NATION, kind="week-of-action", capacity=5_000)
    path = f"/sessions/{session_id}"
    assert (await world.get(path, KENT)).status_code == 200
    refused = await world.post(f"{path}/cancel", {"reason": "other"}, KENT)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-the-organiser")


async def test_a_change_raises_the_version_and_a_stale_one_is_refused(world: World) -> None:
    session_id = await world.session()
    path = f"/sessions/{session_id}"
    changed = await world.call("PATCH", path, DERBYSHIRE, {"venue": "Matlock"}, If_Match='"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json()["venue"] == "Matlock"
    stale = await world.call("PATCH", path, DERBYSHIRE, {"capacity": 9}, If_Match='"1"')
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    cleared = await world.call("PATCH", path, DERBYSHIRE, {"venue": None})
    assert (cleared.json()["venue"], cleared.json()["capacity"]) == (None, 25)
    assert [each[:2] for each in await world.events(session_id)] == [
        ("session-scheduled", 1),
        ("session-scheduled", 2),
        ("session-scheduled", 3),
    ]


async def test_cancelling_a_session_cancels_every_place_of_every_force(world: World) -> None:
    session_id = await world.session(NATION, capacity=2)
    ours = await world.book(session_id, await world.learners(2))
    theirs = await world.book(session_id, await world.learners(1, "kent"), KENT)
    answer = await world.post(f"/sessions/{session_id}/cancel", {"reason": "rescheduled"}, NATION)
    assert (answer.status_code, answer.json()["cancellation"]) == (200, "rescheduled")
    assert (answer.json()["booked"], answer.json()["waiting"]) == (0, 0)
    assert (await world.events(session_id))[-1][:2] == ("session-cancelled", 2)
    for place in ours:
        assert (await world.events(place["place_id"]))[-1] == ("place-cancelled", 2, "derbyshire")
    assert (await world.events(theirs[0]["place_id"]))[-1] == ("place-cancelled", 2, "kent")
    again = await world.post(f"/sessions/{session_id}/cancel", {"reason": "other"}, NATION)
    assert (again.status_code, again.json()["code"]) == (409, "session-already-cancelled")


async def test_the_list_goes_by_start_and_page_by_page(world: World) -> None:
    claims = DERBYSHIRE | {"force_id": f"f{uuid4().hex[:10]}"}
    made = [await world.session(claims, hours=hours) for hours in (30, 10, 20)]
    kinds = "/sessions?limit=2&kind=classroom&force_id=" + claims["force_id"]  # type: ignore[operator]
    first = (await world.get(kinds, claims)).json()
    second = (await world.get(f"{kinds}&cursor={first['next']}", claims)).json()
    found = [each["session_id"] for each in first["items"] + second["items"]]
    assert found == [made[1], made[2], made[0]]
    assert second["next"] is None
    tomorrow = (datetime.now(UTC) + timedelta(hours=15)).isoformat().replace("+", "%2B")
    later = (await world.get(f"{kinds}&starts_from={tomorrow}", claims)).json()["items"]
    assert [each["session_id"] for each in later] == [made[2], made[0]]


async def test_updated_since_finds_what_was_booked_since(world: World) -> None:
    claims = DERBYSHIRE | {"force_id": f"f{uuid4().hex[:10]}"}
    quiet, busy = [await world.session(claims) for _ in range(2)]
    moment = await world.value("SELECT now()")
    await world.book(busy, await world.learners(1, claims["force_id"]), claims)  # type: ignore[arg-type]
    since = moment.isoformat().replace("+", "%2B")
    found = (await world.get(f"/sessions?updated_since={since}", claims)).json()["items"]
    assert [each["session_id"] for each in found] == [busy]
    assert quiet != busy


async def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    session_id = await world.session()
    await world.book(session_id, await world.learners(2))
    cursor = (await world.get(f"/sessions/{session_id}/places?limit=1")).json()["next"]
    refused = await world.get(f"/sessions?cursor={cursor}")
    assert (refused.status_code, refused.json()["code"]) == (400, "cursor-malformed")


async def test_the_same_idempotency_key_makes_one_session(world: World) -> None:
    key, body = uuid4().hex, session_body()
    first = await world.post("/sessions", body, Idempotency_Key=key)
    second = await world.post("/sessions", body, Idempotency_Key=key)
    assert first.json() == second.json()
    assert second.headers["ETag"] == '"1"'
    other = await world.post("/sessions", body | {"capacity": 3}, Idempotency_Key=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
