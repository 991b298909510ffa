"""How a page is looked at: in both languages, light and dark, wide and narrow, by axe."""

from itertools import cycle, pairwise
from typing import Final

from axe_playwright_python.async_playwright import Axe  # type: ignore[import-untyped]
from playwright.async_api import Browser, Page

from .browser import opened

WCAG: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# A look is a second of a processor. Each page is met in both languages, schemes and widths, and
# page by page in other pairs of them.
LOOKS: Final = (
    (("en", "light", 1280), ("cy", "dark", 320)),
    (("en", "dark", 320), ("cy", "light", 1280)),
    (("en", "dark", 1280), ("cy", "light", 320)),
)


async def look_at(browser: Browser, headers: dict[str, str], *addresses: str) -> None:
    """Nothing that axe can find is wrong with any of these pages."""
    async with opened(browser, headers) as page:
        for address, looks in zip(addresses, cycle(LOOKS), strict=False):
            for language, scheme, width in looks:
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                await page.set_viewport_size({"width": width, "height": 900})
                await page.goto(f"{address}?lang={language}")
                assert await page.get_attribute("html", "lang") == language
                await _open_everything(page)
                await nothing_wrong(page, width)


async def _open_everything(page: Page) -> None:
    await page.evaluate(
        "document.querySelectorAll('details').forEach((one) => { one.open = true })"
    )
    levels = await page.eval_on_selector_all("h1, h2, h3", "all => all.map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert all(under - over <= 1 for over, under in pairwise(levels))


async def nothing_wrong(page: Page, width: int) -> None:
    """As the page stands now."""
    found = await Axe().run(page, options=WCAG)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
    assert len(found.response["passes"]) > 15
    assert await page.evaluate("document.documentElement.scrollWidth") <= width, page.url
