"""Returns decided on the pages: opened, checked, confirmed, corrected and published by forms."""

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from chassis.auth import Actor

from .browser import launched, opened, served
from .given import people, workforce
from .looking import look_at
from .returning import PUBLISHER, ReturnWorld, signoff
from .world import ANALYST, force

DAY = "2026-06-30"


async def two_forces(world: ReturnWorld) -> None:
    signed = [event for each in people(7, "kent") for event in each.certified()]
    await world.happens(workforce("kent", 50), workforce("essex", 60), *signed)


async def sent(
    world: ReturnWorld, path: str, fields: dict[str, str] | None = None, **claims: Any
) -> httpx.Response:
    world.client.cookies.clear()
    return await world.client.post(path, data=fields or {}, headers=world.bearer(**claims))


async def press(page: Page, words: str) -> None:
    await page.get_by_role("button", name=words).click()


@pytest.mark.browser
async def test_a_return_is_opened_confirmed_published_and_corrected_without_a_script(
    returns: ReturnWorld,
) -> None:
    await two_forces(returns)
    publisher, kent = returns.bearer(**PUBLISHER), returns.bearer(**signoff("kent"))
    async with (
        served(returns.app) as url,
        launched() as browser,
        opened(browser, publisher, java_script_enabled=False) as national,
        opened(browser, kent, java_script_enabled=False) as force_page,
    ):
        await national.goto(f"{url}/national-returns")
        await press(national, "Open a return")
        for label, value in (
            ("Period", "2026-q2"),
            ("Day", "30"),
            ("Month", "6"),
            ("Year", "2026"),
        ):
            await national.get_by_label(label, exact=True).fill(value)
        await press(national, "Open the return")
        await expect(national.get_by_role("alert")).to_contain_text("The return is open.")
        await expect(national.locator("main")).to_contain_text("being read from the log")
        await returns.freeze()
        first = national.url.partition("?")[0]

        await force_page.goto(first)
        await press(force_page, "Check and confirm these figures")
        await expect(force_page.locator("#headline .large")).to_have_text("7")
        await expect(force_page.locator("main")).to_contain_text("has not confirmed a version")
        await press(force_page, "Confirm these figures")
        problem = "Say that you have checked the figures"
        await expect(force_page.get_by_role("alert")).to_contain_text(problem)
        await force_page.get_by_label("I have checked these figures").check()
        await press(force_page, "Confirm these figures")
        confirmed = "Your force has confirmed these figures."
        await expect(force_page.get_by_role("alert")).to_contain_text(confirmed)
        assert await force_page.get_by_role("button", name="Check and confirm").count() == 0

        await national.goto(first)
        await press(national, "Publish this version")
        await expect(national.locator("main")).to_contain_text("1 of 43 forces")
        await expect(national.locator(".names").first).to_contain_text("Essex Police")
        await national.get_by_label("I know that 42 forces").check()
        await press(national, "Publish version 1")
        await expect(national.get_by_role("alert")).to_contain_text("This version is published.")

        await returns.happens(workforce("kent", 70))
        await press(national, "Correct this return")
        await national.get_by_label("Why is it corrected?").fill("Kent has counted again")
        await press(national, "Make a new version")
        await returns.freeze()
        second = national.url.partition("?")[0]
        assert (first[-1], second[-1]) == ("1", "2")
        await force_page.goto(f"{second}/confirmation")
        changes = force_page.get_by_role("region", name="Values that are different")
        await expect(changes).to_contain_text("rows[kent].denominator")
        await look_at(browser, kent, f"{second}/confirmation")
        asked = (f"{url}/national-returns/opening", f"{second}/publication")
        await look_at(browser, publisher, *asked, f"{second}/correction")


async def test_what_cannot_be_decided_is_said_in_words_and_changes_nothing(
    returns: ReturnWorld,
) -> None:
    await two_forces(returns)
    made = await returns.opened(DAY)
    at = f"/national-returns/{made}/versions/1"
    confirm, yes = f"{at}/confirmation", {"declared": "yes"}
    kent, essex = signoff("kent"), signoff("essex")

    async def refused(
        path: str, words: str, status: int, fields: dict[str, str] | None = None, **claims: Any
    ) -> None:
        answer = await sent(returns, path, fields, **claims)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text[:2000]
        assert answer.headers["content-type"].startswith("text/html")

    only = "Only whoever signs off for a force"
    await refused(confirm, only, 403, yes, **force("kent", "force-admin"))
    await refused(confirm, only, 403, **force("kent", "candidate"))
    own = "A force confirms its own part, and nobody else does"
    await refused(confirm, own, 403, yes, roles=["force-signoff"], force_id="national")
    await refused(confirm, "Say that you have checked", 422, **kent)
    for path in ("publication", "correction"):
        fields = {"known": "yes", "reason": "because"}
        nobody = "Only the national publisher can do this"
        await refused(f"{at}/{path}", nobody, 403, fields, **kent)
        await refused(f"{at}/{path}", nobody, 403, fields, **ANALYST)
    await refused(f"{at}/publication", "Say that you know", 422, **PUBLISHER)
    await refused(f"{at}/correction", "Say why", 422, {"reason": " "}, **PUBLISHER)
    await refused("/national-returns/x/versions/1/confirmation", "no such page", 404, yes, **kent)
    assert (await returns.get(f"{at[:-1]}9/confirmation", **kent)).status_code == 404

    lacking = await returns.get(confirm, **signoff("gwent"))
    assert "has reported no neighbourhood staff" in lacking.text
    assert 'method="post" novalidate' not in lacking.text
    await refused(confirm, "has reported no neighbourhood staff", 409, yes, **signoff("gwent"))

    assert (await sent(returns, confirm, yes, **kent)).status_code == 303
    await refused(confirm, "Your force has confirmed these figures already", 409, yes, **kent)
    reason = {"reason": "counted twice"}
    assert (await sent(returns, f"{at}/correction", reason, **PUBLISHER)).status_code == 303
    await refused(f"{at}/correction", "There is a later version", 409, reason, **PUBLISHER)
    await refused(confirm, "There is a later version", 409, yes, **essex)
    second = f"{at[:-1]}2"
    await refused(f"{second}/confirmation", "still being read", 409, yes, **essex)
    await refused(f"{second}/publication", "still being read", 409, {"known": "yes"}, **PUBLISHER)
    await returns.freeze()
    assert len((await returns.read(f"/returns/{made}", **PUBLISHER))["versions"]) == 2

    opening = "/national-returns/opening"
    day = {"period": "2026-q2", "day": "30", "month": "6", "year": "2026"}
    await refused(opening, "There is a return of that set and period", 409, day, **PUBLISHER)
    await refused(opening, "Write a day that there is", 422, day | {"day": "31"}, **PUBLISHER)
    await refused(opening, "Write the period", 422, day | {"period": "Q 2"}, **PUBLISHER)
    to_come = day | {"period": "2199-q2", "year": "2199"}
    await refused(opening, "The day has not come yet", 422, to_come, **PUBLISHER)


async def test_a_form_of_another_session_confirms_nothing(returns: ReturnWorld) -> None:
    await two_forces(returns)
    path = f"/national-returns/{await returns.opened(DAY)}/versions/1/confirmation"
    signin = returns.app.state.runtime.signin
    session = signin._seal_session(Actor("signs", frozenset({"force-signoff"}), "kent"))
    headers = {"Cookie": f"{signin.session_cookie}={session}", "Accept": "text/html"}
    page = (await returns.client.get(path, headers=headers)).text
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]+)"', page))
    fields = {"declared": "yes"}
    for wrong in ({}, {"csrf_token": "x"}):
        answer = await returns.client.post(path, headers=headers, data=fields | wrong)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf-token-wrong")
    returns.client.cookies.clear()
    late = await returns.client.post(path, headers={"Accept": "text/html"}, data=fields)
    assert (late.status_code, late.headers["location"]) == (303, f"/signin?next={path}")
    given = fields | {"csrf_token": token}
    answer = await returns.client.post(path, headers=headers, data=given)
    assert (answer.status_code, answer.headers["location"][-16:]) == (303, "1?done=confirmed")
