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

from .given import Person, people, session, workforce
from .world import ANALYST, World, force, row


async def found(world: World, check: str, of: str = "kent", **claims: Any) -> int:
    figure = await world.figure("data-quality", **claims)
    number: int = row(figure, check=check, force_id=of)["found"]
    return number


def complete(person: Person) -> list[Event]:
    return [*person.certified(), person.result("baseline", 40), person.result("final", 80)]


async def test_a_whole_record_leaves_nothing_to_find(world: World) -> None:
    await world.given(workforce("kent", 10), *complete(Person("kent")))
    figure = await world.figure("data-quality", **force("kent"))
    assert {each["check"]: each["found"] for each in figure["rows"]} == dict.fromkeys(
        [
            *("not-enrolled", "role-unknown", "final-without-baseline", "signed-without-final"),
            *("register-missing", "workforce-missing"),
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
