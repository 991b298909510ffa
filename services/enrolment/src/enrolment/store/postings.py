"""Who is in a force, and under which collar number."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text

_HELD: Final = text("""
SELECT learner_id, collar_number FROM postings WHERE force_id = :force AND valid_to IS NULL
""")


async def holders_in(connection: AsyncConnection, force_id: str) -> Sequence[tuple[UUID, str]]:
    """Everybody who is in the force, with the number that they have there."""
    found = await connection.execute(_HELD, {"force": force_id})
    return [(row.learner_id, row.collar_number) for row in found]
