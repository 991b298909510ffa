"""One task per process that notices when a read model has changed, for every open stream."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog
from fastapi import FastAPI

from chassis.database import is_passing
from chassis.health import Health
from reporting.api.answers import Answers, answers_of
from reporting.domain.forces import forces
from reporting.tallies.versions import AsOf

POLL_SECONDS: Final = 0.4

log = structlog.get_logger(__name__)


@dataclass
class Watch:
    """Asks for the version of the data while somebody listens, and only then."""

    answers: Answers
    health: Health
    current: AsOf = field(default_factory=lambda: AsOf([], {}))
    listeners: int = 0
    _revision: int = 0
    _task: "asyncio.Task[None] | None" = None
    _noticed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        self.listeners += 1
        if self._task is None or self._task.done():
            self._revision = 0
            self._task = asyncio.create_task(self._poll(), name="watch")
        try:
            yield
        finally:
            self.listeners -= 1
            if not self.listeners:
                self._task.cancel()
                self._task = None

    async def next(self, seen: int, seconds: float) -> int | None:
        """The revision that is not the one seen, once there is one; None when it is time to go."""
        try:
            async with asyncio.timeout(seconds), self._noticed:
                await self._noticed.wait_for(lambda: self._over or self._revision not in (0, seen))
        except TimeoutError:
            return None
        return None if self._over else self._revision

    @property
    def _over(self) -> bool:
        return self.health.draining or self._task is None or self._task.done()

    async def _poll(self) -> None:
        while not self.health.draining:
            try:
                current = await self.answers.version(*forces(), None)
            except Exception as error:
                if not is_passing(error):
                    raise
                log.warning("watching-failed", error=repr(error))
            else:
                if not self._revision or current != self.current:
                    self.current = current
                    await self._notice()
            await asyncio.sleep(POLL_SECONDS)
        await self._notice()

    async def _notice(self) -> None:
        async with self._noticed:
            self._revision += 1
            self._noticed.notify_all()


def watch_of(app: FastAPI) -> Watch:
    """The watch of the process that serves this app."""
    if not hasattr(app.state, "watch"):
        app.state.watch = Watch(answers_of(app), app.state.runtime.health)
    watch: Watch = app.state.watch
    return watch
