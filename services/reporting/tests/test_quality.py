"""Data quality: each thing that can be missing is found, in the force that can mend it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from chassis.clock import now
from npp_contracts.event import Event
from npp_contracts.events import SessionScheduled
from npp_contracts.ids import SessionId
from reporting.api.figures.quality import OF_FILES, OF_PEOPLE, OF_THINGS
from reporting.domain.definitions import DEFINITIONS

from .given import Person, file_taken, people, session, still_waiting, workforce
from .world import ANALYST, World, force, row


async def found(world: World, check: str, of: str = "kent", **claims: Any) -> int:
    figure = await world.figure("data-quality", **claims)
    number: int = row(figure, check=check, force_id=of)["found"]
    return number


def complete(person: Person) -> list[Event]:
    return [*person.certified(), person.result("baseline", 40), person.result("final", 80)]


async def test_a_whole_record_leaves_nothing_to_find(world: World) -> None:
    world.recorded.begin(now() - timedelta(days=1))
    await world.given(workforce("kent", 10), file_taken("kent"), *complete(Person("kent")))
    figure = await world.figure("data-quality", **force("kent"))
    assert {each["check"]: each["found"] for each in figure["rows"]} == dict.fromkeys(
        [
            *("not-enrolled", "role-unknown", "final-without-baseline", "signed-without-final"),
            *("register-missing", "workforce-missing"),
            *("rows-refused", "rows-unmatched", "statements-waiting", "roster-late"),
        ],
        0,
    )


@pytest.mark.parametrize(
    ("check", "happens"),
    [
        ("not-enrolled", [Person("kent").registered()]),
        ("role-unknown", [Person("essex").transferred("kent")]),
        ("final-without-baseline", [Person("kent").result("final", 80)]),
        ("signed-without-final", Person("kent").certified()),
    ],
)
async def test_what_is_missing_is_found(world: World, check: str, happens: list[Event]) -> None:
    assert await found(world, check) == 0
    await world.given(*happens)
    assert await found(world, check) == 1
    assert await found(world, check, "essex") == 0
    assert await found(world, check, **force("kent")) == 1


async def test_a_session_that_is_over_needs_a_register(world: World) -> None:
    held, ahead = SessionId(uuid4()), SessionId(uuid4())
    person = Person("kent")
    coming = {"starts_at": now() + timedelta(days=1), "ends_at": now() + timedelta(days=2)}
    later = session(ahead)
    assert isinstance(later, SessionScheduled)
    await world.given(session(held), later.model_copy(update=coming))
    await world.given(person.booked(held), person.booked(ahead))
    assert await found(world, "register-missing") == 1
    await world.given(*person.attended(session_id=held))
    assert await found(world, "register-missing") == 0


async def ago(world: World, days: float, *events: Event) -> None:
    world.recorded.begin(now() - timedelta(days=days))
    await world.given(*events)


async def test_rows_that_were_sent_back_count_for_thirty_days(world: World) -> None:
    sent_back = file_taken("kent", 5, 4, 3, "completions")
    await ago(world, 30.1, sent_back, file_taken("essex", 1, 9, 9))
    assert await found(world, "rows-refused") == 0
    await ago(world, 29.9, sent_back)
    await ago(world, 1, sent_back)
    assert await found(world, "rows-refused") == 8
    assert await found(world, "rows-unmatched", **force("kent")) == 6
    assert await found(world, "rows-refused", "essex") == 0


async def test_rows_of_nobody_are_told_nationally_alone(world: World) -> None:
    await ago(world, 1, file_taken("national", 0, 2), file_taken("kent", 0, 1))
    figure = await world.figure("data-quality")
    (whole,) = [each["found"] for each in figure["totals"] if each["check"] == "rows-refused"]
    assert whole == 3
    assert await found(world, "rows-refused", **force("kent")) == 1
    assert "national" not in {each["force_id"] for each in figure["rows"]}


async def test_what_waits_is_what_was_said_last(world: World) -> None:
    await world.given(
        still_waiting("kent", 9), still_waiting("essex", 4), still_waiting("national", 1)
    )
    await world.given(still_waiting("kent", 2))
    assert await found(world, "statements-waiting", **force("kent")) == 2
    totals = (await world.figure("data-quality"))["totals"]
    assert {"statements-waiting": 7}.items() <= {e["check"]: e["found"] for e in totals}.items()


async def test_a_roster_is_late_after_thirty_five_days(world: World) -> None:
    assert await found(world, "roster-late") == 1
    await ago(world, 36, file_taken("kent"))
    await ago(world, 1, file_taken("kent", 0, 7), file_taken("kent", kind="completions"))
    assert await found(world, "roster-late", **force("kent")) == 1
    await ago(world, 34.9, file_taken("kent", 1, 7))
    assert await found(world, "roster-late", **force("kent")) == 0
    totals = (await world.figure("data-quality"))["totals"]
    assert {"roster-late": 42}.items() <= {e["check"]: e["found"] for e in totals}.items()


async def test_the_definition_before_files_still_answers(world: World) -> None:
    await ago(world, 1, file_taken("kent", 5, 4))
    answer = (await world.get("/figures/data-quality.json?version=1")).json()
    assert {each["check"] for each in answer["rows"]} == {*OF_PEOPLE, *OF_THINGS}
    assert "rows-refused" in {e["check"] for e in (await world.figure("data-quality"))["rows"]}


def test_what_is_shown_says_the_days_of_its_definition() -> None:
    rule = DEFINITIONS["data-quality"][2].rule
    assert f" {rule['rows_days']} days" in OF_FILES["rows-refused"]
    assert f" {rule['roster_days']} days" in OF_FILES["roster-late"]


async def test_the_nation_sees_what_nobody_has_announced(world: World) -> None:
    await world.given(workforce("kent", 10), *Person("kent").attended())
    sql = text(
        'INSERT INTO dead_letters (consumer_group, topic, partition, "offset", headers, reason,'
        " detail) VALUES ('reporting.learners', 't', 0, 0, '[]', 'failed', 'd')"
    )
    async with world.system.connection() as connection:
        await connection.execute(sql)
    figure = await world.figure("data-quality")
    async with world.system.connection() as connection:
        await connection.execute(text("TRUNCATE dead_letters"))
    totals = {each["check"]: each["found"] for each in figure["totals"]}
    assert totals["unknown-people"] == totals["unknown-sessions"] == totals["not-applied"] == 1
    assert totals["workforce-missing"] == 42
    own = await world.figure("data-quality", **force("kent"))
    assert "unknown-people" not in {each["check"] for each in own["totals"]}


async def test_an_analyst_is_not_told_of_a_few(world: World) -> None:
    await world.given(*(each.registered() for each in (*people(3, "kent"), *people(9, "essex"))))
    figure = await world.figure("data-quality", **ANALYST)
    assert row(figure, check="not-enrolled", force_id="kent")["found"] is None
    others = [*figure["rows"], *figure["totals"]]
    assert sum(each["found"] is None for each in others if each["check"] == "not-enrolled") > 1
