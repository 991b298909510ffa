"""What can happen to PostgreSQL: stopped at once, restarted, hung, sessions killed or used up."""

import asyncio
import signal
from collections.abc import Callable

from npp_ops.processes import Process
from npp_ops.servers import postgres
from npp_ops.servers.postgres import PostgresServer


class Postgres:
    """One server with fsync on."""

    def __init__(self, server: PostgresServer, changed: Callable[[], None]) -> None:
        self.server = server
        self.process: Process | None = None
        self._changed = changed

    async def start(self) -> None:
        """Start it, the first time or after a stop, and wait until it takes connections."""
        self.process = await asyncio.to_thread(self.server.launch)
        self._changed()
        await asyncio.to_thread(self.server.wait, self.process)

    async def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, a checkpoint is written."""
        if self.process is not None:
            await asyncio.to_thread(postgres.stop, self.process)

    async def stop_at_once(self) -> None:
        """An immediate stop: every backend ends where it is, as after a crash."""
        assert self.process is not None
        await asyncio.to_thread(self.process.stop, patience=20, with_signal=signal.SIGQUIT)
