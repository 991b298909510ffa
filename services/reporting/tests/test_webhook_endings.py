"""What a webhook comes to: deleted for good, and pinged no more than is needed."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis import clock
from chassis.testing.receiving import Request, receiver, status
from reporting.domain.webhooks import PING_EVERY, PINGS_AT_ONCE, ping_at, pinged

from .delivering import delivering, webhook
from .feeding import FeedWorld, code
from .given import Person
from .test_webhook_delivery import all_delivered
from .test_webhooks_api import URL, ask

TABLES = ("webhook_endpoints", "webhook_cursors", "webhook_deliveries")
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


async def left(world: FeedWorld, webhook_id: str) -> list[int]:
    """Rows of it by table."""
    column = dict.fromkeys(TABLES, "endpoint_id") | {TABLES[0]: "id"}
    return [
        await world.value(
            f"SELECT count(*) FROM {each} WHERE {column[each]} = CAST(:id AS uuid)", id=webhook_id
        )
        for each in TABLES
    ]


async def test_nothing_of_a_deleted_webhook_stays_and_others_are_as_they_were(
    feeds: FeedWorld,
) -> None:
    async with receiver() as there, receiver(status(500)) as refusing, delivering(feeds):
        other = await webhook(feeds, there.url)
        made = await webhook(feeds, refusing.url, hmac=True)
        await feeds.given(Person("kent").registered(), Person("kent").registered())
        await all_delivered(feeds, 2)
        await refusing.has(1)
        assert (await left(feeds, made["id"]))[2] == 2
        answer = await ask(feeds, "DELETE", f"/webhooks/{made['id']}")
        assert (answer.status_code, answer.content) == (204, b"")
        assert await left(feeds, made["id"]) == [0, 0, 0]
        assert await left(feeds, other["id"]) == [1, 1, 2]
        for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/enable"), ("POST", "/ping")):
            gone = await ask(feeds, method, f"/webhooks/{made['id']}{path}")
            assert code(gone) == (404, "webhook-unknown")
        # The worker goes on, and to the others alone.
        before = len(refusing.got)
        await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 3)
        assert len(refusing.got) == before


async def test_who_is_sending_to_it_while_it_is_deleted_leaves_nothing(feeds: FeedWorld) -> None:
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slowly(_: Request, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await go.wait()
        writer.write(b"HTTP/1.1 204 So\r\nContent-Length: 0\r\n\r\n")

    async with receiver(slowly) as there, receiver() as fine, delivering(feeds):
        made = await webhook(feeds, there.url)
        await feeds.given(Person("kent").registered())
        await asyncio.wait_for(arrived.wait(), 10)
        assert (await ask(feeds, "DELETE", f"/webhooks/{made['id']}")).status_code == 204
        go.set()
        await webhook(feeds, fine.url)
        await feeds.given(Person("kent").registered())
        await all_delivered(feeds, 1)
        assert await left(feeds, made["id"]) == [0, 0, 0]


async def test_a_deletion_names_the_version_that_was_looked_at(feeds: FeedWorld) -> None:
    made = await webhook(feeds, URL)
    path = f"/webhooks/{made['id']}"
    await ask(feeds, "PATCH", path, json={"note": "of somebody else"})
    late = await ask(feeds, "DELETE", path, headers={"If-Match": '"1"'})
    assert code(late) == (412, "stale")
    assert (await ask(feeds, "DELETE", path, headers={"If-Match": '"2"'})).status_code == 204


async def test_deleting_makes_room_for_another_with_an_id_of_its_own(feeds: FeedWorld) -> None:
    ids = [(await webhook(feeds, URL))["id"] for _ in range(10)]
    key = {"Idempotency-Key": str(uuid4())}
    again: dict[str, Any] = {"json": {"url": URL}, "headers": key}
    assert code(await ask(feeds, "POST", "/webhooks", **again)) == (409, "too-many-webhooks")
    await ask(feeds, "DELETE", f"/webhooks/{ids[0]}")
    made = (await ask(feeds, "POST", "/webhooks", **again)).json()
    assert made["id"] not in ids
    # The same request is answered as it was, and brings nothing back.
    await ask(feeds, "DELETE", f"/webhooks/{made['id']}")
    assert (await ask(feeds, "POST", "/webhooks", **again)).json()["id"] == made["id"]
    gone = await ask(feeds, "GET", f"/webhooks/{made['id']}")
    assert code(gone) == (404, "webhook-unknown")


async def test_pings_are_refused_that_come_too_fast_and_by_how_much(feeds: FeedWorld) -> None:
    async with receiver() as there:
        made, other = await webhook(feeds, there.url), await webhook(feeds, there.url)
        path = f"/webhooks/{made['id']}/ping"
        answers = await asyncio.gather(
            *(ask(feeds, "POST", path) for _ in range(PINGS_AT_ONCE + 2))
        )
        refused = [each for each in answers if each.status_code != 200]
        assert [code(each) for each in refused] == [(429, "too-many-pings")] * 2
        assert len(there.got) == PINGS_AT_ONCE
        wait = int(refused[0].headers["retry-after"])
        assert 0 < wait <= PING_EVERY.total_seconds()
        assert refused[0].json()["facts"] == {"at_once": PINGS_AT_ONCE, "seconds": wait}
        assert (await ask(feeds, "POST", f"/webhooks/{other['id']}/ping")).status_code == 200
        try:
            clock.be_wrong(timedelta(seconds=wait))
            assert (await ask(feeds, "POST", path)).status_code == 200
            assert code(await ask(feeds, "POST", path)) == (429, "too-many-pings")
        finally:
            clock.be_wrong(timedelta())


async def test_who_is_of_no_force_that_is_known_has_no_feed_to_be_brought(
    feeds: FeedWorld,
) -> None:
    made = await webhook(feeds, URL)
    for method, path, body in (
        ("POST", "/webhooks", {"url": URL}),
        ("GET", "/webhooks", None),
        ("DELETE", f"/webhooks/{made['id']}", None),
        ("POST", f"/webhooks/{made['id']}/ping", None),
    ):
        answer = await ask(feeds, method, path, "atlantis", json=body)
        assert code(answer) == (404, "feed-unknown")


@pytest.mark.parametrize("limit", ["0", "-1", "1000000000", "many"])
async def test_a_page_of_the_log_has_bounds(feeds: FeedWorld, limit: str) -> None:
    made = await webhook(feeds, URL)
    answer = await ask(feeds, "GET", f"/webhooks/{made['id']}/deliveries?limit={limit}")
    assert code(answer) == (422, "invalid")
    assert answer.json()["field"] == "limit"


@pytest.mark.parametrize(("after", "more"), [(0, 0), (6, 1), (18, 3), (60, 10), (3_600, 10)])
def test_pings_that_were_used_up_come_back_one_by_one(after: int, more: int) -> None:
    until = None
    for _ in range(PINGS_AT_ONCE):
        assert ping_at(until, NOW) == NOW
        until = pinged(until, NOW)
    at, sent = NOW + timedelta(seconds=after), 0
    while ping_at(until, at) == at:
        until, sent = pinged(until, at), sent + 1
    assert sent == more
