"""The arena: servers, databases, topics and members that live through all rows of a set-up."""

# Interface for rows: `arena.crew` (members: start, stop, replace, kill, freeze, thaw, crashes),
# `arena.servers` (faults of the servers), `arena.load` (commands; the steady stream runs around
# each case already), `arena.watch` (samples of /livez and /readyz), `arena.url(service)` for SQL,
# `arena.planted` and `arena.forgiven` for what a row itself writes into the topics,
# `arena.until(...)` to wait, `arena.read()` for the ledger at rest.

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cached_property
from importlib import import_module
from typing import Any, Final, Self

import asyncpg

from chassis.service import Service
from npp_contracts.catalogue import TOPICS
from npp_ops import topics
from npp_ops.servers import databases

from . import foundation, ledger
from .counted import uncounted
from .fold import Fold
from .invariants import at_rest
from .ledger import Ledger, Offset
from .load import Load
from .members import READY_SECONDS, Crew, Member
from .scrape import problems, scrape
from .sender import Patient, Sender
from .servers import Servers
from .waiting import until
from .watch import Watch

SERVICES: Final = ("enrolment", "portfolio", "reporting")
PLAIN: Final = "plain"
BROKERS: Final = "brokers"
NETWORK: Final = "network"
"""Server set-ups: one broker; three; one and PostgreSQL behind proxies and on small disks."""
_FOLD: Final = "chaos_fold"


class Arena:
    """One long-lived system under faults. Its history accumulates from row to row."""

    def __init__(self, servers: Servers, *, seed: int = 1, rate: float = 25.0) -> None:
        self.servers = servers
        self.seed = seed
        self.repeated: Counter[str] = Counter()
        self.planted: set[Offset] = set()
        self.forgiven: set[str] = set()
        folder = servers.folder / "arena"
        self.logs = folder / "logs"
        self.stack = foundation.stack(folder, servers)
        self.crew = Crew(self.stack.environment, folder, self.logs, servers.remember)
        self.watch = Watch(lambda: list(self.crew.members.values()))
        chance = random.Random(seed)
        sender = Sender(lambda name: self.crew[name].url, Patient.like(self.stack.minter), chance)
        self.load = Load(sender, chance, rate)
        self._folder = folder
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._closing.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    @cached_property
    def services(self) -> Mapping[str, Service]:
        """The services of the arena as data."""
        return {name: import_module(f"{name}.app").SERVICE for name in SERVICES}

    @property
    def consumed(self) -> dict[str, dict[str, list[str]]]:
        """By service and consumer group, its topics."""
        return {
            name: {each.group: list(each.topics) for each in service.consumers}
            for name, service in self.services.items()
        }

    @cached_property
    def fold(self) -> Fold:
        """E in a scratch database, and what the read models must be."""
        projections = self.services["reporting"].projections
        return Fold(self.url(_FOLD), {each.group: sorted(each.types) for each in projections})

    def url(self, database: str) -> str:
        """A database as the administrator reaches it, past every proxy."""
        plain = databases.plain(self.servers.direct_postgres)
        return f"{plain.rpartition('/')[0]}/{database}"

    async def sql(self, database: str, statement: str, *given: Any) -> list[Any]:
        """Rows of one statement, as the administrator."""
        connection = await asyncpg.connect(self.url(database))
        try:
            return list(await connection.fetch(statement, *given))
        finally:
            await connection.close()

    async def ready(self, *members: Member, seconds: float = READY_SECONDS) -> float:
        """Wait until members, or all of them, say that they are ready; seconds it took."""
        unready: list[str] = []

        async def all_ready() -> bool:
            wanted = members or tuple(self.crew.members.values())
            said = await asyncio.gather(*map(problems, wanted))
            unready[:] = [f"{m.name} {p}" for m, p in zip(wanted, said, strict=True) if p]
            return not unready

        try:
            return await until(all_ready, seconds, "ready", every=0.2)
        except TimeoutError as late:
            raise TimeoutError(f"{late}: {'; '.join(unready)}") from late

    async def crashed(self, since: int, times: int = 1, seconds: float = 120.0) -> float:
        """Wait until so many have died since the count was `since`, and until all are ready."""
        await until(lambda: self.crew.crashes >= since + times, seconds, "the fault hits")
        return await self.ready()

    async def until(
        self, holds: Callable[[], bool | Awaitable[bool]], seconds: float, what: str
    ) -> float:
        """Wait until it holds; seconds that took. TimeoutError, saying what, if it never does."""
        return await until(holds, seconds, what)

    async def plant(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        *,
        headers: Sequence[tuple[str, bytes | None]] = (),
        partition: int | None = None,
    ) -> Offset:
        """Write a record past every service; the invariants on K leave it out."""
        kafka = self.servers.direct_kafka
        at = await ledger.write(kafka, topic, key, value, headers=headers, partition=partition)
        self.planted.add(at)
        return at

    async def answered(self, commands: int, seconds: float = 60.0) -> float:
        """Wait until so many more requests of the load have been answered; seconds it took."""
        target = self.load.sender.done + commands
        return await until(
            lambda: self.load.sender.done >= target, seconds, f"{commands} more answers"
        )

    async def well(self, seconds: float = 60.0) -> float:
        """I8 under load: wait until every outbox age and lag is low; seconds it took."""
        late: list[str] = []

        async def fresh() -> bool:
            found = await asyncio.gather(*(scrape(m) for m in self.crew.members.values()))
            late[:] = ["no answer" if one is None else one.late for one in found]
            return not any(late)

        try:
            return await until(fresh, seconds, "outbox age and lag low", every=0.2)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {', '.join(filter(None, late))}") from error

    async def rest(self, seconds: float = 60.0) -> float:
        """Wait until nothing is left to publish, to apply or to unpark; seconds it took."""
        left: list[str] = []

        async def quiet() -> bool:
            left[:] = await self.left()
            return not left

        try:
            return await until(quiet, seconds, "at rest", every=0.3)
        except TimeoutError as late:
            raise TimeoutError(f"{late}: {'; '.join(left)}") from late

    async def left(self) -> list[str]:
        """What still waits, in words."""
        asked = (ledger.settled_of(n, self.url(n), keys=False) for n in SERVICES)
        settled = await asyncio.gather(*asked)
        if waiting := at_rest(Ledger([], [], settled), self.consumed):
            return waiting
        # Asked after the rest: what left an outbox meanwhile lies behind these ends then.
        ends = await ledger.ends_of(self.servers.direct_kafka)
        waiting = at_rest(Ledger([], [], settled, ends=ends), self.consumed)
        return waiting or await uncounted(self.url("reporting"))

    async def read(self) -> Ledger:
        """The ledger: E, K from offset 0, and what the consumers remember."""
        facts = await asyncio.gather(*(ledger.facts_of(n, self.url(n)) for n in SERVICES))
        records, ends = await ledger.records_of(self.servers.direct_kafka)
        settled = await asyncio.gather(*(ledger.settled_of(n, self.url(n)) for n in SERVICES))
        return Ledger(
            [fact for each in facts for fact in each],
            records,
            settled,
            frozenset(self.planted),
            frozenset(self.forgiven),
            ends,
        )

    async def _start(self) -> None:
        self.stack.home.make()
        wanted = {topic.name: topic.partitions for topic in TOPICS.values()}
        await topics.create(self.servers.direct_kafka, wanted)
        for name in SERVICES:
            secret = self.stack.state.secret(f"database-{name}")
            await databases.create(self.servers.direct_postgres, name, secret)
        await databases.create(self.servers.direct_postgres, _FOLD)
        issuer = foundation.issuer(self.stack)
        self.servers.remember(issuer)
        self._closing.push_async_callback(asyncio.to_thread, issuer.stop)
        await asyncio.gather(*(foundation.migrate(n, self.crew.environment(n)) for n in SERVICES))
        self._closing.push_async_callback(self.crew.end)
        for name in SERVICES:
            self.crew.start(name, port=self.stack.state.ports[name])
        self.crew.supervise()
        self._closing.callback(self.load.sender.close)
        self._closing.push_async_callback(self.watch.stop)
        await self.ready()
        await self.load.prepare()
        self.watch.start()


@asynccontextmanager
async def standing(setup: str, seed: int, rate: float) -> AsyncIterator[Arena]:
    """An arena on servers of its own: PLAIN, BROKERS or NETWORK."""
    brokers, apart = 3 if setup == BROKERS else 1, setup == NETWORK
    async with (
        Servers(brokers=brokers, proxied=apart, disks=apart) as servers,
        Arena(servers, seed=seed, rate=rate) as arena,
    ):
        yield arena
