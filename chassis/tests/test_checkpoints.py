"""Where a member goes on when the topic and the checkpoint do not meet."""

from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import text

from chassis.consumer import PostgresStore, Runner, follow
from chassis.consumer.limit import IN_A_ROW
from chassis.kafka import Place, Record
from chassis.operating.audit import Operator
from chassis.operating.controls import CONSUMER, pause, resume
from chassis.testing.hand import Hand
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS

from .specimen import service as specimen
from .specimen.world import World

PLACE = (PORTFOLIOS.name, 0)
REACHED = "SELECT next_offset FROM checkpoints WHERE consumer_group = 'specimen.notes'"
REMEMBERED = ("notes", "sequences", "checkpoints", "tally_view", "latest_view")


def records(*offsets: int) -> dict[Place, list[Record]]:
    """Unreadable ones: each leaves a dead letter, so it shows that it was looked at."""
    return {PLACE: [Record(*PLACE, offset, 0.0, b"key", [], b"") for offset in offsets]}


class Member:
    def __init__(self, world: World) -> None:
        self.hand = Hand(PLACE, end=9)
        self.store = PostgresStore(world.database)
        self.runner = Runner("portfolio", specimen.FLOW, self.store)
        self.subscription = self.runner.subscription()

    async def joined(self) -> "Member":
        await self.subscription.on_assigned(self.hand, {PLACE})
        await eventually(self.ready)
        return self

    async def ready(self) -> bool:
        return self.runner.ready

    async def follows(self) -> None:
        await follow(self.store, [self.runner])

    async def takes(self, *offsets: int) -> None:
        await self.subscription.on_batch(self.hand, records(*offsets))


@pytest.fixture
async def member(world: World) -> Member:
    return await Member(world).joined()


async def looked_at(world: World) -> list[int] | None:
    found: list[int] | None = await world.value(
        'SELECT array_agg("offset" ORDER BY "offset") FROM dead_letters'
    )
    return found


async def test_what_was_polled_from_beyond_the_checkpoint_is_read_again_from_it(
    world: World, member: Member
) -> None:
    await member.takes(3, 4)
    assert await looked_at(world) is None
    assert member.hand.sought == [(PLACE, 0)] * 2
    await member.takes(0, 1, 2, 3, 4)
    assert await looked_at(world) == [0, 1, 2, 3, 4]
    assert await world.value(REACHED) == 5


async def test_what_is_absent_twice_is_gone(world: World, member: Member) -> None:
    await member.takes(3, 4)
    await member.takes(3, 4)
    assert await looked_at(world) == [3, 4]
    assert await world.value(REACHED) == 5
    await member.takes(7)
    await member.takes(7)
    assert await looked_at(world) == [3, 4, 7]
    assert member.hand.sought == [(PLACE, 0), (PLACE, 0), (PLACE, 5)]


async def test_a_topic_that_ends_before_the_checkpoint_is_read_from_where_it_begins(
    world: World, member: Member
) -> None:
    await member.takes(0, 1, 2, 3, 4)
    await member.takes(0, 1)
    assert member.hand.sought == [(PLACE, 0), (PLACE, 5)]
    assert await world.value(REACHED) == 5
    await member.takes(0, 1)
    assert await world.value(REACHED) == 2


async def test_a_stopped_partition_goes_on_after_pause_and_resume(
    world: World, member: Member
) -> None:
    operator = Operator("anna", "the release was rolled back")
    await member.takes(*range(IN_A_ROW + 5))
    assert member.runner.stopped == {PLACE}
    await pause(world.database, CONSUMER, specimen.FLOW.group, operator)
    await member.follows()
    assert (member.runner.stopped, member.runner.ready) == (set(), True)
    await member.takes(IN_A_ROW)
    assert await world.value(REACHED) == IN_A_ROW
    await resume(world.database, CONSUMER, specimen.FLOW.group, operator)
    await member.follows()
    await eventually(member.ready)
    await member.takes(IN_A_ROW)
    assert await world.value(REACHED) == IN_A_ROW + 1


async def keep(world: World, verb: str) -> None:
    async with world.database.connection() as connection:
        for table in REMEMBERED:
            for statement in verb.split(";"):
                await connection.execute(text(statement.format(table)))


async def test_a_database_from_a_backup_is_brought_up_to_date_though_kafka_is_ahead(
    world: World,
) -> None:
    folders = await world.submit(20, 2)
    async with world.running():
        await eventually(lambda: world.holds("SELECT sum(submitted) = 40 FROM tally_view"))
        await eventually(lambda: world.holds("SELECT count(*) = 40 FROM notes"))
    await keep(world, "CREATE TABLE backup_of_{0} AS TABLE {0}")
    await world.submit(20, 2)
    async with world.running():
        await eventually(lambda: world.holds("SELECT sum(submitted) = 80 FROM tally_view"))
        await eventually(lambda: world.holds("SELECT count(*) = 80 FROM notes"))
    await keep(world, "DELETE FROM {0}; INSERT INTO {0} TABLE backup_of_{0}")
    async with world.running():
        await eventually(lambda: world.holds("SELECT sum(submitted) = 80 FROM tally_view"))
        await eventually(lambda: world.holds("SELECT count(*) = 80 FROM notes"))
    assert len(folders) == 20
    assert await world.value("SELECT count(*) FROM parked_events") == 0


async def test_what_is_new_on_a_topic_made_anew_is_applied(world: World) -> None:
    await world.submit(30, 4)
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 120 FROM notes"))
        await eventually(lambda: world.holds("SELECT sum(submitted) = 120 FROM tally_view"))
    world.kafka.fresh({PORTFOLIOS.name: 6})
    async with world.running():
        # So few that no partition can reach its checkpoint, which is at four times its folders.
        await world.submit(3, 1)
        await eventually(lambda: world.holds("SELECT count(*) = 123 FROM notes"))
        await eventually(lambda: world.holds("SELECT sum(submitted) = 123 FROM tally_view"))


async def delete_before(world: World, ends: dict[int, int]) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=world.settings.kafka_bootstrap_servers)
    await admin.start()
    try:
        doomed: Any = {
            TopicPartition(PORTFOLIOS.name, partition): RecordsToDelete(before_offset=end)
            for partition, end in ends.items()
        }
        await admin.delete_records(doomed)
    finally:
        await admin.close()


async def test_deleted_records_do_not_stop_the_rest(world: World) -> None:
    await world.submit(60, 1)
    async with world.running(consume=False):
        await eventually(lambda: world.holds("SELECT count(*) = 0 FROM outbox"))
    await delete_before(world, dict.fromkeys(range(6), 2))
    async with world.running():
        await eventually(lambda: world.holds("SELECT count(*) = 48 FROM notes"))
