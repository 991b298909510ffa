"""Other services' events: each comes twice, in any order, before or after the enrolment."""

from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from npp_contracts.assessment import ResultReleased
from npp_contracts.codes import Attendance, Form, Occasion, Outcome, SessionKind
from npp_contracts.event import Event
from npp_contracts.events import AttendanceRecorded
from npp_contracts.portfolio import PortfolioOpened, PortfolioSigned

from .world import World

COLLARS = iter(range(600, 700))


def attended(learner_id: UUID, attendance: Attendance = Attendance.FULL, **said: Any) -> Event:
    fields = {
        "force_id": "derbyshire",
        "place_id": uuid4(),
        "session_id": uuid4(),
        "learner_id": learner_id,
        "kind": SessionKind.CLASSROOM,
        "programme_id": "npp",
        "module": "asb-1",
        "attendance": attendance,
        "minutes": 420,
        "held_on": date(2026, 2, 3),
    }
    return AttendanceRecorded.model_validate(fields | said)


def released(learner_id: UUID, **said: Any) -> Event:
    fields = {
        "force_id": "derbyshire",
        "attempt_id": uuid4(),
        "learner_id": learner_id,
        "blueprint": "npp2-knowledge",
        "programme_id": "npp",
        "programme_version": 1,
        "part": "NPP2",
        "occasion": Occasion.FINAL,
        "form": Form.A,
        "outcome": Outcome.PASSED,
        "score_percent": 80,
        "valid": True,
        "first_valid": True,
    }
    return ResultReleased.model_validate(fields | said)


def portfolio(learner_id: UUID, version: int = 1) -> tuple[Event, Event]:
    portfolio_id = uuid4()
    opened = PortfolioOpened.model_validate(
        {
            "force_id": "derbyshire",
            "portfolio_id": portfolio_id,
            "learner_id": learner_id,
            "enrolment_id": uuid4(),
            "programme_id": "npp",
            "programme_version": version,
            "part": "NPP2",
            "framework": "npp2",
            "framework_version": 1,
        }
    )
    signed = PortfolioSigned.model_validate(
        {
            "force_id": "derbyshire",
            "portfolio_id": portfolio_id,
            "learner_id": learner_id,
            "part": "NPP2",
            "revision": 1,
            "signer_id": "chief",
            "content_sha256": "0" * 64,
            "signed_at": datetime(2026, 3, 1, 12, tzinfo=UTC),
        }
    )
    return opened, signed


async def npp2(world: World, collar: str) -> dict[str, Any]:
    parts = (await world.person(collar))["enrolments"][0]["parts"]
    (part,) = [each for each in parts if each["part"] == "NPP2"]
    return dict(part)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_a_part_completes_from_facts_in_any_order(
    world: World, order: tuple[int, ...]
) -> None:
    collar = str(next(COLLARS))
    learner_id = await world.register(collar)
    facts = [(attended(learner_id),), (released(learner_id),), portfolio(learner_id)]
    for nth in order:
        for event in facts[nth]:
            await world.happens(event)
    part = await npp2(world, collar)
    assert (part["percent"], part["portfolio_on"]) == (100, "2026-03-01")
    assert part["modules"][0] == {
        "module": "asb-1",
        "completed_on": "2026-02-03",
        "via": "attendance",
    }
    enrolment = (await world.person(collar))["enrolments"][0]
    events = await world.events(enrolment["enrolment_id"])
    assert sorted(each["type"] for each in events[2:]) == ["module-completed", "part-completed"]
    assert [each["sequence"] for each in events] == [1, 2, 3, 4]


async def test_all_in_one_batch_is_the_same(world: World) -> None:
    collar = str(next(COLLARS))
    learner_id = await world.register(collar)
    await world.happens(*portfolio(learner_id), released(learner_id), attended(learner_id))
    assert (await npp2(world, collar))["percent"] == 100


async def test_what_is_no_achievement_changes_nothing(world: World) -> None:
    collar = str(next(COLLARS))
    learner_id = await world.register(collar)
    await world.happens(
        attended(learner_id, Attendance.PART),
        attended(learner_id, Attendance.NO_SHOW),
        attended(learner_id, module=None),
        released(learner_id, occasion=Occasion.BASELINE),
        released(learner_id, outcome=Outcome.FAILED, score_percent=20),
        released(learner_id, outcome=Outcome.ABSENT, score_percent=None, valid=False),
        released(learner_id, programme_version=2),
        *portfolio(learner_id, version=2),
    )
    assert (await npp2(world, collar))["done"] == 0


async def test_facts_before_the_enrolment_count_when_it_comes(world: World) -> None:
    collar = str(next(COLLARS))
    learner_id = await world.register(collar, worker_type="volunteer", rank="none")
    await world.happens(*portfolio(learner_id), released(learner_id), attended(learner_id))
    body = {"learner_id": str(learner_id), "programme_id": "npp", "part": "NPP2"}
    answer = await world.client.post("/enrolments", json=body, headers=world.admin())
    assert (answer.json()["state"], answer.json()["completed_on"]) == (
        "completed",
        str(datetime.now(UTC).date()),
    )


async def test_the_roster_s_rule_counts_what_waited_as_well(world: World) -> None:
    collar = str(next(COLLARS))
    learner_id = await world.register(collar, worker_type="volunteer", rank="none")
    await world.happens(attended(learner_id))
    await world.register(collar)
    assert (await npp2(world, collar))["modules"][0]["module"] == "asb-1"


async def test_somebody_unknown_is_kept_without_harm(world: World) -> None:
    stranger = uuid4()
    await world.happens(attended(stranger), released(stranger), *portfolio(stranger))
    sql = "SELECT count(*) FROM achievements WHERE learner_id = :learner_id"
    assert await world.value(sql, learner_id=stranger) == 3
