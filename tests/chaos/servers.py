"""The servers of the arena: Kafka with one broker or three and PostgreSQL, proxied if wanted."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from npp_ops.home import Home
from npp_ops.ports import LOOPBACK, free_port
from npp_ops.processes import Process, stop_all
from npp_ops.servers.kafka import SHORT_LIVED, Door, KafkaCluster, nodes
from npp_ops.servers.place import Place
from npp_ops.servers.postgres import PostgresServer
from npp_ops.testing import local

from .brokers import Brokers
from .disks import Disk
from .postgres import Postgres
from .proxy import Network, Proxy


class Servers:
    """Kafka and PostgreSQL for one arena, and the faults that can be done to them.

    kafka, postgres: the addresses as the members reach them, through the proxies where there are
    any; direct_kafka and direct_postgres are the harness's own. `postgres` is the administrator's
    URL. Everything lies in `folder` and goes when the context ends.
    """

    def __init__(self, *, brokers: int = 1, proxied: bool = False, disks: bool = False) -> None:
        self.folder: Path = local.new_folder()
        self.kafka_disk = Disk(self.folder / "kafka")
        self.postgres_disk = Disk(Place.inside(self.folder).folder / "disk")
        self.network = Network() if proxied else None
        self.kafka_proxies: list[Proxy] = []
        self.postgres_proxy: Proxy | None = None
        self._disks = [self.kafka_disk, self.postgres_disk] if disks else []
        self._others: list[Process] = []
        self._count = brokers

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    @property
    def direct_kafka(self) -> str:
        """The brokers themselves."""
        return self.brokers.cluster.bootstrap_servers

    @property
    def direct_postgres(self) -> str:
        """The administrator's URL of the server itself."""
        return self.database.server.admin_url

    @property
    def kafka(self) -> str:
        """The brokers as the members reach them."""
        proxied = ",".join(f"{LOOPBACK}:{proxy.port}" for proxy in self.kafka_proxies)
        return proxied or self.direct_kafka

    @property
    def postgres(self) -> str:
        """The administrator's URL as the members reach the server: put in a role and database."""
        if self.postgres_proxy is None:
            return self.direct_postgres
        parts = urlsplit(self.direct_postgres)
        user = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{user}@{LOOPBACK}:{self.postgres_proxy.port}"))

    def remember(self, process: Process | None = None) -> None:
        """Note a process of the arena, so that it is stopped even if the harness is killed."""
        if process is not None:
            self._others = [one for one in self._others if one.alive()] + [process]
        started = [*self.brokers.processes.values(), self.database.process, *self._others]
        local.remember(self.folder, [one for one in started if one is not None])

    async def heal(self) -> None:
        """Make every proxy a good network again."""
        for proxy in self._proxies():
            await proxy.heal()

    def _proxies(self) -> list[Proxy]:
        return [*self.kafka_proxies, *([self.postgres_proxy] if self.postgres_proxy else [])]

    async def _start(self) -> None:
        members, port = nodes(self._count), free_port()
        if self.network is not None:
            self.network.start()
            listeners = [free_port() for _ in members]
            self.kafka_proxies = [Proxy(self.network, listener) for listener in listeners]
            self.postgres_proxy = Proxy(self.network, port)
            for proxy in self._proxies():
                await proxy.start()
            members = [
                replace(node, door=Door(listener, proxy.port))
                for node, listener, proxy in zip(
                    members, listeners, self.kafka_proxies, strict=True
                )
            ]
        for disk in self._disks:
            disk.mount()
        cluster = KafkaCluster(
            self.kafka_disk.folder,
            self.folder / "logs",
            Home.shared_cache(),
            members,
            [SHORT_LIVED],
        )
        self.postgres_disk.folder.mkdir(exist_ok=True)
        self.postgres_disk.folder.chmod(0o711)
        place = replace(Place.inside(self.folder), folder=self.postgres_disk.folder)
        log = self.folder / "logs" / "postgres.log"
        self.brokers = Brokers(cluster, self.remember)
        self.database = Postgres(PostgresServer(place, log, port), self.remember)
        await asyncio.gather(self.database.start(), self.brokers.start_all())
        await self.brokers.all_there()
        await self.brokers.coordinate()

    async def _stop(self) -> None:
        with suppress(AttributeError):  # it failed before they were there
            await self.brokers.stop_all()
            await self.database.stop()
        stop_all(self._others, patience=5)
        if self.network is not None:
            for proxy in self._proxies():
                await proxy.stop()
            await self.network.stop()
        for disk in self._disks:
            disk.unmount()
        local.remove(self.folder)
