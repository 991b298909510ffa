"""What can happen to PostgreSQL: stopped at once, restarted, hung, sessions killed or used up."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import asyncpg
import psutil

from npp_ops.processes import Process
from npp_ops.servers import databases, postgres
from npp_ops.servers.postgres import PostgresServer

_HOG: Final = "hog"
_KILL: Final = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND usename <> $1
"""
_OUT: Final = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = $1 AND pid <> pg_backend_pid()
"""
_OTHERS: Final = "SELECT rolname FROM pg_roles WHERE rolcanlogin AND NOT rolsuper AND rolname <> $1"


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

    def alive(self) -> bool:
        """Whether its first process still runs."""
        return self._running.alive()

    async def stop(self) -> None:
        """A fast shutdown: open transactions are rolled back, a checkpoint is written."""
        if self.process is not None:
            await asyncio.to_thread(postgres.stop, self.process)

    async def stop_at_once(self) -> None:
        """An immediate stop: every backend ends where it is, as after a crash."""
        await asyncio.to_thread(self._running.stop, patience=20, with_signal=signal.SIGQUIT)

    @asynccontextmanager
    async def hung(self) -> AsyncIterator[None]:
        """Every process of the server stands still; connections are taken, nobody answers."""
        # The backends lead groups of their own, so each is stopped by itself; the postmaster first,
        # or it would make more meanwhile.
        parent = psutil.Process(self._running.pid)
        parent.suspend()
        stopped = [parent]
        for child in parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                child.suspend()
                stopped.append(child)
        try:
            yield
        finally:
            for process in reversed(stopped):
                with suppress(psutil.NoSuchProcess):
                    process.resume()

    async def kill_sessions(self) -> int:
        """End everybody's session but those that use the connections up; returns how many."""
        connection = await asyncpg.connect(self.server.admin_url)
        try:
            killed: int = await connection.fetchval(_KILL, _HOG)
        finally:
            await connection.close()
        return killed

    @asynccontextmanager
    async def used_up(self) -> AsyncIterator[int]:
        """Every connection is taken, and whoever had one has lost it; yields how many we hold.

        The few that PostgreSQL keeps for its administrator stay free.
        """
        url = await databases.create(self.server.admin_url, _HOG)
        async with AsyncExitStack() as held:
            taken = await self._take(url, held)
            # Else those whose sessions end would have them back before we have them.
            await self._limit_others(0)
            await self.kill_sessions()
            taken += await self._take(url, held)
            await self._limit_others(-1)
            yield taken

    @asynccontextmanager
    async def away(self, database: str) -> AsyncIterator[None]:
        """One database lets nobody in but the administrator, and whoever was in is out."""
        admin = await asyncpg.connect(self.server.admin_url)
        try:
            await admin.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT 0')
            await admin.fetch(_OUT, database)
            yield
        finally:
            await admin.execute(f'ALTER DATABASE "{database}" CONNECTION LIMIT -1')
            await admin.close()

    async def _limit_others(self, connections: int) -> None:
        admin = await asyncpg.connect(self.server.admin_url)
        try:
            for (role,) in await admin.fetch(_OTHERS, _HOG):
                await admin.execute(f'ALTER ROLE "{role}" CONNECTION LIMIT {connections}')
        finally:
            await admin.close()

    async def _take(self, url: str, held: AsyncExitStack) -> int:
        taken = 0
        while True:
            try:
                connection = await asyncpg.connect(url)
            except asyncpg.TooManyConnectionsError:
                return taken
            held.push_async_callback(connection.close)
            taken += 1

    @property
    def _running(self) -> Process:
        assert self.process is not None
        return self.process
