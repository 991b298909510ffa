"""The one source of time and of new identities."""

import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

_wrong = timedelta()


def now() -> datetime:
    """The present as an aware UTC datetime."""
    return datetime.now(UTC) + _wrong


def seconds() -> float:
    """The present in seconds since the epoch."""
    return time.time() + _wrong.total_seconds()


def be_wrong(by: timedelta) -> None:
    """Let this process's clock go wrong: for chassis.faults alone."""
    global _wrong  # noqa: PLW0603  a clock is the process's
    _wrong = by


def new_id() -> UUID:
    """A new UUID version 7 (RFC 9562): ordered by time, so indexes on it stay small and warm."""
    return uuid7()
