"""Doing what operators decide about the consumers of a process: asked once for all of them."""

import asyncio
from collections.abc import Sequence

from chassis.consumer.orders import Orders
from chassis.consumer.runner import Runner
from chassis.consumer.store import Store


async def follow(store: Store, runners: Sequence[Runner]) -> None:
    """Do what operators have decided meanwhile; to be called at an interval."""
    before = [runner.offsets() for runner in runners]
    orders = await store.orders()
    # Side by side: one waits for its batch at work, and another's pause not for that.
    await asyncio.gather(
        *(
            runner.obey(orders.get(runner.consumer.group, Orders()), offsets)
            for runner, offsets in zip(runners, before, strict=True)
        )
    )
