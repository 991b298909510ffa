"""The stream: every figure once, what changes within a second, one watcher for all readers."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import msgspec
import pytest

from chassis.testing.waiting import eventually
from reporting.api import watch as watch_module
from reporting.api.answers import answers_of
from reporting.api.figures import FIGURES
from reporting.api.pages.panels import MOST_ALIKE
from reporting.api.pages.plan import FRESH, OVERVIEW, PAGES
from reporting.api.pages.view import SORTABLE, Looks
from reporting.api.watch import watch_of

from .browser import served
from .given import Person, workforce
from .world import ANALYST, World, force


class Listener:
    """Reads a stream of server-sent events one by one."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def next(self) -> tuple[str, dict[str, Any]]:
        found = dict[str, str]()
        async with asyncio.timeout(10):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line and name:
                    found[name] = value
                elif found:
                    return found["event"], msgspec.json.decode(found["data"])
        raise EOFError

    async def end(self) -> None:
        """Return when the service ends the stream."""
        with contextlib.suppress(EOFError):
            while True:
                await self.next()

    async def take(self, number: int) -> dict[str, dict[str, Any]]:
        events = [await self.next() for _ in range(number)]
        return {content["id"]: content for _, content in events}


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    world.app.state._state.pop("watch", None)
    async with served(world.app) as address:
        yield address


@asynccontextmanager
async def listening(world: World, url: str, **claims: Any) -> AsyncIterator[Listener]:
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream("GET", f"{url}/stream", headers=world.bearer(**claims)) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Listener(answer)


async def test_a_change_arrives_within_a_second_and_only_where_something_changed(
    world: World, url: str
) -> None:
    await world.given(workforce("kent", 50), *Person("kent").certified())
    async with listening(world, url) as listener:
        assert (await listener.take(len(FIGURES))).keys() == FIGURES.keys()
        await world.given(*Person("kent").certified()[:1], Person("kent").completed("a"))
        started = time.monotonic()
        changed: dict[str, Any] = {}
        while changed.get("module-completions", {}).get("n") != 1:
            changed |= await listener.take(1)
        assert time.monotonic() - started < 2  # one, on a machine that has nothing else to do
        assert changed.keys() <= {
            *("headline", "forces", "module-completions", "enrolments", "parts", "funnel"),
            *("at-risk", "freshness"),
        }


async def test_a_force_hears_nothing_of_another(world: World, url: str) -> None:
    await world.given(*Person("kent").certified(), *Person("essex").certified())
    async with listening(world, url, **force("kent")) as listener:
        heard = await listener.take(len(FIGURES))
    assert heard["forces"]["rows"][0]["registered"] == 1
    assert b"essex" not in msgspec.json.encode(heard)


async def test_readers_share_one_watcher_which_ends_with_the_last(world: World, url: str) -> None:
    watch = watch_of(world.app)
    async with listening(world, url) as first, listening(world, url) as second:
        await asyncio.gather(first.take(1), second.take(1))
        assert watch.listeners == 2
        assert [each.get_name() for each in asyncio.all_tasks()].count("watch") == 1

    async def left() -> bool:
        return watch.listeners == 0 and watch._task is None

    await eventually(left)


async def test_a_stopping_process_ends_its_streams(world: World, url: str) -> None:
    async with listening(world, url) as listener:
        await listener.take(len(FIGURES))
        world.app.state.runtime.health.draining = True
        try:
            await listener.end()
        finally:
            world.app.state.runtime.health.draining = False


async def test_a_stream_ends_in_time_for_its_reader_to_show_who_they_are(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reporting.api.stream.LIFE_SECONDS", 1.0)
    async with listening(world, url) as listener:
        await listener.end()


async def test_the_watcher_outlives_a_database_that_is_away(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_module, "POLL_SECONDS", 0.05)
    async with listening(world, url) as listener:
        await listener.take(len(FIGURES))
        watch, asked = watch_of(world.app), []

        async def away(*_: object) -> Any:
            asked.append(1)
            raise ConnectionRefusedError

        class Away:
            version = staticmethod(away)

        answers, watch.answers = watch.answers, Away()  # type: ignore[assignment]

        async def tried() -> bool:
            return len(asked) > 1

        await eventually(tried)
        watch.answers = answers
        await world.given(Person("kent").completed("a"))
        assert (await listener.next())[0] == "figure"


@pytest.mark.parametrize(("claims", "status"), [(None, 401), (force("kent", "candidate"), 403)])
async def test_nobody_listens_without_a_token_or_a_role(
    world: World, claims: dict[str, Any] | None, status: int
) -> None:
    headers = {} if claims is None else world.bearer(**claims)
    assert (await world.client.get("/stream", headers=headers)).status_code == status


@pytest.mark.parametrize("page", ["overview", "programme", "quality", "unheard-of"])
async def test_a_page_hears_its_own_panels(world: World, url: str, page: str) -> None:
    await world.given(*Person("kent").certified())
    shown = {each.id for each in (FRESH, *PAGES.get(page, OVERVIEW).panels)}
    async with (
        httpx.AsyncClient(timeout=10) as client,
        client.stream(
            "GET", f"{url}/stream?as=html&lang=cy&page={page}", headers=world.bearer()
        ) as answer,
    ):
        heard = await Listener(answer).take(len(shown))
    assert heard.keys() == shown
    assert "digwyddiad" in heard["fresh"]["html"]


async def test_readers_who_look_alike_share_what_is_rendered(world: World) -> None:
    await world.given(*Person("kent").certified())
    answers = answers_of(world.app)
    for number in range(2 * MOST_ALIKE):
        order = "asc" if number % 2 else "desc"
        for _ in range(2):
            await world.get(f"/?dir={order}&sort={SORTABLE[number % len(SORTABLE)]}")
        kept = next(e for e in answers._kept.values() if e.document["id"] == "forces")
        assert 0 < len(kept.shown) <= MOST_ALIKE
    await world.get("/", **force("kent"))
    for kept in answers._kept.values():
        keys = [key for key in kept.shown if isinstance(key, tuple)]
        assert len({each.force for key in keys for each in key if isinstance(each, Looks)}) <= 1


async def test_the_page_of_a_force_hears_of_that_force_alone(world: World, url: str) -> None:
    await world.given(*Person("kent").certified(), *Person("essex").certified())
    asked = f"{url}/stream?as=html&page=force&force="
    async with httpx.AsyncClient(timeout=10) as client:
        for claims in ({}, ANALYST, force("kent")):
            shown = PAGES["force"].seen(only=claims is ANALYST)
            headers = world.bearer(**claims)
            async with client.stream("GET", f"{asked}kent", headers=headers) as answer:
                heard = await Listener(answer).take(1 + len(shown))
            assert heard.keys() == {"fresh", *(each.id for each in shown)}
            assert b"essex" not in msgspec.json.encode(heard).lower()
        refused = await client.get(f"{asked}essex", headers=world.bearer(**force("kent")))
        assert (refused.status_code, refused.json()["code"]) == (404, "force-unknown")
