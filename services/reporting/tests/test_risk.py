"""People at risk: begun long ago, without progress for long, and neither complete nor excused."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from npp_contracts.codes import DeferralReason, WithdrawalReason
from npp_contracts.enrolment import (
    EnrolmentDeferred,
    EnrolmentResumed,
    EnrolmentWithdrawn,
    ProgrammeCompleted,
)
from npp_contracts.event import Event
from reporting.domain.definitions import DEFINITIONS

from .given import PROGRAMME, Person, people
from .world import ANALYST, World, force, row

TODAY = date.today()  # noqa: DTZ011  the service's own day, which is in UTC as the tests are
RULE = DEFINITIONS["at-risk"][1].rule
COUNTS = ("in_training", "due", "idle", "at_risk")


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def about(person: Person) -> dict[str, Any]:
    who = {"force_id": person.force_id, "learner_id": person.learner_id}
    return {**who, "enrolment_id": person.enrolment_id}


def excused(person: Person) -> list[Event]:
    return [EnrolmentDeferred(**about(person), reason=DeferralReason.CAREER_BREAK, until=None)]


def excused_no_longer(person: Person) -> list[Event]:
    return [*excused(person), EnrolmentResumed(**about(person))]


def gone(person: Person) -> list[Event]:
    return [EnrolmentWithdrawn(**about(person), reason=WithdrawalReason.LEFT_SERVICE)]


def complete(person: Person) -> list[Event]:
    return [ProgrammeCompleted(**about(person), **PROGRAMME, completed_on=ago(100))]


def complete_and_on_another_part(person: Person) -> list[Event]:
    return [*complete(person), person.enrolled("NPP4")]


def idle(person: Person) -> list[Event]:
    """Registered and enrolled on the world's own day, which is long ago."""
    return [
        person.registered(),
        person.enrolled(),
        person.completed("a", ago(RULE["due_days"])),
        person.completed("b", ago(RULE["idle_days"])),
    ]


async def counts(world: World, **claims: Any) -> list[int]:
    figure = await world.figure("at-risk", **claims)
    return [figure["totals"][name] for name in COUNTS]


async def test_who_began_long_ago_and_has_not_moved_on_is_at_risk(world: World) -> None:
    stuck, moving, fresh = people(3, "kent")
    await world.given(
        *idle(stuck),
        *idle(moving),
        moving.completed("c", ago(RULE["idle_days"] - 1)),
        fresh.registered(),
        fresh.enrolled(),
        fresh.completed("a", ago(3)),
    )
    figure = await world.figure("at-risk")
    kent = row(figure, force_id="kent")
    assert (kent["in_training"], kent["idle"], kent["at_risk"]) == (3, 1, 1)
    assert kent["percent"] == 33.33
    assert figure["on"] == TODAY.isoformat()
    assert figure["definition"]["rule"] == RULE
    assert f"at least {RULE['idle_days']} days" in figure["definition"]["words"]


@pytest.mark.parametrize(
    ("happens", "at_risk"),
    [
        (excused, 0),
        (excused_no_longer, 1),
        (gone, 0),
        (complete, 0),
        (complete_and_on_another_part, 1),
    ],
)
async def test_who_is_excused_or_done_is_not(
    world: World, happens: Callable[[Person], list[Event]], at_risk: int
) -> None:
    person = Person("kent")
    await world.given(*idle(person), *happens(person))
    assert (await counts(world))[-1] == at_risk


async def test_a_register_counts_and_a_corrected_one_does_not(world: World) -> None:
    came, missing = people(2, "kent")
    await world.given(*idle(came), *idle(missing))
    registers = [came.attended()[1], missing.attended("no-show")[1]]
    await world.given(*(each.model_copy(update={"held_on": ago(2)}) for each in registers))
    assert (await counts(world))[-2:] == [1, 1]


async def test_it_follows_the_person_and_keeps_the_forces_apart(world: World) -> None:
    mover = Person("kent")
    await world.given(*idle(mover), mover.transferred("essex"))
    assert (await counts(world, **force("kent")))[-1] == 0
    assert (await counts(world, **force("essex")))[-1] == 1


async def test_an_analyst_is_not_told_of_a_few(world: World) -> None:
    await world.given(*(event for each in people(3, "kent") for event in idle(each)))
    await world.given(*(event for each in people(9, "essex") for event in idle(each)))
    figure = await world.figure("at-risk", **ANALYST)
    assert row(figure, force_id="kent")["at_risk"] is None
    assert row(figure, force_id="kent")["percent"] is None
    assert figure["totals"]["percent"] is None or row(figure, force_id="essex")["at_risk"] is None
