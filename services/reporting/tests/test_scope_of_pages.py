"""43 tokens and every route that reporting has: a force is shown nothing of another."""

import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

import pytest
from starlette.routing import Route

from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.api.pages.narrowed import narrowed
from reporting.api.pages.plan import PAGES
from reporting.domain.forces import forces

from .given import Person, people, workforce
from .world import ANALYST, World, force, row

FORCES = list(forces())
PAGES_OF_FIGURES = [page.path for page in PAGES.values() if "{" not in page.path]
# Where the routes are tested that need more than read models: each with the tokens of others.
ELSEWHERE = {
    "/feeds": "test_feed_access.py",
    "/feeds/{force_id}": "test_feed_access.py",
    "/files": "test_feed_access.py",
    "/webhooks": "test_webhooks_api.py",
    "/returns": "test_returns.py",
    "/as-at": "test_returns.py",
    "/national-returns": "test_return_pages.py",
    "/deliveries": "test_return_pages.py",
    "/erasures": "test_erasures.py",
    "/privacy/forces": "test_erasures.py",
    "/links": "test_csv_links.py",
    "/csv-links": "test_csv_links.py",
    "/privacy": "test_scope.py",
}
FOR_EVERYBODY = {
    ("GET", "/livez"),
    ("GET", "/readyz"),
    ("GET", "/openapi.json"),
    ("GET", "/signin"),
    ("GET", "/callback"),
    ("POST", "/signout"),
    ("GET", "/static/{name}"),
    # Public keys of any id; and a file or a figure, for whoever has its link.
    ("GET", "/webhooks/{webhook_id}/jwks.json"),
    ("GET", "/files/{feed}/{day}/{name}"),
    ("GET", "/links/{link_id}/{secret}/{figure}.csv"),
}
SAYS_NOTHING_OF_FORCES = {path for _, path in FOR_EVERYBODY} | {"/accessibility"}


def headcount(force_id: str) -> int:
    return 71_000 + FORCES.index(force_id)


async def every_force(world: World) -> World:
    """Each has something in every read model, and a number and a module that no other has."""
    events: list[Event] = []
    for force_id in FORCES:
        person = Person(force_id)
        events += [workforce(force_id, headcount(force_id)), *person.certified()]
        events += [*person.attended(), person.completed(f"only-in-{force_id}")]
        events += [person.part_completed(), person.result("baseline", 40)]
    await world.given(*events)
    return world


@pytest.fixture(scope="module")
async def nation(everything: World) -> World:
    await everything.forget()
    return await every_force(everything)


def traces(said: str, of: str) -> list[str]:
    """What in a text speaks of a force."""
    name, count = forces()[of], headcount(of)
    marks = (name.name, name.welsh_name, f"only-in-{of}", f"/forces/{of}", f"{count:,}", f'"{of}"')
    found = [each for each in marks if each and each in said]
    # A number of five digits may well stand inside an id or a time.
    return found + ([str(count)] if re.search(rf"(?<![\w.]){count}(?!\w)", said) else [])


def addresses(force_id: str) -> list[str]:
    files = [f"/figures/{name}.{kind}" for name in FIGURES for kind in ("json", "csv")]
    cuts = [f"/figures/funnel.csv?per={per}" for per in ("role", "cohort")]
    cuts += [f"/figures/module-completions.csv?by={by}&period=day" for by in ("force", "via")]
    pages = [*PAGES_OF_FIGURES, f"/forces/{force_id}", "/programme?by=force&period=day&lang=cy"]
    return ["/figures", "/figures/forces.csv-metadata.json", *files, *cuts, *pages]


@pytest.mark.parametrize("force_id", FORCES)
async def test_a_force_is_shown_nothing_of_another(nation: World, force_id: str) -> None:
    found = list[str]()
    for path in addresses(force_id):
        answer = await nation.get(path, **force(force_id))
        assert answer.status_code == 200, path
        found.append(f"{path}: {answer.headers} {unescape(answer.text)}")
    said = "".join(found)
    assert {forces()[force_id].name, f"only-in-{force_id}"} <= set(traces(said, force_id))
    for other in FORCES:
        if other != force_id and traces(said, other):
            assert [(each[:40], traces(each, other)) for each in found if traces(each, other)] == []


async def test_the_nation_is_shown_every_force(nation: World) -> None:
    page = (await nation.get("/")).text + (await nation.get("/programme?by=module")).text
    for each in FORCES:
        assert {f"only-in-{each}", f"/forces/{each}"} <= set(traces(page, each))


async def test_a_page_of_another_force_is_as_if_there_were_none(nation: World) -> None:
    def body(answer: Any) -> str:
        return str(answer.text)

    absent = await nation.get("/forces/nowhere", **force("kent"))
    assert (absent.status_code, "There is no such page" in absent.text) == (404, True)
    for other in FORCES:
        if other != "kent":
            answer = await nation.get(f"/forces/{other}", **force("kent"))
            assert (answer.status_code, body(answer)) == (404, body(absent))
            assert answer.headers.get("etag") is None
    listening = await nation.get("/stream?force=essex", **force("kent"))
    assert (listening.status_code, traces(listening.text, "essex")) == (404, [])


async def test_a_force_beside_the_nation_shows_what_the_nations_table_shows(world: World) -> None:
    few = [event for each in people(3, "surrey") for event in each.certified()]
    await world.given(*few, *(event for each in people(9, "kent") for event in each.certified()))
    page = (await world.get("/forces/surrey", **ANALYST)).text
    assert "[c]" in page
    assert "Improvement" not in page
    for name in ("headline", "forces", "at-risk", "pipeline", "data-quality"):
        document = await world.figure(name, **ANALYST)
        shown = narrowed(document, "surrey")
        assert shown["rows"] == [e for e in document["rows"] if e["force_id"] == "surrey"]
    headline = narrowed(await world.figure("headline", **ANALYST), "surrey")
    assert (headline["numerator"], headline["suppressed"]) == (None, True)
    exact = await world.figure("headline")
    assert narrowed(exact, "surrey")["numerator"] == row(exact, force_id="surrey")["numerator"] == 3


def served(world: World) -> set[tuple[str, str]]:
    """Every method and path that the service really answers, whoever has added it."""
    return {
        (method, route.path)
        for route in within(world.app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def within(routes: Iterable[Any]) -> Iterator[Route]:
    for each in routes:
        if isinstance(each, Route):
            yield each
        else:  # a router that is included; whatever else there may be fails here
            yield from within(each.original_router.routes)


def test_no_route_is_forgotten(nation: World) -> None:
    covered = {"/figures", "/stream", "/forces/{force_id}", *PAGES_OF_FIGURES}
    covered |= {f"/figures/{{name}}.{each}" for each in ("json", "csv", "csv-metadata.json")}
    left = {path for _, path in served(nation)} - covered - SAYS_NOTHING_OF_FORCES
    assert {path for path in left if not path.startswith(tuple(ELSEWHERE))} == set()


async def test_every_route_asks_who_calls_but_those_for_everybody(nation: World) -> None:
    """Others answer nobody without a token, and nobody whose role reads nothing here."""
    nobody: dict[str, str] = {}
    reads_nothing, wrong = nation.bearer(**force("kent", "candidate")), []
    for method, path in sorted(served(nation)):
        url = re.sub(r"{\w+}", "00000000-0000-4000-8000-000000000000", path)
        found = [
            (await nation.client.request(method, url, headers=headers)).status_code
            for headers in (nobody, reads_nothing)
        ]
        # 422, 415: of a body that we did not send.
        refused = found in ([401, 403], [401, 422], [401, 415])
        if (401 in found) if (method, path) in FOR_EVERYBODY else not refused:
            wrong.append((method, path, *found))
    # Whoever has signed in may read it.
    assert wrong == [("GET", "/accessibility", 401, 200)]
    assert served(nation) >= FOR_EVERYBODY
    # Not on this port: metrics tell of every force.
    assert (await nation.client.get("/metrics")).status_code == 404
    assert (await nation.management.get("/metrics")).status_code == 200
