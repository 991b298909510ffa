"""What an endpoint is still to be sent: taken in from its feed, looked at, and noted as it ends."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from reporting.domain.webhooks import Attempt, Delivery, Health

MOST_WAITING: Final = 1_000
"""Deliveries of an endpoint that wait at once; while there are so many its feed is read no on."""

_ENDPOINT: Final = text("""
SELECT id, force_id, version, url, secret, former_secret, former_until, failures, failing_since,
    open_until
FROM webhook_endpoints WHERE id = :id AND force_id = :force
  AND (state = 'active' OR NOT :only_active)
""")
_HOLD: Final = text(
    "SELECT 1 FROM webhook_endpoints WHERE id = :id AND force_id = :force FOR UPDATE"
)
_CURSORS: Final = text("""
SELECT ticket FROM webhook_cursors WHERE endpoint_id = :id AND force_id = :force
ORDER BY until IS NULL, ticket
""")
# The end of the feed and its events come from one snapshot, and a feed's positions become visible
# in their order: what is behind the end has been seen, and nothing can appear there later.
_TAKE_IN: Final = text("""
WITH wanted AS (
    SELECT c.ticket, c.endpoint_id, c.force_id, c.position, c.until IS NOT NULL AS replay, e.types,
        least(c.until, f.position) AS last
    FROM webhook_cursors AS c
    JOIN webhook_endpoints AS e ON e.id = c.endpoint_id AND e.force_id = c.force_id
    JOIN feeds AS f ON f.force_id = c.force_id
    WHERE c.ticket = :cursor AND c.force_id = :force
), taken AS (
    INSERT INTO webhook_deliveries
        (endpoint_id, force_id, position, event_id, type, key, replay, queued_at, next_at)
    SELECT w.endpoint_id, w.force_id, v.position, v.event_id, v.type, v.subject, w.replay,
        CAST(:at AS timestamptz), CAST(:at AS timestamptz)
    FROM wanted AS w JOIN feed_events AS v ON v.force_id = w.force_id
        AND v.position > w.position AND v.position <= w.last
        AND (w.types IS NULL OR v.type = ANY (w.types))
    ORDER BY v.position LIMIT :room
    RETURNING position
)
UPDATE webhook_cursors AS c
SET position = CASE WHEN (SELECT count(*) FROM taken) < :room THEN greatest(c.position, w.last)
                    ELSE (SELECT max(position) FROM taken) END
FROM wanted AS w WHERE c.ticket = w.ticket
""")
_END_REPLAYS: Final = text("""
DELETE FROM webhook_cursors
WHERE endpoint_id = :id AND force_id = :force AND until IS NOT NULL AND position >= until
""")
_WAITING: Final = text("""
SELECT ticket, key, position, attempts, first_at, next_at FROM webhook_deliveries
WHERE endpoint_id = :id AND force_id = :force AND state = 'waiting' ORDER BY ticket
""")
_DOCUMENTS: Final = text("""
SELECT position, event_id, document FROM feed_events
WHERE force_id = :force AND position = ANY (CAST(:positions AS bigint[]))
""")
_NOTE: Final = text("""
UPDATE webhook_deliveries
SET state = :state, attempts = attempts + 1, first_at = coalesce(first_at, :at), last_at = :at,
    next_at = :next_at, outcome = :outcome, status = :status
WHERE ticket = :ticket AND force_id = :force AND state = 'waiting'
""")
_CURRENT: Final = text("""
SELECT 1 FROM webhook_endpoints
WHERE id = :id AND force_id = :force AND version = :version AND state = 'active'
""")
_KEEP_HEALTH: Final = text("""
UPDATE webhook_endpoints
SET failures = :failures, failing_since = :failing_since, open_until = :open_until
WHERE id = :id AND force_id = :force AND version = :version
""")
_DISABLE: Final = text("""
UPDATE webhook_endpoints
SET state = 'disabled', reason = :reason, version = version + 1, updated_at = :at
WHERE id = :id AND force_id = :force AND version = :version AND state = 'active'
""")
_KEEP_DUE: Final = text("""
UPDATE webhook_endpoints SET due_at = :due, is_full = :is_full
WHERE id = :id AND force_id = :force
""")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to send, with which sealed secrets, and how it has answered of late.

    version: what we learn of it holds as long as its force has not changed it.
    """

    id: UUID
    force_id: str
    version: int
    url: str
    secret: str | None
    former_secret: str | None
    former_until: datetime | None
    health: Health

    @property
    def which(self) -> dict[str, Any]:
        """Its id and its force: each statement asks for both."""
        return {"id": self.id, "force": self.force_id}

    def sealed_secrets(self, at: datetime) -> list[str]:
        """Those to sign with, the present one first."""
        kept = [self.secret]
        if self.former_until is not None and at < self.former_until:
            kept.append(self.former_secret)
        return [each for each in kept if each is not None]


async def endpoint_of(
    connection: AsyncConnection, endpoint_id: UUID, force_id: str, *, only_active: bool = False
) -> Endpoint | None:
    asked = {"id": endpoint_id, "force": force_id, "only_active": only_active}
    row = (await connection.execute(_ENDPOINT, asked)).first()
    if row is None:
        return None
    health = Health(row.failures, row.failing_since, row.open_until)
    secrets = row.secret, row.former_secret, row.former_until
    return Endpoint(row.id, row.force_id, row.version, row.url, *secrets, health)


async def hold(connection: AsyncConnection, endpoint: Endpoint) -> None:
    """Keep its force from changing it until the transaction ends; what follows sees what is."""
    await connection.execute(_HOLD, endpoint.which)


async def take_in(connection: AsyncConnection, endpoint: Endpoint, at: datetime) -> list[Delivery]:
    """All that waits, after as much of the feed has been taken in as there is room for."""
    which = endpoint.which
    for (ticket,) in (await connection.execute(_CURSORS, which)).all():
        room = MOST_WAITING - len(await waiting(connection, endpoint))
        if room > 0:
            asked = {"cursor": ticket, "force": endpoint.force_id, "room": room, "at": at}
            await connection.execute(_TAKE_IN, asked)
    await connection.execute(_END_REPLAYS, which)
    # Until this turn says better: if it ends with its process, the next one must find it.
    await connection.execute(_KEEP_DUE, which | {"due": at, "is_full": False})
    return await waiting(connection, endpoint)


async def waiting(connection: AsyncConnection, endpoint: Endpoint) -> list[Delivery]:
    return [Delivery(*row) for row in await connection.execute(_WAITING, endpoint.which)]


async def documents(
    connection: AsyncConnection, endpoint: Endpoint, positions: Iterable[int]
) -> dict[int, tuple[UUID, str | None]]:
    """By position the event's id and what it says; None when that is no longer kept."""
    asked = {"force": endpoint.force_id, "positions": list(positions)}
    rows = await connection.execute(_DOCUMENTS, asked)
    return {row.position: (row.event_id, row.document) for row in rows}


async def note(
    connection: AsyncConnection,
    endpoint: Endpoint,
    delivery: Delivery,
    attempt: Attempt,
    *,
    state: str,
    at: datetime,
    next_at: datetime,
) -> bool:
    """How an attempt has ended, and what becomes of the delivery.

    Returns whether the endpoint is still what it was when its turn began.
    """
    said = {"state": state, "outcome": attempt.outcome.value, "status": attempt.status}
    when = {"at": at, "next_at": next_at}
    which = {"ticket": delivery.ticket, "force": endpoint.force_id}
    await connection.execute(_NOTE, said | when | which)
    asked = endpoint.which | {"version": endpoint.version}
    return (await connection.execute(_CURRENT, asked)).first() is not None


async def keep_health(connection: AsyncConnection, endpoint: Endpoint, health: Health) -> None:
    said = {
        "failures": health.failures,
        "failing_since": health.failing_since,
        "open_until": health.open_until,
        "version": endpoint.version,
    }
    await connection.execute(_KEEP_HEALTH, endpoint.which | said)


async def disable(
    connection: AsyncConnection, endpoint: Endpoint, reason: str, at: datetime
) -> None:
    """Send it nothing more until its force says so. What waits goes on waiting."""
    await connection.execute(
        _DISABLE, endpoint.which | {"reason": reason, "at": at, "version": endpoint.version}
    )


async def keep_due(
    connection: AsyncConnection, endpoint: Endpoint, left: Sequence[Delivery], due: datetime
) -> None:
    """When it is its turn again, unless its feed has got longer and there is room for that."""
    full = len(left) >= MOST_WAITING
    await connection.execute(_KEEP_DUE, endpoint.which | {"due": due, "is_full": full})
