"""What a service does beside answering requests: relay, consume, keep its gauges."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import partial
from typing import Any, Final

import structlog

from chassis import telemetry
from chassis.clock import now
from chassis.consumer import PostgresStore, Runner, Store, follow
from chassis.database import EVERY_FORCE, Database, is_passing
from chassis.deadletters import COUNTS
from chassis.http.idempotency import forget_before
from chassis.kafka import (
    KafkaBroker,
    KafkaError,
    Presence,
    Publisher,
    Subscription,
    subscriptions,
    whole,
)
from chassis.migrate import partitions
from chassis.operating.controls import OUTBOX
from chassis.queue import Outbox
from chassis.relay import Relay
from chassis.service import Service
from chassis.settings import Settings

log = structlog.get_logger()

_WATCH_SECONDS: Final = 1.0
_HOUSEKEEPING_SECONDS: Final = 3600.0
_KEYS_KEPT: Final = timedelta(days=30)
_FLUSH_SECONDS: Final = 8.0
_WORKER_CONNECTIONS: Final = 6
# Once a second in every process, so it is one round trip. The age is by the clock that recorded
# the events: ours may be another. Nothing but our own text is put into it.
_NUMBERS: Final = f"""
SELECT consumer_group AS name, kind, number::float8 FROM ({COUNTS}) AS waiting
UNION ALL SELECT name, 'paused', 1 FROM controls
UNION ALL SELECT '{OUTBOX}', 'depth', count(*) FROM outbox
UNION ALL SELECT '{OUTBOX}', 'age', extract(epoch FROM now() - min(recorded_at)) FROM outbox
UNION ALL SELECT 'erasures', 'done', count(*) FROM erasures
UNION ALL SELECT 'erasures', 'due', count(*) FROM erasures WHERE due_on < current_date
"""  # noqa: S608
_GAUGES: Final = (
    (telemetry.CONSUMER_DEAD_LETTERS, "dead"),
    (telemetry.CONSUMER_PARKED, "parked"),
    (telemetry.CONSUMER_PAUSED, "paused"),
)


class Background:
    """The relay and the consumers of one process; each waits for what it needs, without end."""

    def __init__(
        self,
        service: Service,
        settings: Settings,
        database: Database,
        store: Store | None = None,
    ) -> None:
        self._service = service
        self._settings = settings
        self._database = database
        publisher = Publisher(settings.kafka_bootstrap_servers, service.name)
        queues = Outbox(service.name, settings.driver_dsn)
        self.relay = Relay(service.name, queues, publisher)
        self._presence = Presence(settings.kafka_bootstrap_servers, service.name)
        self._store = store or PostgresStore(database)
        self.runners: list[Runner] = []
        self._broker: KafkaBroker | None = None
        self._joining: asyncio.Task[None] | None = None
        self._consuming = False
        self._relaying: asyncio.Task[None] | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._own: list[Database] = []

    def start(self, *, consume: bool, relay: bool) -> None:
        """Start the roles wanted of this process."""
        if consume:
            self.runners = [
                Runner(self._service.name, each, self._store) for each in self._service.consumers
            ]
            self._joining = self._spawn(self._consume())
            self._keep_doing(self._lags)
            self._keep_doing(self._follow)
            self._keep_doing(self._do_chores, _HOUSEKEEPING_SECONDS)
            for work in self._service.workers:
                self._keep_doing(partial(work, *self._for_a_worker()))
        if relay:
            self._relaying = asyncio.create_task(self.relay.run())
            self._keep_doing(self._keep_house, _HOUSEKEEPING_SECONDS)
        if self._needs_kafka:
            self._keep_doing(self._presence.ask)
        self._keep_doing(self._measure)

    async def stop(self) -> None:
        """Stop polling, finish and commit the batches, publish what is queued."""
        self._consuming = False
        if self._joining is not None:
            # It would go on to join groups, and the process would end without leaving them.
            self._joining.cancel()
            await asyncio.wait({self._joining})
        if self._broker is not None:
            await self._broker.stop()
        if self._relaying is not None:
            self.relay.stop()
            await asyncio.wait({self._relaying}, timeout=_FLUSH_SECONDS)
            self._tasks.append(self._relaying)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self._own:
            await each.close()
        await self._presence.close()

    async def kafka_ready(self) -> str | None:
        """Whether Kafka answers, where a role of this process needs it."""
        return self._presence.problem() if self._needs_kafka else None

    async def consumers_ready(self) -> str | None:
        """What is wrong with the consumers, in words; None when all have their partitions."""
        groups = [runner.consumer.group for runner in self.runners if not runner.ready]
        return f"not consuming: {', '.join(groups)}" if groups else None

    def alive(self) -> bool:
        """Whether every run loop still runs, ours and those of the Kafka client."""
        tasks = [*self._tasks, *([self._relaying] if self._relaying else [])]
        if any(task.done() and not task.cancelled() and task.exception() for task in tasks):
            return False
        return not self._consuming or self._broker is None or whole(self._broker)

    @property
    def _needs_kafka(self) -> bool:
        return bool(self.runners) or self._relaying is not None

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        self._tasks.append(task := asyncio.create_task(work))
        return task

    def _keep_doing(
        self, work: Callable[[], Coroutine[Any, Any, None]], seconds: float | None = None
    ) -> None:
        self._spawn(_repeat(work, seconds or _WATCH_SECONDS))

    async def _consume(self) -> None:
        if not self.runners:
            return
        while True:
            self._broker = subscriptions(
                self._settings.kafka_bootstrap_servers,
                self._service.name,
                self._subscriptions(),
            )
            try:
                await self._broker.start()
            except* (KafkaError, OSError) as away:
                log.warning("kafka is away", why=repr(away.exceptions[0]))
                await self._broker.stop()
                await asyncio.sleep(1.0)
            else:
                self._consuming = True
                return

    def _subscriptions(self) -> list[Subscription]:
        return [runner.subscription() for runner in self.runners]

    def _for_a_worker(self) -> tuple[Database, str]:
        # Of its own: however much it does, no consumer waits for a connection.
        url = self._settings.database_url
        self._own.append(own := Database(url, scope=EVERY_FORCE, size=_WORKER_CONNECTIONS))
        return own, self._settings.kafka_bootstrap_servers

    async def _keep_house(self) -> None:
        async with self._database.connection() as connection:
            await connection.run_sync(partitions)
            await forget_before(connection, now() - _KEYS_KEPT)

    async def _do_chores(self) -> None:
        for chore in self._service.chores:
            async with self._database.connection() as connection:
                await chore(connection)

    async def _measure(self) -> None:
        rows = await self._database.fetch(_NUMBERS)
        numbers = {(name, kind): number or 0.0 for name, kind, number in rows}
        for state in ("done", "due"):
            telemetry.ERASURES.labels(state).set(numbers["erasures", state])
        telemetry.OUTBOX_DEPTH.set(numbers[OUTBOX, "depth"])
        telemetry.OUTBOX_AGE.set(numbers[OUTBOX, "age"])
        telemetry.OUTBOX_PAUSED.set(numbers.get((OUTBOX, "paused"), 0.0))
        for consumer in self._service.consumers:
            for gauge, kind in _GAUGES:
                gauge.labels(consumer.group).set(numbers.get((consumer.group, kind), 0.0))

    async def _follow(self) -> None:
        await follow(self._store, self.runners)

    async def _lags(self) -> None:
        await asyncio.gather(*(runner.report() for runner in self.runners))


async def _repeat(work: Callable[[], Coroutine[Any, Any, None]], seconds: float) -> None:
    while True:
        try:
            await work()
        except Exception as error:
            if not (is_passing(error) or isinstance(error, KafkaError)):
                log.exception("background work failed")
        await asyncio.sleep(seconds)
