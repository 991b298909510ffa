"""Reading a force's webhooks: what they are, how far they have come, what became of each event."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# The cursor tells how far the feed was taken in; what of it still waits is counted beside it.
_SHOWN: Final = """
SELECT e.id, e.url, e.types, e.note, e.version, e.state, e.reason, e.secret IS NOT NULL AS hmac,
    e.former_until, e.created_at, e.updated_at, e.failures, e.failing_since, e.open_until,
    c.position, coalesce(f.position, 0) AS feed_position,
    (SELECT count(*) FROM webhook_deliveries AS d
     WHERE d.endpoint_id = e.id AND d.force_id = e.force_id AND d.state = 'waiting') AS waiting
FROM webhook_endpoints AS e
JOIN webhook_cursors AS c ON c.endpoint_id = e.id AND c.force_id = e.force_id AND c.until IS NULL
LEFT JOIN feeds AS f ON f.force_id = e.force_id
WHERE e.force_id = :force
"""
_ALL: Final = text(f"{_SHOWN} ORDER BY e.id")
_ONE: Final = text(f"{_SHOWN} AND e.id = :id")
_LOG: Final = text("""
SELECT ticket, event_id, type, position, replay, state, attempts, queued_at, first_at, last_at,
    CASE WHEN state = 'waiting' THEN next_at END AS next_at, outcome, status
FROM webhook_deliveries
WHERE endpoint_id = :id AND force_id = :force AND ticket < :before
  AND (CAST(:state AS text) IS NULL OR state = :state)
ORDER BY ticket DESC LIMIT :rows
""")
_SECRETS: Final = text("""
SELECT secret FROM webhook_endpoints WHERE id = :id AND force_id = :force
""")

Row = dict[str, Any]


async def webhooks_of(connection: AsyncConnection, force_id: str) -> list[Row]:
    rows = await connection.execute(_ALL, {"force": force_id})
    return [dict(each) for each in rows.mappings()]


async def webhook_of(connection: AsyncConnection, force_id: str, endpoint_id: UUID) -> Row | None:
    found = await connection.execute(_ONE, {"force": force_id, "id": endpoint_id})
    row = found.mappings().first()
    return None if row is None else dict(row)


async def sealed_secret_of(
    connection: AsyncConnection, force_id: str, endpoint_id: UUID
) -> str | None:
    """The shared secret as it is kept; None where there is none."""
    found = await connection.execute(_SECRETS, {"force": force_id, "id": endpoint_id})
    secret: str | None = found.scalar()
    return secret


async def deliveries_of(
    connection: AsyncConnection,
    force_id: str,
    endpoint_id: UUID,
    *,
    state: str | None,
    before: int,
    rows: int,
) -> Sequence[Row]:
    """The log of one webhook, the latest first, from behind a ticket on."""
    asked = {"force": force_id, "id": endpoint_id, "state": state, "before": before, "rows": rows}
    return [dict(each) for each in (await connection.execute(_LOG, asked)).mappings()]
