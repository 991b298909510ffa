"""The page in a real browser: live, sorted by links, on a phone, in the dark, for everybody."""

import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, expect

from .browser import launched, opened, served
from .given import people, workforce
from .nation import nation
from .world import World, force

pytestmark = pytest.mark.browser

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


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
        await page.get_by_role("link", name="How reported").click()
        await expect(page.locator("#module-completions")).to_contain_text("Learning platform, xAPI")
        assert "sort=percent&dir=desc" in page.url
        await page.locator("#improvement summary").click()
        await expect(page.locator("#improvement details")).to_contain_text("Relative change")


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_read_it(
    world: World, url: str, browser: Browser, scheme: str, width: int
) -> None:
    async with opened(browser, world.bearer(), width, color_scheme=scheme) as page:
        await page.goto(url)
        for summary in await page.locator("summary").all():
            await summary.click()
        found = await Axe().run(page, options=WCAG)
        assert found.violations_count == 0, found.generate_report()
        assert len(found.response["passes"]) > 20
        assert await page.evaluate("document.documentElement.scrollWidth") <= width


async def test_the_page_of_a_force_is_its_own(world: World, url: str, browser: Browser) -> None:
    await world.given(workforce("gwent", 242))
    async with opened(browser, world.bearer(**force("gwent"))) as page:
        await page.goto(url)
        await expect(page.locator("h1")).to_contain_text("Gwent Police")
        await expect(page.locator("h1 [lang=cy]")).to_have_text("Heddlu Gwent")
        assert await page.locator("#forces tbody tr").count() == 1
