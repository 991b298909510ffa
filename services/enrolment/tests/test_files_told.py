"""Files are announced: once per file and force, with the transaction that ends them."""

import asyncio
from typing import Any

from chassis.testing.waiting import eventually
from npp_contracts.topics import INTAKES
from npp_ops.testing import KafkaForTests

from .given import csv_of, roster_row
from .test_completions_api import PLATFORM, row
from .test_crash import falling_over
from .world import World

ANNOUNCED = "type LIKE '%file-taken%' OR type LIKE '%statements-waiting%'"


async def told(world: World, force_id: str, kind: str = "file-taken") -> list[dict[str, Any]]:
    """Of each file of a force what was announced; each is the next of the force."""
    events = await world.events(force_id)
    assert [each["sequence"] for each in events] == list(range(1, len(events) + 1))
    assert {each["forceid"] for each in events} <= {force_id}
    return [each["payload"] for each in events if each["type"] == kind]


def counts(said: dict[str, Any]) -> tuple[int, int, int]:
    return said["accepted"], said["refused"], said["unmatched"]


async def test_a_roster_is_told_to_its_force_once(world: World) -> None:
    content = csv_of([roster_row(collar_number="1"), roster_row(collar_number="x y")])
    answer = (await world.upload("/rosters", content, world.admin("gwent"))).json()
    assert (await world.upload("/rosters", content, world.admin("gwent"))).json()["repeated"]
    assert await told(world, "gwent") == [
        {
            "force_id": "gwent",
            "kind": "roster",
            "upload_id": answer["upload_id"],
            "accepted": 1,
            "refused": 1,
            "unmatched": 0,
        }
    ]


async def test_each_force_is_told_of_its_own_rows_of_a_file_for_all(world: World) -> None:
    await world.register("1", "kent")
    await world.register("1", "essex")
    rows = [
        row("1", "asb-1", "2025-07-02", "kent"),
        row("2", "asb-1", "2025-07-02", "Kent Police"),
        row("3", "asb-1", "2025-07-02", "kent"),
        row("1", "asb-1", "2999-07-02", "kent"),
        row("1", "asb-1", "2025-07-02", "essex"),
        row("1", "asb-1", "2025-07-02", "Borsetshire"),
        row("5", "asb-1", "2025-07-02", "surrey"),
    ]
    before = {force: await told(world, force) for force in ("kent", "essex", "surrey", "national")}
    answer = await world.upload("/completions", csv_of(rows), world.token(PLATFORM))
    assert (answer.json()["accepted"], answer.json()["rejected"]) == (2, 5)
    found = {force: (await told(world, force))[len(old) :] for force, old in before.items()}
    assert {force: list(map(counts, said)) for force, said in found.items()} == {
        "kent": [(1, 3, 2)],
        "essex": [(1, 0, 0)],
        "surrey": [(0, 1, 1)],
        "national": [(0, 1, 0)],
    }
    # Two forces that compare what they are told learn nothing of the file that joins it.
    assert {said["upload_id"] for each in found.values() for said in each} == {None}


async def test_a_forces_own_file_is_told_to_nobody_else(world: World) -> None:
    before = await told(world, "kent")
    rows = [row("9", "asb-1", "2025-07-02", "kent"), row("9", "asb-1", "2025-07-02", "dorset")]
    await world.upload("/completions", csv_of(rows), world.admin("dorset"))
    assert [counts(each) for each in await told(world, "dorset")] == [(0, 2, 1)]
    assert await told(world, "kent") == before


async def test_a_file_that_fell_over_is_told_when_it_is_finished(world: World) -> None:
    people = [f"C{n}" for n in range(1_150, 1_250)]
    filler = [roster_row(collar_number="bad number")] * 990
    rows = [*filler, *(roster_row(collar_number=each) for each in people)]
    async with falling_over(world):
        failed = await world.upload("/rosters", csv_of(rows), world.admin("cumbria"))
        assert failed.status_code == 500
    assert await told(world, "cumbria") == []
    await world.upload("/rosters", csv_of(rows), world.admin("cumbria"))
    assert [counts(each) for each in await told(world, "cumbria")] == [(100, 990, 0)]


async def test_files_that_end_at_once_are_told_each_once(world: World) -> None:
    def sent(n: int) -> str:
        return csv_of([row(f"8{n}", "asb-1", "2025-07-02", each) for each in ("sussex", "surrey")])

    files = [sent(n // 2) for n in range(8)]
    answers = await asyncio.gather(
        *(world.upload("/completions", each, world.token(PLATFORM)) for each in files)
    )
    assert {each.status_code for each in answers} == {200}
    assert {each.json()["rejected"] for each in answers} == {2}
    assert [counts(each) for each in await told(world, "sussex")] == [(0, 1, 1)] * 4


async def test_what_is_told_reaches_kafka_by_force(world: World, kafka: KafkaForTests) -> None:
    async with world.running(kafka) as bus:
        await world.upload("/rosters", csv_of([roster_row(collar_number="7")]), world.admin("kent"))
        recorded = await world.value(f"SELECT count(*) FROM event_log WHERE {ANNOUNCED}")

        async def relayed() -> bool:
            return await world.value("SELECT count(*) FROM outbox") == 0

        await eventually(relayed)
        published = await bus.published(INTAKES, recorded)
    assert {said.subject == said.forceid for said, _ in published} == {True}
    assert len({said.id for said, _ in published}) == recorded
