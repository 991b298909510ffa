"""The sandbox's feed: it never sleeps, comes by every door, and touches nothing that is real."""

import asyncio
import os
import re
import signal
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from fastapi.routing import APIRoute
from pydantic import ValidationError

from chassis.consumer import Unreadable
from chassis.pseudonyms import pseudonyms
from chassis.testing.receiving import receiver
from chassis.testing.waiting import eventually
from npp_contracts.topics import FORCE_STREAMS, stream_of
from npp_ops.testing import KafkaForTests
from reporting.domain.forces import forces
from reporting.feeds.purge import purge_expired
from reporting.feeds.routing import invented
from reporting.feeds.sandbox.story import LENGTH, told
from reporting.feeds.sandbox.worker import go_on
from reporting.settings import SandboxSettings

from .delivering import delivering, webhook
from .feeding import Chained, FeedWorld, code, sequences
from .filing import cells, fetched, files, made, older, package
from .given import Person
from .streaming import filled, filling, held
from .test_webhook_delivery import all_delivered

SANDBOX = "sandbox"
AT_ONCE = timedelta()
EVERY_ROLE = ["force-admin", "force-analyst", "force-signoff", "force-system", "national-admin"]


async def tell(world: FeedWorld, events: int) -> None:
    for _ in range(events):
        await go_on(world.system, AT_ONCE)


async def test_it_comes_by_every_door_and_proves_itself_as_any_feed(
    feeds: FeedWorld, kafka: KafkaForTests
) -> None:
    topic = stream_of(SANDBOX)
    kafka.fresh({topic: FORCE_STREAMS.partitions})
    async with receiver() as there, delivering(feeds), filling(feeds, kafka):
        await webhook(feeds, there.url, SANDBOX)
        await tell(feeds, 40)
        await filled(feeds, SANDBOX)
        await all_delivered(feeds, 40)
    events = await feeds.events(SANDBOX, "?limit=1000")
    assert sequences(events) == list(range(1, 41))
    manifests = (await feeds.read(f"/feeds/{SANDBOX}/manifests", SANDBOX)).json()["days"]
    assert manifests[0]["chain_end"] == Chained(SANDBOX).after(events)
    body = (await feeds.read(f"/feeds/{SANDBOX}/events?limit=1000", SANDBOX)).text
    assert f"[{','.join(each.value for each in await held(kafka, SANDBOX))}]" == body
    kafka.delete(topic)
    assert {each.id: each.document for each in there.got} == {each["id"]: each for each in events}
    await older(feeds)
    await made(feeds)
    day = await package(feeds, feed=SANDBOX)
    rows = [
        row for each in files(day, "csv") for row in cells(await fetched(feeds, day, each["name"]))
    ]
    assert {row["event_id"] for row in rows} == {each["id"] for each in events}


async def test_a_reader_who_waits_is_woken(feeds: FeedWorld) -> None:
    await tell(feeds, 1)
    (last,) = await feeds.events(SANDBOX)
    query = f"?lastEventId={last['id']}&timeout=30000"
    waiting = asyncio.create_task(feeds.events(SANDBOX, query))
    await tell(feeds, 1)
    async with asyncio.timeout(5):
        assert sequences(await waiting) == [2]


async def is_told(world: FeedWorld, position: int) -> bool:
    told = "SELECT coalesce(max(position), 0) FROM feeds WHERE force_id = 'sandbox'"
    return bool(await world.value(told) >= position)


def uninterrupted(events: int) -> list[tuple[str, str]]:
    """What stands at the first positions, by id and type."""
    at = datetime(2026, 6, 1, tzinfo=UTC)
    said = [invented(*told(each, at, at), pseudonyms()) for each in range(1, events + 1)]
    return [(str(each.event_id), each.type) for each in said]


GO_ON = """
import asyncio, sys
from chassis.database import Database
from reporting.feeds.sandbox.worker import invent
asyncio.run(invent(Database(sys.argv[1], scope="*")))
"""


async def test_killed_again_and_again_it_goes_on_where_it_was(feeds: FeedWorld) -> None:
    environment = {**os.environ, "SANDBOX_PER_MINUTE": "6000"}
    for death in (1, 2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", GO_ON, feeds.url, env=environment
        )
        try:
            await eventually(partial(is_told, feeds, 6 * death))
        finally:
            process.kill()
        assert await process.wait() == -signal.SIGKILL
    await tell(feeds, 5)
    events = await feeds.events(SANDBOX, "?limit=1000")
    assert sequences(events) == list(range(1, len(events) + 1))
    assert [(each["id"], each["type"]) for each in events] == uninterrupted(len(events))


async def test_of_several_processes_one_tells_each_event(feeds: FeedWorld) -> None:
    async def process() -> None:
        while not await is_told(feeds, 12):
            await tell(feeds, 1)

    await asyncio.gather(*(process() for _ in range(4)))
    events = await feeds.events(SANDBOX, "?limit=1000")
    assert [(each["id"], each["type"]) for each in events] == uninterrupted(len(events))


async def test_the_pace_is_the_feeds_own_whoever_tells(feeds: FeedWorld) -> None:
    hour = timedelta(hours=1)
    assert await go_on(feeds.system, hour) == hour
    for _ in range(2):
        assert timedelta(minutes=59) < await go_on(feeds.system, hour) <= hour
    assert len(await feeds.events(SANDBOX)) == 1


async def test_it_reaches_no_read_model_and_no_feed_of_a_force(feeds: FeedWorld) -> None:
    await feeds.given(Person("kent").registered())
    tables = [
        row.name
        for row in await feeds.rows(
            "SELECT c.relname AS name FROM pg_class AS c WHERE c.relkind = 'r'"
            " AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        )
    ]

    async def sizes() -> dict[str, int]:
        return {each: await feeds.value(f"SELECT count(*) FROM {each}") for each in tables}

    before, kent = await sizes(), await feeds.events("kent")
    await tell(feeds, LENGTH)
    after = await sizes()
    changed = {each for each in tables if after[each] != before[each]}
    assert changed == {"feeds", "feed_events", "feed_days"}
    feeds_told = await feeds.rows("SELECT DISTINCT force_id FROM feed_events ORDER BY 1")
    assert [row.force_id for row in feeds_told] == ["kent", SANDBOX]
    assert await feeds.events("kent") == kent


async def test_what_claims_to_be_of_the_sandbox_on_a_topic_is_taken_by_no_feed(
    feeds: FeedWorld,
) -> None:
    with pytest.raises(Unreadable, match="sandbox is no force"):
        await feeds.given(Person(SANDBOX).registered())
    with pytest.raises(Unreadable, match="sandbox is no force"):
        await feeds.given(Person("kent").transferred(SANDBOX))
    assert await feeds.value("SELECT count(*) FROM feeds") == 0


async def test_it_is_read_from_the_sandbox_alone_and_nothing_else_is(feeds: FeedWorld) -> None:
    await tell(feeds, 1)
    paths = ("/feeds/{}/events", "/feeds/{}/manifests", "/files/{}")
    for path in paths:
        for other in ("kent", "national"):
            theirs = await feeds.read(path.format(SANDBOX), other, roles=EVERY_ROLE)
            ours = await feeds.read(path.format(other), SANDBOX, roles=EVERY_ROLE)
            assert code(theirs) == code(ours) == (403, "feed-of-another-force")
        assert (await feeds.read(path.format(SANDBOX), SANDBOX)).status_code == 200


DOORS = ("/webhooks", "/deliveries", "/feeds", "/files", "/erasures")
EVERYBODYS = (
    *("/accessibility", "/static", "/signin", "/callback", "/signout"),
    "/links/{link_id}/{secret}",
)
NOWHERE = "00000000-0000-4000-8000-000000000001"
NAMES = {"name": "headline", "figure": "headline", "force_id": "kent", "version": "1"}


def real_routes(world: FeedWorld) -> list[tuple[str, str]]:
    """All that reporting answers but by those doors, and but what everybody may have."""
    routes = [each for router in world.service.routers for each in router.routes]
    found = []
    for route in routes:
        assert isinstance(route, APIRoute)
        if not route.path.startswith((*DOORS, *EVERYBODYS)):
            path = re.sub(r"{(\w+)[^}]*}", lambda name: NAMES.get(name[1], NOWHERE), route.path)
            found += [(method, path) for method in route.methods or ()]
    return found


async def test_with_every_role_of_the_sandbox_nothing_real_is_seen_or_done(
    feeds: FeedWorld,
) -> None:
    headers = feeds.issuer.bearer(roles=EVERY_ROLE, force_id=SANDBOX)
    routes = real_routes(feeds)
    assert len(routes) > 20
    for method, path in routes:
        answer = await feeds.client.request(
            method, path, headers=headers, json=None if method == "GET" else {}
        )
        # What is not asked right is refused for that, before or after.
        assert answer.status_code in (403, 415, 422), (method, path)


async def test_a_month_of_it_is_kept_and_of_forces_everything(feeds: FeedWorld) -> None:
    await tell(feeds, 3)
    await feeds.given(Person("kent").registered())
    await older(feeds, 31)
    await tell(feeds, 1)
    async with feeds.system.connection() as connection:
        await purge_expired(connection)
    assert sequences(await feeds.events(SANDBOX)) == [4]
    assert sequences(await feeds.events("kent")) == [1]


@pytest.mark.parametrize("pace", ["-1", "6001", "1000000000", "nan", "often"])
def test_a_pace_that_is_none_is_refused_before_anything_starts(
    pace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SANDBOX_PER_MINUTE", pace)
    with pytest.raises(ValidationError, match="per_minute"):
        SandboxSettings()


def test_it_is_no_force() -> None:
    assert SANDBOX not in forces()
