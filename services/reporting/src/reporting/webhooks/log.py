"""Housekeeping: deliveries that are done leave the log after a month."""

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.clock import now

KEPT: Final = timedelta(days=30)
_FORGET: Final = text("""
DELETE FROM webhook_deliveries WHERE ticket IN (
    SELECT ticket FROM webhook_deliveries
    WHERE state <> 'waiting' AND last_at < :before LIMIT 10000)
""")


async def forget_delivered(connection: AsyncConnection) -> None:
    """The hourly chore; what waits stays, however old it is."""
    before = now() - KEPT
    while (await connection.execute(_FORGET, {"before": before})).rowcount:
        continue
