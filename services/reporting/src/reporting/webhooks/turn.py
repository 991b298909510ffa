"""One endpoint's turn: what is due goes out, key by key in order, until it ends or time is up."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Final
from uuid import UUID

from chassis.clock import now, seconds
from chassis.database import Database
from reporting.domain.webhooks import (
    Attempt,
    Delivery,
    Health,
    Outcome,
    given_up,
    lanes,
    next_due,
    probe,
    retry_at,
)
from reporting.telemetry import WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS
from reporting.webhooks import queue
from reporting.webhooks.queue import Endpoint
from reporting.webhooks.secrets import opened
from reporting.webhooks.sender import Sender
from reporting.webhooks.signing import Signing

SIDE_BY_SIDE: Final = 8
"""Keys of one endpoint that are sent to it at a time."""
_OF_ONE_KEY: Final = 25
_AT_ONCE: Final = 200
_SECONDS: Final = 10.0
_NEVER: Final = datetime(9999, 1, 1, tzinfo=UTC)

_chance = SystemRandom().random

Documents = dict[int, tuple[UUID, str | None]]


@dataclass
class Turn:
    """Whoever takes one holds the endpoint's lock: nobody else sends to it meanwhile."""

    database: Database
    sender: Sender
    signing: Signing
    endpoint: Endpoint
    health: Health = field(init=False)
    over: bool = False

    def __post_init__(self) -> None:
        self.health = self.endpoint.health

    async def take(self) -> None:
        """Send what is due; one delivery alone where the endpoint has refused the last ones."""
        scope = self.endpoint.force_id
        async with self.database.connection(scope) as connection:
            await queue.hold(connection, self.endpoint)
            found = await queue.take_in(connection, self.endpoint, now())
            chosen = self._chosen(found)
            positions = [each.position for lane in chosen for each in lane]
            documents = await queue.documents(connection, self.endpoint, positions)
        await self._send_all(chosen, documents)
        async with self.database.connection(scope) as connection:
            await queue.hold(connection, self.endpoint)
            await queue.keep_health(connection, self.endpoint, self.health)
            left = await queue.waiting(connection, self.endpoint)
            due = next_due(left) or _NEVER
            await queue.keep_due(connection, self.endpoint, left, due)

    def _chosen(self, found: Sequence[Delivery]) -> list[list[Delivery]]:
        ready = lanes(found, now())
        if self.health.doubtful:
            return probe(ready)
        chosen, room = [], _AT_ONCE
        for lane in ready:
            chosen.append(lane[: min(room, _OF_ONE_KEY)])
            room -= len(chosen[-1])
            if not room:
                break
        return chosen

    async def _send_all(self, chosen: Sequence[list[Delivery]], documents: Documents) -> None:
        left = iter(chosen)
        until = asyncio.get_running_loop().time() + _SECONDS

        async def send_lanes() -> None:
            for lane in left:
                for each in lane:
                    if self.over or asyncio.get_running_loop().time() > until:
                        return
                    if not await self._deliver(each, *documents[each.position]):
                        break

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(SIDE_BY_SIDE, len(chosen))):
                    group.create_task(send_lanes())
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None  # an outage is then known as one

    async def _deliver(self, delivery: Delivery, event_id: UUID, document: str | None) -> bool:
        """Whether the next of its key may follow at once."""
        if document is None:
            attempt = Attempt(Outcome.NO_LONGER_KEPT)
            await self._note(delivery, attempt, "given-up", now())
            return True
        attempt = await attempted(
            self.sender, self.signing, self.endpoint, str(event_id), document.encode()
        )
        if attempt.accepted:
            self.health = Health()
            await self._note(delivery, attempt, "delivered", now())
            return True
        return await self._failed(delivery, attempt)

    async def _failed(self, delivery: Delivery, attempt: Attempt) -> bool:
        at = now()
        self.health = self.health.failed(at, _chance())
        gone = attempt.outcome is Outcome.GONE
        self.over = self.over or gone or self.health.doubtful
        if not gone and given_up(delivery, self.health, at):
            await self._note(delivery, attempt, "given-up", at)
            return True
        next_at = retry_at(delivery.attempts + 1, attempt, at, _chance())
        reason = "gone" if gone else "not-answering" if self.health.lost(at) else None
        await self._note(delivery, attempt, "waiting", next_at, reason)
        return False

    async def _note(
        self,
        delivery: Delivery,
        attempt: Attempt,
        state: str,
        next_at: datetime,
        reason: str | None = None,
    ) -> None:
        at, endpoint = now(), self.endpoint
        async with self.database.connection(endpoint.force_id) as connection:
            if not attempt.accepted:
                # Endpoint first, delivery second, as whoever enables it does.
                await queue.hold(connection, endpoint)
                await queue.keep_health(connection, endpoint, self.health)
            unchanged = await queue.note(
                connection, endpoint, delivery, attempt, state=state, at=at, next_at=next_at
            )
            self.over = self.over or not unchanged
            if reason is not None:
                await queue.disable(connection, endpoint, reason, at)


async def attempted(
    sender: Sender, signing: Signing, endpoint: Endpoint, event_id: str, body: bytes
) -> Attempt:
    """Send one event, signed as of now. What it says is written down nowhere."""
    secrets = [opened(endpoint.id, each) for each in endpoint.sealed_secrets(now())]
    headers = signing.headers(endpoint.id, event_id, int(seconds()), body, secrets)
    attempt = await sender.send(endpoint.url, headers, body)
    WEBHOOK_ATTEMPTS.labels(endpoint.force_id, attempt.outcome.value).inc()
    WEBHOOK_SECONDS.labels(attempt.outcome.value).observe(attempt.seconds)
    return attempt
