"""Given events, then the figures that follow from them."""

from datetime import date

from npp_contracts.event import Event
from reporting.domain.definitions import DEFINITIONS
from reporting.domain.forces import forces

from .given import Person, people, workforce
from .world import World, force, row


async def test_headline_counts_distinct_neighbourhood_staff_over_dated_denominators(
    world: World,
) -> None:
    constable, back_office = Person("derbyshire"), Person("derbyshire", neighbourhood=False)
    twice = Person("kent")
    second = Person("kent", learner_id=twice.learner_id)
    await world.given(
        workforce("derbyshire", 250, date(2026, 3, 31)),
        workforce("derbyshire", 200, date(2026, 3, 31)),
        workforce("derbyshire", 999, date(2025, 3, 31)),
        workforce("kent", 300, date(2025, 9, 30)),
        *constable.certified(),
        *back_office.certified(),
        *twice.certified(),
        second.opened(),
        second.signed(),
    )

    figure = await world.figure("headline")

    assert figure["numerator"] == 2
    assert figure["denominator"] | {"missing": None} == {
        "value": 500,
        "oldest": "2025-09-30",
        "newest": "2026-03-31",
        "sources": ["workforce-return"],
        "reported": 2,
        "missing": None,
    }
    assert len(figure["denominator"]["missing"]) == 41
    assert figure["percent"] == 0.4
    derbyshire = row(figure, force_id="derbyshire")
    assert (derbyshire["numerator"], derbyshire["denominator"]) == (1, 200)
    assert (derbyshire["as_of"], derbyshire["revision"]) == ("2026-03-31", 2)
    assert derbyshire["percent"] == 0.5


async def test_headline_follows_role_changes_and_stays_with_the_force_that_signed(
    world: World,
) -> None:
    mover, leaver = Person("kent"), Person("kent")
    await world.given(workforce("kent", 100), *mover.certified(), *leaver.certified())
    await world.given(mover.transferred("essex"), leaver.updated(neighbourhood=False))

    figure = await world.figure("headline")

    assert figure["numerator"] == 1
    assert row(figure, force_id="kent")["numerator"] == 1
    assert row(figure, force_id="essex")["numerator"] == 0
    assert (await world.figure("headline", **force("kent")))["numerator"] == 1


async def test_headline_of_forces_without_a_denominator_has_no_percentage(world: World) -> None:
    await world.given(workforce("kent", 100), *Person("kent").certified())
    await world.given(*Person("surrey").certified())

    figure = await world.figure("headline")

    assert (figure["numerator"], figure["percent"]) == (2, 1.0)
    assert row(figure, force_id="surrey")["percent"] is None
    assert "surrey" in figure["denominator"]["missing"]


def a_beginner_and_a_graduate() -> list[Event]:
    done, begun = Person("kent"), Person("kent")
    return [
        *done.certified(),
        begun.registered(),
        begun.enrolled(),
        begun.opened(),
        begun.completed("problem-solving-1"),
        begun.completed("problem-solving-2", via="xapi"),
        *done.attended(),
        *done.attended(),
        *begun.attended("no-show"),
        done.result("baseline", 40),
        done.result("final", 80),
        begun.result("baseline", None, outcome="absent", valid=False, first_valid=False),
        begun.result("final", 55),
    ]


async def test_forces_lists_every_force_with_each_step_of_the_way(world: World) -> None:
    await world.given(workforce("kent", 50), *a_beginner_and_a_graduate())

    figure = await world.figure("forces")

    assert [each["force_id"] for each in figure["rows"]] == sorted(
        forces(), key=lambda each: forces()[each].name
    )
    kent = row(figure, force_id="kent")
    assert {name: kent[name] for name in figure["columns"]} == {
        "force_id": "kent",
        "force": "Kent Police",
        "region": "South East",
        "registered": 2,
        "enrolled": 2,
        "baseline_done": 1,
        "module_completions": 2,
        "classroom_attended": 1,
        "final_passed": 1,
        "draft": 1,
        "submitted": 0,
        "returned": 0,
        "assessed": 0,
        "quality_assured": 0,
        "signed": 1,
        "staff_signed": 1,
        "denominator": 50,
        "denominator_as_of": "2026-06-01",
        "percent": 2.0,
    }
    assert figure["totals"]["registered"] == 2


async def test_module_completions_by_period_and_key(world: World) -> None:
    learner = Person("kent")
    days = {"a": date(2026, 5, 31), "b": date(2026, 6, 1), "c": date(2026, 6, 7)}
    await world.given(
        learner.registered(),
        learner.enrolled(),
        *(learner.completed(module, day) for module, day in days.items()),
        Person("essex").completed("a", date(2026, 6, 1), "xapi"),
    )

    async def counted(period: str, by: str) -> list[tuple[str, str, int]]:
        answer = await world.get(f"/figures/module-completions.json?period={period}&by={by}")
        return [
            (each["period"], each["key"], each["completions"]) for each in answer.json()["rows"]
        ]

    assert await counted("month", "via") == [
        ("2026-05-01", "csv", 1),
        ("2026-06-01", "csv", 2),
        ("2026-06-01", "xapi", 1),
    ]
    assert await counted("week", "force") == [
        ("2026-05-25", "kent", 1),
        ("2026-06-01", "essex", 1),
        ("2026-06-01", "kent", 2),
    ]
    assert await counted("day", "module") == [
        ("2026-05-31", "a", 1),
        ("2026-06-01", "a", 1),
        ("2026-06-01", "b", 1),
        ("2026-06-07", "c", 1),
    ]


async def test_enrolled_and_part_counts_move_with_the_person(world: World) -> None:
    mover, stayer = people(2, "kent")
    await world.given(
        *mover.certified(), *stayer.certified(), stayer.part_completed(), mover.transferred("essex")
    )

    figure = await world.figure("forces")
    assert [row(figure, force_id=each)["enrolled"] for each in ("kent", "essex")] == [1, 1]
    parts = await world.figure("parts", **force("essex"))
    assert [(each["part"], each["enrolled"], each["completed"]) for each in parts["rows"]] == [
        ("NPP2", 1, 0)
    ]


async def test_every_figure_says_what_it_is_and_how_fresh(world: World) -> None:
    await world.given(*Person("kent").certified())
    listed = (await world.get("/figures")).json()["figures"]
    assert [each["id"] for each in listed] == list(DEFINITIONS)
    for each in listed:
        figure = (await world.get(each["json"])).json()
        assert {"version", "definition", "numerator", "denominator", "n", "as_of"} <= figure.keys()
        assert "last_event_at" in figure["freshness"]


async def test_nothing_recorded_is_nothing_and_not_zero_percent(world: World) -> None:
    headline = await world.figure("headline")
    assert (headline["numerator"], headline["percent"], headline["as_of"]) == (0, None, None)
    assert (await world.figure("improvement"))["undefined"] == [
        "nobody has both a baseline and a final"
    ]
