"""Workers of several processes inside a test: they work for the block, and none fails unseen."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from chassis.database import is_passing
from chassis.kafka import KafkaError

Worker = Callable[[], Awaitable[None]]


@asynccontextmanager
async def working(worker: Worker, workers: int) -> AsyncIterator[None]:
    """With so many of them, each begun again when the database or the brokers have failed it."""
    tasks = [asyncio.create_task(_again_and_again(worker)) for _ in range(workers)]
    try:
        yield
    finally:
        for each in tasks:
            if each.done():
                each.result()
            each.cancel()
        async with asyncio.timeout(10):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(worker: Worker) -> None:
    while True:
        try:
            await worker()
        except Exception as error:
            if not (is_passing(error) or isinstance(error, KafkaError)):
                raise
        await asyncio.sleep(0.05)
