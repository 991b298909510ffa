"""How often a webhook may be pinged: whoever may ping it could use us to knock elsewhere."""

from datetime import datetime
from math import ceil
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import Refusal
from reporting.domain.webhooks import PINGS_AT_ONCE, ping_at, pinged

_UNTIL: Final = text("""
SELECT pinged_until FROM webhook_endpoints WHERE id = :id AND force_id = :force FOR UPDATE
""")
_PINGED: Final = text("""
UPDATE webhook_endpoints SET pinged_until = :until WHERE id = :id AND force_id = :force
""")


class TooManyPings(Refusal):
    status = 429
    title = "This webhook has been pinged enough for now"

    def __init__(self, seconds: int) -> None:
        super().__init__(at_once=PINGS_AT_ONCE, seconds=seconds)
        self.headers = {"Retry-After": str(seconds)}


async def count_ping(
    connection: AsyncConnection, force_id: str, endpoint_id: UUID, at: datetime
) -> None:
    """Note that one is sent now; raises TooManyPings. Of a webhook that is not, nothing is said."""
    which = {"id": endpoint_id, "force": force_id}
    until: datetime | None = (await connection.execute(_UNTIL, which)).scalar()
    if (wait := ping_at(until, at) - at).total_seconds() > 0:
        raise TooManyPings(ceil(wait.total_seconds()))
    await connection.execute(_PINGED, which | {"until": pinged(until, at)})
