"""Consumer groups of one process begin side by side."""

import asyncio

from chassis.kafka import Batch, Place, Source, Subscription, subscriptions
from chassis.testing.waiting import eventually
from npp_contracts.topics import PORTFOLIOS
from npp_ops.testing import KafkaForTests


async def test_a_group_that_waits_holds_up_no_other(kafka: KafkaForTests) -> None:
    kafka.fresh({PORTFOLIOS.name: 6})
    held: set[Place] = set()

    async def assigned(source: Source, places: set[Place]) -> None:
        held.update(places)

    async def revoked(source: Source, places: set[Place]) -> None: ...
    async def take(source: Source, batch: Batch) -> None: ...

    # The client asks 20 seconds long for a topic that is not there.
    topics = "npp.not.there", PORTFOLIOS.name
    wanted = [Subscription(f"of {each}", [each], take, assigned, revoked) for each in topics]
    broker = subscriptions(kafka.bootstrap_servers, "test", wanted)
    starting = asyncio.create_task(broker.start())

    async def all_held() -> bool:
        return len(held) == 6

    await eventually(all_held, seconds=15)
    assert not starting.done()
    starting.cancel()
    await asyncio.wait({starting})
    await broker.stop()
