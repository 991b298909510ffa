"""Waiting for a condition, with a deadline instead of a guess."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(what: Callable[[], Awaitable[bool]], seconds: float = 30) -> None:
    """Return as soon as the condition holds; raise TimeoutError when it never does."""
    async with asyncio.timeout(seconds):
        while not await what():  # noqa: ASYNC110  it holds in another process
            await asyncio.sleep(0.05)
