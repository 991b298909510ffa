"""Words about a learner go when the learner is erased, or when their time is over."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from chassis.clock import now
from chassis.database import driver_of
from chassis.privacy import retention
from chassis.privacy.keeping import UnknownRule
from chassis.privacy.retention import Due, due
from events.app import SERVICE
from events.store.privacy import PRIVACY
from npp_contracts.enrolment import HoldLifted, HoldPlaced, LearnerErased
from npp_contracts.ids import LearnerId

from .world import World, registered, transferred

WORDS = "late, his daughter was ill"
DPO = {"force_id": "derbyshire", "roles": ["force-dpo"]}
VERSION = PRIVACY.rules.version


def gone(learner_id: UUID, force_id: str = "derbyshire") -> LearnerErased:
    return LearnerErased(
        force_id=force_id, learner_id=LearnerId(learner_id), due_on=date(2026, 12, 22)
    )


@pytest.fixture
def adopted(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    retention.retention_settings.cache_clear()
    yield monkeypatch
    retention.retention_settings.cache_clear()


async def attended(world: World, learner_id: UUID) -> None:
    """A session with a register that has words in it."""
    session = await world.session(hours=-30)
    entry = {"learner_id": str(learner_id), "attendance": "full", "reason": WORDS}
    assert (await world.mark(session, entry)).status_code == 200


async def reasons(world: World, *learner_ids: UUID) -> list[str]:
    rows = await world.rows(
        "SELECT reason FROM attendance_reasons JOIN places USING (place_id)"
        " WHERE learner_id = ANY (:ids) ORDER BY learner_id",
        ids=list(learner_ids),
    )
    return [row.reason for row in rows]


async def test_an_erasure_blanks_words_and_gives_one_receipt(world: World) -> None:
    learner_id, other = await world.learners(2)
    await attended(world, learner_id)
    await attended(world, other)
    for _ in range(2):
        await world.given(gone(learner_id, "kent"), 2)
    await world.given(gone(learner_id), 3)
    assert await reasons(world, learner_id, other) == ["", WORDS]
    answer = await world.get(f"/privacy/erasures/{learner_id}", DPO)
    receipt = answer.json()
    assert (receipt["due_on"], receipt["rows"]["attendance-reasons"]) == ("2026-12-22", 1)
    assert (await world.get(f"/privacy/erasures/{other}", DPO)).status_code == 404
    # Who is told last held the learner; Kent had them before.
    for force_id in ("kent", "essex"):
        theirs = await world.get(f"/privacy/erasures/{learner_id}", DPO | {"force_id": force_id})
        assert theirs.status_code == 404
    assert (await world.get("/privacy/erasures")).json()["code"] == "forbidden"


async def test_who_was_erased_can_book_no_place(world: World) -> None:
    learner_id = await world.learner()
    session = await world.session()
    await world.given(gone(learner_id), 2)
    answer = await world.post(f"/sessions/{session}/places", {"learner_ids": [str(learner_id)]})
    assert (answer.status_code, answer.json()["code"]) == (404, "learner-unknown")


async def test_what_comes_late_is_swept_away(world: World) -> None:
    learner_id = await world.learner()
    await world.given(gone(learner_id), 3)
    (flow, *_) = SERVICE.flows
    await world.given(registered(learner_id, "derbyshire"), 1)
    await world.given(transferred(learner_id, "derbyshire", "kent"), 2)
    await attended(world, await world.learner())
    known = "SELECT count(*) FROM learners WHERE learner_id = :id"
    assert await world.value(known, id=learner_id) == 1
    async with world.system.connection() as connection:
        await PRIVACY.sweep(connection)
    assert await world.value(known, id=learner_id) == 0
    assert flow.group == "events.transfers"


async def kept(world: World) -> None:
    async with world.system.connection() as connection:
        await PRIVACY.keep_rules(connection)


async def counted(world: World) -> Due:
    async with world.system.connection() as connection:
        (found,) = await due(await driver_of(connection), PRIVACY.holdings, PRIVACY.rules, now())
    return found


async def test_retention_disposes_of_what_is_due_once_adopted_and_never_of_what_is_held(
    world: World, adopted: pytest.MonkeyPatch
) -> None:
    await world.run("UPDATE attendance_reasons SET reason = ''")
    old, held, new = await world.learners(3)
    for learner_id in (old, held, new):
        await attended(world, learner_id)
    aged = (
        "UPDATE attendance_reasons SET given_at = :at WHERE place_id IN"
        " (SELECT place_id FROM places WHERE learner_id = ANY (:ids))"
    )
    await world.run(aged, at=now() - timedelta(days=731), ids=[old, held])
    said: dict[str, Any] = {"force_id": "derbyshire", "learner_id": LearnerId(held)}
    await world.given(HoldPlaced(**said), 2)

    found = await counted(world)
    assert (found.rule, found.days, found.rows, found.held) == ("attendance-reasons", 730, 1, 1)
    await kept(world)
    assert await reasons(world, old, held, new) == [WORDS] * 3

    adopted.setenv("RETENTION_ADOPTED", VERSION)
    retention.retention_settings.cache_clear()
    for _ in range(2):
        await kept(world)
    assert await reasons(world, old, held, new) == ["", WORDS, WORDS]
    (logged,) = await world.rows("SELECT rule, version, days, rows FROM disposals")
    assert tuple(logged) == ("attendance-reasons", VERSION, 730, 1)

    await world.given(HoldLifted(**said), 3)
    await kept(world)
    assert await reasons(world, old, held, new) == ["", "", WORDS]
    assert (await counted(world)).rows == 0
    with pytest.raises(DBAPIError, match="append-only"):
        await world.run("DELETE FROM disposals")


async def test_the_controller_sets_other_periods_and_only_of_rules_that_there_are(
    world: World, adopted: pytest.MonkeyPatch
) -> None:
    adopted.setenv("RETENTION_DAYS", '{"attendance-reasons": 10}')
    retention.retention_settings.cache_clear()
    PRIVACY.settle()
    assert (await counted(world)).days == 10
    adopted.setenv("RETENTION_DAYS", '{"evidence": 10}')
    retention.retention_settings.cache_clear()
    with pytest.raises(UnknownRule) as refused:
        PRIVACY.settle()
    assert refused.value.field == "RETENTION_DAYS"
