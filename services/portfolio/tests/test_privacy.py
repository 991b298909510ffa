"""An erasure blanks the words of evidence and notes; nothing else can change them."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from npp_contracts.enrolment import LearnerErased
from npp_contracts.ids import LearnerId

from . import given
from .world import World

_EVIDENCE = """
INSERT INTO evidence VALUES (gen_random_uuid(), :id, 'work-product', 'Her work', 'file 7', '{CE1}',
    '2026-06-01', '2026-06-02', 'somebody', now())
"""
_DECISION = """
INSERT INTO decisions VALUES (:id, 1, 'CE1', 'met', 'a', 'b', 'c', 'd', 'e', 'assessor', now())
"""
_WORDS = """
SELECT title, reference, valid, authentic, reliable, current, sufficient, decision
FROM evidence JOIN decisions USING (portfolio_id) WHERE portfolio_id = :id
"""


def gone(learner_id: UUID) -> LearnerErased:
    return LearnerErased(
        force_id="derbyshire", learner_id=LearnerId(learner_id), due_on=date(2026, 12, 22)
    )


async def test_words_go_and_the_log_stays_whole(world: World) -> None:
    await world.deliver((given.programme(), 1))
    await world.publish_framework()
    portfolio, other = await world.opened(), await world.opened()
    for each in (portfolio, other):
        await world.run(_EVIDENCE, id=each.portfolio_id)
        await world.run(_DECISION, id=each.portfolio_id)
    before = await world.published(portfolio.portfolio_id)
    for _ in range(2):
        await world.deliver((gone(portfolio.learner_id), 2))
    (erased,) = await world.rows(_WORDS, id=portfolio.portfolio_id)
    assert tuple(erased) == ("",) * 7 + ("met",)
    (kept,) = await world.rows(_WORDS, id=other.portfolio_id)
    assert kept.title == "Her work"
    assert await world.published(portfolio.portfolio_id) == before
    assert await world.portfolio_of(portfolio.learner_id) == portfolio
    auditor = world.person("auditor", "force-admin")
    log = await auditor.get(f"/portfolios/{portfolio.portfolio_id}/check")
    assert (log.json()["log_intact"], log.json()["signature_intact"]) == (True, None)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE evidence SET title = ''",
        "UPDATE decisions SET valid = ''",
        "SELECT set_config('npp.erasing', 'on', true); DELETE FROM evidence",
        "SELECT set_config('npp.erasing', 'on', true); UPDATE decision_log SET actor = ''",
        "SELECT set_config('npp.erasing', 'on', true); UPDATE frameworks SET part = ''",
    ],
)
async def test_nothing_else_can_change_them(world: World, change: str) -> None:
    *setting, statement = change.split("; ")
    for each in setting:
        statement = f"DO $$ BEGIN PERFORM {each.removeprefix('SELECT ')}; {statement}; END $$"
    with pytest.raises(DBAPIError, match="append-only"):
        await world.run(statement)
