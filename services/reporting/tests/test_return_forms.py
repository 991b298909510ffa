"""Returns decided on the pages: opened, checked, confirmed, corrected and published by forms."""

import re
from typing import Any
from urllib.parse import urlencode

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
    # As browsers have it, whatever was filled in.
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    headers = world.bearer(**claims) | kind
    return await world.client.post(path, content=urlencode(fields or {}), headers=headers)


async def press(page: Page, words: str) -> None:
    await page.get_by_role("button", name=words).click()


async def opens(national: Page, url: str) -> str:
    """The address of the first version."""
    await national.goto(f"{url}/national-returns")
    await press(national, "Open a return")
    filled = {"Period": "2026-q2", "Day": "30", "Month": "6", "Year": "2026"}
    for label, value in filled.items():
        await national.get_by_label(label, exact=True).fill(value)
    await press(national, "Open the return")
    await expect(national.get_by_role("alert")).to_contain_text("The return is open.")
    await expect(national.locator("main")).to_contain_text("being read from the log")
    return national.url.partition("?")[0]


async def confirms(page: Page, version: str) -> None:
    await page.goto(version)
    await press(page, "Check and confirm these figures")
    await expect(page.locator("#headline .large")).to_have_text("7")
    await expect(page.locator("main")).to_contain_text("has not confirmed a version")
    await press(page, "Confirm these figures")
    problem = "Say that you have checked the figures"
    await expect(page.get_by_role("alert")).to_contain_text(problem)
    await page.get_by_label("I have checked these figures").check()
    await press(page, "Confirm these figures")
    confirmed = "Your force has confirmed these figures."
    await expect(page.get_by_role("alert")).to_contain_text(confirmed)
    assert await page.get_by_role("button", name="Check and confirm").count() == 0


async def publishes(national: Page, version: str) -> None:
    await national.goto(version)
    await press(national, "Publish this version")
    await expect(national.locator("main")).to_contain_text("1 of 43 forces")
    await expect(national.locator(".names").first).to_contain_text("Essex Police")
    await national.get_by_label("I know that 42 forces").check()
    await press(national, "Publish version 1")
    await expect(national.get_by_role("alert")).to_contain_text("This version is published.")


async def corrects(national: Page) -> str:
    """The address of the second version."""
    await press(national, "Correct this return")
    await national.get_by_label("Why is it corrected?").fill("Kent has counted again")
    await press(national, "Make a new version")
    await expect(national.get_by_role("alert")).to_contain_text("A new version is being made.")
    return national.url.partition("?")[0]


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
        opened(browser, kent, but="status of 422", java_script_enabled=False) as own,
    ):
        first = await opens(national, url)
        await returns.freeze()
        await confirms(own, first)
        await publishes(national, first)
        await returns.happens(workforce("kent", 70))
        second = await corrects(national)
        await returns.freeze()
        assert (first[-1], second[-1]) == ("1", "2")
        await own.goto(f"{second}/confirmation")
        changes = own.get_by_role("region", name="Values that are different")
        await expect(changes).to_contain_text("rows[kent].denominator")
        await look_at(browser, kent, f"{second}/confirmation")
        asked = (f"{url}/national-returns/opening", f"{second}/publication")
        await look_at(browser, publisher, *asked, f"{second}/correction")


class Refusing:
    """Forms that are sent, and what is said of them."""

    def __init__(self, world: ReturnWorld, at: str) -> None:
        self.world = world
        self.at = at

    async def __call__(
        self, form: str, words: str, status: int, fields: dict[str, str], **claims: Any
    ) -> None:
        answer = await sent(self.world, f"{self.at}/{form}", fields, **claims)
        assert (answer.status_code, words in answer.text) == (status, True), answer.text[:2000]
        assert answer.headers["content-type"].startswith("text/html")


YES = {"declared": "yes"}
KNOWN = {"known": "yes"}


async def test_who_may_not_decide_is_told_so_in_words(returns: ReturnWorld) -> None:
    await two_forces(returns)
    made = await returns.opened(DAY)
    refused = Refusing(returns, f"/national-returns/{made}/versions/1")
    only = "Only whoever signs off for a force"
    for role in ("force-admin", "candidate"):
        await refused("confirmation", only, 403, YES, **force("kent", role))
    own = "A force confirms its own part, and nobody else does"
    nation = {"roles": ["force-signoff"], "force_id": "national"}
    await refused("confirmation", own, 403, YES, **nation)
    for form in ("publication", "correction"):
        fields = KNOWN | {"reason": "because"}
        for claims in (signoff("kent"), ANALYST):
            await refused(form, "Only the national publisher", 403, fields, **claims)
    opening = await sent(returns, "/national-returns/opening", **signoff("kent"))
    assert opening.status_code == 403
    told = (await returns.read(f"/returns/{made}", **PUBLISHER))["versions"]
    assert [(each["state"], each["confirmed"]) for each in told] == [("frozen", [])]


async def test_what_cannot_be_decided_is_said_in_words_and_changes_nothing(
    returns: ReturnWorld,
) -> None:
    await two_forces(returns)
    made = await returns.opened(DAY)
    refused = Refusing(returns, f"/national-returns/{made}/versions/1")
    kent, essex, reason = signoff("kent"), signoff("essex"), {"reason": "counted twice"}
    await refused("confirmation", "Say that you have checked", 422, {}, **kent)
    await refused("publication", "Say that you know", 422, {}, **PUBLISHER)
    await refused("correction", "Say why", 422, {"reason": " "}, **PUBLISHER)
    lacking = await returns.get(f"{refused.at}/confirmation", **signoff("gwent"))
    assert ("reported no neighbourhood staff" in lacking.text, "novalidate" in lacking.text) == (
        True,
        False,
    )
    await refused("confirmation", "reported no neighbourhood", 409, YES, **signoff("gwent"))

    assert (await sent(returns, f"{refused.at}/confirmation", YES, **kent)).status_code == 303
    await refused("confirmation", "confirmed these figures already", 409, YES, **kent)
    assert (await sent(returns, f"{refused.at}/correction", reason, **PUBLISHER)).status_code == 303
    await refused("correction", "There is a later version", 409, reason, **PUBLISHER)
    await refused("confirmation", "There is a later version", 409, YES, **essex)
    second = Refusing(returns, f"/national-returns/{made}/versions/2")
    await second("confirmation", "still being read", 409, YES, **essex)
    await second("publication", "still being read", 409, KNOWN, **PUBLISHER)
    await returns.freeze()
    assert len((await returns.read(f"/returns/{made}", **PUBLISHER))["versions"]) == 2

    for absent in (f"/national-returns/{made}/versions/9", "/national-returns/x/versions/1"):
        answer = await returns.get(f"{absent}/confirmation", **kent)
        assert (answer.status_code, "There is no such page" in answer.text) == (404, True)
    opening = Refusing(returns, "/national-returns")
    day = {"period": "2026-q2", "day": "30", "month": "6", "year": "2026"}
    for other, words, status in (
        ({}, "There is a return of that set and period", 409),
        ({"day": "31"}, "Write a day that there is", 422),
        ({"period": "Q 2"}, "Write the period", 422),
        ({"period": "2199-q2", "year": "2199"}, "The day has not come yet", 422),
    ):
        await opening("opening", words, status, day | other, **PUBLISHER)


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
