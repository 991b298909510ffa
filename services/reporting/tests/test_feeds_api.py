"""Reading a feed over HTTP: page by page, by type, compressed, not twice, and as it grows."""

import asyncio
import gzip
import time
from typing import Any

import httpx
import pytest

from chassis.testing.waiting import eventually
from npp_contracts.enrolment import LearnerRegistered, ModuleCompleted, WorkforceReported
from npp_contracts.event import Event

from .feeding import FeedWorld, sequences
from .given import Person, workforce

REGISTERED, COMPLETED = LearnerRegistered.type, ModuleCompleted.type


def story(people: int = 10) -> list[Event]:
    """Three events for each of so many people of Kent."""
    persons = [Person("kent") for _ in range(people)]
    registered = [each.registered() for each in persons]
    return registered + [each.completed(part) for each in persons for part in ("a", "b")]


async def walk(world: FeedWorld, path: str) -> list[dict[str, Any]]:
    """All that following `next` gives until there is no more."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await world.read(path)
        assert answer.headers["content-type"] == "application/cloudevents-batch+json"
        if not answer.json():
            return found
        found += answer.json()
        path = answer.links["next"]["url"]


async def test_following_next_gives_every_event_once_and_in_order(feeds: FeedWorld) -> None:
    made = await feeds.given(*story())
    for limit in (1, 7, 30, 1_000):
        found = await walk(feeds, f"/feeds/kent/events?limit={limit}")
        assert [each["id"] for each in found] == [str(each.id) for each in made]
        assert sequences(found) == list(range(1, 31))


async def test_a_page_holds_a_hundred_if_nothing_else_is_asked_for(feeds: FeedWorld) -> None:
    await feeds.given(*story(50))
    assert len(await feeds.events()) == 100
    assert len(await feeds.events(query="?limit=1000")) == 150


async def test_a_feed_without_events_is_an_empty_array(feeds: FeedWorld) -> None:
    answer = await feeds.read("/feeds/kent/events")
    assert (answer.json(), answer.headers["npp-feed-position"]) == ([], "0")
    assert answer.links["next"]["url"] == "/feeds/kent/events?limit=100&timeout=0"


async def test_the_last_event_is_followed_by_nothing(feeds: FeedWorld) -> None:
    made = await feeds.given(*story())
    answer = await feeds.read(f"/feeds/kent/events?lastEventId={made[-1].id}&limit=5&timeout=0")
    assert (answer.json(), answer.headers["npp-feed-position"]) == ([], "30")
    wanted = f"/feeds/kent/events?lastEventId={made[-1].id}&limit=5&timeout=0"
    assert answer.links["next"]["url"] == wanted


async def test_some_types_come_alone_and_keep_their_positions(feeds: FeedWorld) -> None:
    await feeds.given(workforce("kent", 1), *story(), workforce("kent", 2))
    found = await walk(feeds, f"/feeds/kent/events?types={WorkforceReported.type}&limit=1")
    assert sequences(found) == [1, 32]
    both = await walk(feeds, f"/feeds/kent/events?types={REGISTERED},{COMPLETED}&limit=7")
    assert sequences(both) == list(range(2, 32))
    assert {each["type"] for each in both} == {REGISTERED, COMPLETED}


async def test_an_answer_that_is_known_is_not_sent_again(feeds: FeedWorld) -> None:
    await feeds.given(*story())
    paths = (
        "/feeds/kent/events",
        "/feeds/kent/events?limit=5",
        f"/feeds/kent/events?limit=5&types={REGISTERED}",
        f"/feeds/kent/events?types={REGISTERED},{COMPLETED}",
        "/feeds/essex/events",
        "/feeds/national/events",
    )
    tags = []
    for path in paths:
        force_id = "essex" if "essex" in path else "kent"
        answer = await feeds.read(path, force_id)
        assert answer.headers["cache-control"] == "private, no-cache"
        tags.append(tag := answer.headers["etag"])
        again = await feeds.read(path, force_id, {"If-None-Match": f'"other", {tag}'})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["link"] == answer.headers["link"]
    assert len(set(tags)) == len(paths)
    assert not any(tag.startswith("W/") for tag in tags)


async def test_an_answer_that_has_changed_is_sent(feeds: FeedWorld) -> None:
    made = await feeds.given(*story())
    path = f"/feeds/kent/events?lastEventId={made[-1].id}"
    tag = (await feeds.read(path)).headers["etag"]
    assert (await feeds.read(path, headers={"If-None-Match": tag})).status_code == 304
    await feeds.given(Person("kent").registered())
    assert (await feeds.read(path, headers={"If-None-Match": tag})).status_code == 200


@pytest.mark.parametrize(
    ("asked", "zipped"),
    [
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.0, br", False),
        ("identity", False),
        ("x-gzip-not", False),
    ],
)
async def test_it_is_compressed_for_who_asks_for_it(
    feeds: FeedWorld, asked: str, zipped: bool
) -> None:
    await feeds.given(*story())
    plain = await feeds.read("/feeds/kent/events", headers={"Accept-Encoding": "identity"})
    request = feeds.client.build_request(
        "GET",
        "/feeds/kent/events",
        headers=feeds.issuer.bearer(roles=["force-system"], force_id="kent")
        | {"Accept-Encoding": asked},
    )
    answer = await feeds.client.send(request, stream=True)
    raw = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert (answer.headers.get("content-encoding") == "gzip") is zipped
    assert (gzip.decompress(raw) if zipped else raw) == plain.content
    assert (answer.headers["etag"] != plain.headers["etag"]) is zipped
    assert "Accept-Encoding" in answer.headers["vary"]
    if zipped:
        assert len(raw) < len(plain.content) / 3


async def waiting(world: FeedWorld, query: str) -> "asyncio.Task[httpx.Response]":
    """A reader who has asked and been told nothing yet."""
    task = asyncio.create_task(world.read(f"/feeds/kent/events{query}"))

    async def waits() -> bool:
        watch = getattr(world.app.state, "feed_watch", None)
        return bool(watch is not None and watch._waiting)

    await eventually(waits)
    return task


async def test_who_waits_is_told_at_once(feeds: FeedWorld) -> None:
    task = await waiting(feeds, "?timeout=20000")
    started = time.monotonic()
    await feeds.given(Person("essex").registered())
    assert not task.done()
    (made,) = await feeds.given(Person("kent").registered())
    answer = await asyncio.wait_for(task, 10)
    assert [each["id"] for each in answer.json()] == [str(made.id)]
    assert time.monotonic() - started < 5
    assert feeds.app.state.feed_watch._task is None


async def test_who_waits_is_told_what_another_process_has_placed(feeds: FeedWorld) -> None:
    task = await waiting(feeds, "?timeout=20000")
    await feeds.run("INSERT INTO feeds VALUES ('kent', 1, '', now(), '')")
    await feeds.run(
        "INSERT INTO feed_events VALUES ('kent', 1, gen_random_uuid(), 'a-type', '', now(), now(),"
        " '{\"sequence\":\"1\"}', '')"
    )
    assert sequences((await asyncio.wait_for(task, 10)).json()) == [1]


async def test_who_waits_for_a_type_is_not_woken_by_others(feeds: FeedWorld) -> None:
    task = await waiting(feeds, f"?timeout=20000&types={COMPLETED}")
    person = Person("kent")
    await feeds.given(person.registered())
    await feeds.given(person.completed("a"))
    assert sequences((await asyncio.wait_for(task, 10)).json()) == [2]


async def test_who_waits_in_vain_gets_an_empty_array_in_time(feeds: FeedWorld) -> None:
    started = time.monotonic()
    answer = await feeds.read("/feeds/kent/events?timeout=300")
    assert answer.json() == []
    assert 0.3 <= time.monotonic() - started < 5


async def test_nobody_is_kept_waiting_by_a_process_that_is_told_to_stop(feeds: FeedWorld) -> None:
    task = await waiting(feeds, "?timeout=30000")
    feeds.runtime.health.draining = True
    try:
        assert (await asyncio.wait_for(task, 10)).json() == []
    finally:
        feeds.runtime.health.draining = False
