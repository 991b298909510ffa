"""Delivers in every process that consumes; an endpoint is served by one of them at a time."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from chassis.clock import now
from chassis.database import Database, Driver, is_passing
from reporting.domain.forces import forces
from reporting.feeds.bell import BELL, Positions
from reporting.settings import webhook_settings
from reporting.telemetry import WEBHOOK_DISABLED, WEBHOOK_WAITING
from reporting.webhooks import queue
from reporting.webhooks.sender import Sender
from reporting.webhooks.signing import Signing
from reporting.webhooks.turn import Turn

log = structlog.get_logger(__name__)

POLL_SECONDS: Final = 0.5
# Where no force has an address there is nothing to be in time for.
_IDLE_SECONDS: Final = 2.0
_MEASURE_SECONDS: Final = 10.0
_TURNS: Final = 50
_AFTER_FAILURE_SECONDS: Final = 30.0
# Advisory locks: "npw" as the class, a hash of the endpoint as the object. Two endpoints of one
# hash wait for each other, no more.
_LOCKS: Final = 0x6E7077

_ACTIVE: Final = """
SELECT e.id, e.force_id, (e.open_until IS NULL OR e.open_until <= $1)
  AND (e.due_at <= $1 OR NOT e.is_full AND EXISTS (
    SELECT FROM webhook_cursors AS c JOIN feeds AS f ON f.force_id = c.force_id
    WHERE c.endpoint_id = e.id AND c.position < least(c.until, f.position))) AS due
FROM webhook_endpoints AS e WHERE e.state = 'active' ORDER BY e.due_at
"""
_LOCK: Final = "SELECT pg_try_advisory_lock($1, hashtext($2))"
_UNLOCK: Final = "SELECT pg_advisory_unlock($1, hashtext($2))"
_NUMBERS: Final = """
SELECT e.force_id,
    count(*) FILTER (WHERE e.reason IN ('gone', 'not-answering')) AS disabled,
    coalesce(max(coalesce(f.position, 0) - c.position + w.waiting)
        FILTER (WHERE e.state = 'active'), 0) AS waiting
FROM webhook_endpoints AS e
JOIN webhook_cursors AS c ON c.endpoint_id = e.id AND c.until IS NULL
LEFT JOIN feeds AS f ON f.force_id = e.force_id
CROSS JOIN LATERAL (SELECT count(*) AS waiting FROM webhook_deliveries AS d
    WHERE d.endpoint_id = e.id AND d.state = 'waiting') AS w
GROUP BY e.force_id
"""


@dataclass
class Worker:
    """One session at the database, whose locks say what is ours. They end when it does.

    The connection is asked for work twice a second, so that a session that has ended, and with it
    our right to send, is noticed before its endpoints have been sent much by two of us.
    """

    database: Database
    sender: Sender
    signing: Signing
    _connection: Driver
    _alone: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _feeds: set[str] = field(default_factory=set)
    _busy: set[UUID] = field(default_factory=set)
    _resting: dict[UUID, float] = field(default_factory=dict)
    _measured: float = -_MEASURE_SECONDS

    async def run(self) -> None:
        with BELL.heard_by(self._hear):
            async with asyncio.TaskGroup() as turns:
                while True:
                    self._wake.clear()
                    await self._begin_turns(turns)
                    await self._measure()
                    # Not wait_for: before Python 3.12 it loses a cancellation that comes with the
                    # event, and we would never stop.
                    with suppress(TimeoutError):
                        async with asyncio.timeout(POLL_SECONDS if self._feeds else _IDLE_SECONDS):
                            await self._wake.wait()

    def _hear(self, positions: Positions) -> None:
        # At a thousand events a second the bell rings for every batch: mostly for other forces.
        if not self._feeds.isdisjoint(positions):
            self._wake.set()

    async def _begin_turns(self, turns: asyncio.TaskGroup) -> None:
        present = asyncio.get_running_loop().time()
        async with self._alone:
            active = await self._connection.fetch(_ACTIVE, now())
        self._feeds = {row["force_id"] for row in active}
        for row in (each for each in active if each["due"]):
            resting = self._resting.get(row["id"], present) > present
            if row["id"] in self._busy or resting or len(self._busy) >= _TURNS:
                continue
            async with self._alone:
                ours = await self._connection.fetchval(_LOCK, _LOCKS, str(row["id"]))
            if ours:
                self._busy.add(row["id"])
                turns.create_task(self._turn(row["id"], row["force_id"]))

    async def _turn(self, endpoint_id: UUID, force_id: str) -> None:
        try:
            async with self.database.connection(force_id) as connection:
                endpoint = await queue.endpoint_of(
                    connection, endpoint_id, force_id, only_active=True
                )
            if endpoint is not None and not endpoint.health.paused(now()):
                await Turn(self.database, self.sender, self.signing, endpoint).take()
        except Exception as error:
            # One endpoint's misfortune is not the others': it is let be for a while.
            if not is_passing(error):
                log.exception("webhook-turn-failed", endpoint=str(endpoint_id))
            rest = asyncio.get_running_loop().time() + _AFTER_FAILURE_SECONDS
            self._resting[endpoint_id] = rest
        # A session that has ended has unlocked it; that is for `run` to notice.
        with suppress(Exception):
            async with self._alone:
                await self._connection.fetchval(_UNLOCK, _LOCKS, str(endpoint_id))
        self._busy.discard(endpoint_id)
        self._wake.set()

    async def _measure(self) -> None:
        present = asyncio.get_running_loop().time()
        if present - self._measured < _MEASURE_SECONDS:
            return
        self._measured = present
        async with self._alone:
            rows = {row["force_id"]: row for row in await self._connection.fetch(_NUMBERS)}
        for force_id in (*forces(), *rows):
            row = rows.get(force_id, {"waiting": 0, "disabled": 0})
            WEBHOOK_WAITING.labels(force_id).set(row["waiting"])
            WEBHOOK_DISABLED.labels(force_id).set(row["disabled"])


async def deliver(database: Database, _brokers: str = "", sender: Sender | None = None) -> None:
    """Deliver until cancelled, from a database that shows every force.

    Raises when its session ends, and may then be called again.
    """
    settings = webhook_settings()
    async with sender or Sender(settings) as sending, database.outside() as connection:
        try:
            await Worker(database, sending, Signing(settings.secrets), connection).run()
        except ExceptionGroup as ended:
            raise ended.exceptions[0] from None  # an outage is then known as one
