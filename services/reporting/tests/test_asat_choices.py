"""A figure as at a moment, in each choice that the live one has."""

from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from reporting.api.returns.freezing import reproduce
from reporting.domain.returns import SETS

from .given import Person, people, workforce
from .nation import journey
from .returning import PUBLISHER, ReturnWorld
from .world import NATION, World, force

MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)
JUNE = datetime(2026, 6, 8, 9, tzinfo=UTC)
CHOICES = {
    **dict.fromkeys(SETS["national"].figures, ("", "?per=cohort", "?version=1")),
    "funnel": ("", "?per=force", "?per=role", "?per=cohort", "?per=role&version=1"),
    "sessions": ("", "?version=1", "?version=2"),
    "data-quality": ("", "?version=1", "?version=2"),
    "module-completions": (
        "",
        *(f"?period={each}&by={by}" for each in ("day", "week") for by in ("module", "force")),
        *("?period=day&by=via", "?period=week&by=via", "?by=force", "?by=via", "?period=month"),
    ),
}
MOMENTS = ("as_of", "about", "freshness")


async def asked(world: ReturnWorld, **body: Any) -> str:
    answer = await world.post("/as-at", body, **NATION)
    assert answer.status_code == 202, answer.text
    await world.freeze()
    return f"/as-at/{answer.json()['cut_id']}"


def said(document: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in document.items() if name not in MOMENTS}


async def test_as_at_now_is_what_the_live_figure_says_in_every_choice(returns: ReturnWorld) -> None:
    chance = Random(1)
    await returns.happens(workforce("kent", 100), workforce("essex", 80))
    for one in (*people(12, "kent"), *people(9, "essex")):
        await returns.happens(*journey(one, chance))
    cut = await asked(returns)
    for name, choices in CHOICES.items():
        for each in choices:
            live = await returns.read(f"/figures/{name}.json{each}", **NATION)
            assert said(await returns.read(f"{cut}/{name}.json{each}", **NATION)) == said(live)


async def test_a_past_moment_and_a_past_day_by_role_by_cohort_and_by_day(
    returns: ReturnWorld,
) -> None:
    person = Person("kent")
    await returns.happens(person.registered(), person.enrolled(), recorded=MAY)
    await returns.happens(person.completed("a", date(2026, 5, 3)), recorded=JUNE)
    await returns.happens(Person("essex").registered(), recorded=JUNE)
    then, now = {"known_at": "2026-05-05T00:00:00Z"}, {"about": "2026-05-05"}
    found: dict[str, list[Any]] = {}
    for body in (then, now, then | now, {}):
        cut = await asked(returns, figures=["funnel", "module-completions"], **body)
        for per, key in (("role", "police-officer"), ("cohort", "2026-05")):
            funnel = await returns.read(f"{cut}/funnel.json?per={per}")
            steps = {e["step"]: e["reached"] for e in funnel["rows"] if e["key"] == key}
            found.setdefault(per, []).append((steps["registered"], steps.get("module a")))
        days = await returns.read(f"{cut}/module-completions.json?period=day&by=via")
        found.setdefault("day", []).append([(e["period"], e["key"]) for e in days["rows"]])
    assert found["role"] == [(1, None), (1, 1), (1, None), (2, 1)]
    assert found["cohort"][:2] == [(1, None), (1, 1)]
    assert found["day"] == [[], [("2026-05-03", "csv")], [], [("2026-05-03", "csv")]]


async def test_small_numbers_are_withheld_in_every_choice_as_they_are_live(
    returns: ReturnWorld,
) -> None:
    await returns.happens(*(one.registered() for one in (*people(12, "kent"), Person("essex"))))
    await returns.happens(*(one.completed("a") for one in (*people(12, "kent"), Person("essex"))))
    cut = await asked(returns)
    for address in ("funnel.json?per=force", "module-completions.json?by=force"):
        shown = await returns.read(f"{cut}/{address}", **PUBLISHER)
        live = await returns.read(f"/figures/{address}", **PUBLISHER)
        assert shown["disclosure"] == "small-numbers-suppressed"
        assert said(shown) == said(live)
        exact = await returns.read(f"{cut}/{address}", **NATION)
        ones = [
            [each for each in one["rows"] if each["key"] == "essex" and 1 in each.values()]
            for one in (exact, shown)
        ]
        assert (bool(ones[0]), ones[1]) == (True, [])
    for per in ("role", "cohort"):
        assert (await returns.read(f"{cut}/funnel.json?per={per}", **PUBLISHER))["rows"]


async def test_what_is_refused_live_is_refused_as_at(returns: ReturnWorld) -> None:
    cut = await asked(returns, figures=["funnel", "module-completions"])
    for path, claims in (
        ("module-completions.json?period=year", NATION),
        ("module-completions.json?by=nobody", NATION),
        ("funnel.json?per=person", NATION),
        ("funnel.json?version=0", NATION),
        ("funnel.json?version=99", NATION),
        ("nothing.json", NATION),
        ("module-completions.json?period=day", PUBLISHER),
    ):
        live = await returns.get(f"/figures/{path}", **claims)
        then = await returns.get(f"{cut}/{path}", **claims)
        assert then.status_code >= 400
        assert (then.status_code, then.json()["code"]) == (live.status_code, live.json()["code"])
    for path, claims, code in (
        (f"{cut}/headline.json", NATION, "cut-unknown"),
        (f"/as-at/{uuid4()}/funnel.json?per=role", NATION, "cut-unknown"),
        (f"{cut}/funnel.json?per=role", force("kent"), "forbidden"),
    ):
        assert (await returns.get(path, **claims)).json()["code"] == code


async def test_an_earlier_cut_refuses_what_it_has_not_kept(returns: ReturnWorld) -> None:
    await returns.happens(*Person("kent").certified())
    cut = await asked(returns)
    # As it was read before there were choices.
    await returns.run("ALTER TABLE cut_figures DISABLE TRIGGER frozen")
    await returns.run("DELETE FROM cut_figures WHERE figure LIKE '%?%'")
    for path, field in (("funnel.json?per=role", "per"), ("sessions.json?version=1", "version")):
        answer = await returns.get(f"{cut}/{path}")
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "choice-not-kept")
        assert problem["field"] == field
    unasked = await returns.read(f"{cut}/funnel.json")
    assert await returns.read(f"{cut}/funnel.json?per=force&version=1") == unasked


async def test_a_return_is_kept_in_one_way_and_reproduced_beside_an_as_at(
    returns: ReturnWorld,
) -> None:
    await returns.happens(workforce("kent", 100), *Person("kent").certified())
    found = await returns.opened("2026-06-10")
    await asked(returns)
    assert await returns.value("SELECT count(*) FROM cut_figures WHERE figure LIKE '%?%'") > 0
    kept = """SELECT count(*) FROM cut_figures JOIN return_versions USING (cut_id)
        WHERE figure LIKE '%?%'"""
    assert await returns.value(kept) == 0
    assert await reproduce(returns.system, returns.servers, UUID(found), 1) == []


@pytest.mark.parametrize("choice", ["per=role", "by=force", "period=day", "version=1"])
async def test_a_return_refuses_a_choice_that_would_be_left_out_of_account(
    world: World, choice: str
) -> None:
    for claims in (NATION, force("kent")):
        path = f"/returns/{uuid4()}/versions/1/funnel.json?{choice}"
        answer = await world.get(path, **claims)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (422, "choice-not-kept")
        assert problem["field"] == choice.split("=", maxsplit=1)[0]
