"""The funnel: who reached which step, where they stall, and in how many days."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from npp_contracts.enrolment import ProgrammeCompleted
from npp_contracts.event import Event
from npp_contracts.ids import EnrolmentId, LearnerId
from reporting.projections.way import STEPS

from .given import PROGRAMME, TODAY, Person, people
from .world import ANALYST, World, force, row


def programme_completed(person: Person) -> Event:
    return ProgrammeCompleted(
        force_id=person.force_id,
        learner_id=LearnerId(person.learner_id),
        enrolment_id=EnrolmentId(person.enrolment_id),
        **PROGRAMME,
        completed_on=TODAY + timedelta(days=30),
    )


def graduate(force_id: str = "kent") -> list[Event]:
    person = Person(force_id)
    return [
        person.registered(),
        person.enrolled(),
        person.completed("engagement-1", TODAY + timedelta(days=4)),
        person.result("baseline", 40),
        *person.attended(),
        person.result("final", 80),
        person.opened(),
        person.submitted(),
        person.assessed(),
        person.signed(),
        programme_completed(person),
    ]


async def reached(world: World, key: str = "kent", **claims: Any) -> dict[str, Any]:
    figure = await world.figure("funnel", **claims)
    return {each["step"]: each["reached"] for each in figure["rows"] if each["key"] == key}


async def test_each_step_counts_who_reached_it(world: World) -> None:
    begun, registered = people(2, "kent")
    await world.given(
        *graduate(), begun.registered(), begun.enrolled(), begun.completed("engagement-1")
    )
    await world.given(registered.registered())

    figure = await world.figure("funnel")

    assert [each["step"] for each in figure["totals"]] == [
        *STEPS[:2],
        "module engagement-1",
        *STEPS[2:],
    ]
    assert await reached(world) == {
        **dict.fromkeys(STEPS, 1),
        "registered": 3,
        "enrolled": 2,
        "module engagement-1": 2,
    }
    stalled = {each["step"]: each["stalled"] for each in figure["totals"]}
    assert {step: n for step, n in stalled.items() if n} == {
        "registered": 1,
        "enrolled": 1,
        "certified": 1,
    }
    assert row(figure, step="enrolled")["percent"] == 66.67
    assert row(figure, step="certified")["median_days"] == 30
    assert row(figure, step="module engagement-1")["median_days"] == 2  # of 0 and 4


async def test_it_is_told_by_force_role_and_month_of_registration(world: World) -> None:
    await world.given(*graduate("kent"), *graduate("essex"))
    for per, keys in (
        ("force", {"essex", "kent"}),
        ("role", {"police-officer"}),
        ("cohort", {"2026-06"}),
    ):
        figure = (await world.get(f"/figures/funnel.json?per={per}")).json()
        assert {each["key"] for each in figure["rows"]} == keys
        assert {each["reached"] for each in figure["totals"]} == {2}


async def test_what_ceases_to_be_official_is_no_step_any_more(world: World) -> None:
    person, attempt = Person("kent"), {"attempt_id": UUID(int=7)}
    await world.given(person.registered(), person.result("final", 80, **attempt))
    assert (await reached(world))["final"] == 1
    gone = {"outcome": "void", "valid": False, "first_valid": False}
    await world.given(person.result("final", None, **attempt, **gone))
    assert (await reached(world))["final"] == 0
    await world.given(person.result("final", 20), *person.attended("no-show"))
    assert [(await reached(world))[step] for step in ("final", "classroom")] == [0, 0]


async def test_people_are_counted_where_they_are_now(world: World) -> None:
    mover = Person("kent")
    await world.given(mover.registered(), mover.enrolled(), mover.completed("a"))
    await world.given(mover.transferred("essex"), mover.result("baseline", 50))
    assert await reached(world, **force("kent")) == {}
    theirs = await reached(world, "essex", **force("essex"))
    assert {step for step, n in theirs.items() if n} == {
        *("registered", "enrolled", "module a", "baseline")
    }


async def test_an_analyst_is_not_told_of_a_few(world: World) -> None:
    await world.given(*(event for _ in range(8) for event in graduate("kent")))
    await world.given(*(event for _ in range(9) for event in graduate("essex")))
    lone = Person("essex")
    await world.given(lone.registered(), lone.enrolled())
    figure = await world.figure("funnel", **ANALYST)
    stalled = {
        (each["key"], each["step"])
        for each in (*figure["rows"], *figure["totals"])
        if "stalled" in each["suppressed"]
    }
    assert ("essex", "enrolled") in stalled
    assert len(stalled) > 1
    assert "[c]" in (await world.get("/figures/funnel.csv", **ANALYST)).text
