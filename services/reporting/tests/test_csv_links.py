"""Links to a figure as CSV: the maker's sight without a token, until they end or are revoked."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from chassis import clock
from npp_contracts.event import Event
from reporting.api.figures import FIGURES
from reporting.domain.links import MOST
from reporting.store.links import forget_links

from .browser import launched, opened, served
from .given import people, workforce
from .looking import look_at
from .world import ANALYST, World, force


@pytest.fixture
async def linked(world: World) -> World:
    await world.run("TRUNCATE csv_links")
    events: list[Event] = [workforce("kent", 50), workforce("essex", 77)]
    for person in (*people(6, "kent"), *people(3, "essex")):
        events += [*person.certified(), person.completed(f"only-in-{person.force_id}")]
    await world.given(*events)
    return world


async def asked(world: World, figure: str, *, subject: str = "person-1", **body: Any) -> Any:
    who = body.pop("who", force("kent"))
    said = {"figure": figure, "label": "Workbook", **body}
    headers = world.bearer(sub=subject, **who)
    world.client.cookies.clear()
    return await world.client.post("/links", json=said, headers=headers)


async def made(world: World, figure: str = "forces", **body: Any) -> dict[str, Any]:
    answer = await asked(world, figure, **body)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def taken(world: World, url: str, **headers: str) -> httpx.Response:
    """As a spreadsheet does: no token, no cookie."""
    world.client.cookies.clear()
    return await world.client.get(url, headers=headers)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("name", FIGURES)
async def test_a_link_is_the_figure_as_its_maker_sees_it(linked: World, name: str) -> None:
    for who in (force("kent"), {}, ANALYST):
        link = await made(linked, name, who={"roles": ["national-admin"], **who})
        answer = await taken(linked, link["url"])
        plain = await linked.get(f"/figures/{name}.csv", **who)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == plain.headers["content-type"]
        if name != "freshness":  # how old it is passes with the clock
            assert answer.content == plain.content
            assert answer.headers["etag"] == plain.headers["etag"]
        if who == force("kent"):
            assert "essex" not in answer.text


async def test_parameters_are_the_links_and_not_the_readers(linked: World) -> None:
    link = await made(linked, "module-completions", period="day", by="via", days=3)
    answer = await taken(linked, link["url"] + "?period=month&by=module&version=9")
    plain = await linked.get("/figures/module-completions.csv?period=day&by=via", **force("kent"))
    assert answer.content == plain.content
    assert link["parameters"] == {"period": "day", "by": "via", "per": "force"}


async def test_what_is_known_is_not_sent_again(linked: World) -> None:
    url = (await made(linked))["url"]
    tag = (await taken(linked, url)).headers["etag"]
    again = await taken(linked, url, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    await linked.given(*people(1, "kent")[0].certified())
    assert (await taken(linked, url, **{"If-None-Match": tag})).status_code == 200


async def test_whatever_is_no_link_looks_alike(linked: World) -> None:
    url = (await made(linked))["url"]
    link_id, secret = re.fullmatch(r"/links/([^/]+)/([^/]+)/forces.csv", url).groups()  # type: ignore[union-attr]
    other = (await made(linked))["url"].split("/")[3]
    answers = [
        await taken(linked, each)
        for each in (
            f"/links/{link_id}/{secret[:-1]}/forces.csv",
            f"/links/{link_id}/{other}/forces.csv",
            f"/links/{link_id}/{secret}/funnel.csv",
            f"/links/{link_id}/{secret}/nothing.csv",
            f"/links/{uuid4()}/{secret}/forces.csv",
            f"/links/nothing/{secret}/forces.csv",
            f"/links/{link_id}/é/forces.csv",
        )
    ]
    told = [{**each.json(), "correlation_id": "", "instance": ""} for each in answers]
    assert [code(each) for each in answers] == [(404, "csv-link-unknown")] * len(answers)
    assert all(each == told[0] for each in told)
    assert (await taken(linked, url)).status_code == 200


async def test_a_link_ends(linked: World) -> None:
    url = (await made(linked, days=1))["url"]
    try:
        clock.be_wrong(timedelta(days=1, minutes=1))
        assert code(await taken(linked, url)) == (410, "csv-link-expired")
        wrong = await taken(linked, url.replace("/forces", "x/forces"))
        assert code(wrong) == (404, "csv-link-unknown")
        later = int(clock.seconds()) + 600
        assert (await linked.get("/links", exp=later, **force("kent"))).json()["items"] == []
        clock.be_wrong(timedelta(days=40))
        async with linked.system.connection() as connection:
            await forget_links(connection)
        assert code(await taken(linked, url)) == (404, "csv-link-unknown")
    finally:
        clock.be_wrong(timedelta())


async def test_who_made_it_and_administrators_list_and_revoke_it(linked: World) -> None:
    links = {
        (each, subject): await made(linked, who=force(each), subject=subject)
        for each, subject in (("kent", "person-1"), ("kent", "person-2"), ("essex", "person-1"))
    }

    async def listed(subject: str, **who: Any) -> set[str]:
        headers = linked.bearer(sub=subject, **who)
        answer = await linked.client.get("/links", headers=headers)
        assert "url" not in answer.text
        return {each["id"] for each in answer.json()["items"]}

    async def revoked(link: dict[str, Any], subject: str, **who: Any) -> int:
        headers = linked.bearer(sub=subject, **who)
        return (await linked.client.delete(f"/links/{link['id']}", headers=headers)).status_code

    mine, others, theirs = (links[each] for each in links)
    assert await listed("person-1", **force("kent")) == {mine["id"]}
    assert await listed("person-3", **force("kent", "force-admin")) == {mine["id"], others["id"]}
    assert await listed("person-1") == set()
    for subject, who in (
        ("person-1", force("kent")),
        ("person-1", force("essex", "force-admin")),
        ("person-1", {}),
    ):
        assert await revoked(others, subject, **who) == 404
    assert await revoked(others, "person-2", **force("kent")) == 204
    assert await revoked(mine, "person-3", **force("kent", "force-admin")) == 204
    for gone in (mine, others):
        assert code(await taken(linked, gone["url"])) == (404, "csv-link-unknown")
    assert (await taken(linked, theirs["url"])).status_code == 200


async def test_a_link_shows_no_more_than_its_maker_may_see(linked: World) -> None:
    refused = await asked(linked, "module-completions", who=ANALYST, period="day")
    assert code(refused) == (403, "filter-would-unmask")
    withheld = await taken(linked, (await made(linked, who=ANALYST))["url"])
    (essex,) = [line for line in withheld.text.splitlines() if line.startswith("essex,")]
    assert "[c]" in essex
    assert code(await asked(linked, "forces", who=force("kent", "learner"))) == (403, "forbidden")
    assert (await linked.client.post("/links", json={})).status_code == 401


async def test_what_is_asked_for_wrongly_is_refused(linked: World) -> None:
    for body, refusal in (
        ({"days": 0}, (422, "invalid")),
        ({"days": 367}, (422, "invalid")),
        ({"label": ""}, (422, "invalid")),
        ({"label": "two\nlines"}, (422, "invalid")),
        ({"label": "x" * 101}, (422, "invalid")),
        ({"period": "year"}, (422, "invalid")),
        ({"force_id": "essex"}, (422, "invalid")),
        ({"version": 99}, (404, "definition-unknown")),
    ):
        assert code(await asked(linked, "forces", **body)) == refusal, body
    assert code(await asked(linked, "nothing")) == (404, "figure-unknown")
    assert await linked.value("SELECT count(*) FROM csv_links") == 0


async def test_nobody_has_more_than_there_can_be(linked: World) -> None:
    link = await made(linked)
    for _ in range(MOST - 1):
        await made(linked)
    assert code(await asked(linked, "forces")) == (409, "too-many-csv-links")
    await made(linked, subject="person-2")
    headers = linked.bearer(sub="person-1", **force("kent"))
    await linked.client.delete(f"/links/{link['id']}", headers=headers)
    await made(linked)


async def test_uses_are_logged_and_the_secret_is_kept_nowhere(linked: World) -> None:
    with capture_logs() as logged:
        link = await made(linked)
        secret = link["url"].split("/")[3]
        tag = (await taken(linked, link["url"])).headers["etag"]
        await taken(linked, link["url"], **{"If-None-Match": tag})
        await taken(linked, link["url"].replace(secret, "x" * 43))
    about = {"link": link["id"], "log_level": "info"}
    assert [each for each in logged if str(each["event"]).startswith("csv-link")] == [
        {"event": "csv-link-made", "figure": "forces", "by": "person-1", **about},
        {"event": "csv-link-used", "figure": "forces", "sent": True, **about},
        {"event": "csv-link-used", "figure": "forces", "sent": False, **about},
        {"event": "csv-link-refused", "code": "csv-link-unknown", "log_level": "warning"},
    ]
    assert secret not in repr(logged)
    kept = await linked.rows("SELECT * FROM csv_links")
    assert secret not in repr(kept)
    key = {"Idempotency-Key": "k", **linked.bearer(sub="person-1", **force("kent"))}
    body = {"figure": "forces", "label": "Workbook"}
    again = (await linked.client.post("/links", json=body, headers=key)).json()["url"].split("/")[3]
    answers = await linked.rows("SELECT convert_from(body, 'UTF8') FROM idempotency_keys")
    assert again not in repr(answers)


async def test_the_database_shows_links_to_their_force_alone(linked: World) -> None:
    await made(linked, who=force("kent"))
    await made(linked, who={})
    for scope, seen in (("kent", {"kent"}), ("essex", set()), ("*", {"kent", "national"})):
        async with linked.database.connection(scope, read_only=True) as connection:
            found = await connection.execute(text("SELECT force_id FROM csv_links"))
            assert {row.force_id for row in found} == seen


@pytest.mark.browser
async def test_a_link_is_made_beside_the_figure_and_revoked_on_its_page(linked: World) -> None:
    who = linked.bearer(**force("kent", "force-admin"))
    async with served(linked.app) as url, launched() as browser:
        linked.runtime.signin.public_url = url  # type: ignore[union-attr]
        async with opened(browser, who, java_script_enabled=False) as page:
            await page.goto(f"{url}/programme")
            await page.locator("#funnel summary").click()
            await page.locator("#funnel a[href^='/csv-links']").click()
            await page.get_by_label("What it is for").fill("Board, June")
            await page.get_by_role("button", name="Make the link").click()
            address = await page.locator("#made").inner_text()
            assert re.fullmatch(rf"{url}/links/[0-9a-f-]+/[\w-]+/funnel\.csv", address)
            async with httpx.AsyncClient() as spreadsheet:
                told = await spreadsheet.get(address)
            assert told.text == (await linked.get("/figures/funnel.csv", **force("kent"))).text
            await look_at(browser, who, f"{url}/csv-links/funnel")
            await page.goto(f"{url}/csv-links")
            assert await page.locator("#made").count() == 0
            await page.get_by_role("button", name="Revoke").click()
            await page.wait_for_url(f"{url}/csv-links")
            assert "Board, June" not in await page.content()
            async with httpx.AsyncClient() as spreadsheet:
                assert (await spreadsheet.get(address)).status_code == 404


async def test_a_form_says_what_it_does_not_take(linked: World) -> None:
    headers = linked.bearer(**force("kent"))
    for label, days in (("", "90"), ("Workbook", "0"), ("Workbook", "soon")):
        said = {"figure": "forces", "label": label, "days": days}
        answer = await linked.client.post("/csv-links", data=said, headers=headers)
        assert answer.status_code == 422
        assert "1 to 366 days" in answer.text
        assert answer.headers["cache-control"] == "no-store"
    unknown = await linked.client.post(
        "/csv-links", data={"figure": "x", "label": "x", "days": "1"}, headers=headers
    )
    assert unknown.status_code == 404
    other = await linked.client.post(f"/csv-links/{UUID(int=1)}/revoke", headers=headers)
    assert other.status_code == 404
