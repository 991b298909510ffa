"""Everything at once: nothing is lost, counted twice, numbered with a gap or locked for ever."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from .given import csv_of, roster_row
from .test_flows import attended
from .world import World

FORCES = ("kent", "essex", "gwent")
PEOPLE = 60
MODULES = ("community-engagement-1", "problem-solving-1", "leadership-1")

GAPS = """
SELECT count(*) FROM (SELECT count(*) AS n, max(sequence) AS last FROM event_log
                      GROUP BY aggregateid) AS a WHERE n <> last
"""
TWICE = """
SELECT count(*) FROM (
    SELECT count(*) AS n FROM event_log WHERE type LIKE '%-completed.v1'
    GROUP BY aggregateid, type, convert_from(payload, 'UTF8')::jsonb - 'completed_on'
) AS c WHERE n > 1
"""
LOST = """
SELECT count(*) FROM achievements a JOIN enrolments e USING (learner_id)
WHERE e.parts ? 'NPP4' AND a.code = 'leadership-1' AND NOT e.parts -> 'NPP4' ? 'modules'
"""


def roster(force: str) -> str:
    return csv_of([roster_row(collar_number=f"{force}{n}") for n in range(PEOPLE)])


def completions(chance: random.Random) -> str:
    rows = [
        {
            "force": force,
            "collar_number": f"{force}{n}",
            "module": chance.choice(MODULES),
            "completed_on": "2025-07-02",
        }
        for force in FORCES
        for n in range(PEOPLE)
    ]
    chance.shuffle(rows)
    return csv_of(rows)


def statements(chance: random.Random) -> list[dict[str, Any]]:
    people = [(force, n) for force in FORCES for n in chance.sample(range(PEOPLE), 20)]
    return [
        {
            "actor": {
                "account": {"homePage": f"https://{force}.police.example", "name": f"{force}{n}"}
            },
            "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
            "object": {"id": f"https://learn.npp.example/modules/{chance.choice(MODULES)}"},
            "timestamp": "2025-07-02T09:00:00Z",
        }
        for force, n in people
    ]


async def say(world: World, chance: random.Random) -> None:
    headers = world.token("learning-platform") | {"X-Experience-API-Version": "1.0.3"}
    said = statements(chance)
    answer = await world.client.post("/xapi/statements", json=said, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_statements_beside_rosters_are_counted_or_found_waiting(world: World) -> None:
    chance = random.Random(1)
    work: list[Any] = [say(world, chance) for _ in range(9)]
    work += [world.upload("/rosters", roster(force), world.admin(force)) for force in FORCES]
    chance.shuffle(work)
    await asyncio.gather(*work)
    assert await world.value("SELECT count(*) FROM statements WHERE outcome = 'queued'") == 0
    assert await world.value("SELECT count(*) FROM learners") == len(FORCES) * PEOPLE
    assert await world.value(GAPS) == 0


async def test_files_flows_and_hands_at_once(world: World) -> None:
    chance = random.Random(2)
    for force in FORCES:
        await world.upload("/rosters", roster(force), world.admin(force))
    async with world.system.connection() as connection:
        found = await connection.execute(text("SELECT learner_id FROM learners"))
        learner_ids: Sequence[UUID] = found.scalars().all()
    platform, national = world.token("learning-platform"), world.token("national-admin")

    async def enrol(learner_id: UUID) -> None:
        body = {"learner_id": str(learner_id), "programme_id": "npp", "part": "NPP4"}
        answer = await world.client.post("/enrolments", json=body, headers=national)
        assert answer.status_code == 201, answer.text

    def attend() -> Any:
        some = chance.sample(learner_ids, 100)
        return world.happens(*(attended(learner_id) for learner_id in some))

    uploads = [world.upload("/completions", completions(chance), platform) for _ in range(4)]
    hands = [enrol(learner_id) for learner_id in chance.sample(learner_ids, 15)]
    answers = await asyncio.gather(*uploads, *hands, attend(), attend(), say(world, chance))
    assert all(answer.json()["rejected"] == 0 for answer in answers if answer is not None)
    for wrong in (GAPS, TWICE, LOST):
        assert await world.value(wrong) == 0
    found_no_part = "SELECT count(*) FROM achievements WHERE code <> 'leadership-1'"
    assert await world.value(found_no_part) == 0
