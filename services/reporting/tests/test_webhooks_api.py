"""A force manages its webhooks over HTTP: what it may do, what it is refused or not told."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.testing.receiving import receiver, status
from npp_contracts.enrolment import LearnerRegistered, LearnerTransferred, ModuleCompleted

from .delivering import delivering, webhook, who
from .feeding import FeedWorld, code
from .given import Person
from .test_webhook_delivery import all_delivered

URL = "https://kent.police.example/events"
NOBODYS = "https://kent.police.example/other"


async def ask(
    world: FeedWorld, method: str, path: str, force_id: str = "kent", *roles: str, **options: Any
) -> Any:
    headers = who(world, force_id, *roles) | options.pop("headers", {})
    return await world.client.request(method, path, headers=headers, **options)


async def test_a_webhook_is_shown_as_it_was_made(feeds: FeedWorld) -> None:
    answer = await ask(
        feeds, "POST", "/webhooks", json={"url": URL, "types": [ModuleCompleted.type], "note": "x"}
    )
    made = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/webhooks/{made['id']}"
    assert (made["url"], made["types"], made["note"]) == (URL, [ModuleCompleted.type], "x")
    assert (made["state"], made["reason"], made["hmac"], made["version"]) == (
        "active",
        None,
        False,
        1,
    )
    assert made["public_keys"][0].startswith("whpk_")
    found = (await ask(feeds, "GET", f"/webhooks/{made['id']}")).json()
    assert found | made == found
    assert (found["position"], found["feed_position"], found["waiting"]) == (0, 0, 0)
    assert (await ask(feeds, "GET", "/webhooks")).json() == {"items": [found]}


async def test_the_same_request_again_makes_no_second_webhook(feeds: FeedWorld) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    options: dict[str, Any] = {"json": {"url": URL, "hmac": True}, "headers": key}
    first, again = [await ask(feeds, "POST", "/webhooks", **options) for _ in range(2)]
    assert first.json() == again.json()
    assert len((await ask(feeds, "GET", "/webhooks")).json()["items"]) == 1
    # The answer is kept for the key, so no secret may be in it.
    assert "whsec_" not in first.text


@pytest.mark.parametrize(
    ("body", "named", "field", "rule"),
    [
        ({}, "invalid", "url", "missing"),
        ({"url": ""}, "invalid", "url", "string-too-short"),
        ({"url": "https://" + "a" * 2_000}, "invalid", "url", "string-too-long"),
        ({"url": 1}, "invalid", "url", "string-type"),
        ({"url": "ftp://kent.police.example"}, "url-refused", "url", "https"),
        ({"url": "https://10.1.2.3/"}, "url-refused", "url", "public-address"),
        ({"url": "https://169.254.169.254/"}, "url-refused", "url", "public-address"),
        (
            {"url": "https://a:b@kent.police.example/"},
            "url-refused",
            "url",
            "no-credentials-no-fragment",
        ),
        ({"url": URL, "types": []}, "invalid", "types", "too-short"),
        ({"url": URL, "types": ["npp.nothing.v1"]}, "type-unknown", "types", "known-type"),
        ({"url": URL, "types": [LearnerTransferred.type]}, "type-unknown", "types", "known-type"),
        ({"url": URL, "note": "a\nb"}, "invalid", "note", "string-pattern-mismatch"),
        ({"url": URL, "force_id": "essex"}, "invalid", "force_id", "extra-forbidden"),
    ],
)
async def test_a_wrong_webhook_is_refused_by_field_and_rule(
    feeds: FeedWorld, body: dict[str, Any], named: str, field: str, rule: str
) -> None:
    answer = await ask(feeds, "POST", "/webhooks", json=body)
    assert code(answer) == (422, named)
    assert (answer.json()["field"], answer.json()["rule"]) == (field, rule)
    made = await webhook(feeds, NOBODYS)
    if "url" in body or "types" in body:
        changed = await ask(feeds, "PATCH", f"/webhooks/{made['id']}", json=body)
        assert changed.status_code == 422


async def test_a_force_has_at_most_ten(feeds: FeedWorld) -> None:
    for _ in range(10):
        await webhook(feeds, URL)
    answer = await ask(feeds, "POST", "/webhooks", json={"url": URL})
    assert code(answer) == (409, "too-many-webhooks")
    await webhook(feeds, URL, "essex")


async def test_a_change_names_the_version_it_was_made_to(feeds: FeedWorld) -> None:
    made = await webhook(feeds, URL, types=[LearnerRegistered.type])
    path = f"/webhooks/{made['id']}"
    changed = await ask(feeds, "PATCH", path, json={"url": NOBODYS}, headers={"If-Match": '"1"'})
    assert (changed.json()["url"], changed.headers["etag"]) == (NOBODYS, '"2"')
    assert changed.json()["types"] == [LearnerRegistered.type]
    late = await ask(feeds, "PATCH", path, json={"url": URL}, headers={"If-Match": '"1"'})
    assert code(late) == (412, "stale")
    wide = await ask(feeds, "PATCH", path, json={"types": None})
    assert (wide.json()["types"], wide.json()["url"]) == (None, NOBODYS)


async def test_a_disabled_webhook_is_sent_nothing_until_it_is_enabled(feeds: FeedWorld) -> None:
    async with receiver() as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        other = await webhook(feeds, there.url)
        off = await ask(feeds, "POST", f"/webhooks/{made['id']}/disable")
        assert (off.json()["state"], off.json()["reason"]) == ("disabled", "asked")
        await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 1)
        assert (await ask(feeds, "GET", f"/webhooks/{made['id']}")).json()["position"] == 0
        assert (await ask(feeds, "GET", f"/webhooks/{other['id']}")).json()["position"] == 1
        await ask(feeds, "POST", f"/webhooks/{made['id']}/enable")
        await all_delivered(feeds, 2)


async def test_a_shared_secret_is_rotated_with_two_signatures_for_a_while(feeds: FeedWorld) -> None:
    async with receiver() as there:
        made = await webhook(feeds, there.url, hmac=True)
        path = f"/webhooks/{made['id']}"

        async def signatures() -> list[str]:
            assert (await ask(feeds, "POST", f"{path}/ping")).json()["accepted"]
            found = there.got[-1].headers["webhook-signature"].split(" ")
            return [each.split(",")[0] for each in found]

        secret = await ask(feeds, "GET", f"{path}/secret")
        assert secret.headers["cache-control"] == "no-store"
        assert await signatures() == ["v1a", "v1"]
        rotated = await ask(feeds, "POST", f"{path}/rotate", json={"overlap_hours": 1})
        assert (rotated.status_code, "whsec_" in rotated.text) == (200, False)
        assert (await ask(feeds, "GET", f"{path}/secret")).json() != secret.json()
        assert await signatures() == ["v1a", "v1", "v1"]
        await feeds.run("UPDATE webhook_endpoints SET former_until = now()")
        assert await signatures() == ["v1a", "v1"]
    kept = await feeds.value("SELECT secret FROM webhook_endpoints")
    assert "whsec_" not in kept


async def test_without_a_shared_secret_there_is_none_to_show_or_rotate(feeds: FeedWorld) -> None:
    path = f"/webhooks/{(await webhook(feeds, URL))['id']}"
    assert code(await ask(feeds, "GET", f"{path}/secret")) == (409, "no-shared-secret")
    rotated = await ask(feeds, "POST", f"{path}/rotate", json={})
    assert code(rotated) == (409, "no-shared-secret")
    for hours in (-1, 24 * 14 + 1):
        wrong = await ask(feeds, "POST", f"{path}/rotate", json={"overlap_hours": hours})
        assert code(wrong) == (422, "invalid")


async def test_a_ping_says_what_came_of_it(feeds: FeedWorld) -> None:
    async with receiver() as there:
        made = await webhook(feeds, there.url)
        path = f"/webhooks/{made['id']}/ping"
        good = (await ask(feeds, "POST", path)).json()
        assert (good["accepted"], good["outcome"], good["status"]) == (True, "accepted", 204)
        assert there.got[0].id == good["event_id"]
        assert there.got[0].document["type"] == "npp.reporting.webhook-pinged"
        there.answer = status(503)
        bad = (await ask(feeds, "POST", path)).json()
        assert (bad["accepted"], bad["outcome"], bad["status"]) == (False, "rejected", 503)
    assert await feeds.value("SELECT count(*) FROM webhook_deliveries") == 0


async def test_a_span_of_time_is_sent_once_more_with_the_same_ids(feeds: FeedWorld) -> None:
    async with receiver() as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        for _ in range(3):
            await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 3)
        await feeds.run(
            "UPDATE feed_events SET placed_at = placed_at - interval '2 hours' WHERE position = 1"
        )
        second = await feeds.value("SELECT placed_at FROM feed_events WHERE position = 2")
        span = {"since": second.isoformat(), "until": datetime.now(UTC).isoformat()}
        path = f"/webhooks/{made['id']}/replay"
        answer = await ask(feeds, "POST", path, json=span)
        assert (answer.status_code, answer.json()) == (202, {"events": 2})
        await all_delivered(feeds, 5)
        ids = [each.id for each in sorted(there.got, key=lambda each: each.sequence)]
        assert (len(ids), len(set(ids))) == (5, 3)
        log = (await ask(feeds, "GET", f"/webhooks/{made['id']}/deliveries")).json()["items"]
        assert [each["replay"] for each in log] == [True, True, False, False, False]
        assert await feeds.value("SELECT count(*) FROM webhook_cursors") == 1


async def test_how_many_events_are_replayed_tells_no_time_below_the_hour(feeds: FeedWorld) -> None:
    path = f"/webhooks/{(await webhook(feeds, URL))['id']}/replay"
    await feeds.given(*(Person("kent").registered() for _ in range(3)))
    await feeds.run("UPDATE webhook_cursors SET position = 3")
    await feeds.run(
        "UPDATE feed_events SET placed_at = '2026-06-01 08:59:59Z'"
        "::timestamptz + (position - 1) * interval '30 minutes'"
    )
    # Placed at 8:59:59, 9:29:59 and 9:59:59.
    for since, until, events in (
        ("09:29:58", "09:30:01", 2),
        ("09:00:00", "10:00:00", 2),
        ("09:28:00+00:30", "09:31:00", 3),
        ("10:00:00", "10:00:01", 0),
        ("08:59:00", "09:00:00", 1),
    ):
        said = [each if "+" in each else f"{each}Z" for each in (since, until)]
        span = {
            name: f"2026-06-01T{each}" for name, each in zip(("since", "until"), said, strict=True)
        }
        answer = await ask(feeds, "POST", path, json=span)
        assert answer.json() == {"events": events}, span
        await feeds.run("DELETE FROM webhook_cursors WHERE until IS NOT NULL")


async def test_a_replay_is_refused_that_ends_before_it_begins_or_beside_another(
    feeds: FeedWorld,
) -> None:
    made = await webhook(feeds, URL)
    await feeds.given(Person("kent").registered())
    await feeds.run("UPDATE webhook_cursors SET position = 1")
    path, now = f"/webhooks/{made['id']}/replay", datetime.now(UTC)
    day = timedelta(days=1)
    backwards = {"since": now.isoformat(), "until": (now - day).isoformat()}
    assert code(await ask(feeds, "POST", path, json=backwards)) == (422, "range-reversed")
    naive = {"since": "2026-06-01T09:00:00", "until": "2026-06-02T09:00:00"}
    assert code(await ask(feeds, "POST", path, json=naive)) == (422, "invalid")
    nothing = {"since": (now - 2 * day).isoformat(), "until": (now - day).isoformat()}
    assert (await ask(feeds, "POST", path, json=nothing)).json() == {"events": 0}
    whole = {"since": (now - day).isoformat(), "until": (now + day).isoformat()}
    assert (await ask(feeds, "POST", path, json=whole)).json() == {"events": 1}
    assert code(await ask(feeds, "POST", path, json=whole)) == (409, "replay-under-way")


async def test_the_log_is_read_page_by_page_and_by_state(feeds: FeedWorld) -> None:
    async with receiver() as there, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(*(Person("kent").registered() for _ in range(5)))
        await all_delivered(feeds, 5)
    path = f"/webhooks/{made['id']}/deliveries"
    first = (await ask(feeds, "GET", f"{path}?limit=3")).json()
    rest = (await ask(feeds, "GET", f"{path}?limit=3&cursor={first['next']}")).json()
    found = [each["position"] for each in first["items"] + rest["items"]]
    assert found == [5, 4, 3, 2, 1]
    assert (await ask(feeds, "GET", f"{path}?state=waiting")).json()["items"] == []
    assert code(await ask(feeds, "GET", f"{path}?state=lost")) == (422, "invalid")
    assert code(await ask(feeds, "GET", f"{path}?cursor=x")) == (400, "cursor-malformed")


ROUTES: list[tuple[str, str, Any]] = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("PATCH", "", {"note": "ours now"}),
    ("POST", "/disable", None),
    ("POST", "/enable", None),
    ("POST", "/rotate", {}),
    ("GET", "/secret", None),
    ("POST", "/ping", None),
    ("GET", "/deliveries", None),
    ("POST", "/replay", {"since": "2026-01-01T00:00:00Z", "until": "2027-01-01T00:00:00Z"}),
]


@pytest.mark.parametrize(("method", "path", "body"), ROUTES)
async def test_another_forces_webhook_is_as_unknown_as_one_that_is_not(
    feeds: FeedWorld, method: str, path: str, body: Any
) -> None:
    async with receiver() as there:
        theirs = (await webhook(feeds, there.url, "essex", hmac=True))["id"]
        before = await feeds.rows("SELECT * FROM webhook_endpoints")
        told = []
        for webhook_id in (theirs, str(uuid4())):
            answer = await ask(feeds, method, f"/webhooks/{webhook_id}{path}", json=body)
            assert code(answer) == (404, "webhook-unknown")
            said = {k: v for k, v in answer.json().items() if k != "correlation_id"}
            told.append(repr(said).replace(webhook_id, "<id>"))
        assert told[0] == told[1]
        assert there.got == []
    assert await feeds.rows("SELECT * FROM webhook_endpoints") == before
    assert (await ask(feeds, "GET", "/webhooks")).json() == {"items": []}


@pytest.mark.parametrize(("method", "path", "body"), [*ROUTES, ("POST", None, {"url": URL})])
async def test_other_roles_and_the_nation_manage_no_webhook(
    feeds: FeedWorld, method: str, path: str | None, body: Any
) -> None:
    made = await webhook(feeds, URL, "kent")
    where = "/webhooks" if path is None else f"/webhooks/{made['id']}{path}"
    for roles in (["force-analyst", "force-signoff"], ["candidate"], ["moderator"]):
        answer = await ask(feeds, method, where, "kent", *roles, json=body)
        assert code(answer) == (403, "forbidden")
    nation = await ask(feeds, method, where, "national", "national-admin", json=body)
    assert code(nation) == (403, "forbidden")
    nation = await ask(feeds, method, where, "national", "force-admin", json=body)
    assert code(nation) == (403, "webhooks-of-forces")
    nobody = await feeds.client.request(method, where, json=body)
    assert code(nobody) == (401, "token-missing")


async def test_the_key_set_is_everybodys_and_tells_not_which_webhooks_there_are(
    feeds: FeedWorld,
) -> None:
    made = await webhook(feeds, URL)
    for webhook_id in (made["id"], str(uuid4())):
        answer = await feeds.client.get(f"/webhooks/{webhook_id}/jwks.json")
        assert (answer.status_code, len(answer.json()["keys"])) == (200, 1)
    assert made["jwks"] == f"/webhooks/{made['id']}/jwks.json"


async def test_the_database_keeps_webhooks_apart_by_itself(feeds: FeedWorld) -> None:
    for force_id in ("kent", "essex"):
        made = await webhook(feeds, URL, force_id)
        await feeds.run(
            "INSERT INTO webhook_deliveries (endpoint_id, force_id, position, event_id, type, key,"
            " replay, queued_at, next_at) VALUES (CAST(:id AS uuid), :force, 1, gen_random_uuid(),"
            " '', '', false, now(), now())",
            id=made["id"],
            force=force_id,
        )
    for table in ("webhook_endpoints", "webhook_cursors", "webhook_deliveries"):
        async with feeds.database.connection("kent", read_only=True) as connection:
            rows = await connection.execute(text(f"SELECT force_id FROM {table}"))
        assert [row.force_id for row in rows] == ["kent"]
