"""A force confirms that it has erased its own copies: its own alone, by pseudonym, each once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from playwright.async_api import expect
from prometheus_client import REGISTRY

from chassis.clock import now
from chassis.errors import Refusal
from chassis.pseudonyms import pseudonyms
from npp_contracts.enrolment import LearnerErased
from npp_contracts.ids import LearnerId
from reporting.consumers import FLOWS
from reporting.domain.erasures import ErasureConfirmed, ErasureUnknown, Told, confirming
from reporting.store.erasures import count_erasures

from .browser import launched, opened, served
from .delivering import who
from .feeding import FeedWorld, code
from .looking import look_at, nothing_wrong

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
A, B = UUID(int=1), UUID(int=2)


def told(pseudonym: UUID, confirmed_at: datetime | None = None) -> Told:
    by = "somebody" if confirmed_at else None
    return Told(pseudonym, 1, NOON, date(2026, 7, 30), confirmed_at, by)


@pytest.mark.parametrize(
    ("asked", "known", "expected"),
    [
        ([A, B, A], [told(A), told(B)], [A, B]),
        ([A, B], [told(A)], ErasureUnknown),
        ([A, B], [told(A), told(B, NOON)], ErasureConfirmed),
    ],
)
def test_all_that_are_asked_are_confirmed_or_none(
    asked: list[UUID], known: list[Told], expected: list[UUID] | type[Refusal]
) -> None:
    if isinstance(expected, list):
        assert confirming(asked, known) == expected
        return
    with pytest.raises(expected):
        confirming(asked, known)


@pytest.mark.parametrize(("day", "overdue"), [(30, False), (31, True)])
def test_an_erasure_is_overdue_on_the_day_after_it_was_due(day: int, overdue: bool) -> None:
    today = date(2026, 7, day)
    assert told(A).overdue(today) is overdue
    assert not told(A, NOON).overdue(today)


async def erased(world: FeedWorld, *force_ids: str, due_on: date = date(2199, 1, 31)) -> LearnerId:
    learner_id = LearnerId(uuid4())
    said = [
        LearnerErased(force_id=each, learner_id=learner_id, due_on=due_on) for each in force_ids
    ]
    for envelope in await world.given(*said):
        await world.apply(FLOWS[0], envelope)
    return learner_id


async def ask(
    world: FeedWorld, method: str, path: str, force_id: str = "kent", *roles: str, **options: Any
) -> httpx.Response:
    headers = who(world, force_id, *(roles or ("force-admin",)))
    return await world.client.request(method, path, headers=headers, **options)


async def test_a_force_sees_and_confirms_its_own_and_no_other(feeds: FeedWorld) -> None:
    learner_id = await erased(feeds, "essex", "kent")
    name = pseudonyms().of("kent", learner_id)
    (mine,) = (await ask(feeds, "GET", "/erasures")).json()["items"]
    assert mine.keys() == {
        *("pseudonym", "position", "told_at", "due_on", "overdue", "confirmed_at", "confirmed_by")
    }
    assert (mine["pseudonym"], mine["position"], mine["due_on"]) == (str(name), 1, "2199-01-31")
    assert str(learner_id) not in str(mine)

    # Neither the other force's pseudonym nor the learner's own id is known here.
    for absent in (pseudonyms().of("essex", learner_id), learner_id, "nobody"):
        answer = await ask(feeds, "POST", f"/erasures/{absent}/confirmation")
        assert code(answer) == (404, "erasure-unknown")
    answer = await ask(feeds, "POST", f"/erasures/{name}/confirmation")
    assert (answer.status_code, bool(answer.json()["confirmed_by"])) == (201, True)
    again = await ask(feeds, "POST", f"/erasures/{name}/confirmation")
    assert code(again) == (409, "erasure-confirmed")
    assert (await ask(feeds, "GET", "/erasures")).json() == {"items": []}
    (kept,) = (await ask(feeds, "GET", "/erasures?state=confirmed")).json()["items"]
    assert kept == answer.json()
    (theirs,) = (await ask(feeds, "GET", "/erasures", "essex")).json()["items"]
    assert theirs["confirmed_at"] is None


async def test_only_who_may_sees_or_confirms(feeds: FeedWorld) -> None:
    learner_id = await erased(feeds, "kent")
    path = f"/erasures/{pseudonyms().of('kent', learner_id)}/confirmation"
    for force_id, role in (("kent", "force-analyst"), ("national", "national-admin")):
        assert (await ask(feeds, "GET", "/erasures", force_id, role)).status_code == 403
        assert (await ask(feeds, "POST", path, force_id, role)).status_code == 403
        assert (await ask(feeds, "GET", "/privacy/forces", force_id, role)).status_code == 403
    nation = await ask(feeds, "GET", "/erasures", "national", "force-admin")
    assert code(nation) == (403, "erasures-of-forces")
    assert code(await ask(feeds, "POST", path, "essex")) == (404, "erasure-unknown")


async def test_officers_see_what_forces_have_confirmed_and_a_forces_officer_of_whom_it_held(
    feeds: FeedWorld,
) -> None:
    learner_id = await erased(feeds, "essex", "kent")
    name = pseudonyms().of("kent", learner_id)
    await ask(feeds, "POST", f"/erasures/{name}/confirmation")

    async def seen(force_id: str, role: str) -> dict[str, bool]:
        items = (await ask(feeds, "GET", "/privacy/forces", force_id, role)).json()["items"]
        mine = [each for each in items if each["learner_id"] == str(learner_id)]
        assert all(each["told"] and each["due_on"] == "2199-01-31" for each in mine)
        return {each["force_id"]: each["confirmed_at"] is not None for each in mine}

    assert await seen("national", "national-dpo") == {"essex": False, "kent": True}
    # Who held them last is told by learner; who had them before, by its pseudonym alone.
    assert await seen("essex", "force-dpo") == {}
    assert await seen("kent", "force-dpo") == {"kent": True}
    assert await seen("gwent", "force-dpo") == {}


async def test_told_again_nothing_is_due_again(feeds: FeedWorld) -> None:
    learner_id = LearnerId(uuid4())
    said = LearnerErased(force_id="kent", learner_id=learner_id, due_on=date(2199, 1, 31))
    await feeds.given(said)
    name = pseudonyms().of("kent", learner_id)
    await ask(feeds, "POST", f"/erasures/{name}/confirmation")
    await feeds.given(said)
    (kept,) = (await ask(feeds, "GET", "/erasures?state=confirmed")).json()["items"]
    assert (kept["pseudonym"], kept["position"]) == (str(name), 1)
    with pytest.raises(Exception, match="force_erasures is frozen"):
        await feeds.run("UPDATE force_erasures SET confirmed_by = 'x'")


async def test_what_each_force_owes_is_counted(feeds: FeedWorld) -> None:
    yesterday = now().date() - timedelta(days=1)
    await erased(feeds, "kent", due_on=yesterday)
    await erased(feeds, "kent", "essex")
    async with feeds.system.connection() as connection:
        await count_erasures(connection)

    def counted(force_id: str, state: str) -> float | None:
        return REGISTRY.get_sample_value("npp_force_erasures", {"force": force_id, "state": state})

    assert [counted("kent", each) for each in ("due", "overdue")] == [2, 1]
    assert [counted("essex", each) for each in ("due", "overdue")] == [1, 0]
    assert [counted("gwent", each) for each in ("due", "overdue")] == [0, 0]


@pytest.mark.browser
async def test_an_administrator_confirms_on_the_page(feeds: FeedWorld) -> None:
    late = await erased(feeds, "kent", due_on=now().date() - timedelta(days=1))
    other = await erased(feeds, "kent", "essex")
    admin = who(feeds, "kent", "force-admin")
    name = str(pseudonyms().of("kent", late))
    async with (
        served(feeds.app) as url,
        launched() as browser,
        opened(browser, admin, but="status of 422") as page,
    ):
        await page.goto(f"{url}/erasures-due")
        assert await page.locator("input[name=pseudonym]").count() == 2
        await expect(page.locator(".govuk-tag--red")).to_have_count(1)
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.get_by_role("alert")).to_contain_text("Choose at least one")
        await nothing_wrong(page, 1280)
        await page.get_by_label(name).check()
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.get_by_role("alert")).to_contain_text("erased its own copies")
        await expect(page.get_by_label(name)).to_be_checked()
        await page.get_by_label("has erased every copy").check()
        await page.get_by_role("button", name="Confirm").click()
        await expect(page.get_by_role("alert")).to_contain_text("confirmation is kept")
        await expect(page.locator("tbody")).to_contain_text(name)
        assert await page.locator("input[name=pseudonym]").count() == 1
        await look_at(browser, admin, f"{url}/erasures-due")

    again = await ask(feeds, "POST", "/erasures-due", data={"pseudonym": name, "declared": "yes"})
    assert (again.status_code, "confirmed this erasure already" in again.text) == (409, True)
    theirs = str(pseudonyms().of("essex", other))
    for unknown in (theirs, "x"):
        fields = {"pseudonym": unknown, "declared": "yes"}
        absent = await ask(feeds, "POST", "/erasures-due", data=fields)
        assert (absent.status_code, "There is no such page" in absent.text) == (404, True)
    refused = await ask(feeds, "GET", "/erasures-due", "kent", "force-analyst")
    assert (refused.status_code, name in refused.text) == (403, False)
