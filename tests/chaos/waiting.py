"""Waiting for a condition, never for a while."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import Final

_EVERY_SECONDS: Final = 0.05


async def until(
    holds: Callable[[], bool | Awaitable[bool]],
    seconds: float,
    what: str,
    *,
    every: float = _EVERY_SECONDS,
) -> float:
    """Wait until it holds; how long that took. TimeoutError, saying what, if it never does."""
    begun = time.monotonic()
    while True:
        answer = holds()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return time.monotonic() - begun
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        await asyncio.sleep(every)
