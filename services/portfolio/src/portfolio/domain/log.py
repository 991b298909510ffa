"""The decision log: append-only, each entry hashed together with the one before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from uuid import UUID

from portfolio.domain.canonical import sha256_of

GENESIS: Final = "0" * 64
"""What the first entry of every log follows."""


class Logged(Protocol):
    """What keeps a log: its length and the hash of its last entry."""

    portfolio_id: UUID
    log_length: int
    log_head: str
    updated_at: datetime


@dataclass
class LogEntry:
    """One thing that happened to a portfolio; `facts` carries codes, ids and hashes, no text."""

    portfolio_id: UUID
    position: int
    at: datetime
    actor: str
    action: str
    facts: dict[str, Any]
    previous_sha256: str
    sha256: str = ""

    def digest(self) -> str:
        """The hash that this entry must have."""
        return sha256_of(
            {
                "portfolio_id": str(self.portfolio_id),
                "position": self.position,
                "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "actor": self.actor,
                "action": self.action,
                "facts": self.facts,
                "previous_sha256": self.previous_sha256,
            }
        )


def append(log: Logged, at: datetime, actor: str, action: str, facts: dict[str, Any]) -> LogEntry:
    """The next entry, after which the log ends with it."""
    place = log.portfolio_id, log.log_length + 1
    entry = LogEntry(*place, at, actor, action, facts, previous_sha256=log.log_head)
    entry.sha256 = entry.digest()
    log.log_length, log.log_head, log.updated_at = entry.position, entry.sha256, at
    return entry


def first_broken(log: Logged, entries: Sequence[LogEntry]) -> int | None:
    """The position of the first entry that was changed, removed or put in; None when intact."""
    previous = GENESIS
    for position, entry in enumerate(entries, 1):
        follows = entry.position == position and entry.previous_sha256 == previous
        if not follows or entry.sha256 != entry.digest():
            return position
        previous = entry.sha256
    intact = len(entries) == log.log_length and previous == log.log_head
    return None if intact else len(entries) + 1
