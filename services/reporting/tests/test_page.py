"""The pages in a real browser: live, by links alone, by keyboard, and readable for everybody."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from reporting.api.pages.plan import PAGES

from .browser import launched, opened, served
from .given import people, workforce
from .looking import look_at
from .nation import nation
from .world import ANALYST, World, force

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with launched() as found:
        yield found


@pytest.fixture
async def url(world: World) -> AsyncIterator[str]:
    world.app.state._state.pop("watch", None)
    await world.given(*nation(people=300))
    async with served(world.app) as address:
        yield address


async def test_a_signature_shows_without_a_reload(world: World, url: str, browser: Browser) -> None:
    signed = (await world.figure("headline"))["numerator"]
    async with opened(browser, world.bearer()) as page:
        await page.goto(url)
        await expect(page).to_have_title(re.compile(r"Neighbourhood Policing Programme \(training"))
        large = page.locator("#headline .large")
        await expect(large).to_have_text(str(signed))
        await expect(page.locator(".live")).to_have_attribute("data-state", "on")
        await page.locator("#headline summary").click()
        await world.given(*people(1, "kent")[0].certified())
        await expect(large).to_have_text(str(signed + 1))
        await expect(page.locator("#headline details")).to_have_attribute("open", "")
        await expect(page.locator("#headline summary")).to_be_focused()


async def test_everything_works_without_a_script(world: World, url: str, browser: Browser) -> None:
    async with opened(browser, world.bearer(), java_script_enabled=False) as page:
        await page.goto(url)
        await page.locator("#forces thead").get_by_role("link", name="Share signed").click()
        shares = await page.locator("#forces tbody .share").all_inner_texts()
        numbers = [float(each.split()[0]) for each in shares]
        assert numbers == sorted(numbers, reverse=True)
        header = page.locator("#forces thead th[aria-sort]")
        await expect(header).to_have_attribute("aria-sort", "descending")
        await page.get_by_role("link", name="Programme and cohorts").click()
        await page.get_by_role("link", name="How reported").click()
        await expect(page.locator("#module-completions")).to_contain_text("Learning platform, xAPI")
        await page.get_by_role("link", name="Assessment").click()
        await page.locator("#improvement summary").click()
        await expect(page.locator("#improvement details")).to_contain_text("Relative change")


async def test_the_map_leads_to_a_force_by_keyboard(
    world: World, url: str, browser: Browser
) -> None:
    async with opened(browser, world.bearer()) as page:
        await page.goto(url)
        assert await page.locator(".map a").count() == 43
        await page.locator("#tile-gwent").focus()
        await page.keyboard.press("Shift+Tab")
        await expect(page.locator("#tile-south-wales")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("h1")).to_have_text("South Wales Police")
        await page.get_by_role("link", name="Cymraeg").click()
        await expect(page.locator("h1")).to_have_text("Heddlu De Cymru")
        await page.get_by_role("link", name="Trosolwg cenedlaethol").first.click()
        await expect(page.locator("html")).to_have_attribute("lang", "cy")


async def test_everybody_can_read_every_page(world: World, url: str, browser: Browser) -> None:
    paths = [page.path.format(force_id="gwent") for page in PAGES.values()]
    addresses = [f"{url}{path}" for path in (*paths, "/accessibility", "/national-returns")]
    await look_at(browser, world.bearer(), *addresses)


async def test_everybody_can_read_what_is_withheld(world: World, browser: Browser) -> None:
    few = [event for each in people(3, "surrey") for event in each.certified()]
    await world.given(*few, *(event for each in people(9, "gwent") for event in each.certified()))
    async with served(world.app) as url, opened(browser, world.bearer(**ANALYST)) as page:
        await page.goto(f"{url}/forces/surrey")
        await expect(page.locator("#headline .large")).to_have_text("Withheld")
        await look_at(browser, world.bearer(**ANALYST), f"{url}/forces/surrey")


async def test_everybody_of_a_force_can_read_every_page(
    world: World, url: str, browser: Browser
) -> None:
    paths = [page.path for page in PAGES.values() if "{" not in page.path]
    await look_at(
        browser,
        world.bearer(**force("gwent")),
        *(f"{url}{path}" for path in (*paths, "/national-returns")),
    )


async def test_the_page_of_a_force_is_its_own(world: World, url: str, browser: Browser) -> None:
    await world.given(workforce("gwent", 242))
    async with opened(browser, world.bearer(**force("gwent"))) as page:
        await page.goto(url)
        await expect(page.locator("h1")).to_have_text("Gwent Police")
        await expect(page.locator("#headline")).to_contain_text("242")
        assert await page.locator(".map, #forces").count() == 0
        await page.emulate_media(media="print")
        await expect(page.locator("nav").first).to_be_hidden()
