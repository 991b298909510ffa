"""What the benches run on: servers that keep their promises, databases, and processes."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import asyncpg
import psutil
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from chassis.database import EVERY_FORCE, Database
from chassis.migrate import migrate
from chassis.testing.issuer import AUDIENCE, ISSUER, Issuer
from npp_ops import topics
from npp_ops.home import CHECKOUT
from npp_ops.ports import free_port
from npp_ops.processes import Process, start
from npp_ops.servers import databases

from .specimen import SERVICE


@dataclass(slots=True)
class Stage:
    """Two servers by their addresses; how often and how long to measure.

    scale: 1.0 for a figure to rely on, less for a look. events: of P8's log, where it is given.
    """

    postgres: str
    kafka: str
    logs: Path
    rounds: int = 5
    scale: float = 1.0
    events: int | None = None
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def count(self, full: int, least: int = 1000) -> int:
        """So many, or fewer for a look."""
        return max(least, int(full * self.scale))

    async def database(self, name: str, migrations: Path = SERVICE.migrations) -> str:
        """The URL of a fresh database with the tables of the service under load, or of another."""
        unique = f"load_{name}_{os.getpid()}"
        await databases.drop(self.postgres, unique)
        url = await databases.create(self.postgres, unique)
        self._stack.push_async_callback(databases.drop, self.postgres, unique)
        made = Database(url, scope=EVERY_FORCE, size=1)
        await migrate(made.engine, migrations)
        await made.close()
        return url

    async def topic(self, name: str, partitions: int = 6) -> str:
        """A fresh topic of that name."""
        await topics.delete(self.kafka, [name])
        await topics.create(self.kafka, {name: partitions})
        self._stack.push_async_callback(topics.delete, self.kafka, [name])
        return name

    async def serve(self, module: str, environment: Mapping[str, str], *arguments: str) -> "Server":
        """A server as a process of its own, answering."""
        port = free_port()
        process = start(
            module,
            [sys.executable, "-m", module, *arguments],
            self.logs / f"{module}.log",
            environment={**os.environ, **environment, "HTTP_PORT": str(port)},
            folder=CHECKOUT,
        )
        self._stack.push_async_callback(asyncio.to_thread, process.stop)
        await asyncio.to_thread(
            process.wait_until, lambda: _listens(port), seconds=30, what="answer"
        )
        return Server(process, port)


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves HTTP."""

    process: Process
    port: int

    def cpu(self) -> float:
        """Seconds of processor time that it has used."""
        return cpu_of(self.process.pid)


def cpu_of(pid: int | None = None) -> float:
    """Seconds of processor time of a process; of this one without a pid."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def session(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A driver connection that sees every force."""
    connection = await asyncpg.connect(url, server_settings={"npp.force": EVERY_FORCE})
    try:
        yield connection
    finally:
        await connection.close()


async def until(done: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for a condition; TimeoutError if it never holds."""
    async with asyncio.timeout(seconds):
        while not done():  # noqa: ASYNC110 - what we wait for runs in code that we only measure
            await asyncio.sleep(0.005)


async def wal(url: str) -> float:
    """Bytes that the server has put into its log, ever; some may not be on disk yet."""
    async with session(url) as connection:
        written = await connection.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        return float(written)


@asynccontextmanager
async def trusted(stage: Stage, url: str) -> AsyncIterator[tuple[Issuer, dict[str, str]]]:
    """Who makes tokens, and the environment of a service on this database that believes them."""
    issuer, port = Issuer(), free_port()
    app = Starlette(routes=[Route("/jwks", issuer.jwks)])
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    environment = {
        "DATABASE_URL": url,
        "KAFKA_BOOTSTRAP_SERVERS": stage.kafka,
        "OIDC_ISSUER": ISSUER,
        "OIDC_AUDIENCE": AUDIENCE,
        "OIDC_JWKS_URL": f"http://127.0.0.1:{port}/jwks",
    }
    try:
        yield issuer, environment
    finally:
        server.should_exit = True
        await serving
