"""Transactions one after another in several sessions at once, for a time."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from .member import Member

SESSIONS: Final = 8
_WARM: Final = 10


async def repeat(member: Member, once: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Commit until the time is over, with connections and statements that are not new."""
    for _ in range(_WARM):
        await asyncio.gather(*(once() for _ in range(SESSIONS)))
    member.ready()
    await member.going.wait()
    member.begin()
    until = time.monotonic() + seconds

    async def session() -> None:
        while time.monotonic() < until:
            await once()
            member.progress()

    await asyncio.gather(*(session() for _ in range(SESSIONS)))
