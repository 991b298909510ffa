"""The one source of time and of new identities."""

from datetime import UTC, datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def now() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC)


def new_id() -> UUID:
    """A new UUID version 7 (RFC 9562): ordered by time, so indexes on it stay small and warm."""
    return uuid7()
