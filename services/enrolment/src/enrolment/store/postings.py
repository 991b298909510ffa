"""Who has been in a force, and under which collar number last."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import text

# Somebody who comes back has two postings in a force; one without an end is the later one.
_LAST: Final = text("""
SELECT DISTINCT ON (learner_id) learner_id, collar_number, valid_to FROM postings
WHERE force_id = :force ORDER BY learner_id, valid_to DESC NULLS FIRST, posting_id DESC
""")


@dataclass(frozen=True, slots=True)
class LastPosting:
    """A person's last time in a force; `valid_to` is None for who is there now."""

    learner_id: UUID
    collar_number: str
    valid_to: date | None


async def postings_of(connection: AsyncConnection, force_id: str) -> Sequence[LastPosting]:
    """Everybody who is or was in the force, once."""
    return [LastPosting(*row) for row in await connection.execute(_LAST, {"force": force_id})]
