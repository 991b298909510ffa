"""The very first event of a service leaves too, although its relay was there before it."""

from chassis.queue import Outbox
from chassis.testing.waiting import eventually

from .specimen.world import World


async def test_a_queue_never_used_has_handed_out_no_ticket(world: World) -> None:
    async with Outbox("portfolio", world.settings.driver_dsn).session() as queue:
        assert (await queue.horizon())[0] == 0


async def test_a_relay_that_was_there_first_sends_the_first_event(world: World) -> None:
    async with world.running(consume=False):

        async def relay_reads() -> bool:
            reading = "query LIKE '%FROM outbox%' AND state = 'idle'"
            return await world.holds(f"SELECT count(*) > 0 FROM pg_stat_activity WHERE {reading}")

        await eventually(relay_reads)
        await world.submit(1, 1)

        async def sent() -> bool:
            return bool(await world.value("SELECT count(*) FROM outbox") == 0)

        await eventually(sent)
