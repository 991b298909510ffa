"""Where feeds end, known to every request that waits for one to get longer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog
from fastapi import FastAPI

from chassis.database import EVERY_FORCE, Database, is_passing
from chassis.health import Health
from chassis.http.runtime import Runtime
from reporting.feeds.bell import BELL, Positions
from reporting.feeds.queries import ends

POLL_SECONDS: Final = 0.25

log = structlog.get_logger(__name__)


@dataclass
class FeedWatch:
    """Hears this process's own commits at once, and asks the database for those of others.

    It asks while somebody waits, and only then: one small query for all who do.
    """

    database: Database
    health: Health
    _ends: dict[str, int] = field(default_factory=dict)
    _waiting: "set[asyncio.Future[None]]" = field(default_factory=set)
    _listeners: int = 0
    _task: "asyncio.Task[None] | None" = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self._listeners += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._poll(), name="feed-watch")
        try:
            yield
        finally:
            self._listeners -= 1
            if not self._listeners:
                self._task.cancel()
                self._task = None
                self._ends = {}

    async def longer(self, feed: str, than: int, until: float) -> bool:
        """Whether the feed ends behind a position, as soon as it does; until: the loop's time."""
        while self._ends.get(feed, 0) <= than:
            if self.health.draining:
                return False
            waiter = asyncio.get_running_loop().create_future()
            self._waiting.add(waiter)
            try:
                async with asyncio.timeout_at(until):
                    await waiter
            except TimeoutError:
                return False
            finally:
                self._waiting.discard(waiter)
        return True

    async def _poll(self) -> None:
        with BELL.heard_by(self._heard):
            while True:
                try:
                    async with self.database.connection(EVERY_FORCE, read_only=True) as connection:
                        self._ends = await ends(connection)
                except Exception as error:
                    if not is_passing(error):
                        raise
                    log.warning("feed-watch-failed", error=repr(error))
                self._wake()
                await asyncio.sleep(POLL_SECONDS)

    def _heard(self, positions: Positions) -> None:
        for feed, position in positions.items():
            self._ends[feed] = max(position, self._ends.get(feed, 0))
        self._wake()

    def _wake(self) -> None:
        for each in self._waiting:
            if not each.done():
                each.set_result(None)


def feed_watch_of(app: FastAPI) -> FeedWatch:
    """The watch of the process that serves this app."""
    if not hasattr(app.state, "feed_watch"):
        runtime: Runtime = app.state.runtime
        app.state.feed_watch = FeedWatch(runtime.database, runtime.health)
    watch: FeedWatch = app.state.feed_watch
    return watch
