"""The figures over HTTP: who may read them, ETags, files for spreadsheets, bad requests."""

import csv
import io
import re

import pytest

from chassis.auth import Actor
from reporting.api.answers import answers_of

from .given import Person, people, workforce
from .world import World, force


@pytest.mark.parametrize("path", ["/figures", "/figures/headline.json", "/figures/forces.csv", "/"])
async def test_nobody_reads_without_a_token_or_a_role(world: World, path: str) -> None:
    assert (await world.client.get(path)).status_code == 401
    assert (await world.get(path, **force("kent", "candidate"))).status_code == 403


async def test_a_browser_without_a_session_is_sent_to_sign_in(world: World) -> None:
    answer = await world.client.get("/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/signin?next=/")


async def test_an_unchanged_figure_is_not_sent_again(world: World) -> None:
    await world.given(*Person("kent").certified())
    for path in ("/figures/headline.json", "/figures/headline.csv"):
        first = await world.get(path)
        tag = {"If-None-Match": first.headers["etag"]}
        again = await world.get(path, tag)
        assert (again.status_code, again.content) == (304, b"")
        assert "private" in first.headers["cache-control"]
        await world.given(*Person("kent").certified())
        changed = await world.get(path, tag)
        assert (changed.status_code, changed.headers["etag"] != tag["If-None-Match"]) == (200, True)


async def test_a_figure_changes_only_with_what_it_rests_on(world: World) -> None:
    person = Person("kent")
    await world.given(*person.certified())
    tag = (await world.get("/figures/headline.json")).headers["etag"]
    await world.given(person.completed("a"))
    assert (await world.get("/figures/headline.json")).headers["etag"] == tag


async def test_an_answer_is_made_once_for_all_who_ask(world: World) -> None:
    await world.given(*Person("kent").certified())
    answers = answers_of(world.app)
    first = await world.get("/figures/forces.json")
    assert (await world.get("/figures/forces.json")).content == first.content
    assert len(answers._kept) == 1
    assert not answers._making


async def test_csv_opens_in_a_spreadsheet_with_what_it_is_about(world: World) -> None:
    await world.given(workforce("kent", 50), *Person("kent").certified())
    answer = await world.get("/figures/headline.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert 'filename="headline-national.csv"' in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    kent = next(each for each in rows if each["force_id"] == "kent")
    assert (kent["numerator"], kent["denominator"], kent["percent"]) == ("1", "50", "2.0")
    assert (kent["figure"], kent["version"]) == ("headline", "1")
    assert kent["as_of_time"].startswith("20")
    assert answer.text.endswith("\r\n")


async def test_csv_of_a_text_that_looks_like_a_formula_is_only_text(world: World) -> None:
    # No code can begin like this; should one ever, a spreadsheet must not run it.
    event = Person("kent").completed("ok").model_copy(update={"module": "=cmd|calc"})
    await world.given(event)
    assert "'=cmd|calc" in (await world.get("/figures/module-completions.csv")).text
    page = (await world.get("/programme")).text
    assert "=cmd|calc" in page


async def test_markup_in_the_data_stays_text(world: World) -> None:
    event = Person("kent").completed("ok").model_copy(update={"module": "<script>x</script>"})
    await world.given(event)
    page = (await world.get("/programme")).text
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/figures/unheard-of.json", 404, "figure-unknown"),
        ("/figures/headline.xml", 404, "not-found"),
        ("/figures/module-completions.json?period=year", 422, "invalid"),
        ("/static/secret.txt", 404, "not-found"),
    ],
)
async def test_what_cannot_be_answered_is_a_problem(
    world: World, path: str, status: int, code: str
) -> None:
    answer = await world.get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_the_page_forgives_a_mistyped_link(world: World) -> None:
    await world.given(*people(1, "kent")[0].certified())
    for query in ("?sort=nothing&dir=up", "?period=year&by=colour", "?sort=percent&dir=desc"):
        assert (await world.get(f"/{query}")).status_code == 200
        assert (await world.get(f"/programme{query}&lang=de")).status_code == 200


async def test_the_page_allows_nothing_inline(world: World) -> None:
    answer = await world.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert " style=" not in answer.text
    assert answer.text.count("<script") == answer.text.count('<script src="/static/')


async def test_who_may_not_see_figures_is_told_so_on_a_page(world: World) -> None:
    answer = await world.get("/", {"Accept": "text/html"}, **force("kent", "candidate"))
    assert answer.status_code == 403
    assert "You cannot see this page" in answer.text


async def test_a_signed_in_reader_can_leave_and_nobody_can_make_them(world: World) -> None:
    signin = world.app.state.runtime.signin
    session = signin._seal_session(Actor("person-1", frozenset({"force-analyst"}), "kent"))
    cookie = {"Cookie": f"{signin.session_cookie}={session}"}
    page = (await world.client.get("/", headers=cookie)).text
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found
    forged = await world.client.post("/signout", headers=cookie, data={})
    assert forged.status_code == 403
    left = await world.client.post("/signout", headers=cookie, data={"csrf_token": found[1]})
    assert left.status_code == 303
    assert f'{signin.session_cookie}=""' in left.headers["set-cookie"]
