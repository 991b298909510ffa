"""The pages of returns and of webhooks: each reader sees what the API tells them, and no more."""

from typing import Any
from uuid import uuid4

import pytest

from .browser import launched, served
from .delivering import webhook, who
from .feeding import FeedWorld
from .given import people, workforce
from .looking import look_at
from .returning import PUBLISHER, ReturnWorld
from .world import ANALYST, World, force

AS_OF = "2026-06-30"


async def page(world: World, path: str, status: int = 200, **claims: Any) -> str:
    answer = await world.get(path, **claims)
    assert answer.status_code == status, answer.text
    return answer.text


async def given_a_corrected_return(world: ReturnWorld) -> str:
    """Kent has confirmed the first version, and its staff were revised after that."""
    signed = [event for each in people(7, "kent") for event in each.certified()]
    await world.happens(workforce("kent", 50), workforce("essex", 60), *signed)
    made = await world.opened(AS_OF)
    assert (await world.confirm(made, "kent")).status_code == 201
    assert (await world.publish(made)).status_code == 200
    await world.happens(workforce("kent", 70))
    await world.corrected(made, "Kent has counted again")
    return made


@pytest.mark.browser
async def test_a_return_shows_its_versions_who_is_missing_and_what_has_changed(
    returns: ReturnWorld,
) -> None:
    made = await given_a_corrected_return(returns)
    first, second = (f"/national-returns/{made}/versions/{each}" for each in (1, 2))

    listed = await page(returns, "/national-returns", **PUBLISHER)
    assert (first in listed, second in listed) == (True, True)
    assert "1 of 43 forces" in listed
    assert "Kent has counted again" in listed
    told = await page(returns, second, **PUBLISHER)
    assert "0 of 43 forces" in told
    assert "<code>rows[kent].denominator</code>" in told
    assert "To be confirmed again: Kent Police." in told
    assert "There is no version before this one" in await page(returns, first, **PUBLISHER)

    # What is not published yet is the publisher's; a correction's reason is not for forces.
    assert second not in await page(returns, "/national-returns", **ANALYST)
    await page(returns, second, 404, **ANALYST)
    mine = await page(returns, second, **force("kent"))
    assert ("by your force" in mine, "rows[kent].denominator" in mine) == (False, True)
    assert "Kent has counted again" not in mine
    theirs = await page(returns, second, **force("essex"))
    assert ("rows[essex]" in theirs, "kent" in theirs.lower()) == (False, False)
    for absent in (f"/national-returns/{uuid4()}/versions/1", first[:-1] + "9", first + "x"):
        assert "There is no such page" in await page(returns, absent, 404, **PUBLISHER)

    async with served(returns.app) as url, launched() as browser:
        addresses = [f"{url}{path}" for path in ("/national-returns", second)]
        await look_at(browser, returns.bearer(**PUBLISHER), *addresses)


@pytest.mark.browser
async def test_webhooks_are_shown_to_who_manages_them(feeds: FeedWorld) -> None:
    made = await webhook(feeds, "https://kent.police.example/npp")

    async def shown(path: str, force_id: str, role: str) -> tuple[int, bool]:
        answer = await feeds.client.get(path, headers=who(feeds, force_id, role))
        return answer.status_code, made["url"] in answer.text

    assert await shown("/deliveries", "kent", "force-admin") == (200, True)
    assert await shown("/deliveries", "essex", "force-admin") == (200, False)
    assert await shown("/deliveries", "kent", "force-analyst") == (403, False)
    assert await shown("/deliveries", "national", "national-admin") == (403, False)
    async with served(feeds.app) as url, launched() as browser:
        await look_at(browser, who(feeds, "kent", "force-admin"), f"{url}/deliveries")
