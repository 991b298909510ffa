"""Events from a transaction through outbox, relay and Kafka into flows and projections."""

from uuid import UUID

from sqlalchemy import text

from chassis.auth import SYSTEM
from chassis.deadletters import DeadLetters
from chassis.testing.waiting import eventually
from npp_ops.ports import free_port

from .specimen import service as specimen
from .specimen.world import CAUSE, World


async def test_each_event_is_applied_once_and_in_order(world: World) -> None:
    async with world.running():
        folders = await world.submit(20, 10)

        async def done() -> bool:
            return await world.value("SELECT count(*) FROM notes") == 200

        await eventually(done)

        async def counted() -> bool:
            return await world.value("SELECT sum(submitted) FROM tally_view") == 200

        await eventually(counted)
    async with world.database.connection() as connection:
        rows = await connection.execute(
            text("SELECT array_agg(revision ORDER BY id) FROM notes GROUP BY portfolio_id")
        )
        assert [row[0] for row in rows] == [list(range(1, 11))] * len(folders)
    assert await world.value("SELECT count(*) FROM outbox") == 0
    assert await world.value("SELECT count(*) FROM latest_view WHERE revision = 10") == 20


async def test_a_failed_event_blocks_its_key_only_and_is_redriven_in_order(
    world: World,
) -> None:
    async with world.work.begin(SYSTEM, CAUSE) as work:
        good, bad = await specimen.open_folder(work), await specimen.open_folder(work)
    specimen.BROKEN.add(bad.learner_id)
    for _ in range(3):
        for folder in (good, bad):
            async with world.work.begin(SYSTEM, CAUSE) as work:
                await specimen.submit(work, folder.portfolio_id)
    async with world.running():
        await eventually(lambda: noted(world, good.portfolio_id, 4))
        await eventually(lambda: parked(world, 3))
        assert await noted(world, bad.portfolio_id, 0)
        letters = DeadLetters("portfolio", specimen.SERVICE.consumers, world.database)
        (letter,) = await letters.open("specimen.notes")
        assert (letter.reason, letter.sequence) == ("failed", 1)
        specimen.BROKEN.clear()
        assert await letters.redrive(letter.id, "operator", "mended") == 3
    assert await noted(world, bad.portfolio_id, 4)
    assert await parked(world, 0)
    assert await world.value("SELECT count(*) FROM sequences WHERE blocked IS NOT NULL") == 0


async def noted(world: World, portfolio_id: UUID, times: int) -> bool:
    sql = f"SELECT count(*) FROM notes WHERE portfolio_id = '{portfolio_id}'"
    return bool(await world.value(sql) == times)


async def parked(world: World, number: int) -> bool:
    return bool(await world.value("SELECT count(*) FROM parked_events") == number)


async def test_a_replay_and_a_second_member_change_nothing(world: World) -> None:
    await world.submit(10, 5)
    async with world.running(), world.running(relay=False):

        async def counted() -> bool:
            return await world.value("SELECT sum(submitted) FROM tally_view") == 50

        await eventually(counted)
        async with world.database.connection() as connection:
            await connection.execute(
                text(
                    "INSERT INTO outbox (position, recorded_at, shard)"
                    " SELECT position, recorded_at, 0 FROM event_log ORDER BY position"
                )
            )

        async def republished() -> bool:
            return await world.value("SELECT count(*) FROM outbox") == 0

        await eventually(republished)
        await world.submit(1, 1)

        async def read_by_both_groups() -> bool:
            return await world.value("SELECT sum(next_offset) FROM checkpoints") >= 2 * 101

        await eventually(read_by_both_groups)
    assert await world.value("SELECT count(*) FROM notes") == 51
    assert await world.value("SELECT sum(submitted) FROM tally_view") == 51


async def test_one_of_several_brokers_is_enough_to_begin(world: World) -> None:
    named = f"127.0.0.1:{free_port()},{world.kafka.bootstrap_servers}"
    world.settings = world.settings.model_copy(update={"kafka_bootstrap_servers": named})
    async with world.running():
        (folder,) = await world.submit(1, 2)
        await eventually(lambda: noted(world, folder, 2))
